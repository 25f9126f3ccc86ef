"""What was measured before a lesson: rows of a small file, made by a committed script beside it."""

import json
from typing import Any

from course import paths
from course.errors import CourseError

Row = dict[str, Any]


def saved_rows(lesson: str, experiment: str) -> list[Row]:
    """The rows of one experiment of lesson "07", as lessons/data/make_07.py measured them.

    Raises CourseError where the file or the experiment is not there.
    """
    path = paths.DATA / f"results_{lesson}.json"
    try:
        experiments: dict[str, list[Row]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path} is missing: lessons/data/make_{lesson}.py makes it.") from None
    if experiment not in experiments:
        known = ", ".join(experiments)
        raise CourseError(f"{path.name} has no experiment {experiment!r}; there are: {known}.")
    return experiments[experiment]
