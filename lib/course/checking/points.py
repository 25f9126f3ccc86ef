"""What an answer earns: the share of the cases that are right, and the points of that share.

Cases whose answer is the same for every seed are there to be read, and whoever looks their answers
up in a table has them right. So they alone earn no more than `FIXED` of the points.
"""

from collections.abc import Sequence
from functools import cache

from course.checking.compare import difference
from course.checking.draw import Draw
from course.checking.exercise import Exercise
from course.checking.questions import answer_names
from course.checking.subject import LocalSubject

FIXED = 1 / 5
SEEDS = range(8)  # a case with six possible draws is taken for fixed once in 280,000 times


def share(exercise: Exercise, right: Sequence[bool], *, standing: bool = True) -> float:
    """The share of an exercise's points, from 0 to 1, for the cases that are right, in order.

    standing  whether the standing cases are right: they are asked where all others are, and count
              together as one case more
    """
    if not standing:
        return len(right) / (len(right) + 1)
    plain = sum(right) / len(right)
    if plain in (0, 1):
        return plain
    drawn = [one for place, one in enumerate(right) if not _is_fixed(exercise, place)]
    return min(plain, FIXED + (1 - FIXED) * sum(drawn) / len(drawn)) if drawn else plain


def points_of_share(share: float, most: float) -> float:
    """A share of `most` points, in hundredths. No mark is rounded anywhere else."""
    return round(most * share, 2)


@cache
def _is_fixed(exercise: Exercise, place: int) -> bool:
    """Whether a case's answer is the same for every seed."""
    case = exercise.cases[place]
    reference = LocalSubject(exercise.oracle)
    names = answer_names(case.ask(Draw(0, place)), exercise.argument_names, exercise.returns)
    answers = (case.ask(Draw(seed, place)).ask(reference) for seed in SEEDS)
    first = next(answers)
    return all(difference(answer, first, names, exercise.tolerance) is None for answer in answers)
