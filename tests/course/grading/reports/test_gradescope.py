"""Results in Gradescope's format: valid by a schema made from its documentation."""

import jsonschema
import pytest

from course.grading.report import Mark, Report
from course.grading.reports import gradescope

MARKS = (
    Mark("01.1", "right", 1.0, 1.0, 3, 3, "01.1 right · Good."),
    Mark("01.2", "not yet", 2 / 3, 2.0, 1, 3, "01.2 not yet · <b>no</b>"),
)
GRADED = Report("a", "a.ipynb", "", "01", MARKS, ("Cell 2 raised it.",), seconds=0.4)
NOT_GRADED = Report("b", "b.pdf", "", None, (), error="It is no notebook.", sandbox="none")


def test_the_schema_refuses_what_the_documentation_does_not_know(valid_results):
    for wrong in ({}, {"tests": [{"name": "x"}]}, {"score": "1"}, {"score": 1, "status": "passed"}):
        with pytest.raises(jsonschema.ValidationError):
            valid_results(wrong)


def test_each_exercise_is_a_test_with_the_checks_words(valid_results):
    results = valid_results(gradescope.results([GRADED]))
    assert results["score"] == 1.67
    assert [test["status"] for test in results["tests"]] == ["passed", "failed"]
    assert [test["score"] for test in results["tests"]] == [1.0, 0.67]
    assert "1 of 3 cases right" in results["tests"][1]["output"]
    assert "<b>no</b>" in results["tests"][1]["output"]
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert results["output"] == "Cell 2 raised it."


def test_several_notebooks_of_one_person_make_one_result_and_no_exercise_counts_twice(
    valid_results,
):
    again = Report("c", "c.ipynb", "", "01", MARKS)
    results = valid_results(gradescope.results([GRADED, NOT_GRADED, again]))
    assert len(results["tests"]) == 2
    assert "b.pdf could not be graded: It is no notebook." in results["output"]
    assert "UNSANDBOXED" in results["output"]
    assert "c.ipynb: 01.1 was graded already." in results["output"]
