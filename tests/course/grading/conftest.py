"""Hand-ins in the making, and a grader that looks around after each of them."""

import copy
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import psutil
import pytest

from course import paths
from course.errors import CourseError
from course.grading.marking import grade as grading
from course.grading.report import HandIn, Options, Report

CELL_SECONDS = 4.0  # of a processor: enough for an honest cell, however busy the machine
HANG_SECONDS = 600.0  # what takes so long will never end


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch):
    """Graders that are played; other processes import them by their name."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import fake_graders

    return fake_graders


class Notebook:
    """A hand-in in the making: a lesson's notebook, with cells put in and answers replaced."""

    FULL: ClassVar = {"01.1": 1.0, "01.2": 2.0, "01.3": 2.0, "01.4": 3.0, "01.5": 3.0}

    def __init__(self, folder: Path = paths.SOLUTIONS, lesson: str = "01") -> None:
        self.content: dict[str, Any] = copy.deepcopy(_read(folder, lesson))
        self.cells: list[dict[str, Any]] = self.content["cells"]

    @classmethod
    def blank(cls, lesson: str = "01") -> "Notebook":
        """As it is given out."""
        return cls(paths.NOTEBOOKS, lesson)

    def place(self, grade_id: str) -> int:
        """Where the cell "exercise-01-2" or "check-01-2" stands."""
        ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in self.cells]
        return ids.index(grade_id)

    def cell(self, grade_id: str) -> dict[str, Any]:
        return self.cells[self.place(grade_id)]

    def answer(self, exercise: str, source: str) -> "Notebook":
        """Replace the answer to "01.2"."""
        self.cell(f"exercise-{exercise.replace('.', '-')}")["source"] = source
        return self

    def before(self, exercise: str, source: str) -> "Notebook":
        """Put a cell of the learner's own in front of the answer to "01.2"."""
        at = self.place(f"exercise-{exercise.replace('.', '-')}")
        self.cells.insert(at, _code_cell(source))
        return self

    def append(self, source: str) -> "Notebook":
        self.cells.append(_code_cell(source))
        return self

    def data(self) -> bytes:
        return json.dumps(self.content).encode()

    @staticmethod
    def points(report: Report) -> dict[str, float]:
        """A report's points by exercise."""
        return {mark.exercise: mark.points for mark in report.marks}


@cache
def _read(folder: Path, lesson: str) -> dict[str, Any]:
    (path,) = folder.glob(f"{lesson}_*.ipynb")
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _code_cell(source: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"cell_type": "code", "source": source, **shape}


@pytest.fixture(scope="session")
def notebook() -> type[Notebook]:
    return Notebook


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs hand-ins behind walls is slow."""
    for item in items:
        if "walls" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def walls() -> Iterator[None]:
    """Skip where this machine can't build them."""
    try:
        grading.prove_walls(Options())
    except CourseError as reason:
        pytest.skip(str(reason))
    yield
    grading.close_forkserver()


@pytest.fixture(scope="session")
def valid_results() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What Gradescope is given, once it is known to be as its documentation says."""
    schema = json.loads(Path(__file__).with_name("gradescope.schema.json").read_text("utf-8"))

    def valid(results: dict[str, Any]) -> dict[str, Any]:
        jsonschema.validate(results, schema)
        return results

    return valid


Grade = Callable[..., Report]


@pytest.fixture
def grade(walls: None, tmp_path: Path) -> Grade:
    """Grade a hand-in of lesson 01 behind walls."""

    def grade(hand_in: Notebook | bytes, **options: Any) -> Report:
        data = hand_in if isinstance(hand_in, bytes) else hand_in.data()
        chosen = Options(**{"cell_seconds": CELL_SECONDS, **options})
        return grading.grade_one(HandIn("somebody", "somebody.ipynb", data), chosen)

    return grade


@pytest.fixture
def attack(grade: Grade, tmp_path: Path) -> Iterator[Grade]:
    """Grade a hostile hand-in; afterwards, see that it left no process and no file, and that the
    honest one which comes next gets its marks.

    A process of a hand-in's can't get out of our sight: it is in a namespace whose processes all
    die with the first of them, and that one is a descendant of the forkserver.
    """
    forkserver = grading.forkserver()
    home_folder = forkserver._folder
    before = _listed(home_folder)
    canary = tmp_path / "canary"
    canary.write_text("alive")
    os.environ["COURSE_TEST_SECRET"] = "a secret of the grader's"
    yield grade
    del os.environ["COURSE_TEST_SECRET"]
    # the honest one may have been the first of the run to need its library
    assert grading.forkserver() is forkserver, "the forkserver died"
    assert Notebook.points(grade(Notebook())) == Notebook.FULL
    assert canary.read_text() == "alive"
    assert {n for n in _listed(home_folder) - before if not n.startswith("library-")} == set()
    deadline = time.monotonic() + HANG_SECONDS
    while left := psutil.Process(forkserver._process.pid).children(recursive=True):
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def _listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
