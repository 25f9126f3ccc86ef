"""The quiz keeps the answers that the browser sends, and has them again the next time."""

import json
import re

import pytest

from course import paths
from course.record import store
from course.widgets import quiz


def question(name: str) -> dict:
    options = [
        {"text": f"√d<sub>{i}</sub>", "correct": i == 1, "feedback": f"About {name} {i}."}
        for i in range(3)
    ]
    return {"id": name, "kind": "single", "text": f"Which {name}?", "options": options}


NUMBER = {
    "id": "number",
    "kind": "number",
    "text": "How many bytes?",
    "answer": 64,
    "tolerance": 0,
    "expression": "2 ** 6",
    "unit": "bytes",
    "feedback": "Two to the six.",
    "misconceptions": [],
    "otherwise": "Count again.",
}


@pytest.fixture(autouse=True)
def _small_quiz(tmp_path, monkeypatch):
    questions = [*map(question, ["one", "two", "three", "four"]), NUMBER]
    content = {"lesson": "03", "title": "Positions", "questions": questions}
    (tmp_path / "03_small.json").write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.setattr(paths, "QUIZZES", tmp_path)


def test_answers_are_kept_and_are_there_again_the_next_time():
    first = quiz("3")
    assert first.answers == {}
    one = {"one": {"answer": "√d<sub>0</sub>", "right": False}}
    first.answers = one
    first.answers = {**one, "number": {"answer": "64", "right": True}}
    kept = store.answers("03")
    assert {name: entry["answer"] for name, entry in kept.items()} == {
        "one": "√d<sub>0</sub>",
        "number": "64",
    }
    assert quiz("03").answers == first.answers


def test_an_answer_given_again_is_kept_in_its_last_form_and_others_are_left_alone(monkeypatch):
    noted = []
    monkeypatch.setattr(store, "record_answer", lambda *entry, first: noted.append((*entry, first)))
    asked = quiz("03")
    asked.answers = {"one": {"answer": "a", "right": False}, "two": {"answer": "b", "right": True}}
    asked.answers = {**asked.answers, "one": {"answer": "b", "right": True}}
    assert noted == [
        ("03", "one", "a", False, True),
        ("03", "two", "b", True, True),
        ("03", "one", "b", True, False),  # the feedback has been read: no sign of memory
    ]


def test_the_page_without_scripts_asks_every_question_and_folds_the_answers_away():
    page = quiz("03").fallback()
    assert page.count("<details>") == page.count("<summary>Answer</summary>") == 5
    for text in ("Which one?", "√d<sub>2</sub>", "About four 2.", "64 bytes. Two to the six."):
        assert text in page


def test_the_twin_holds_no_answers_of_the_learner_who_made_it():
    asked = quiz("03")
    before = asked.html()
    asked.answers = {"one": {"answer": "√d<sub>2</sub>", "right": False}}
    assert asked.html() == before


def test_a_picture_and_a_fault_stand_in_the_widget_and_in_the_page_without_scripts(tmp_path):
    picture = {**question("one"), "kind": "picture", "figure": "two_slopes"}
    fault = {
        "id": "fault",
        "kind": "fault",
        "text": "Which line?",
        "exercise": "01.1",
        "mistake": "cosine",
        "define": "def f(x):",
        "options": [
            {"text": "y = x << 1", "correct": True, "feedback": "Too much."},
            {"text": "return y", "correct": False, "feedback": "Fine."},
        ],
        "mended": "y = x",
    }
    questions = [picture, fault, NUMBER, *map(question, ["two", "three"])]
    content = {"lesson": "03", "title": "Positions", "questions": questions}
    (tmp_path / "03_small.json").write_text(json.dumps(content), encoding="utf-8")
    asked = quiz("03")
    page = asked.fallback()
    image = asked.questions[0]["picture"]
    assert image.startswith("<img alt=")
    assert image in page
    for text in ("<code>def f(x):</code>", "<code>y = x &lt;&lt; 1</code>", "Too much."):
        assert text in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", asked.html())
