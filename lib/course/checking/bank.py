"""Find a lesson's exercises: the modules of course/checks/lesson_NN/ declare them."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from course import checks
from course.checking.exercise import Exercise
from course.errors import CourseError


def lessons_with_exercises() -> list[str]:
    """The numbers of the lessons that have exercises: ["00", "01", ...]."""
    names = (module.name for module in pkgutil.iter_modules(checks.__path__))
    return sorted(name.removeprefix("lesson_") for name in names)


@cache  # a folder of hand-ins asks thousands of times
def exercises(lesson: str) -> Mapping[str, Exercise]:
    """The exercises of a lesson ("01") by number, in order; empty where it has none."""
    if lesson not in lessons_with_exercises():
        return {}
    package = importlib.import_module(f"course.checks.lesson_{lesson}")
    found: dict[str, Exercise] = {}
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for thing in vars(importlib.import_module(info.name)).values():
            if isinstance(thing, Exercise) and found.setdefault(thing.number, thing) is not thing:
                raise ValueError(f"{package.__name__} declares {thing.number} twice")
    return MappingProxyType(dict(sorted(found.items())))


def find(number: str) -> Exercise:
    """The exercise with this number, such as "01.3"."""
    lesson = str(number).partition(".")[0]
    found = exercises(lesson)
    if number in found:
        return found[number]
    if found:
        raise CourseError(
            f'There is no exercise "{number}"; lesson {lesson} has {", ".join(found)}.'
        )
    raise CourseError(
        f'There is no exercise "{number}": no lesson {lesson!r} has exercises. '
        'A number looks like "01.3": the lesson, a dot, the exercise.'
    )
