"""Gradescope: the format of the results, and the archive that makes an autograder."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

from course import paths
from course.errors import CourseError
from course.grading.gradescope import submission
from course.grading.gradescope.archive import write_archive
from course.grading.report import HandIn, Mark, Options, Report
from course.grading.reports import gradescope

SCHEMA = json.loads((Path(__file__).parent / "gradescope.schema.json").read_text("utf-8"))
MARKS = (
    Mark("01.1", "right", 1.0, 1.0, 3, 3, "01.1 right · Good."),
    Mark("01.2", "not yet", 2 / 3, 2.0, 1, 3, "01.2 not yet · <b>no</b>"),
)
GRADED = Report("a", "a.ipynb", "", "01", MARKS, ("Cell 2 raised it.",), seconds=0.4)
NOT_GRADED = Report("b", "b.pdf", "", None, (), error="It is no notebook.", sandbox="none")


def valid(results: dict) -> dict:
    jsonschema.validate(results, SCHEMA)
    return results


def test_the_schema_refuses_what_the_documentation_does_not_know():
    for wrong in ({}, {"tests": [{"name": "x"}]}, {"score": "1"}, {"score": 1, "status": "passed"}):
        with pytest.raises(jsonschema.ValidationError):
            valid(wrong)


def test_each_exercise_is_a_test_with_the_checks_words():
    results = valid(gradescope.results([GRADED]))
    assert results["score"] == 1.67
    assert [test["status"] for test in results["tests"]] == ["passed", "failed"]
    assert [test["score"] for test in results["tests"]] == [1.0, 0.67]
    assert "1 of 3 cases right" in results["tests"][1]["output"]
    assert "<b>no</b>" in results["tests"][1]["output"]
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert results["output"] == "Cell 2 raised it."


def test_several_notebooks_of_one_person_make_one_result_and_no_exercise_counts_twice():
    again = Report("c", "c.ipynb", "", "01", MARKS)
    results = valid(gradescope.results([GRADED, NOT_GRADED, again]))
    assert len(results["tests"]) == 2
    assert "b.pdf could not be graded: It is no notebook." in results["output"]
    assert "UNSANDBOXED" in results["output"]
    assert "c.ipynb: 01.1 was graded already." in results["output"]


def test_there_are_results_whatever_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def breaks(hand_in: HandIn, options: Options) -> Report:
        raise ZeroDivisionError

    def refuses(hand_in: HandIn, options: Options) -> Report:
        raise CourseError("no walls here")

    def read() -> dict:
        return valid(json.loads((tmp_path / "results" / "results.json").read_bytes()))

    submission.run(tmp_path, Options(), breaks)
    assert "There is no" in read()["output"]
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "a.ipynb").touch()
    submission.run(tmp_path, Options(), breaks)
    assert "tell your instructor" in read()["output"]
    assert "ZeroDivisionError" in capsys.readouterr().out
    submission.run(tmp_path, Options(), refuses)
    assert "no walls here" in read()["output"]
    submission.run(tmp_path, Options(), lambda hand_in, options: GRADED)
    assert read()["score"] == 1.67


def test_the_archive_is_whole_and_the_same_each_time(tmp_path: Path):
    write_archive(tmp_path / "a.zip", Options())
    write_archive(tmp_path / "b.zip", Options(seed=7, cell_seconds=90.5, sandboxed=False))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "pyproject.toml", "requirements.txt"} <= set(names)
        assert "lib/course/checks/lesson_01/weights.py" in names
        assert "lib/course/grading/reports/templates/feedback.html" in names
        assert "notebooks/01_attention_is_a_soft_lookup.ipynb" in names
        assert not [n for n in names if n.startswith(("solutions", "lessons", "tests", "."))]
        assert not [n for n in names if "__pycache__" in n]
        for script in ("setup.sh", "run_autograder"):
            assert stat.S_IMODE(archive.getinfo(script).external_attr >> 16) == 0o755
            assert b"\r" not in archive.read(script)
        assert b'"$root" --seed 1 --cell-seconds 20\n' in archive.read("run_autograder")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert b'"$root" --seed 7 --cell-seconds 90.5 --unsandboxed\n' in archive.read(
            "run_autograder"
        )
    first = (tmp_path / "a.zip").read_bytes()
    write_archive(tmp_path / "a.zip", Options())
    assert (tmp_path / "a.zip").read_bytes() == first
    with pytest.raises(CourseError, match=r"\.zip"):
        write_archive(tmp_path / "a.tar", Options())


def test_the_scripts_are_shell(tmp_path: Path):
    write_archive(tmp_path / "a.zip", Options())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for script in ("setup.sh", "run_autograder"):
            subprocess.run(["bash", "-n"], input=archive.read(script), check=True)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The archive, unpacked as Gradescope does it."""
    root = tmp_path / "autograder"
    write_archive(tmp_path / "a.zip", Options())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(root / "source")
    (root / "submission").mkdir()
    return root


def run_autograder(root: Path, python: str = sys.executable) -> dict:
    subprocess.run(
        ["bash", str(root / "source" / "run_autograder")],
        env={**os.environ, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": python},
        cwd=root, check=True,
    )  # fmt: skip
    return valid(json.loads((root / "results" / "results.json").read_bytes()))


@pytest.mark.slow
def test_the_autograder_grades_a_submission_with_its_own_files(unpacked: Path):
    solution = (paths.SOLUTIONS / "01_attention_is_a_soft_lookup.ipynb").read_text("utf-8")
    handed_in = solution.replace("return queries @ keys.T", "return keys @ queries.T")
    assert handed_in != solution
    (unpacked / "submission" / "my answers.ipynb").write_text(handed_in, encoding="utf-8")
    # A note in the archive's own copy shows that it is this copy that grades.
    check = unpacked / "source/lib/course/checks/lesson_01/agreement.py"
    words = check.read_text("utf-8").replace("are exchanged:", "are exchanged in the archive:")
    check.write_text(words, encoding="utf-8")
    results = run_autograder(unpacked)
    tests = {test["number"]: test for test in results["tests"]}
    assert tests["01.1"]["score"] == 0.0
    assert "are exchanged in the archive:" in tests["01.1"]["output"]
    assert tests["01.2"]["status"] == "passed"
    assert results["score"] == sum(test["score"] for test in tests.values()) > 5


def test_an_autograder_that_cannot_start_leaves_results_too(unpacked: Path):
    assert "tell your instructor" in run_autograder(unpacked, python="false")["output"]
