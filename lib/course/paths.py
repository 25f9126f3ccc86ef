"""Where the course's folders are. It is installed in place: they lie around this file."""

import os
import re
from pathlib import Path

from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ROOT / "lessons"
DATA = LESSONS / "data"  # small files that lessons read
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = ROOT / "solutions"
QUIZZES = ROOT / "quizzes"


def home() -> Path:
    """Where a learner's own files lie, their notebooks/ and .course/.

    ROOT itself, unless COURSE_HOME names another folder: where the course is installed for many.
    """
    return Path(os.environ.get("COURSE_HOME") or ROOT)


def lesson_names(folder: Path | None = None) -> list[str]:
    """The lessons' names in order: ["00_before_you_start", "01_...", ...]."""
    return sorted(path.stem for path in (folder or LESSONS).glob("[0-9][0-9]_*.py"))


def lesson_title(name: str, text: str | None = None) -> str:
    """The title that a lesson's first heading gives it, such as "01 · Attention is …".

    text  the lesson's, where it is not to be read from lessons/
    """
    text = (LESSONS / f"{name}.py").read_text("utf-8") if text is None else text
    heading = re.search(r"^# (\d\d · .+)$", text, re.MULTILINE)
    return heading[1] if heading else name


def lesson_exercises(number: str) -> list[str]:
    """The exercises of lesson "01" in order, as its cells' lines say: ["01.1", "01.2", ...].

    Without importing their checks, and PyTorch with them.
    """
    line = re.compile(r'^# %% .*\btags=\["exercise".*\bexercise="(\d\d\.\d+)"', re.MULTILINE)
    found = [
        exercise
        for path in LESSONS.glob(f"{number}_*.py")
        for exercise in line.findall(path.read_text("utf-8"))
    ]
    return sorted(found, key=lambda exercise: int(exercise.partition(".")[2]))


def find_lesson(word: str, folder: Path | None = None) -> str:
    """The full name of the lesson that the user calls `word`: "1", "01", a name or a file of it."""
    stem = Path(word).stem
    number = re.match(r"\d{1,2}(?!\d)", stem)
    names = lesson_names(folder)
    for name in names:
        if name == stem or (number and name.startswith(f"{int(number[0]):02d}_")):
            return name
    raise CourseError(f"There is no lesson {word!r}; there are: {', '.join(names)}.")
