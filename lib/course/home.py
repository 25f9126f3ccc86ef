"""Where the course's folders are. It is installed in place: they lie around this file."""

import re
from pathlib import Path

from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
LESSONS = ROOT / "lessons"
NOTEBOOKS = ROOT / "notebooks"
SOLUTIONS = ROOT / "solutions"
QUIZZES = ROOT / "quizzes"


def lesson_names(folder: Path | None = None) -> list[str]:
    """The lessons' names in order: ["00_before_you_start", "01_...", ...]."""
    return sorted(path.stem for path in (folder or LESSONS).glob("[0-9][0-9]_*.py"))


def lesson_title(name: str) -> str:
    """The title that the lesson's first heading gives it, such as "01 · Attention is …"."""
    heading = re.search(r"^# (\d\d · .+)$", (LESSONS / f"{name}.py").read_text("utf-8"), re.M)
    return heading[1] if heading else name


def find_lesson(word: str, folder: Path | None = None) -> str:
    """The full name of the lesson that the user calls `word`: "1", "01", a name or a file of it."""
    stem = Path(word).stem
    number = re.match(r"\d{1,2}(?!\d)", stem)
    names = lesson_names(folder)
    for name in names:
        if name == stem or (number and name.startswith(f"{int(number[0]):02d}_")):
            return name
    raise CourseError(f"There is no lesson {word!r}; there are: {', '.join(names)}.")
