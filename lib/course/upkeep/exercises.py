"""`course catch-up` and `course reset`: an exercise filled in, or empty again."""

from collections.abc import Callable, Iterable
from copy import deepcopy

from nbformat import NotebookNode

from course import paths
from course.atomic import write_whole
from course.authoring.lesson import read_lesson
from course.authoring.notebook import learner_notebook
from course.cells.whole_notebook import read_notebook
from course.errors import CourseError
from course.record import store
from course.upkeep.align import text_of
from course.upkeep.backup import kept
from course.upkeep.merge import is_exercise, merge
from course.upkeep.open_files import RELOAD, open_in_jupyterlab
from course.upkeep.update import to_bytes

OWN = "# Your own answer, kept:"


def catch_up(exercise: str) -> None:
    """Fill every exercise of a lesson up to this one that is not right yet, from its solution.

    exercise  its number, "05.2"; your own text is kept below the solution, as a comment

    Raises CourseError where there is no such exercise.
    """
    for sentence in catch_up_to(exercise):
        print(sentence)


def catch_up_to(exercise: str) -> Iterable[str]:
    """What `catch_up` does, sentence by sentence."""
    name, numbers = _find(exercise)
    solved = _answers(read_notebook(paths.SOLUTIONS / f"{name}.ipynb"))
    right = {number for number, noted in store.load()["checks"].items() if noted["right"]}
    wanted = [number for number in numbers[: numbers.index(exercise) + 1] if number not in right]

    def fill(number: str, cell: NotebookNode, empty: str) -> bool:
        own, solution = text_of(cell), solved[number].source
        if own.startswith(text_of(solved[number])):
            return False
        cell.source = solution
        if own.strip() and own != empty:
            kept_lines = "\n".join(f"# {line}".rstrip() for line in own.splitlines())
            cell.source += f"\n\n\n{OWN}\n{kept_lines}"
        return True

    then = "Run their cells, and then their checks."
    nothing = f"Nothing to do: everything up to {exercise} is right, or filled in, already."
    yield from _change(name, wanted, fill, f"filled in. {then}", nothing)


def reset(exercise: str) -> Iterable[str]:
    """Give an exercise its empty cell back; what was there is in the backup."""
    name, _ = _find(exercise)

    def empty_again(number: str, cell: NotebookNode, empty: str) -> bool:
        done = text_of(cell) != empty
        cell.source = empty
        return done

    yield from _change(
        name, [exercise], empty_again, "empty again.", f"{exercise} is empty already."
    )


def _find(exercise: str) -> tuple[str, list[str]]:
    """The lesson of an exercise, and all the exercises of that lesson. Raises CourseError."""
    name = paths.find_lesson(exercise[:2])
    numbers = paths.lesson_exercises(name[:2])
    if exercise not in numbers:
        raise CourseError(
            f"There is no exercise {exercise!r}; lesson {name[:2]} has {', '.join(numbers)}."
        )
    return name, numbers


def _answers(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The first cell of each exercise."""
    found: dict[str, NotebookNode] = {}
    for cell in notebook.cells:
        if is_exercise(cell):
            found.setdefault(cell.metadata.exercise, cell)
    return found


def _change(
    name: str,
    numbers: list[str],
    change: Callable[[str, NotebookNode, str], bool],
    done: str,
    nothing: str,
) -> Iterable[str]:
    """Change the cells of exercises, and write the notebook, with a backup of what it was.

    change         is given a number, its cell and the empty cell's text; says whether it did
    done, nothing  what to say of exercises that were changed, and where none was
    """
    place = f"notebooks/{name}.ipynb"
    file = paths.home() / place
    empty = learner_notebook(read_lesson(paths.LESSONS / f"{name}.py"))
    mine = read_notebook(file) if file.exists() else deepcopy(empty)
    notebook = merge(empty, mine, empty).notebook  # brings back an exercise that was deleted
    cells, stubs = _answers(notebook), _answers(empty)
    changed = [
        number for number in numbers if change(number, cells[number], text_of(stubs[number]))
    ]
    if not changed:
        yield nothing
        return
    for number in changed:
        cells[number].outputs, cells[number].execution_count = [], None
    with kept([place]) as backup:
        write_whole(file, to_bytes(notebook))
    yield f"{place}: {', '.join(changed)} {done}"
    yield f"The notebook as it was is in {backup.place}."
    if place in open_in_jupyterlab():
        yield f"{place} {RELOAD}"
