"""What a lesson must hold to before it is made: every fault is named, with its file and line."""

from collections.abc import Callable, Iterator

from course.authoring.lesson import Cell, Lesson
from course.authoring.measured import fault_of_ranges
from course.authoring.minutes import IMPORTANCE
from course.authoring.solution import cut_solutions, find_blocks
from course.cells.source import EXERCISE, checks_called, names_bound, parse_cell, points_of
from course.cells.tags import TAGS

SETTINGS = {"tags", "exercise", "minutes", "importance", "measured"}
Fault = tuple[int, str]
Bank = Callable[[str], set[str]]


def exercises_in_bank(lesson: str) -> set[str]:
    """The exercises of lesson "01" that have a check: {"01.1", "01.2", …}."""
    from course.checking import exercises  # imports torch, which `course --help` need not wait for

    return set(exercises(lesson))


def faults(lesson: Lesson, bank: Bank = exercises_in_bank) -> list[str]:
    """Every fault of the lesson as "lessons/01_name.py:120: what is wrong", in order of lines."""
    found: list[Fault] = []
    for cell in lesson.cells:
        found += _faults_of_line(cell, lesson)
        found += _faults_of_code(cell)
    found += _faults_of_pairs(lesson)
    found += _faults_against_bank(lesson, bank(lesson.number))
    return [f"{lesson.at(line)}: {text}" for line, text in sorted(set(found))]


def _faults_of_line(cell: Cell, lesson: Lesson) -> Iterator[Fault]:
    """Tags and settings, as the '# %%' line has them."""
    for name in cell.settings:
        if name not in SETTINGS:
            expected = ", ".join(sorted(SETTINGS))
            yield cell.line, f"unknown setting {name!r} on the cell's line; there are {expected}"
    for tag in cell.tags:
        if tag not in TAGS and not tag.startswith("nbval-"):
            expected = ", ".join(sorted(TAGS))
            yield cell.line, f"unknown tag {tag!r}; there are {expected}, and nbval's own"
    kinds = {"exercise", "check", "hint"} & set(cell.tags)
    if len(kinds) > 1:
        yield cell.line, f"a cell is one thing, not {' and '.join(sorted(kinds))}"
    for kind in sorted(kinds):
        wanted = "markdown" if kind == "hint" else "code"
        if cell.kind != wanted:
            yield cell.line, f"a cell tagged {kind!r} must be {wanted}, not {cell.kind}"
        if cell.exercise is None:
            yield cell.line, f'a {kind} cell says which exercise: exercise="{lesson.number}.1"'
    if "exercise" in cell.tags:
        minutes, importance = cell.settings.get("minutes"), cell.settings.get("importance")
        if not isinstance(minutes, int) or not 0 < minutes <= 30:
            yield cell.line, f"an exercise says how long it takes, minutes=5, not {minutes!r}"
        if importance not in IMPORTANCE:
            expected = ", ".join(IMPORTANCE)
            yield cell.line, f'importance="…" is one of {expected}, not {importance!r}'
    elif {"minutes", "importance"} & set(cell.settings):
        yield cell.line, "minutes and importance stand at an exercise cell"
    if (fault := fault_of_ranges(cell)) is not None:
        yield cell.line, fault
    if cell.exercise is not None:
        if not isinstance(cell.exercise, str) or not EXERCISE.fullmatch(cell.exercise):
            yield cell.line, f'an exercise is written "{lesson.number}.1", not {cell.exercise!r}'
        elif not cell.exercise.startswith(f"{lesson.number}."):
            yield cell.line, f"exercise {cell.exercise} does not belong to lesson {lesson.number}"


def _faults_of_code(cell: Cell) -> Iterator[Fault]:
    """Solution markers, and code that is not Python."""
    blocks, wrong = find_blocks(cell.source)
    yield from ((cell.line + number, text) for number, text in wrong)
    if cell.kind != "code":
        return
    is_exercise = "exercise" in cell.tags
    if blocks and not is_exercise and "recall" not in cell.tags:
        yield cell.line + blocks[0].begin, "a solution stands outside an exercise or recall cell"
    if is_exercise and not blocks and not wrong:
        yield cell.line, f"exercise {cell.exercise} has no solution block"
    try:
        parse_cell(cell.source)
    except SyntaxError as error:
        yield cell.line + (error.lineno or 1) - 1, f"not Python: {error.msg}"
        return
    if is_exercise and not wrong:
        try:
            parse_cell(cut_solutions(cell.source, str(cell.exercise)))
        except SyntaxError as error:
            yield cell.line, f"with its solution cut out the cell is not Python: {error.msg}"


def _faults_of_pairs(lesson: Lesson) -> Iterator[Fault]:
    """Each exercise once, its check once, below it; each answer's name in one exercise only."""
    exercises: dict[str, Cell] = {}
    checks: dict[str, Cell] = {}
    answers: dict[str, str] = {}
    for cell in lesson.cells:
        number = str(cell.exercise)
        for tag, seen in (("exercise", exercises), ("check", checks)):
            if tag in cell.tags and cell.exercise is not None:
                if number in seen:
                    yield cell.line, f"a second {tag} cell for exercise {number}"
                seen.setdefault(number, cell)
        if "check" in cell.tags and checks_called(cell.source, practice=True) != [number]:
            yield cell.line, f'the check cell must call check("{number}", …), once, and no other'
        elif "check" in cell.tags and _is_python(cell) and points_of(cell.source) <= 0:
            yield cell.line, "a check says what it is worth: check(…, points=2)"
        if "exercise" in cell.tags and _is_python(cell):
            for name in sorted(set(names_bound(cell.source))):
                if answers.setdefault(name, number) != number:
                    yield cell.line, f"{name!r} is defined in exercise {answers[name]} already"
    for number, cell in exercises.items():
        if number not in checks:
            yield cell.line, f"exercise {number} has no check cell"
        elif checks[number].line < cell.line:
            yield checks[number].line, f"the check of {number} stands above its exercise"
    for number, cell in checks.items():
        if number not in exercises:
            yield cell.line, f"a check cell without an exercise cell {number}"


def _faults_against_bank(lesson: Lesson, bank: set[str]) -> Iterator[Fault]:
    written = {str(cell.exercise): cell for cell in reversed(lesson.cells_tagged("exercise"))}
    for number, cell in written.items():
        if cell.exercise is not None and number not in bank:
            yield cell.line, f"exercise {number} is not in the bank of checks"
    for number in sorted(bank - set(written)):
        yield 1, f"the bank of checks holds {number}, the lesson has no such exercise"


def _is_python(cell: Cell) -> bool:
    try:
        parse_cell(cell.source)
    except SyntaxError:
        return False
    return True
