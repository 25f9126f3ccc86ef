"""What an answer earns that is right in some cases.

Cases whose answer is the same for every seed are there to be read. Whoever looks their answers up
in a table has them right, so all of them together carry no more than `FIXED` of the points.
"""

from collections.abc import Sequence
from functools import cache

from course.checking.compare import difference
from course.checking.draw import Draw
from course.checking.exercise import Exercise
from course.checking.questions import answer_names
from course.checking.subject import LocalSubject

FIXED = 1 / 6
SEEDS = range(8)  # a case with six possible draws is taken for fixed once in 280,000 times


def share(exercise: Exercise, right: Sequence[bool]) -> float:
    """The share of an exercise's points, from 0 to 1, for the cases that are right, in order."""
    if all(right) or not any(right):
        return float(all(right))
    fixed = [_is_fixed(exercise, place) for place in range(len(right))]
    kinds = [
        [one for one, of_kind in zip(right, fixed, strict=True) if of_kind == kind]
        for kind in (True, False)
    ]
    if not all(kinds):  # there is one kind only
        return sum(right) / len(right)
    shares = [sum(kind) / len(kind) for kind in kinds]
    return FIXED * shares[0] + (1 - FIXED) * shares[1]


@cache
def _is_fixed(exercise: Exercise, place: int) -> bool:
    """Whether a case's answer is the same for every seed."""
    case = exercise.cases[place]
    reference = LocalSubject(exercise.oracle)
    names = answer_names(case.ask(Draw(0, place)), exercise.argument_names, exercise.returns)
    answers = (case.ask(Draw(seed, place)).ask(reference) for seed in SEEDS)
    first = next(answers)
    return all(difference(answer, first, names, exercise.tolerance) is None for answer in answers)
