"""The words of a check: their parts can be told apart, and none of them steers who shows them."""

from typing import Any

import numpy as np
import pytest
import torch

from course.checking import Call, Draw, Exercise, LocalSubject, Trouble, exercises, judge
from course.checking import lessons_with_exercises as lessons
from course.checking.compare import Difference
from course.checking.evidence import Diagnosis
from course.checking.messages import in_parts, not_yet, visible
from course.checking.questions import Types
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


def shown(reference: Any, answer: Any, *inputs: Any) -> str:
    """The message for an answer to an exercise with these inputs."""
    exercise = Exercise("99.1", returns="y", right="")
    exercise.case("the only one")(lambda draw: Call(*inputs))
    exercise.reference(reference)
    return judge(exercise, LocalSubject(answer)).message


def test_arrays_are_shown_with_so_many_digits_that_they_differ() -> None:
    message = shown(lambda x: x / 4, lambda x: x / 4 + 0.0002, np.array([1.0]))
    assert "your y = [0.2502]" in message
    assert "expected y = [0.25]" in message


def test_axes_of_length_1_and_blank_lines_do_not_break_what_is_shown() -> None:
    mask = torch.tensor([[True, False], [True, True]])[:, None, None, :]
    message = shown(lambda x: ~x, lambda x: x, mask)
    rows = message.splitlines()
    assert "    x = [[ True, False]," in rows
    assert "         [ True,  True]]" in rows
    assert "shapes: x (2, 1, 1, 2) → y (2, 1, 1, 2), as expected" in message
    message = shown(lambda x: x + 1, lambda x: x, np.arange(12.0).reshape(2, 2, 3))
    assert message.count("\n\n") == 2  # before the case, and before what came
    assert "          [ 3.,  4.,  5.]]," in message


def test_what_is_only_probable_is_said_to_be() -> None:
    exercise = Exercise("99.1", returns="y", right="")
    exercise.reference(lambda x: 2 * x)
    known = Diagnosis("It was halved.", "Double it.", "probably", "bank")
    found = Difference("y is 1, expected 4")
    message = not_yet(exercise, "one", Call(2.0), 1.0, 4.0, found, known, 1, 3)
    assert message.startswith("99.1 not yet · Probably: It was halved.\n  Double it.\n")
    assert message.endswith("right already: 1 of 3 cases")


def test_of_a_type_only_the_sentence_is_shown() -> None:
    exercise = Exercise("99.1", returns="y", right="")
    exercise.reference(lambda x: 2 * x)
    found = Difference("The numbers are right, but their type is not")
    message = not_yet(
        exercise, "the same in float64", Types(1.0), "float32", "float64", found, None, 2, 3
    )
    assert "float32" not in message
