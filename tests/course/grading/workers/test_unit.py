"""The unit of work: nothing is graded before this machine has shown that it can hold code back."""

import pytest

from course.errors import CourseError
from course.grading.marking import grade
from course.grading.report import HandIn, Options, Report
from course.grading.workers import unit

HAND_IN = HandIn("a", "a.ipynb", b"")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch):
    done = []

    def graded(hand_in, options):
        done.append("grade")
        return Report.about(hand_in, options)

    monkeypatch.setattr(grade, "prove_walls", lambda options: done.append(options))
    monkeypatch.setattr(grade, "grade_one", graded)
    unit._prove.cache_clear()
    yield done
    unit._prove.cache_clear()


def test_the_walls_are_proved_once_for_each_kind_of_run_and_before_anything_is_graded(steps):
    walled, open_ = Options(), Options(sandboxed=False)
    for options in (walled, walled, open_):
        unit.grade_here(HAND_IN, options)
    assert steps == [walled, "grade", "grade", open_, "grade"]


def test_where_they_are_not_nothing_is_graded_each_time(steps, monkeypatch: pytest.MonkeyPatch):
    def refuse(options):
        raise CourseError("no walls here")

    monkeypatch.setattr(grade, "prove_walls", refuse)
    for _ in range(2):
        with pytest.raises(CourseError, match="no walls here"):
            unit.grade_here(HAND_IN, Options())
    assert steps == []
