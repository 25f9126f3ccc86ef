"""Makes what is missing or stale in notebooks/ and solutions/, and says what is."""

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course import paths
from course.atomic import write_whole
from course.authoring.execute import execute
from course.authoring.lesson import Lesson, read_lesson, short
from course.authoring.notebook import learner_notebook, solution_notebook, to_text
from course.authoring.rules import Bank, exercises_in_bank, faults
from course.cells.seal import seal
from course.cells.whole_notebook import read_notebook
from course.errors import CourseError


@dataclass(frozen=True)
class Folders:
    """Where lessons are read, and where their two notebooks are written."""

    lessons: Path = paths.LESSONS
    notebooks: Path = paths.NOTEBOOKS
    solutions: Path = paths.SOLUTIONS

    def made(self, lesson: Lesson) -> tuple[Path, Path]:
        """A lesson's two notebooks: the learner's and the solution."""
        name = f"{lesson.name}.ipynb"
        return self.notebooks / name, self.solutions / name


def read_sound_lessons(
    names: Sequence[str], folders: Folders, bank: Bank = exercises_in_bank
) -> list[Lesson]:
    """Read the lessons of these names. Raises CourseError with every fault of all of them."""
    lessons, found = [], []
    for name in names:
        try:
            lessons.append(read_lesson(folders.lessons / f"{name}.py"))
            found += faults(lessons[-1], bank)
        except CourseError as error:
            found.append(str(error))
    if found:
        raise CourseError("\n".join(found))
    return lessons


def make(
    lesson: Lesson,
    folders: Folders,
    *,
    force: bool = False,
    on_cell: Callable[[], None] = lambda: None,
) -> str:
    """Write both notebooks of a lesson where they are not up to date; says in words what was done.

    A lesson is executed only if its code has changed, or with `force`. A notebook in which
    somebody has written is replaced only with `force`.
    """
    notebook, solution = folders.made(lesson)
    if not force and _is_edited(notebook):
        raise CourseError(
            f"{short(notebook)} was edited by hand, and what is in it would be lost; keep a copy "
            f"of it elsewhere, then run `course build {lesson.number} --force`."
        )
    made = solution_notebook(lesson)
    done = "up to date"
    if force or not _take_outputs(made, solution):
        begun = time.monotonic()
        folders.notebooks.mkdir(parents=True, exist_ok=True)
        seconds = execute(made, lesson, folders.notebooks, on_cell)
        cells = sum(cell.cell_type == "code" for cell in made.cells)
        done = f"{cells} cells executed in {time.monotonic() - begun:.0f} s"
        made.metadata = solution_notebook(lesson).metadata  # the kernel tells of its machine
        made.metadata["course"] |= {"cpu_seconds": seconds, "seal": seal(made, outputs=True)}
        before = solution_notebook(lesson)
        if _take_outputs(before, solution) and _outputs(before) == _outputs(made):
            made = before  # else every build would count other seconds, and change the file
    for path, text in ((notebook, to_text(learner_notebook(lesson))), (solution, to_text(made))):
        if not _holds(path, text):
            write_whole(path, text.encode())
            done = "written anew, outputs kept" if done == "up to date" else done
    return done


def stale(lessons: Sequence[Lesson], folders: Folders) -> list[str]:
    """A sentence for each made file that is missing or not what its lesson makes."""
    said = []
    for lesson in lessons:
        made = solution_notebook(lesson)
        notebook, solution = folders.made(lesson)
        said += _compare(notebook, to_text(learner_notebook(lesson)))
        said += _compare(solution, to_text(made) if _take_outputs(made, solution) else "")
    return said


def left_over(folders: Folders) -> list[str]:
    """A sentence for each made notebook whose lesson is gone. A learner's own are left alone."""
    paths = (
        path
        for folder in (folders.notebooks, folders.solutions)
        for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    )
    return [
        f"{short(path)} has no lesson any more: delete it."
        for path in paths
        if not (folders.lessons / f"{path.stem}.py").exists()
    ]


def _compare(path: Path, expected: str) -> list[str]:
    if not path.exists():
        return [f"{short(path)} is missing: run `course build`."]
    if _holds(path, expected):
        return []
    if _is_edited(path):
        return [f"{short(path)} was edited by hand: make changes in lessons/."]
    return [f"{short(path)} is not what its lesson makes: run `course build`."]


def _holds(path: Path, text: str) -> bool:
    """Whether the file holds this text; git on Windows may have changed its line ends."""
    return path.exists() and path.read_bytes().replace(b"\r\n", b"\n") == text.encode()


def _is_edited(path: Path) -> bool:
    """Whether somebody wrote into a made notebook since. Running it is not writing."""
    notebook = _read(path)
    if notebook is None:
        return path.exists()
    course = notebook.metadata.get("course", {})
    return course.get("seal") != seal(notebook, outputs="builder" in course)


def _take_outputs(made: NotebookNode, path: Path) -> bool:
    """Give `made` the outputs stored at `path`, if those came from the same code and builder."""
    stored = _read(path)
    if stored is None or _is_edited(path):
        return False
    course = stored.metadata["course"]
    if course.get("builder") != made.metadata["course"]["builder"]:
        return False
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    old = [cell for cell in stored.cells if cell.cell_type == "code"]
    if [cell.source for cell in code] != [cell.source for cell in old]:
        return False
    for cell, before in zip(code, old, strict=True):
        cell.outputs = deepcopy(before.outputs)
        cell.execution_count = before.execution_count
    if "cpu_seconds" in course:
        made.metadata["course"]["cpu_seconds"] = course["cpu_seconds"]
    made.metadata["course"]["seal"] = seal(made, outputs=True)
    return True


def _outputs(notebook: NotebookNode) -> list[Any]:
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def _read(path: Path) -> NotebookNode | None:
    """The notebook, or None where there is no file or it holds none any more."""
    try:
        return read_notebook(path)
    except CourseError:
        return None
