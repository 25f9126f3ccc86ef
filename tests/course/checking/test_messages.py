"""The words of a check: their parts can be told apart, and none of them steers who shows them."""

import numpy as np
import pytest

from course.checking import Call, Draw, Exercise, LocalSubject, Trouble, exercises, judge
from course.checking import lessons_with_exercises as lessons
from course.checking.compare import Difference
from course.checking.evidence import Diagnosis
from course.checking.messages import in_parts, not_yet, visible
from course.grading.report import Mark
from course.grading.reports.feedback import _said


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("lesson", lessons())
def test_the_sentence_that_names_a_mistake_is_whole_and_the_way_out_follows_it(lesson: str) -> None:
    found = Difference("it is another one")
    for exercise in exercises(lesson).values():
        question = exercise.cases[0].ask(Draw(0, 0))
        for mistake in exercise.mistakes:
            came = Trouble("raised", "ValueError")
            known = Diagnosis(mistake.what, mistake.way_out, "certain", "bank")
            message = not_yet(exercise, "one", question, came, None, found, known, 0, 1)
            what, way_out, case = in_parts(message)
            assert what == f"{exercise.number} not yet · {in_one_line(mistake.what)}"
            assert way_out == in_one_line(mistake.way_out)
            assert case.startswith("  smallest case that fails: one")
            shown = _said(Mark(exercise.number, "not yet", 0.0, 1.0, message=message))
            assert shown["sentence"].lower() == in_one_line(mistake.what).lower()
            assert shown["way"] == way_out


def test_a_message_of_one_sentence_has_no_other_parts() -> None:
    assert in_parts("01.1 right · Well done.") == ("01.1 right · Well done.", "", "")


def test_what_an_answer_says_steers_no_terminal() -> None:
    exercise = Exercise("99.1", returns="half", right="Cut in the middle.")
    exercise.case("a number")(lambda draw: Call(np.array([4.0])))
    exercise.reference(lambda x: x / 2)

    def shouts(x: np.ndarray) -> None:
        raise ValueError("\x1b[31mred \u202eand backwards\x00")

    message = judge(exercise, LocalSubject(shouts)).message
    assert r"\x1b[31mred \u202eand backwards\x00" in message
    assert all(sign.isprintable() or sign == "\n" for sign in message)


def test_text_without_such_signs_is_left_alone() -> None:
    said = "Größe → 日本語\N{IDEOGRAPHIC SPACE}עברית\n😀"
    assert visible(said) == said
