"""One line, in place of a traceback, where a cell fails because an answer is unwritten.

So a notebook can be run from top to bottom while exercises are open: what depends on them says so.
"""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from course.cells.names import names_in
from course.cells.placeholder import unwritten_exercise
from course.cells.source import Unread

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def explain_waiting(shell: "InteractiveShell") -> None:
    """From now on `shell` names the exercise that a cell waits for, and shows no traceback."""
    missing: dict[str, str] = {}  # a name that such a cell was to define -> the exercise

    def handler(
        shell: "InteractiveShell",
        kind: type[BaseException],
        error: Any,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        exercise = unwritten_exercise(error)
        if exercise is None and isinstance(error, NameError):
            exercise = missing.get(error.name or "")
        if exercise is not None:
            for name in _defined_by(shell.user_ns["In"][-1]) - set(shell.user_ns):
                missing[name] = exercise
            error._render_traceback_ = lambda: [f"This cell waits for exercise {exercise}."]
            _close_figures()
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NotImplementedError, NameError), handler)


def _close_figures() -> None:
    """Or the notebook would show, after the sentence, the empty axes that the cell had begun."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


def _defined_by(source: str) -> set[str]:
    try:
        return names_in(source).defines
    except Unread:
        return set()
