"""The same marks as nbgrader's autograde, on the same honest hand-ins, exercise by exercise.

nbgrader needs some ten seconds for a hand-in, so each of these few is honest in many ways at once.
It runs the whole notebook, so an answer that needs a given cell which we leave out is seen.
Where a check was deleted, nbgrader gives nothing; we give what the answer earns (`EARNED`).
One way it can't grade at all: where a cell was pasted twice with nbgrader's own metadata, version
0.9.6 empties one copy's, and then refuses the notebook since it looks like an old one. We take the
last copy of a check.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from course import paths

pytest.importorskip("nbgrader", reason="nbgrader is not installed: it comes with the test extra")

SCORES = "def agreement_scores(queries, keys):\n    return queries @ keys.T\n"
WEIGHTS = """
def attention_weights(scores):
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
"""
LOOK_UP = """
def soft_look_up(queries, keys, values):
    return attention_weights(agreement_scores(queries, keys)) @ values
"""
ATTENTION = """
def attention(query, key, value):
    weights = (query @ key.mT * scale(query)).softmax(dim=-1)
    return weights @ value, weights
"""
SELF = "def self_attention(x, w_q, w_k, w_v):\n    return attention(x @ w_q, x @ w_k, x @ w_v)\n"


def partly_right_with_helpers_and_magics(book):
    """Helper cells, magics, warnings, prints, top-level await, an edited given cell."""
    book = book.blank().answer("01.1", "%matplotlib inline\n" + SCORES)
    # not safe for large scores: right in part, and NumPy warns
    naive = "%%time\ndef attention_weights(scores):\n    print('here')\n    e = np.exp(scores)\n"
    book.answer("01.2", naive + "    return e / e.sum(axis=-1, keepdims=True)\n")
    book.before("01.3", "import asyncio\nawait asyncio.sleep(0)\n!ls\nfiles = !ls\n")
    book.before("01.4", "def scale(query):\n    return query.shape[-1] ** -0.5\n")
    book.answer("01.3", LOOK_UP).answer("01.4", ATTENTION)
    edited = next(
        cell for cell in book.cells if "w_k = w_v = torch.eye(4)" in "".join(cell["source"])
    )
    edited["source"] = "w_q = w_k = w_v = torch.eye(4)  # let me see"
    return book


def moved_pasted_and_deleted(book):
    """Cells moved, pasted twice, and deleted; names that are defined late."""
    book = book()
    del book.cells[book.place("check-01-1")]
    del book.cells[book.place("exercise-01-2")]  # so its check finds no answer
    # 01.3: a first try and its check, pasted in front as new cells
    book.before("01.3", "def soft_look_up(queries, keys, values):\n    return values\n")
    book.before("01.3", 'check("01.3", soft_look_up, points=2)')
    # 01.4 was pasted a second time, at the end, where it is half done
    book.append("def attention(query, key, value):\n    pass\n")
    # 01.5 stands before what it needs, but is called after it
    moved = book.cells.pop(book.place("exercise-01-5"))
    book.cells.insert(2, moved)
    return book


def broken_in_many_ways(book):
    """A syntax error, an error as it runs, a helper below its use, a number for a function."""
    book = book.blank().answer(
        "01.1", "def agreement_scores(queries, keys):\n    return queries @\n"
    )
    book.answer("01.2", WEIGHTS).before("01.2", "1 / 0")
    book.answer("01.3", LOOK_UP)  # uses 01.1, which has a syntax error
    late = "def attention(query, key, value):\n    return below(query, key, value)\n"
    book.answer("01.4", late)
    at = book.place("check-01-4")
    below = ATTENTION.replace("attention(", "below(").replace(
        "scale(query)", "query.shape[-1] ** -0.5"
    )
    book.cells.insert(at, {**book.cells[at], "metadata": {}, "source": below})
    book.answer("01.5", "attention_with_projections = attention\nself_attention = 5\n")
    return book


def another_lesson(book):
    """Lesson 05: its solution, with one answer left out and one that is right in part."""
    solved, blank = book(lesson="05"), book.blank("05")
    solved.answer("05.1", "".join(blank.cell("exercise-05-1")["source"]))
    # the queries are taken for the first positions, which is right where there are no others
    first = (
        "def causal_mask(n_q, n_k):\n    return torch.arange(n_k) <= torch.arange(n_q)[:, None]\n"
    )
    return solved.answer("05.2", first)


def given_names_in_a_class(book):
    """Lesson 02: a class's body reads given names and binds the same; cells turned into text."""
    solved = book(lesson="02")
    answer = "".join(solved.cell("exercise-02-4")["source"])
    head = answer.index("    def __init__(")
    solved.answer("02.4", answer[:head] + "    tokens = tokens\n    x = x\n\n" + answer[head:])
    for grade_id, kind in (("exercise-02-3", "markdown"), ("check-02-2", "raw")):
        solved.cell(grade_id)["cell_type"] = kind
        del solved.cell(grade_id)["outputs"], solved.cell(grade_id)["execution_count"]
    return solved


HAND_INS: dict[str, Callable] = {
    "right": lambda book: book(),
    "blank": lambda book: book.blank(),
    "partly": partly_right_with_helpers_and_magics,
    "moved": moved_pasted_and_deleted,
    "broken": broken_in_many_ways,
    "another": another_lesson,
    "class": given_names_in_a_class,
}
LESSONS = {"another": "05", "class": "02"}
EARNED = {"moved": {"01.1": 1.0}}  # which nbgrader does not give: its check was deleted


@pytest.fixture(scope="module")
def theirs(notebook, tmp_path_factory) -> dict[str, dict[str, float]]:
    """nbgrader's points, by hand-in and exercise. It starts once, and grades all of them."""
    course = tmp_path_factory.mktemp("nbgrader")
    for lesson in ("01", "02", "05"):
        _copy(_release(paths.SOLUTIONS, lesson), course / "source" / "all")
    for name, make in HAND_INS.items():
        path = course / "submitted" / name / "all" / _release(paths.NOTEBOOKS, _lesson(name)).name
        path.parent.mkdir(parents=True)
        path.write_bytes(make(notebook).data())
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]  # it calls programs of its own
    for words in (["generate_assignment"], ["autograde", "--create"]):
        answer = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words, "all", f"--course-dir={course}"],
            capture_output=True, text=True, check=False, cwd=course,
            env={**os.environ, "PATH": os.pathsep.join(places), "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr[-3000:]
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {name: dict(_points(gradebook, name)) for name in HAND_INS}


def _release(folder: Path, lesson: str) -> Path:
    (path,) = folder.glob(f"{lesson}_*.ipynb")
    return path


def _copy(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / path.name).write_bytes(path.read_bytes())


def _lesson(name: str) -> str:
    return LESSONS.get(name, "01")


def _points(gradebook, name):
    for submitted in gradebook.find_submission("all", name).notebooks:
        for mark in submitted.grades:
            _, lesson, number = mark.name.split("-")
            if lesson == _lesson(name):
                yield f"{lesson}.{number}", mark.auto_score or 0.0


@pytest.mark.parametrize("name", HAND_INS)
def test_marks_are_those_of_nbgrader(name, notebook, grade, theirs):
    report = grade(HAND_INS[name](notebook), cell_seconds=30.0)
    assert not report.error
    assert notebook.points(report) == pytest.approx(theirs[name] | EARNED.get(name, {}))
    share = report.points / report.max_points
    assert {"right": share == 1, "class": share == 1, "blank": share == 0}.get(name, 0 < share < 1)
