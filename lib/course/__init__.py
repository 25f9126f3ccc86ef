"""course: what makes a course of the notebooks. A lesson begins with what it needs from here.

The names are imported when they are first asked for, so that the `course` command starts at once.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.checking.check import check
    from course.figures import explore, show
    from course.standing import progress
    from course.widgets.attention import show_attention
    from course.widgets.quiz import quiz

__all__ = ["check", "explore", "progress", "quiz", "show", "show_attention"]

_MODULES = {
    "check": "course.checking",
    "explore": "course.figures",
    "progress": "course.standing",
    "quiz": "course.widgets",
    "show": "course.figures",
    "show_attention": "course.widgets",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'course' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
