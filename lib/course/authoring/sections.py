"""What `course find` searches: the sections of lessons, read from their prose, and their file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from course import paths
from course.authoring.lesson import Lesson, short
from course.authoring.minutes import parts
from course.errors import CourseError
from course.models.packages import MODELS
from course.search.sections import TEXT, Section, read_sections, write_sections

# They speak of all of a lesson, or of none: such a section would win every search.
LEFT_OUT = {"From memory", "The quiz", "In five lines"}
_NOT_SAID = re.compile(
    r"<!--.*?-->|```.*?```|\$\$.*?\$\$|<[^>]+>|\]\([^)]*\)"
    r"|\*[^*]*\{minutes\}[^*]*\*|### References.*",
    re.DOTALL,
)
_MARKS = str.maketrans(dict.fromkeys("`*[]{}\\$#|>", " "))


def sections_of(lesson: Lesson) -> list[Section]:
    """The sections of a lesson, without their meanings: prose, no code, no hint and no answer."""
    found = []
    for part in parts(lesson, questions=lambda number: 0):
        cells = [lesson.cells[place] for place in part.cells]
        told = [c.source for c in cells if c.kind == "markdown" and "hint" not in c.tags]
        text = " ".join(_NOT_SAID.sub(" ", "\n\n".join(told)).translate(_MARKS).split())
        if not text or part.title in LEFT_OUT:
            continue
        begins = part.cells.start == 0
        title = paths.lesson_title(lesson.name, told[0]).removeprefix(f"{lesson.number} · ")
        found.append(Section(lesson.name, title if begins else part.title, text[:TEXT]))
    return found


def renew(lessons: Sequence[Lesson], names: Sequence[str], file: Path) -> str:
    """Bring the file up to date with these lessons; says in words what was done, or not.

    names  of all lessons that there are: of those not given, the file's sections stay
    Only what has changed is given a new vector, for which the model is needed.
    """
    before = _read(file)
    known = {section.gist: section.meaning for section in before}
    given = {lesson.name: sections_of(lesson) for lesson in lessons}
    kept = {name: [row for row in before if row.lesson == name] for name in names}
    rows = [
        replace(row, meaning=known.get(row.gist, ""))
        for name in names
        for row in given.get(name, kept[name])
    ]
    if rows == before:
        return ""
    if new := [row.gist for row in rows if not row.meaning]:
        if MODELS["MiniLM"].file() is None:
            return (
                f"{short(file)}: not renewed, since {MODELS['MiniLM'].title} is not installed "
                "(course models)"
            )
        from course.search.meaning import pack, vectors_of

        known |= dict(zip(new, map(pack, vectors_of(new)), strict=True))
        rows = [replace(row, meaning=known[row.gist]) for row in rows]
    write_sections(file, rows)
    return f"{short(file)}: {len(rows)} sections, {len(new)} of them new or changed"


def stale(lessons: Sequence[Lesson], names: Sequence[str], file: Path) -> list[str]:
    """A sentence for each lesson whose headings are not those of the file. Needs no model."""
    before = _read(file)
    found = {lesson.name: [row.heading for row in sections_of(lesson)] for lesson in lessons}
    found |= {row.lesson: [] for row in before if row.lesson not in names}  # gone
    return [
        f"{short(file)} has other headings than {name}: run `course build`."
        for name, headings in sorted(found.items())
        if headings != [row.heading for row in before if row.lesson == name]
    ]


def _read(file: Path) -> list[Section]:
    """The file's sections; none where it is missing or broken, so that it is made anew."""
    try:
        return read_sections(file)
    except CourseError:
        return []
