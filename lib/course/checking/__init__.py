"""The framework of the checks. What a lesson's check says stands in course/checks/."""

import sys

from course.checking.bank import exercises, find, lessons_with_exercises
from course.checking.check import NotYet, check
from course.checking.draw import Draw
from course.checking.exercise import Exercise
from course.checking.judge import Verdict, judge
from course.checking.questions import Built, Call, CountParameters, Gradient, Raises
from course.checking.settings import keep_names
from course.checking.subject import LocalSubject, Subject, Trouble

__all__ = [
    "Built",
    "Call",
    "CountParameters",
    "Draw",
    "Exercise",
    "Gradient",
    "LocalSubject",
    "NotYet",
    "Raises",
    "Subject",
    "Trouble",
    "Verdict",
    "check",
    "exercises",
    "find",
    "judge",
    "lessons_with_exercises",
]

keep_names([module for name, module in sys.modules.items() if name.startswith(f"{__name__}.")])
