"""What the lessons and exercises are called."""

import re
from functools import cache

from course.grading.marking.released import lesson_names, released

EXERCISE = re.compile(r"^### Exercise (\d\d\.\d+) · (.+?)(?: · ●.*)?$", re.MULTILINE)
LESSON = re.compile(r"^# (\d\d · .+)$", re.MULTILINE)


def exercise_title(exercise: str) -> str:
    """What an exercise is called; its number where its notebook does not say."""
    found = dict(EXERCISE.findall(_prose(exercise[:2])))
    return found.get(exercise, exercise)


def lesson_title(lesson: str) -> str:
    """What a lesson ("01") is called, such as "01 · Attention is a soft look-up"."""
    heading = LESSON.search(_prose(lesson))
    return heading[1] if heading else lesson


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
