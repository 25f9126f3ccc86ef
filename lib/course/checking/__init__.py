"""The framework of the checks. What a lesson's check says stands in course/checks/.

check              what a learner calls
bank, exercise     what is declared of an exercise, and where it is found
questions, draw    what is asked, and of which inputs
standing, made     what is asked of every answer that is right so far; which tensors it makes
subject, troubles  who is asked, here or at the other end of a pipe, and why there is no answer
expected, compare, values  what should come, and how far it is from what came
judge              the order in which causes are looked for, and the verdict
evidence, detect/  what is known of a wrong answer, and who finds its cause there
messages, points   the verdict in words and in points
settings, forbidden  under which settings an answer runs, and what it may not call
"""

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
