"""Recall shows what is to be written, then earlier questions, and keeps what is answered."""

import json

import pytest

from course import paths
from course.errors import CourseError
from course.record import store
from course.widgets.recall import recall


@pytest.fixture(autouse=True)
def _empty_record(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def names(shown) -> list[str]:
    return [question["id"] for question in shown.questions]


def test_without_a_record_it_is_the_same_for_everybody_and_asks_one_question_of_the_last_lesson():
    shown = recall("02")
    first = json.loads(next(paths.QUIZZES.glob("01_*.json")).read_bytes())["questions"][0]["id"]
    assert names(shown) == [first]
    assert recall("2").html() == shown.html()
    assert shown.sentence() == "Recall before 02: 1 question"


def test_what_is_to_be_written_stands_above_the_questions_also_in_a_page_without_scripts():
    shown = recall("02")
    assert "<code>from_memory(queries, keys)</code>" in shown.task
    assert '<code>check("01.1", from_memory, points=0)</code>' in shown.task
    page = shown.fallback()
    assert page.index(shown.task) < page.index("<ol>")


def test_a_missed_question_is_asked_again_unanswered_and_its_answer_goes_to_its_own_lesson():
    store.record_answer("00", "product-shape", "(8, 3)", False)
    shown = recall("02")
    assert names(shown) == ["product-shape"]
    assert shown.answers == {}
    shown.answers = {"product-shape": {"answer": "x", "right": True}}
    kept = store.answers("00")["product-shape"]
    assert kept["answer"] == "x"
    assert [right for _, right in kept["tries"]] == [False, True]
    assert names(recall("02")) != ["product-shape"]


def test_without_a_lesson_it_asks_of_all_that_were_begun():
    assert names(recall())[0] in [q["id"] for q in _questions("00")]
    store.record_check("02.1", True)
    assert names(recall())[0] in [q["id"] for q in _questions("02")]
    assert recall().task == ""


def test_before_the_first_lesson_there_is_nothing_and_an_unknown_one_is_refused():
    assert names(recall("00")) == []
    with pytest.raises(CourseError, match="There is no lesson '77'"):
        recall("77")


def _questions(lesson: str) -> list[dict]:
    return json.loads(next(paths.QUIZZES.glob(f"{lesson}_*.json")).read_bytes())["questions"]
