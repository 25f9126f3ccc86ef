"""The unit of work: one hand-in, graded here, wherever here is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from course.grading.report import HandIn, Options, Report

Grade = Callable[[HandIn, Options], Report]


@dataclass(frozen=True)
class Outcome:
    """A hand-in and its report; `final` is False where the next run should try again."""

    hand_in: HandIn
    report: Report
    final: bool = True


def grade_here(hand_in: HandIn, options: Options) -> Report:
    """Grade a hand-in in this process, once it is proved that its code can be held back."""
    from course.grading.marking.grade import grade_one

    _prove(options)
    return grade_one(hand_in, options)


@cache
def _prove(options: Options) -> None:
    from course.grading.marking.grade import prove_walls

    prove_walls(options)
