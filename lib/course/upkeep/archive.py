"""`course update NEW.zip`: the same where the course was downloaded, and git does not know it."""

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from course import paths
from course.atomic import write_whole
from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook
from course.errors import CourseError
from course.upkeep import git
from course.upkeep.backup import Backup, kept
from course.upkeep.merge import Merged, merge
from course.upkeep.update import NEWEST, closing, read, said_of, to_bytes

# Folders that hold nothing but the course's files: what the new version lacks there, goes.
OURS = ("lib/attn/", "lib/course/", "lessons/", "quizzes/", "solutions/", "tests/", "docs/")
LOCAL = (".git/", ".course/", ".venv/", "wheels/")  # never touched, whatever the zip holds


def update_from(archive: Path) -> Iterable[str]:
    """Bring the course to the version in a zip file, and every answer into it; say what was done.

    Raises CourseError, with everything as it was, where that is not possible.
    """
    git.require_own_course()
    if git.is_clone():
        raise CourseError("This folder is a git clone: course update, alone, gets what is newest.")
    stopped = Backup.unfinished()
    if stopped is not None and "archive" not in stopped.notes:
        stopped.done()  # one notebook, which is written whole or not at all
    elif stopped is not None:
        Backup.of(f"notebooks/{file.name}" for file in paths.NOTEBOOKS.glob("*.ipynb")).done()
        stopped.put_back()
        yield "An update had been stopped on its way: what it had begun is taken back."
    new = _files(archive)
    base = _handed_out()
    merged: dict[str, Merged] = {}
    writes: dict[str, bytes] = {}
    for place, data in new.items():
        file = paths.ROOT / place
        if place in base and file.is_file():
            mine = read(file.read_bytes().decode("utf-8", errors="replace"), place)
            after = read(data.decode("utf-8", errors="replace"), f"{place} in {archive.name}")
            made = merge(read(base[place], place), mine, after)
            if made.answers or made.own or made.changed:
                merged[place] = made
                data = to_bytes(made.notebook)
        if not file.is_file() or file.read_bytes() != data:
            writes[place] = data
    gone = sorted(place for place in _here() if place not in new)
    if not writes and not gone:
        yield NEWEST
        return
    with kept([*writes, *gone], archive=archive.name) as backup:
        for place, data in writes.items():
            write_whole(paths.ROOT / place, data)
        for place in gone:
            (paths.ROOT / place).unlink()
    yield "The course is the version of the zip file now."
    for place, made in sorted(merged.items()):
        yield from said_of(place, made)
    yield from closing([], set(writes), backup)


def _files(archive: Path) -> dict[str, bytes]:
    """The course's files in a zip file, without the one folder that may stand around them."""
    try:
        with zipfile.ZipFile(archive) as file:
            found = {name: file.read(name) for name in file.namelist() if not name.endswith("/")}
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{archive} can't be read as a zip file ({error}).") from None
    start = min((name for name in found if PurePosixPath(name).name == "start.py"), default="")
    top = start.removesuffix("start.py")
    course = {name.removeprefix(top): data for name, data in found.items() if name.startswith(top)}
    if not start or "lib/course/__init__.py" not in course:
        raise CourseError(
            f"{archive} does not hold the course: no start.py with its lib/ is in it."
        )
    for place in course:
        if not (paths.ROOT / place).resolve().is_relative_to(paths.ROOT):
            raise CourseError(f"{archive} holds {place!r}, a file outside its own folder.")
    return {place: data for place, data in course.items() if not place.startswith(LOCAL)}


def _handed_out() -> dict[str, str]:
    """The learner's notebooks as this version hands them out, made from its lessons."""
    return {
        f"notebooks/{name}.ipynb": to_bytes(
            learner_notebook(read_lesson(paths.LESSONS / f"{name}.py"))
        ).decode()
        for name in paths.lesson_names()
    }


def _here() -> Iterable[str]:
    """The places of this version's files in folders that are wholly the course's."""
    for folder in OURS:
        for file in sorted((paths.ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(paths.ROOT).as_posix()
