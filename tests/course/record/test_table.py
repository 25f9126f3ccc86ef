import pytest

from course import paths
from course.checking import exercises
from course.quizzes import load_quiz
from course.record import store
from course.record.table import progress


def test_all_lessons_are_listed_by_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    progress()
    shown = " ".join(capsys.readouterr().out.split())
    for name in paths.lesson_names():
        assert paths.lesson_title(name)[:30] in shown
        assert paths.lesson_title(name).startswith(f"{name[:2]} · ")


def test_the_lessons_name_the_exercises_that_have_checks() -> None:
    for name in paths.lesson_names():
        assert paths.lesson_exercises(name[:2]) == list(exercises(name[:2]))
    assert paths.lesson_exercises("99") == []


def test_one_lesson_is_shown_exercise_by_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    store.record_check("01.1", False)
    store.record_check("01.2", True)
    store.record_answer("01", "which-table", "B", True)
    progress("1")
    shown = capsys.readouterr().out
    assert f"1 of {len(exercises('01'))}" in shown
    assert "○ 01.1  not yet, 1 try" in shown
    assert "● 01.2  right, 1 try" in shown
    assert "○ 01.3  not tried yet" in shown
    assert f"1 of {len(load_quiz('01')['questions'])}" in shown
    assert "00.1" not in shown
