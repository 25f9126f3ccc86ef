"""How long a lesson takes, counted: by what is read, what is written and what is tried."""

import ast
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from course.authoring.lesson import Cell, Lesson
from course.cells.source import parse_cell
from course.errors import CourseError
from course.quizzes.loading import load_quiz

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 12  # of visible code that is read, not written
LOOK = 0.5  # at what a cell of code shows; readers took so long, beside all that is counted here
EXPLORE = 2.0
PREDICTION = 1.5
QUESTION = 1.25
RECALL = 4.5
LONGEST = 60  # minutes of main path
PLACE = "{minutes}"  # in prose: the minutes of the main path, or of the optional part around it
IMPORTANCE = {
    "core": "what comes later rests on it",
    "useful": "worth the time",
    "extra": "leave it out if time is short",
}

_PREDICT = re.compile(r"\*\*Predict before you run\b")
_EXERCISE = re.compile(r"^### Exercise (\d\d\.\d+) · .+$", re.MULTILINE)
_ONE = re.compile(r"\b1 minutes\b")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")
_NOT_PROSE = re.compile(
    r"<!--.*?-->|```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|<[^>]+>|\]\([^)]*\)|!(?=\[)", re.DOTALL
)


@dataclass(frozen=True)
class Part:
    """A stretch of a lesson between two headings, and its minutes, not rounded.

    optional  it is not on the main path: "Going further", or a deep dive
    """

    title: str
    optional: bool
    cells: range
    minutes: float


def prose(text: str) -> str:
    """The words of a Markdown cell, without its formulas, code, links and tags."""
    return _NOT_PROSE.sub(" ", text)


def parts(lesson: Lesson, questions: Callable[[str], int] | None = None) -> list[Part]:
    """The parts of a lesson, each from a heading `## …` up to the next, with their minutes.

    questions  how many a lesson's quiz has, by its number; by itself as many as its file holds
    """
    asked = (questions or _questions_in_quiz)(lesson.number)
    begins = [0] + [
        place for place, cell in enumerate(lesson.cells) if place and _heading(cell) is not None
    ]
    found = []
    for begin, end in zip(begins, [*begins[1:], len(lesson.cells)], strict=True):
        cells = lesson.cells[begin:end]
        title = _heading(cells[0]) or "Beginning"
        optional = title.startswith("Going further") or "deep-dive" in cells[0].tags
        minutes = math.fsum(spent for cell in cells for spent in _minutes_of(cell, asked))
        found.append(Part(title, optional, range(begin, end), minutes))
    return found


def main_path(found: list[Part]) -> int:
    """The minutes of all that is not optional, whole."""
    return round(math.fsum(part.minutes for part in found if not part.optional))


def with_minutes(lesson: Lesson) -> list[str]:
    """The text of each cell, with the minutes in it: those counted, and each exercise's own."""
    found = parts(lesson)
    exercises = {cell.exercise: cell.settings for cell in lesson.cells_tagged("exercise")}
    texts = [cell.source for cell in lesson.cells]
    for part in found:
        minutes = max(1, round(part.minutes)) if part.optional else main_path(found)
        for place in part.cells:
            if lesson.cells[place].kind == "markdown":
                text = texts[place].replace(PLACE, str(minutes))
                text = _ONE.sub("1 minute", text)
                texts[place] = _EXERCISE.sub(lambda m: _announced(m, exercises), text)
    return texts


def _announced(heading: re.Match[str], exercises: dict[str | None, dict[str, Any]]) -> str:
    """An exercise's heading, and below it how long it takes and what it is good for."""
    settings = exercises.get(heading[1], {})
    if "minutes" not in settings:
        return heading[0]
    why = IMPORTANCE[settings["importance"]]
    return f"{heading[0]}\n\n*About {settings['minutes']} minutes · {why}*"


def _heading(cell: Cell) -> str | None:
    """The title of the part that a cell begins or holds the beginning of."""
    found = _HEADING.search(cell.source) if cell.kind == "markdown" else None
    return found[1].strip() if found else None


def _minutes_of(cell: Cell, questions: int) -> Iterator[float]:
    if "hint" in cell.tags:  # opened by those who need it, whose time the exercise counts
        return
    if cell.kind == "markdown":
        read = prose(cell.source.split("### References")[0])
        yield len(_WORD.findall(read)) / WORDS_A_MINUTE
        yield PREDICTION * len(_PREDICT.findall(cell.source))
        return
    if "exercise" in cell.tags:
        yield float(cell.settings.get("minutes", 0))
        return
    if "recall" in cell.tags:  # two cells: what asks, and what is filled from memory
        yield RECALL if "recall(" in cell.source else 0.0
        return
    if not {"check", "quiz"} & set(cell.tags):  # the exercise counts its check, the quiz is below
        yield EXPLORE if "explore" in cell.tags else LOOK * _shows(cell.source)
    if "folded" not in cell.tags:
        yield sum(bool(line.strip()) for line in cell.source.splitlines()) / LINES_A_MINUTE
    if "quiz" in cell.tags:
        yield QUESTION * questions


def _shows(source: str) -> bool:
    """Whether a cell does more than import and define: prints, draws, calls."""
    return any(
        isinstance(node, ast.Expr)
        for statement in parse_cell(source).body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
    )


def _questions_in_quiz(lesson: str) -> int:
    try:
        return len(load_quiz(lesson)["questions"])
    except CourseError:  # it is not written yet; the quiz's own tests say so
        return 0
