"""What a partly right answer earns, and that a table of answers earns little."""

from typing import Any

import numpy as np
import pytest
import torch

from course.checking import Call, Draw, Exercise, LocalSubject, find, judge
from course.checking.bank import lessons_with_exercises
from course.checking.points import FIXED, share
from course.checking.questions import Question
from course.checking.standing import standing_cases
from course.checking.subject import Trouble
from course.grading.marking.plan import release


def doubling(*drawn: bool) -> Exercise:
    """An exercise with a case for each of `drawn`: whether its input is drawn."""
    exercise = Exercise("99.1", returns="twice", right="")
    for place, is_drawn in enumerate(drawn):
        exercise.case(f"number {place}")(
            lambda draw, d=is_drawn: Call(draw.number(0, 9) if d else 1.0)
        )
    exercise.reference(lambda x: 2 * x)
    return exercise


@pytest.mark.parametrize(
    ("drawn", "right", "expected"),
    [
        ("FFDD", "1111", 1.0),
        ("FFDD", "0000", 0.0),
        ("FFDD", "1100", FIXED),
        ("FFFDD", "11100", FIXED),
        ("FFDD", "1110", FIXED + (1 - FIXED) / 2),
        ("FDDDDDDD", "10000000", 1 / 8),  # no more than their share
        ("FFDD", "1011", 3 / 4),
        ("FFDD", "0010", 1 / 4),
        ("FFF", "100", 1 / 3),
        ("DDD", "110", 2 / 3),
    ],
)
def test_the_cases_that_are_right_earn_their_share_but_fixed_ones_alone_at_most_a_fifth(
    drawn, right, expected
):
    exercise = doubling(*(kind == "D" for kind in drawn))
    assert share(exercise, [sign == "1" for sign in right]) == pytest.approx(expected)


def test_the_standing_cases_count_together_as_one_case_more():
    assert share(doubling(True, True, True), [True, True, True], standing=False) == 3 / 4


def test_a_case_counts_as_fixed_by_its_answer_not_by_its_question():
    exercise = Exercise("99.2", returns="sign", right="")
    exercise.case("drawn, and always 1")(lambda draw: Call(draw.number(1, 9)))
    exercise.case("drawn")(lambda draw: Call(draw.number(-9, 9)))
    exercise.reference(lambda x: float(np.sign(x)))
    assert share(exercise, [True, False]) == pytest.approx(FIXED)


LEARNT = (1, 2, 3, 4, 5)


class Table:
    """A subject that knows by heart what it was asked before, and nothing else."""

    def __init__(self, known: dict[Any, Any], so_far: Any = (), real: Any = None) -> None:
        self.known, self.so_far, self.real = known, so_far, real

    def _answer(self, what: str, *asked: Any, **options: Any) -> Any:
        key = (self.so_far, what, frozen(asked), frozen(options))
        if self.real is not None:
            self.known[key] = getattr(self.real, what)(*asked, **options)
        if key not in self.known:
            raise Trouble("raised", "KeyError")
        return self.known[key]

    def call(self, *arguments, **options):
        return self._answer("call", *arguments, **options)

    def gradient(self, *arguments, **options):
        return self._answer("gradient", *arguments, **options)

    def holds(self, *arguments, **options):
        return self._answer("holds", *arguments, **options)

    def raises(self, *arguments, **options):
        return self._answer("raises", *arguments, **options)

    def count_parameters(self):
        return self._answer("count_parameters")

    def state(self):
        return self._answer("state")

    def load(self, state):
        if self.real is not None:
            self.real.load(state)
        self.so_far = (self.so_far, frozen(state))

    def build(self, *arguments, **options):
        real = self.real and self.real.build(*arguments, **options)
        return Table(self.known, (self.so_far, frozen(arguments), frozen(options)), real)


def frozen(value: Any) -> Any:
    """A value as a key."""
    match value:
        case torch.Tensor() | np.ndarray():
            array = np.asarray(value)
            return str(array.dtype), array.shape, array.tobytes()
        case dict():
            return tuple((name, frozen(one)) for name, one in sorted(value.items()))
        case tuple() | list():
            return tuple(map(frozen, value))
        case _:
            return value


def learnt_by_heart(exercise: Exercise) -> Table:
    """A table of the answers to all that is asked with one of these seeds."""
    known: dict[Any, Any] = {}
    for seed in LEARNT:
        for place, case in enumerate(exercise.cases):
            question: Question = case.ask(Draw(seed, place))
            question.ask(Table(known, real=LocalSubject(exercise.oracle)))
        for standing in standing_cases(exercise, seed):
            standing.question.ask(Table(known, real=LocalSubject(exercise.right_ways[0])))
    return Table(known)


@pytest.mark.slow
@pytest.mark.parametrize("lesson", lessons_with_exercises())
def test_a_table_for_other_seeds_earns_less_than_a_quarter_of_a_lesson(lesson):
    points = release(lesson).points
    tables = {number: learnt_by_heart(find(number)) for number in points}
    for seed in (0, 777, 123_456_789):
        verdicts = {number: judge(find(number), table, seed) for number, table in tables.items()}
        earned = {number: said.points(points[number]) for number, said in verdicts.items()}
        assert sum(earned.values()) < sum(points.values()) / 4, earned
    for number, table in tables.items():  # so it is a table
        assert judge(find(number), table, LEARNT[-1]).share == 1
