"""Names for hand-ins: short, safe as a file's name on every system, and each only once."""

import hashlib
import re
import unicodedata

from course.grading.marking.released import lesson_names

LONGEST = 120  # bytes: with what is added to it, a file's name stays below 255
# What Moodle adds to each person's folder.
NO_NEWS = re.compile(r"_assignsubmission_(file|onlinetext)_?$")
ENDING = re.compile(r"\.(ipynb|zip)(\.(json|txt))?$", re.IGNORECASE)
# Windows keeps these names for devices.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


class Names:
    """The names that are given in one run."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, parts: tuple[str, ...]) -> str:
        """A name for the hand-in at the path `parts` that no other has, in any spelling."""
        first = name = _safe(parts)
        number = 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{first}-{number}"
        self._taken.add(name.casefold())
        return name


def printable(text: str) -> str:
    """`text` as one line that can be printed and encoded; a sign stands for what can't."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _safe(parts: tuple[str, ...]) -> str:
    words = [NO_NEWS.sub("", ENDING.sub("", part)) for part in parts]
    words = [_letters(_numbered(unicodedata.normalize("NFC", word))) for word in words]
    name = "-".join(word for word in words if word) or "hand-in"
    if DEVICES.match(name):
        name += "_"
    encoded = name.encode()
    if len(encoded) > LONGEST:
        # The path's own digest, so that what comes after the cut still tells two apart.
        digest = hashlib.sha256("/".join(parts).encode("utf-8", "replace")).hexdigest()[:8]
        name = encoded[: LONGEST - 9].decode("utf-8", "ignore").rstrip("-._") + "-" + digest
    return name


def _letters(text: str) -> str:
    """`text` with letters, digits and `-_.` alone; it begins with a letter or a digit."""
    kept = [sign if _kept(sign) else "_" for sign in text]
    return re.sub(r"_{2,}", "_", "".join(kept)).strip("-._")


def _kept(sign: str) -> bool:
    return sign in "-_." or unicodedata.category(sign)[0] in "LNM"


def _numbered(text: str) -> str:
    """`text` with a lesson's number for its whole name, which stands in the scores anyway."""
    for lesson in lesson_names():
        text = text.replace(lesson, lesson[:2])
    return text
