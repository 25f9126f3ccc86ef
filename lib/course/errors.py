"""The one exception for a mistake of the user's."""


class CourseError(Exception):
    """A mistake that the user can mend. Its text is one clear sentence that says how."""
