"""Which notebooks were handed in: in files, in folders, and in zip files, which are never unpacked.

A hand-in is one notebook. A folder in which somebody handed in something else is one too, so that
nobody is missing from the scores.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from course.grading.hand_ins.archives import CannotOpen, Member, Place, beginning, read_member, walk
from course.grading.hand_ins.naming import NO_NEWS, Names, printable
from course.grading.report import LARGEST_NOTEBOOK, HandIn

MAC = "__macosx"  # a zip file made on a Mac: for each file, a shadow "._…" of it in here
JUNK = {MAC, "desktop.ini", "thumbs.db", "icon\r"}
# What somebody may have handed in instead of a notebook; pictures and tables rather lie beside one.
DOCUMENTS = {
    ".pdf", ".doc", ".docx", ".odt", ".pages", ".rtf", ".txt", ".md", ".html", ".htm", ".py",
    ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz",
}  # fmt: skip
# What platforms call a file where all lie in one folder.
ONE_FOLDER = (
    # Canvas: "lovelaceada_LATE_12345_67890_report.pdf"
    re.compile(r"(?P<who>[^_]+)_(LATE_)?\d+_\d+_"),
    # Moodle, without folders: "Ada Lovelace_123_assignsubmission_file_report.pdf"
    re.compile(r"(?P<who>.+_\d+)_assignsubmission_(file|onlinetext)_."),
    # Blackboard: "Lesson 1_lovelacea_attempt_2026-11-02-10-15-00_report.pdf", and for each attempt
    # a receipt that ends there with .txt
    re.compile(r".+_(?P<who>[^_]+)_attempt_\d{4}(-\d\d){5}[_.]"),
)
# What browsers make of a notebook's name: "01.ipynb.json", "01.ipynb.txt", "01.json".
RENAMED = {".json", ".txt"}
NOTEBOOK = re.compile(
    r'\s*\{\s*"(cells"\s*:\s*\[|nbformat(_minor)?"|metadata".*"(cell_type|nbformat)")', re.DOTALL
)


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
        if _is_notebook(Member((path.name,), Place(path))):
            return [Member((), Place(path))]
        return [Member((), None, "It is not a notebook: its name does not end with .ipynb.")]
    members = list(walk(path, leave_out.resolve() if leave_out else None))
    notebooks = [m for m in members if not _is_junk(m) and (m.trouble or _is_notebook(m))]
    rest = set(members).difference(notebooks)
    others = [member for member in members if member in rest]
    return sorted([*notebooks, *_without_notebook(notebooks, others)], key=lambda m: m.parts)


def _is_notebook(member: Member) -> bool:
    """By its name; where a browser has changed that, by how it begins."""
    if member.place is None:
        return False
    ending = Path(member.parts[-1]).suffix.lower()
    if ending not in RENAMED:
        return ending == ".ipynb"
    data = beginning(member.place)
    return NOTEBOOK.match(data.decode(json.detect_encoding(data), "ignore")) is not None


def _is_junk(member: Member) -> bool:
    return any(_junk_name(part) for part in member.parts)


def _junk_name(part: str) -> bool:
    return part.startswith(".") or part.lower() in JUNK


def _without_notebook(notebooks: list[Member], others: list[Member]) -> Iterator[Member]:
    """A member for each person who handed in something, or an empty folder, but no notebook.

    others  all that is no notebook, junk too: it may be all that somebody handed in
    """
    holding = {m.parts[:end] for m in notebooks for end in range(len(m.parts))}
    beside = {m.parts[:-1] for m in notebooks if m.place}
    written = {_person(parts) for parts in holding if parts}
    people = {who for m in notebooks if (who := _in_one_folder(m.parts))}
    named = set[tuple[str, ...]]()  # by the platform, so surely people
    groups: dict[tuple[str, ...], list[Member]] = {}
    folders: dict[tuple[str, ...], tuple[str, ...]] = {}
    for member in others:
        parts = _without_shadow(member.parts)
        ends = range(1, len(parts) + (member.place is None))
        top = next((parts[:end] for end in ends if parts[:end] not in holding), None)
        who = _in_one_folder(parts) if member.place else None
        if who and top in (None, parts[:-1]):
            top = None if who in people else who
            named.add(who)
        if top is not None and not _junk_name(top[-1]):
            folders.setdefault(_person(top), top)
            groups.setdefault(_person(top), []).append(member)
    for person, members in groups.items():
        parts = folders[person]
        real = [m for m in members if not _is_junk(m)]
        documents = [m for m in real if Path(m.parts[-1]).suffix.lower() in DOCUMENTS]
        if person not in written and (documents or parts in named or parts[:-1] not in beside):
            yield Member(parts, None, _instead(documents or real or members))


def _instead(members: list[Member]) -> str:
    """What was handed in instead of a notebook, as a sentence."""
    files = [m.parts[-1] for m in members if m.place]
    if not files:
        return "No notebook was handed in: the folder is empty."
    listed = ", ".join(files[:3]) + (" and more" if len(files) > 3 else "")
    return f"No notebook was handed in, only {printable(listed)}."


def _without_shadow(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The path of the file whose shadow this is: "__MACOSX/ann/._01.ipynb" is of "ann/01.ipynb"."""
    above = (part for part in parts[:-1] if part.lower() != MAC)
    return (*above, parts[-1].removeprefix("._"))


def _person(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Moodle makes two folders for a person who hands in a file and a text."""
    return (*parts[:-1], NO_NEWS.sub("", parts[-1]))


def _in_one_folder(parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Who handed in a file, with the folder, where a platform has put all files into one."""
    for form in ONE_FOLDER:
        if match := form.match(parts[-1]):
            return (*parts[:-1], match["who"])
    return None


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
