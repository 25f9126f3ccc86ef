"""What of a hand-in is run, in which order: its own cells, and our checks in their places."""

import ast
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from course.cells.source import checks_called, defines, parse_cell, points_of
from course.cells.tags import meaning
from course.checking import exercises
from course.grading.marking.needed_cells import needed
from course.grading.marking.reading import CannotRead, grade_id, read_cells, text_of
from course.grading.marking.released import lesson_names, released


@dataclass(frozen=True)
class RunCell:
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

    @property
    def check_id(self) -> str:
        """What nbgrader's metadata call its cell."""
        return f"check-{self.exercise.replace('.', '-')}"

    @property
    def answer_id(self) -> str:
        """What nbgrader's metadata call the cell of the answer."""
        return f"exercise-{self.exercise.replace('.', '-')}"


Step = RunCell | Check


@dataclass(frozen=True)
class Cell:
    """A cell of a hand-in's code, and what nbgrader's metadata call it; "" where they don't."""

    source: str
    grade_id: str


@dataclass(frozen=True)
class Release:
    """The notebook that was given out: its checks and their points by exercise, the cells' sources.

    ids  what nbgrader's metadata call the cells of its answers and checks
    """

    lesson: str
    checks: dict[str, Check]
    points: dict[str, float]
    ids: frozenset[str]
    given: frozenset[str]
    not_run: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """What is to be done with a hand-in."""

    release: Release
    steps: tuple[Step, ...]
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
        source = text_of(cell["source"])
        tags = set(cell["metadata"].get("tags", []))
        (given if meaning(tags).graded else not_run).add(source.strip())
        if len(_checks_in_text(source)) == 1:
            exercise, expression = _asked(source)
            checks[exercise] = Check(place, exercise, expression)
            points[exercise] = float(points_of(source))
    ids = frozenset(name for check in checks.values() for name in (check.check_id, check.answer_id))
    return Release(lesson, checks, points, ids, frozenset(given), frozenset(not_run))


def plan(data: bytes) -> Plan:
    """Read a hand-in's notebook. Raises CannotRead."""
    cells, metadata = read_cells(data)
    given = release(_lesson(cells, metadata))
    notes: list[str] = []
    code = _code(cells, given, notes)
    instead, after = _checks(code, given, notes)
    steps: list[Step] = []
    for place, cell in code.items():
        if place in instead:
            steps.append(replace(instead[place], place=place))
        elif cell.source.strip() not in given.not_run:
            steps.append(RunCell(place, cell.source, cell.source.strip() in given.given))
        steps += [replace(check, place=place) for check in after.get(place, ())]
    return Plan(given, tuple(_worth_running(steps)), tuple(notes))


def _code(cells: list[dict[str, Any]], given: Release, notes: list[str]) -> dict[int, Cell]:
    """The cells of code by place; also those of ours that were turned into text, by a slip."""
    code = {}
    for place, content in enumerate(cells, start=1):
        cell = Cell(text_of(content.get("source")), grade_id(content))
        text = cell.source.strip()
        if content.get("cell_type") == "code":
            code[place] = cell
        elif cell.grade_id in given.ids or (text and text in given.given):
            code[place] = cell
            notes.append(f"Cell {place} was turned from code into text; it was run all the same.")
    return code


def _checks(
    code: dict[int, Cell], given: Release, notes: list[str]
) -> tuple[dict[int, Check], dict[int, list[Check]]]:
    """The checks to make, by place: instead of a cell, and after a cell.

    A check is known by its id; where a program or a paste lost that, by its text. Where it was
    deleted, it is made all the same, behind the answer.
    """
    instead: dict[int, Check] = {}
    after: dict[int, list[Check]] = {}
    by_id: dict[str, list[int]] = {check.check_id: [] for check in given.checks.values()}
    by_text: dict[str, list[int]] = {exercise: [] for exercise in given.checks}
    for place, cell in code.items():
        if cell.grade_id in by_id:
            by_id[cell.grade_id].append(place)
    for place, cell in code.items() if not all(by_id.values()) else ():
        for exercise in set(_checks_in_text(cell.source)) & by_text.keys():
            if cell.grade_id not in by_id:
                by_text[exercise].append(place)
    for check in given.checks.values():
        places = by_id[check.check_id] or by_text[check.exercise]
        twice = f"The check of {check.exercise} stands twice; the last one counts."
        notes += [twice] * (len(places) - 1)
        if places and (by_id[check.check_id] or _is_one_call(code[places[-1]].source)):
            instead[places[-1]] = check
        elif places:  # in a cell with other code, such as the answer
            after.setdefault(places[-1], []).append(check)
        elif (behind := _behind_the_answer(check, code, given)) is not None:
            after.setdefault(behind, []).append(check)
            notes.append(f"The check of {check.exercise} was deleted; it was made all the same.")
    return instead, after


def _behind_the_answer(check: Check, code: dict[int, Cell], given: Release) -> int | None:
    """The last cell before the next one with an id of ours; None where there is no answer."""
    answers = [place for place, cell in code.items() if cell.grade_id == check.answer_id] or [
        place for place, cell in code.items() if defines(cell.source, check.expression)
    ]
    if not answers:
        return None
    behind = answers[-1]
    for place in (place for place in code if place > answers[-1]):
        if code[place].grade_id in given.ids:
            break
        behind = place
    return behind


def _worth_running(steps: list[Step]) -> list[Step]:
    """The steps up to the last check, without given cells that define nothing which is used."""
    while steps and isinstance(steps[-1], RunCell):
        steps.pop()
    sources = [
        (s.source, s.given) if isinstance(s, RunCell) else (s.expression, False) for s in steps
    ]
    return [step for step, run in zip(steps, needed(sources), strict=True) if run]


def forbidden(lesson: str) -> set[str]:
    """All that the exercises of a lesson forbid."""
    return {name for exercise in exercises(lesson).values() for name in exercise.forbids}


def _lesson(cells: list[dict[str, Any]], metadata: dict[str, Any]) -> str:
    """Which lesson it is: by what the build wrote into it, else by its checks."""
    course = metadata.get("course")
    named = course.get("lesson") if isinstance(course, dict) else None
    if isinstance(named, str) and named[:2].isdecimal():
        return named[:2]
    for cell in cells:
        parts = grade_id(cell).split("-")
        if len(parts) == 3 and parts[0] in {"check", "exercise"}:
            return parts[1]
        if cell.get("cell_type") == "code":
            for number in checks_called(text_of(cell.get("source"))):
                return number[:2]
    raise CannotRead("It holds no check of this course.")


def _checks_in_text(source: str) -> list[str]:
    """The exercises that a cell checks, by what it says."""
    return checks_called(source) if "check(" in source else []


def _is_one_call(source: str) -> bool:
    """Whether a cell holds a call, such as that of its check, and no other code."""
    try:
        return len(parse_cell(source).body) == 1
    except SyntaxError:
        return False


def _asked(source: str) -> tuple[str, str]:
    """The exercise and the expression of `check("01.1", expression)`."""
    for node in ast.walk(parse_cell(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check":
            exercise, answer = node.args
            return str(ast.literal_eval(exercise)), ast.unparse(answer)
    raise ValueError(f"a check cell without check(…): {source[:80]!r}")
