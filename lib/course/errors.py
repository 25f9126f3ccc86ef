"""The one exception for a mistake of the user's."""


class CourseError(Exception):
    """A mistake that the user can mend. Its text says what is wrong, and the way out."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback through our code."""
        return str(self).splitlines()
