"""What a detector reads, and how much more it may ask."""

import numpy as np
import pytest
import torch

from course.checking import Call, Draw, Exercise, Gradient, LocalSubject, Trouble, judge
from course.checking.detect import first_of
from course.checking.evidence import EXTRA_QUESTIONS, Diagnosis, NoMoreQuestions, gather


def doubling() -> Exercise:
    exercise = Exercise("99.1", returns=("y", "z"), right="")
    exercise.case("one")(lambda draw: Call(torch.ones(1)))
    exercise.case("many")(lambda draw: Call(draw.tensor(3, 2)))
    exercise.case("its gradient")(lambda draw: Gradient(draw.tensor(2)))
    exercise.reference(lambda x: (2 * x, -x))
    return exercise


def test_the_cases_are_asked_and_those_that_fail_are_listed_in_order():
    evidence = gather(doubling(), LocalSubject(lambda x: (2 * x if len(x) < 2 else x, -x)), 4)
    assert list(evidence.questions) == ["one", "many", "its gradient"]
    assert evidence.failing == ["many", "its gradient"]
    assert evidence.called == ["many"]
    assert evidence.names("many") == ("y", "z")
    assert evidence.names("its gradient") == ("gradient by x",)
    drawn = Draw(4, 1).tensor(3, 2)
    assert torch.equal(evidence.outcomes["many"][0], drawn)
    assert torch.equal(evidence.expected["many"][0], 2 * drawn)
    assert evidence.difference("one") is None
    assert evidence.difference("many").words.startswith("y[0, 0] is ")


def test_a_prediction_agrees_with_what_came_value_for_value_and_trouble_for_trouble():
    def raises_for_many(x):
        if len(x) == 3:
            raise ValueError("too many")
        return x, -x

    evidence = gather(doubling(), LocalSubject(raises_for_many))
    assert evidence.agrees("one", (torch.ones(1), -torch.ones(1)))
    assert not evidence.agrees("one", (torch.ones(1), torch.ones(1)))
    assert evidence.agrees("many", Trouble("raised", "ValueError", "too many"))
    assert not evidence.agrees("many", Trouble("raised", "ValueError", "another"))
    assert not evidence.agrees("many", np.ones((3, 2)))
    assert not evidence.agrees("one", Trouble("raised", "ValueError", "too many"))


@pytest.mark.parametrize(
    ("answer", "little"),
    [
        (lambda x: (0 * x, 0 * x), True),
        (lambda x: (0 * x + 1, 0 * x), True),
        (lambda x: (x > 0, x > 9), False),
        (lambda x: (x > 99, x > 99), True),
        (lambda x: (3 * x, x), False),
        (lambda x: None, True),
    ],
)
def test_what_is_all_the_same_tells_little(answer, little):
    exercise = doubling()
    del exercise.cases[2]
    assert gather(exercise, LocalSubject(answer)).tells_little is little


def test_questions_run_out_and_the_reference_costs_none():
    evidence = gather(doubling(), LocalSubject(lambda x: (x, x)))
    for _ in range(EXTRA_QUESTIONS):
        assert not isinstance(evidence.ask(Call(torch.ones(2))), Trouble)
        evidence.ask_reference(Call(torch.ones(2)))
    with pytest.raises(NoMoreQuestions):
        evidence.ask(Call(torch.ones(2)))
    evidence.ask_reference(Call(torch.ones(2)))


def test_a_fault_in_a_detector_breaks_no_check_and_the_next_one_is_asked():
    def breaks(evidence):
        raise KeyError("a fault")

    def asks_too_much(evidence):
        while True:
            evidence.ask(evidence.questions["one"])

    def speaks(evidence):
        return Diagnosis("This.", "", "fact", "me")

    evidence = gather(doubling(), LocalSubject(lambda x: (x, x)))
    assert first_of(evidence, [breaks, asks_too_much, speaks, breaks]) == speaks(evidence)
    assert first_of(evidence, [breaks]) is None


def test_a_wrong_answer_is_asked_no_more_than_the_cases_and_so_many_more():
    calls = []

    def answer(x):
        calls.append(x)
        return torch.sin(x), torch.cos(x)

    judge(doubling(), LocalSubject(answer))
    assert len(calls) <= len(doubling().cases) + EXTRA_QUESTIONS
