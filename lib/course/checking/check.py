"""`check("01.1", my_function)`: what a learner runs under an exercise."""

import json
import os
import textwrap

from IPython.core.getipython import get_ipython

from course.cells.verdicts import RIGHT, TO_BE_WRITTEN
from course.cells.waiting import explain_waiting
from course.checking.bank import find
from course.checking.endless import stopwatch
from course.checking.judge import Verdict, judge
from course.checking.settings import standard_printing, standard_settings
from course.checking.subject import LocalSubject
from course.errors import CourseError
from course.record.store import record_check


class NotYet(CourseError):
    """An answer that is not right yet. Its text says what is different, and the way on."""


def check(exercise: str, answer: object, *, points: float = 1.0, seed: int = 0) -> float | None:
    """Check your answer to an exercise: one line when it is right, else the way to go on.

    exercise  its number, such as "01.1"
    answer    your function or class itself, not the result of calling it
    points    what the exercise is worth; the cases that are right earn their share. With 0 it is
              asked for practice, and noted nowhere
    seed      draws other inputs; the verdict is the same

    Raises NotYet where the answer is not right yet. While nbgrader grades, it returns the points
    instead, which nbgrader takes from a cell's value.
    """
    with standard_settings(), standard_printing():
        return _check(exercise, answer, points, seed)


def _check(exercise: str, answer: object, points: float, seed: int) -> float | None:
    declared = find(exercise)
    if not callable(answer):
        raise NotYet(
            f"{exercise} not yet · check wants the function itself, and got "
            f"{type(answer).__name__}.\n  Leave out the brackets behind its name: "
            f'check("{exercise}", my_function)'
        )
    with stopwatch() as watch:
        subject = LocalSubject(answer, declared.forbids, watch)
        verdict = judge(declared, subject, seed)
    if points:
        _report(verdict)
    if subject.printed:
        said = textwrap.shorten(subject.printed, 300, placeholder=" …")
        print(f"(your code printed: {said})")
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        print(verdict.message)
        return verdict.points(points)
    if verdict.verdict != RIGHT:
        raise NotYet(verdict.message)
    print(verdict.message)
    return None


def _report(verdict: Verdict) -> None:
    """Note the verdict in the learner's progress, and for `course check` where it listens."""
    if verdict.verdict != TO_BE_WRITTEN and not verdict.waits:  # Run All asks them: no try
        record_check(verdict.exercise, verdict.verdict == RIGHT)
    listener = os.environ.get("COURSE_VERDICTS")
    if listener:
        line = {
            "exercise": verdict.exercise,
            "verdict": verdict.verdict,
            "message": verdict.message,
        }
        with open(listener, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


if (shell := get_ipython()) is not None:
    explain_waiting(shell)
