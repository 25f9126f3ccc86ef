"""`course check`: verdicts from a real kernel, whatever has become of the notebook."""

import json
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from typer.testing import CliRunner

from course.cells import kernel
from course.cells.verdicts import NO_CHECK, NOT_YET, RIGHT, TO_BE_WRITTEN
from course.cells.whole_notebook import check_notebook
from course.cli import commands
from course.errors import CourseError
from course.record import store

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

# A check as the framework's contract has it, so that these tests do not depend on any lesson.
CHECK = """
import json, os
def check(exercise, answer):
    try:
        verdict = "right" if answer(2) == 4 else "not yet"
    except NotImplementedError:
        verdict = "to be written"
    line = {"exercise": exercise, "verdict": verdict, "message": f"{exercise} {verdict}"}
    with open(os.environ["COURSE_VERDICTS"], "a") as file:
        file.write(json.dumps(line) + "\\n")
    if verdict != "right":
        raise ValueError(verdict)
"""


def bank(lesson: str) -> set[str]:
    return {f"{lesson}.{n}" for n in range(1, 12)} if lesson == "91" else set()


def saved(folder: Path, *sources: str, name: str = "mine.ipynb") -> Path:
    cells = [new_code_cell(source) for source in (CHECK, *sources)]
    nbformat.write(new_notebook(cells=cells), folder / name)
    return folder / name


def answer(name: str, body: str = "return 2 * x") -> str:
    return f"def {name}(x):\n    {body}"


def test_every_kind_of_verdict_survives_moved_doubled_deleted_and_broken_cells(tmp_path):
    """One kernel for all: each exercise is one way in which a notebook gets out of shape."""
    stub = 'raise NotImplementedError("Exercise 91.3: write your answer here")'
    path = saved(
        tmp_path,
        'check("91.5", below)',  # the answer stands further down
        answer("right") + '\ncheck("91.1", right)',  # merged with its check
        answer("wrong", "return x"),
        'check("91.2", wrong)',
        answer("unwritten", stub),
        'check("91.3", unwritten)',
        "def broken(x:\n    return 2 * x",
        'check("91.4", broken)',
        answer("below"),
        answer("twice", "return 0"),
        'check("91.6", twice)',
        answer("twice"),
        'check("91.6", twice)',  # doubled: the last counts
        'class Unwritten:\n    raise NotImplementedError("Exercise 91.7: write")',
        'check("91.7", Unwritten)',
        'if False:\n    check("91.8", right)',
        "def early(x: Tensor) -> Tensor:\n    return x + x",  # its import stands further down
        'check("91.9", early)',
        "Tensor = int",
        "%matplotlib inline\n" + 'check("91.10", right)',
    )
    results = {result.exercise: result for result in check_notebook(path, bank=bank)}
    assert {number: result.verdict for number, result in results.items()} == {
        "91.1": RIGHT,
        "91.2": NOT_YET,
        "91.3": TO_BE_WRITTEN,
        "91.4": NOT_YET,
        "91.5": RIGHT,
        "91.6": RIGHT,
        "91.7": TO_BE_WRITTEN,
        "91.8": NOT_YET,
        "91.9": RIGHT,
        "91.10": RIGHT,
        "91.11": NO_CHECK,
    }
    assert list(results) == [f"91.{n}" for n in range(1, 12)]
    assert "name 'broken' is not defined" in results["91.4"].message
    assert "SyntaxError" in results["91.4"].message
    assert "did not reach" in results["91.8"].message


def test_an_endless_cell_and_a_dead_kernel_leave_what_was_earned(tmp_path, monkeypatch):
    def patience(cell):
        """Little for the endless cell; for the others, all that a busy machine may ask."""
        return 1 if "while" in cell.source else 600

    monkeypatch.setattr(kernel, "NotebookClient", partial(NotebookClient, timeout_func=patience))
    path = saved(
        tmp_path,
        answer("right"),
        "while True: pass",
        'check("92.1", right)',
        'check("92.2", right(2) / 0)',
        "import os; os._exit(1)",
        'check("92.3", right)',
    )
    results = check_notebook(path, bank=bank)
    assert [result.verdict for result in results] == [RIGHT, NOT_YET, NOT_YET]
    assert "ZeroDivisionError" in results[1].message
    assert "kernel ended in the cell that begins 'import os" in results[2].message


@pytest.mark.parametrize("tag", ["explore", "quiz", "recall"])
def test_cells_that_only_play_are_not_run(tmp_path, tag):
    path = saved(tmp_path, 'raise SystemError("run")', answer("right"), 'check("92.1", right)')
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata["tags"] = [tag]
    notebook.cells[1].source = f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()"
    nbformat.write(notebook, path)
    assert [result.verdict for result in check_notebook(path, bank=bank)] == [RIGHT]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a notebook"),
        ("[]", "not a notebook"),
        ('{"nbformat": 4, "nbformat_minor": 5}', "cells"),
        ("\x00", "not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_in_one_sentence(tmp_path, text, words):
    path = tmp_path / "broken.ipynb"
    path.write_text(text)
    with pytest.raises(CourseError, match=words) as caught:
        check_notebook(path, bank=bank)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_notebook_without_checks_are_refused(tmp_path):
    with pytest.raises(CourseError, match="no file"):
        check_notebook(tmp_path / "nowhere.ipynb", bank=bank)
    path = tmp_path / "other.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("Hello")]), path)
    with pytest.raises(CourseError, match="no check of this course"):
        check_notebook(path, bank=bank)


def test_the_command_prints_json_notes_one_try_and_its_exit_code_says_whether_all_is_right(
    tmp_path,
):
    path = saved(tmp_path, answer("right"), 'check("92.1", right)', 'check("92.2", missing)')
    outcome = CliRunner().invoke(commands, ["check", str(path), "--json"])
    assert outcome.exit_code == 1
    said = json.loads(outcome.stdout)
    assert [row["verdict"] for row in said] == [RIGHT, NOT_YET]
    assert store.load()["checks"] == {
        "92.1": {"right": True, "tries": 1},
        "92.2": {"right": False, "tries": 1},
    }

    path = saved(tmp_path, answer("right"), 'check("92.1", right)')
    outcome = CliRunner().invoke(commands, ["check", str(path)])
    assert outcome.exit_code == 0
    assert "1 of 1 right" in outcome.stdout
