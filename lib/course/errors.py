"""The one exception for a mistake of the user's, and how others are told in a line."""


class CourseError(Exception):
    """A mistake that the user can mend. Its text says what is wrong, and the way out."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback through our code."""
        return str(self).splitlines()


def first_line(error: BaseException) -> str:
    """The first line of what an exception says; its name where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:120]
