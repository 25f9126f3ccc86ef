"""The sections of all lessons, in one file: a line each, so that two authors' changes can meet."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course import paths
from course.atomic import write_whole
from course.errors import CourseError

TEXT = 1000  # letters of a section that are kept, and searched by words
GIST = 300  # the letters whose meaning is kept: more would blur it


@dataclass(frozen=True)
class Section:
    """A section of a lesson.

    lesson   the lesson's name, such as "01_attention_is_a_soft_lookup"
    heading  the section's; of a lesson's beginning, the lesson's title
    text     how it begins, without formulas, code and marks
    meaning  its vector (384,), as meaning.pack writes it; "" where it is not known yet
    """

    lesson: str
    heading: str
    text: str
    meaning: str = ""

    @property
    def gist(self) -> str:
        """The text whose meaning is kept."""
        return f"{self.heading}. {self.text}"[:GIST]

    def __str__(self) -> str:
        """Where it is and how to open it, in a line."""
        title = paths.lesson_title(self.lesson)
        place = title if title.endswith(f" · {self.heading}") else f"{title} › {self.heading}"
        return f"{place} (course lab {int(self.lesson[:2])})"


def file_of_sections(lessons: Path) -> Path:
    """Where the file lies, beside what else the lessons read."""
    return lessons / paths.DATA.name / "sections.jsonl"


def read_sections(file: Path) -> list[Section]:
    """All sections, in the lessons' order. Raises CourseError where the file is not as written."""
    try:
        rows = file.read_text("utf-8").split("\n")  # splitlines would cut a text at its own signs
        return [Section(**json.loads(row)) for row in rows if row]
    except FileNotFoundError:
        raise CourseError(f"{file} is missing: `course build` makes it.") from None
    except (ValueError, TypeError):
        raise CourseError(f"{file} is broken: `course build` makes it anew.") from None


def write_sections(file: Path, sections: Iterable[Section]) -> None:
    """Write the file, whole or not at all."""
    rows = (json.dumps(dataclasses.asdict(row), ensure_ascii=False) + "\n" for row in sections)
    write_whole(file, "".join(rows).encode())
