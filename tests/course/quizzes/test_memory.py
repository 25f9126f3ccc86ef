"""What was missed comes back in the next lesson, and what was right, later and later."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from course import paths
from course.quizzes.memory import MOST, to_recall
from course.record import store

BEGIN = datetime(2026, 3, 2, 18, tzinfo=UTC)


class Clock:
    """A learner's time, in hours since the beginning."""

    hours = 0.0

    def now(self) -> datetime:
        return BEGIN + timedelta(hours=self.hours)


@pytest.fixture(autouse=True)
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Three lessons with five questions each, a0 to a4, b0 to b4, c0 to c4; nothing answered."""
    clock = Clock()
    monkeypatch.setattr(store, "now", clock.now)
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    for lesson, letter in (("00", "a"), ("01", "b"), ("02", "c")):
        questions = [{"id": f"{letter}{i}", "kind": "number", "text": "?"} for i in range(5)]
        quiz = {"lesson": lesson, "title": "Small", "questions": questions}
        (tmp_path / f"{lesson}_small.json").write_text(json.dumps(quiz), encoding="utf-8")
    monkeypatch.setattr(paths, "QUIZZES", tmp_path)
    return clock


LESSON = {"a": "00", "b": "01", "c": "02"}


def answer(name: str, right: bool, **more: bool) -> None:
    store.record_answer(LESSON[name[0]], name, "…", right, **more)


def asked(*lessons: str) -> list[str]:
    found = to_recall(lessons)
    assert all(question["id"][0] == "abc"[int(lesson)] for lesson, question in found)
    return [question["id"] for _, question in found]


def test_without_a_record_one_question_of_the_last_lesson_is_asked() -> None:
    assert asked("00") == ["a0"]
    assert asked("00", "01") == ["b0"]
    assert asked() == []


def test_where_nothing_was_missed_one_of_the_last_lesson_is_asked_first_an_unanswered_one() -> None:
    for name in ("a0", "b0", "b2"):
        answer(name, True)
    assert asked("00", "01") == ["b1"]
    for name in ("b1", "b3", "b4"):
        answer(name, True)
    assert len(asked("00", "01")) == 1


def test_a_missed_question_comes_back_in_the_next_lesson_and_later_once_it_was_right(
    clock: Clock,
) -> None:
    answer("a1", False)
    answer("a1", True, first=False)  # as its feedback told
    clock.hours = 0.5
    assert asked("00") == ["a1"]
    answer("a1", True)
    clock.hours = 1
    assert asked("00", "01") == ["b0"], "it was right: not at once"
    clock.hours = 24 * 3
    assert asked("00", "01") == ["a1"], "later"
    answer("a1", True)
    clock.hours += 24
    assert asked("00", "01", "02") == ["c0"], "and later still"
    clock.hours += 24 * 30
    assert asked("00", "01", "02") == ["a1"]


def test_what_was_missed_stands_before_what_may_be_forgotten_and_at_most_three_come(
    clock: Clock,
) -> None:
    answer("a0", True)
    for name in ("b3", "c2"):
        answer(name, False)
    clock.hours = 24 * 60
    assert asked("00", "01", "02") == ["b3", "c2", "a0"]
    for name in ("a1", "a2", "a3"):
        answer(name, False)
    again = asked("00", "01", "02")
    assert len(again) == MOST
    assert "a0" not in again


def test_a_question_that_is_not_in_its_quiz_any_more_is_not_asked() -> None:
    store.record_answer("00", "renamed", "…", False)
    assert asked("00") == ["a0"]


def test_a_record_without_tries_tells_what_was_missed(tmp_path: Path) -> None:
    old = {"a2": {"answer": 1, "right": False}, "a3": {"answer": 1, "right": True}}
    record = {"version": 1, "checks": {}, "quizzes": {"00": old}}
    (tmp_path / "progress.json").write_text(json.dumps(record), encoding="utf-8")
    assert asked("00") == ["a2"]
