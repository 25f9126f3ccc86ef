"""Which notebooks were handed in: in files, in folders, and in zip files, which are never unpacked.

A hand-in is one notebook. A folder in which somebody handed in something else is one too, so that
nobody is missing from the scores.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from course.grading.archives import LARGEST_NOTEBOOK, CannotOpen, Member, Place, read_member, walk
from course.grading.naming import NO_NEWS, Names, printable
from course.grading.report import HandIn

JUNK = {"__macosx", "desktop.ini", "thumbs.db", "icon\r"}
# What somebody may have handed in instead of a notebook; pictures and tables rather lie beside one.
DOCUMENTS = {
    ".pdf", ".doc", ".docx", ".odt", ".pages", ".rtf", ".txt", ".md", ".html", ".htm", ".py",
    ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz",
}  # fmt: skip
# "lovelaceada_LATE_12345_67890_report.pdf": Canvas puts all hand-ins into one folder.
CANVAS = re.compile(r"(?P<who>[^_]+)_(LATE_)?\d+_\d+_")


@dataclass(frozen=True)
class Found:
    """A hand-in that was found. Its bytes are read when they are needed.

    parts  its path in what was downloaded; empty where it was named by itself
    """

    name: str
    origin: str
    place: Place | None
    trouble: str = ""
    parts: tuple[str, ...] = ()

    def read(self) -> HandIn:
        """The hand-in, with its bytes."""
        if self.place is None:
            return HandIn(self.name, self.origin, b"", self.trouble)
        try:
            return HandIn(self.name, self.origin, _bytes(self.place))
        except CannotOpen as reason:
            return HandIn(self.name, self.origin, b"", str(reason))


def find(paths: Iterable[Path], *, leave_out: Path | None = None) -> list[Found]:
    """All hand-ins in `paths`: notebooks, folders and zip files, in the order of their names.

    leave_out  a folder that is not looked into, such as the one that results are written to

    Raises CourseError where a path is missing, or nothing was handed in.
    """
    given = list(paths)
    names = Names()
    found = []
    for path in given:
        if not path.exists():
            raise CourseError(f"There is no {path}: name notebooks, folders or zip files.")
        front = (path.resolve().stem if path.is_file() else path.resolve().name,)
        for member in _of_one(path, leave_out):
            parts = member.parts if len(given) == 1 and member.parts else (*front, *member.parts)
            origin = path.name if path.name else str(path.resolve())
            if member.parts:
                sign = ": " if path.is_file() else "/"
                origin += sign + "/".join(member.parts)
            name = names.name(parts)
            found.append(Found(name, printable(origin), member.place, member.trouble, member.parts))
    if not found:
        raise CourseError(
            f"There is no notebook in {', '.join(map(str, given))}: name the folder or the zip "
            "file with the hand-ins."
        )
    return sorted(found, key=lambda one: (one.name.casefold(), one.name))


def _of_one(path: Path, leave_out: Path | None) -> list[Member]:
    if path.is_file() and path.suffix.lower() != ".zip":
        if path.suffix.lower() == ".ipynb":
            return [Member((), Place(path))]
        return [Member((), None, "It is not a notebook: its name does not end with .ipynb.")]
    members = [
        member
        for member in walk(path, leave_out.resolve() if leave_out else None)
        if not any(part.startswith(".") or part.lower() in JUNK for part in member.parts)
    ]
    notebooks = [m for m in members if m.trouble or m.parts[-1].lower().endswith(".ipynb")]
    others = [m for m in members if m.place and not m.parts[-1].lower().endswith(".ipynb")]
    return sorted([*notebooks, *_without_notebook(notebooks, others)], key=lambda m: m.parts)


def _without_notebook(notebooks: list[Member], others: list[Member]) -> Iterator[Member]:
    """A member for each person who handed in something, but no notebook."""
    holding = {m.parts[:end] for m in notebooks for end in range(len(m.parts))}
    beside = {m.parts[:-1] for m in notebooks if m.place}
    written = {_person(parts) for parts in holding if parts}
    people = {who for m in notebooks if (who := _canvas_person(m))}
    groups: dict[tuple[str, ...], list[Member]] = {}
    folders: dict[tuple[str, ...], tuple[str, ...]] = {}
    for member in others:
        ends = range(1, len(member.parts))
        top = next((member.parts[:e] for e in ends if member.parts[:e] not in holding), None)
        who = _canvas_person(member)
        if top is None and who and who not in people:
            top = (*member.parts[:-1], who[-1])
        if top is not None:
            folders.setdefault(_person(top), top)
            groups.setdefault(_person(top), []).append(member)
    for person, members in groups.items():
        parts = folders[person]
        documents = [m for m in members if Path(m.parts[-1]).suffix.lower() in DOCUMENTS]
        if person not in written and (documents or parts[:-1] not in beside):
            held = [m.parts[-1] for m in (documents or members)]
            listed = ", ".join(held[:3]) + (" and more" if len(held) > 3 else "")
            yield Member(parts, None, f"No notebook was handed in, only {printable(listed)}.")


def _person(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Moodle makes two folders for a person who hands in a file and a text."""
    return (*parts[:-1], NO_NEWS.sub("", parts[-1]))


def _canvas_person(member: Member) -> tuple[str, ...] | None:
    match = CANVAS.match(member.parts[-1])
    return (*member.parts[:-1], match["who"]) if match else None


def _bytes(place: Place) -> bytes:
    if place.members:
        return read_member(place)
    try:
        with open(place.path, "rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST_NOTEBOOK:
                raise CannotOpen(f"It is larger than {LARGEST_NOTEBOOK // 2**20} MB.")
            return file.read(LARGEST_NOTEBOOK + 1)
    except OSError as error:
        raise CannotOpen(f"The file can't be read: {error.strerror}.") from None
