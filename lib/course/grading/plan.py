"""What of a hand-in is run, in which order: its own cells, and our checks in their places."""

import ast
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from course.calls import checks_called, parse_cell, points_of
from course.checking import exercises
from course.grading.needed import needed
from course.grading.released import lesson_names, released

LARGEST_NOTEBOOK = 100 * 2**20
MOST_CELLS = 2000
MOST_CODE = 4_000_000  # characters in all code cells; a lesson has 50,000
# What is only looked at. No answer may depend on it, so where it is as we wrote it, it is not run.
NOT_RUN = {"demo", "explore", "quiz", "progress"}


class CannotRead(Exception):
    """This is no hand-in that can be graded; the text says why, as a sentence."""


@dataclass(frozen=True)
class Run:
    """A cell to run; `place` counts the notebook's cells from 1, `given` tells that it is ours."""

    place: int
    source: str
    given: bool


@dataclass(frozen=True)
class Check:
    """A check to make: `expression` is what it asks about, in our words."""

    place: int
    exercise: str
    expression: str


@dataclass(frozen=True)
class Release:
    """The notebook that was given out: its checks by grade_id, their points, the cells' sources."""

    lesson: str
    checks: dict[str, Check]
    points: dict[str, float]
    given: frozenset[str]
    not_run: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """What is to be done with a hand-in."""

    release: Release
    steps: tuple[Run | Check, ...]
    notes: tuple[str, ...]


@cache
def release(lesson: str) -> Release:
    """The notebook of a lesson ("01") as it is given out.

    Raises CannotRead if there is none, CourseError where it is lost. All but the tags is read from
    the cells' texts, which their seal holds; metadata can be changed without breaking it.
    """
    name = next((name for name in lesson_names() if name[:2] == lesson), None)
    if name is None:
        raise CannotRead(f"It says that it is lesson {lesson[:20]!r}, and this course has none.")
    checks, points, given, not_run = {}, {}, set[str](), set[str]()
    for place, cell in enumerate(released(name)["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        source = _text(cell["source"])
        tags = set(cell["metadata"].get("tags", []))
        (not_run if NOT_RUN & tags else given).add(source.strip())
        if "check(" in source and len(checks_called(source)) == 1:
            exercise, expression = _asked(source)
            checks[f"check-{exercise.replace('.', '-')}"] = Check(place, exercise, expression)
            points[exercise] = float(points_of(source))
    return Release(lesson, checks, points, frozenset(given), frozenset(not_run))


def plan(data: bytes) -> Plan:
    """Read a hand-in's notebook. Raises CannotRead."""
    cells, metadata = _read(data)
    given = release(_lesson(cells, metadata))
    numbered = {check.exercise: check for check in given.checks.values()}
    code = {
        place: (cell, _text(cell.get("source")))
        for place, cell in enumerate(cells, start=1)
        if cell.get("cell_type") == "code"
    }
    # Some programs lose the metadata on the way; then a check is known by its text.
    lost = not any(map(_grade_id, cells))
    checks = {
        place: check
        for place, (cell, source) in code.items()
        if (
            check := _check_in_text(source, numbered) if lost else given.checks.get(_grade_id(cell))
        )
    }
    counts = {check.exercise: place for place, check in checks.items()}  # the last, as in nbgrader
    steps: list[Run | Check] = []
    notes: list[str] = []
    for place, (_, source) in code.items():
        check = checks.get(place)
        if check and counts[check.exercise] == place:
            steps.append(Check(place, check.exercise, check.expression))
            continue
        if check:
            notes.append(f"The check of {check.exercise} stands twice; the last one counts.")
        if source.strip() not in given.not_run:
            steps.append(Run(place, source, source.strip() in given.given))
    return Plan(given, tuple(_worth_running(steps)), tuple(notes))


def _worth_running(steps: list[Run | Check]) -> list[Run | Check]:
    """The steps up to the last check, without given cells that define nothing which is used."""
    while steps and isinstance(steps[-1], Run):
        steps.pop()
    sources = [(s.source, s.given) if isinstance(s, Run) else (s.expression, False) for s in steps]
    return [step for step, run in zip(steps, needed(sources), strict=True) if run]


def forbidden(lesson: str) -> set[str]:
    """All that the exercises of a lesson forbid."""
    return {name for exercise in exercises(lesson).values() for name in exercise.forbids}


def _read(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if len(data) > LARGEST_NOTEBOOK:
        raise CannotRead(f"It is larger than {LARGEST_NOTEBOOK // 2**20} MB.")
    if not data.strip():
        raise CannotRead("The file is empty.")
    try:
        with _bounded_memory():
            notebook = json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        raise CannotRead("It is not a notebook: its JSON can't be read.") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if isinstance(notebook, dict) and "worksheets" in notebook:
        raise CannotRead("It is in the notebook format of 2014: open and save it in JupyterLab.")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise CannotRead("It is not a notebook: it has no list of cells.")
    if len(cells) > MOST_CELLS:
        raise CannotRead(f"It has {len(cells)} cells, expected at most {MOST_CELLS}.")
    code = sum(len(_text(cell.get("source"))) for cell in cells if cell.get("cell_type") == "code")
    if code > MOST_CODE:
        raise CannotRead(f"It holds {code} characters of code, expected at most {MOST_CODE}.")
    metadata = notebook.get("metadata")
    return cells, metadata if isinstance(metadata, dict) else {}


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """A hundred megabytes of brackets are gigabytes of lists: let that fail, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if resource.RLIM_INFINITY not in (soft, hard):
        yield
        return
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _lesson(cells: list[dict[str, Any]], metadata: dict[str, Any]) -> str:
    """Which lesson it is: by what the build wrote into it, else by its checks."""
    course = metadata.get("course")
    named = course.get("lesson") if isinstance(course, dict) else None
    if isinstance(named, str) and named[:2].isdecimal():
        return named[:2]
    for cell in cells:
        parts = _grade_id(cell).split("-")
        if len(parts) == 3 and parts[0] == "check":
            return parts[1]
        if cell.get("cell_type") == "code":
            for number in checks_called(_text(cell.get("source"))):
                return number[:2]
    raise CannotRead("It holds no check of this course.")


def _check_in_text(source: str, numbered: dict[str, Check]) -> Check | None:
    """The check that a cell makes, by what it says."""
    called = checks_called(source) if "check(" in source else []
    return numbered.get(called[0]) if len(called) == 1 else None


def _grade_id(cell: dict[str, Any]) -> str:
    found: Any = cell
    for key in ("metadata", "nbgrader", "grade_id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _text(source: object) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _asked(source: str) -> tuple[str, str]:
    """The exercise and the expression of `check("01.1", expression)`."""
    for node in ast.walk(parse_cell(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            exercise, answer = node.args
            return str(ast.literal_eval(exercise)), ast.unparse(answer)
    raise ValueError(f"a check cell without check(…): {source[:80]!r}")
