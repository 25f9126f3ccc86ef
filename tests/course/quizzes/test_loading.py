"""A quiz that breaks a rule is refused with the file, the question and the rule."""

import copy
import json

import pytest

from course import paths
from course.errors import CourseError
from course.quizzes import load_quiz
from course.quizzes.asking import as_asked


def choice(name: str, kind: str = "single", correct: tuple[bool, ...] = (True, False)) -> dict:
    options = [
        {"text": f"Option {i}", "correct": right, "feedback": f"Because {i}."}
        for i, right in enumerate(correct)
    ]
    return {"id": name, "kind": kind, "text": f"Which is {name}?", "options": options}


QUIZ = {
    "$schema": "schema.json",
    "lesson": "01",
    "title": "A <em>small</em> quiz",
    "questions": [
        choice("one"),
        {**choice("two"), "kind": "picture", "figure": "two_tables"},
        choice("three", "several", (True, True, False)),
        choice("four", "several", (False, True)),
        {
            "id": "five",
            "kind": "number",
            "text": "What is 6 × 7?",
            "answer": 42,
            "tolerance": 0.5,
            "expression": "6 * 7",
            "feedback": "Six sevens.",
            "misconceptions": [{"answer": 13, "expression": "6 + 7", "feedback": "A sum."}],
            "otherwise": "Count again.",
        },
        {
            "id": "six",
            "kind": "fault",
            "text": "Which line is at fault?",
            "exercise": "01.1",
            "mistake": "keys_not_turned",
            "define": "def f(a, b):",
            "options": [
                {"text": "ok = a < b", "correct": False, "feedback": "Fine."},
                {"text": "return ok", "correct": True, "feedback": "Not so."},
            ],
            "mended": "return not ok",
        },
    ],
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a quiz (or any text) as lesson 01's and say where."""
    monkeypatch.setattr(paths, "QUIZZES", tmp_path)

    def write(quiz: dict | str) -> None:
        text = quiz if isinstance(quiz, str) else json.dumps(quiz)
        (tmp_path / "01_small.json").write_text(text, encoding="utf-8")

    return write


@pytest.mark.parametrize("lesson", ["01", "1", "01_small"])
def test_a_sound_quiz_is_found_by_number_or_name(write, lesson):
    write(QUIZ)
    assert load_quiz(lesson) == {**QUIZ, "questions": [as_asked(q) for q in QUIZ["questions"]]}


@pytest.mark.parametrize("lesson", ["02", "x", "", "011"])
def test_an_unknown_quiz_is_refused_with_those_that_there_are(write, lesson):
    write(QUIZ)
    with pytest.raises(CourseError, match=f"There is no quiz '{lesson}'; there are: 01"):
        load_quiz(lesson)


def change(path: str, value: object):
    """The sound quiz with the value at 'questions.0.text' changed, or taken away by None."""
    quiz = copy.deepcopy(QUIZ)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part = quiz
    for step in steps:
        part = part[step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return quiz


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "01_small.json is no JSON"),
        ("[]", r"01_small.json: \[\] is not of type 'object'"),
        (change("lesson", "02"), "lesson is '02', expected '01'"),
        (change("colour", "red"), "'colour' was unexpected"),
        (change("questions", QUIZ["questions"][:4]), "questions: .* is too short"),
        (change("questions.1.id", "one"), "question one: the id is there twice"),
        (change("questions.0.kind", "essay"), "question one, kind: 'essay' is not one of"),
        (change("questions.0.text", " "), "question one, text: "),
        (change("questions.0.hint", "x"), "question one: .*'hint' was unexpected"),
        (
            change("questions.0.options.1.feedback", None),
            "question one, options 1: 'feedback' is a required property",
        ),
        (change("questions.0.options.1.correct", True), "question one: 2 options are correct"),
        (change("questions.3.options.1.correct", False), "question four: no option is correct"),
        (change("questions.0.options.1.text", "Option 0"), "question one: two options"),
        (change("questions.1.figure", None), "question two: 'figure' is a required"),
        (change("questions.1.options.1.correct", True), "question two: 2 options are correct"),
        (change("questions.5.mended", None), "question six: 'mended' is a required"),
        (change("questions.5.options.0.correct", True), "question six: 2 options are correct"),
        (change("questions.5.options.0.feedback", "a < b"), "question six: 'a < b' has a <"),
        (change("recall", {"exercise": "1.1", "task": "x"}), "recall, exercise: '1.1'"),
        (change("questions.4.tolerance", -1), "question five, tolerance: -1"),
        (change("questions.4.expression", None), "question five: 'expression' is a required"),
        (
            change("questions.4.misconceptions.0.answer", 41.6),
            "question five: the misconception 41.6 would count as right",
        ),
        (change("questions.0.text", "n < 5"), "question one: 'n < 5' has a < .*write &lt;"),
        (change("questions.0.options.0.text", "<img src=x>"), "question one: '<img src=x>'"),
        (change("questions.0.text", '<code onclick="x">'), "question one: .*has a <"),
        (change("questions.0.text", "d<sub>k"), "question one: <sub> is not closed"),
        (change("questions.0.text", "d</sub>"), "question one: </sub> closes nothing"),
    ],
)
def test_a_broken_quiz_is_refused_by_file_question_and_rule(write, broken, message):
    write(broken)
    with pytest.raises(CourseError, match=message) as refusal:
        load_quiz("01")
    assert str(refusal.value).startswith("quizzes/01_small.json")


def test_formulas_in_the_few_tags_are_sound(write):
    write(change("questions.0.text", "Why √d<sub>k</sub> &lt; <code>d<sup>2</sup></code>?"))
    load_quiz("01")
