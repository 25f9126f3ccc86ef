"""course: what makes a course of the notebooks. A lesson begins with what it needs from here.

The names are imported when they are first asked for, so that the `course` command starts at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.checking.check import check
    from course.record.table import progress
    from course.setup.doctor import doctor
    from course.upkeep.exercises import catch_up
    from course.widgets.attention import show_attention
    from course.widgets.figures import explore, show
    from course.widgets.quiz import quiz
    from course.widgets.recall import recall

__all__ = [
    "catch_up",
    "check",
    "doctor",
    "explore",
    "progress",
    "quiz",
    "recall",
    "show",
    "show_attention",
]

_MODULES = {
    "catch_up": "course.upkeep.exercises",
    "check": "course.checking",
    "doctor": "course.setup.doctor",
    "explore": "course.widgets.figures",
    "progress": "course.record.table",
    "quiz": "course.widgets",
    "recall": "course.widgets.recall",
    "show": "course.widgets.figures",
    "show_attention": "course.widgets",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'course' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
