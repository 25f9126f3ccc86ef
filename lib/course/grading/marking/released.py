"""The notebooks as they are given out: the exercises, points and texts that marks rest on.

`notebooks/` is where people write, also those who grade. So a notebook is taken from there only
while its seal holds, and is made anew from `lessons/` where it does not.
"""

import json
from functools import cache
from typing import Any

from course import paths
from course.cells.seal import is_sealed
from course.errors import CourseError


@cache
def lesson_names() -> list[str]:
    """The lessons' names in order. An autograder's archive has no `lessons/`, only notebooks."""
    return paths.lesson_names() or sorted(
        path.stem for path in paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")
    )


@cache
def released(name: str) -> dict[str, Any]:
    """The notebook of the lesson with this name, as JSON. Raises CourseError where it is lost."""
    path = paths.NOTEBOOKS / f"{name}.ipynb"
    try:
        notebook: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        notebook = {}
    return notebook if is_sealed(notebook) else _made_anew(name)


def _made_anew(name: str) -> dict[str, Any]:
    lesson = paths.LESSONS / f"{name}.py"
    if not lesson.is_file():
        raise CourseError(
            f"notebooks/{name}.ipynb is missing or was edited by hand, so its exercises and "
            "points can't be relied on: keep a copy of it elsewhere, and bring back the one that "
            f"was given out, for example with `git checkout notebooks/{name}.ipynb`."
        )
    # Only here: it needs jupytext, which takes seconds to load.
    from course.authoring.lesson import read_lesson
    from course.authoring.notebook import learner_notebook, to_text

    made: dict[str, Any] = json.loads(to_text(learner_notebook(read_lesson(lesson))))
    return made
