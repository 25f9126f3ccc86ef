"""What the lessons and exercises are called."""

import re
from functools import cache

from course.grading.marking.released import lesson_names, released
from course.paths import lesson_title

EXERCISE = re.compile(r"^### Exercise (\d\d\.\d+) · (.+?)(?: · ●.*)?$", re.MULTILINE)


def title(number: str) -> str:
    """What a lesson ("01") or an exercise ("01.2") is called; its number where nothing says it."""
    prose = _prose(number[:2])
    if "." in number:
        return dict(EXERCISE.findall(prose)).get(number, number)
    return lesson_title(number, prose)


@cache
def _prose(lesson: str) -> str:
    """What stands in a lesson's notebook between its code."""
    return "\n\n".join(
        "".join(cell["source"])
        for name in lesson_names()
        if name[:2] == lesson
        for cell in released(name)["cells"]
        if cell["cell_type"] == "markdown"
    )
