"""What Gradescope's autograder runs."""

import json
from pathlib import Path

import pytest

from course.errors import CourseError
from course.grading.gradescope import submission
from course.grading.report import HandIn, Mark, Options, Report

MARKS = (Mark("01.1", "right", 1.0, 1.0, 3, 3), Mark("01.2", "not yet", 2 / 3, 2.0, 1, 3))
GRADED = Report("a", "a.ipynb", "", "01", MARKS)


def test_there_are_results_whatever_comes(
    tmp_path: Path, valid_results, capsys: pytest.CaptureFixture[str]
):
    def breaks(hand_in: HandIn, options: Options) -> Report:
        raise ZeroDivisionError

    def refuses(hand_in: HandIn, options: Options) -> Report:
        raise CourseError("no walls here")

    def read() -> dict:
        return valid_results(json.loads((tmp_path / "results" / "results.json").read_bytes()))

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
