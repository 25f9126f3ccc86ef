"""The file of sections: what is written is read again, and what is broken is a sentence."""

from pathlib import Path

import pytest

from course import paths
from course.errors import CourseError
from course.search.sections import GIST, Section, file_of_sections, read_sections, write_sections

FIRST = paths.lesson_names()[1]
SECTIONS = [
    Section(FIRST, "Attention is a soft look-up", "Why √d, and “not” d?", "AAEC"),
    Section(FIRST, "The blend", "line\u2028separator", ""),
]


def test_sections_come_back_as_they_were_a_line_each(tmp_path: Path):
    file = file_of_sections(tmp_path)
    write_sections(file, SECTIONS)
    assert read_sections(file) == SECTIONS
    text = file.read_bytes()
    assert text.count(b"\n") == len(SECTIONS)
    file.write_bytes(text.replace(b"\n", b"\r\n"))  # as git on Windows may have it
    assert read_sections(file) == SECTIONS


def test_a_section_says_where_it_is_and_how_to_open_it():
    beginning, blend = map(str, SECTIONS)
    assert beginning == "01 · Attention is a soft look-up (course lab 1)"
    assert blend == "01 · Attention is a soft look-up › The blend (course lab 1)"


def test_the_gist_begins_with_the_heading_and_is_short():
    assert Section(FIRST, "The blend", "a " * GIST).gist.startswith("The blend. a a")
    assert len(Section(FIRST, "The blend", "a " * GIST).gist) == GIST


def test_a_file_that_is_missing_is_a_sentence(tmp_path: Path):
    with pytest.raises(CourseError, match=r"sections\.jsonl is missing: `course build` makes it"):
        read_sections(file_of_sections(tmp_path))


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", "[1]\n", "7\n", '{"lesson": "01"}\n', "\xff"])
def test_a_file_that_is_broken_is_a_sentence(text: str, tmp_path: Path):
    file = tmp_path / "sections.jsonl"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(CourseError, match="is broken: `course build` makes it anew"):
        read_sections(file)
