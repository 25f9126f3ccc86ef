"""Titles are those that the lessons' headings say."""

from course import paths
from course.checking import exercises
from course.grading.reports.titles import title


def test_a_lesson_is_called_what_its_own_source_says():
    for name in paths.lesson_names():
        assert title(name[:2]) == paths.lesson_title(name)


def test_every_exercise_has_a_title_without_its_number_and_its_dots():
    for name in paths.lesson_names():
        text = (paths.LESSONS / f"{name}.py").read_text("utf-8")
        for exercise in exercises(name[:2]):
            said = title(exercise)
            assert f"### Exercise {exercise} · {said}" in text
            assert "●" not in said


def test_what_has_no_heading_is_called_by_its_number():
    assert [title(number) for number in ("99", "99.1", "01.99")] == ["99", "99.1", "01.99"]
