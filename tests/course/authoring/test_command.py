"""`course build`: which lessons, and what is said of them."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from course.authoring import command
from course.authoring.make import Folders
from course.errors import CourseError
from course.models.packages import Published
from course.search import meaning
from course.search.sections import file_of_sections, read_sections


@pytest.fixture
def folders(tmp_path):
    made = Folders(*(tmp_path / name for name in ("lessons", "notebooks", "solutions")))
    made.lessons.mkdir()
    for name in ("01_one", "02_two", "03_three"):
        (made.lessons / f"{name}.py").write_text("# %%\n1\n")
    return made


@pytest.fixture
def build(folders, monkeypatch):
    """Build with a maker that only notes what it is asked for; returns the notes and the words."""

    def build(*words, fails=()):
        made, said = [], io.StringIO()

        def make(lesson, folders, *, force, on_cell):
            if lesson.name in fails:
                raise CourseError(f"{lesson.name} fails")
            made.append(lesson.name)
            return "done"

        monkeypatch.setattr(command, "make", make)
        console = Console(file=said, width=200)
        try:
            command.build(words, folders=folders, bank=lambda lesson: set(), console=console)
        except CourseError as error:
            return made, said.getvalue(), str(error)
        return made, said.getvalue(), ""

    return build


def test_lessons_are_chosen_by_number_or_name_each_once_and_in_order(build):
    assert build()[0] == ["01_one", "02_two", "03_three"]
    assert build("3", "01_one", "3")[0] == ["01_one", "03_three"]


def test_one_that_fails_does_not_keep_the_others_from_being_made(build):
    made, said, error = build(fails=["02_two"])
    assert made == ["01_one", "03_three"]
    assert "02_two: not made" in said
    assert "03_three: done" in said
    assert error == "02_two fails"


def test_a_fault_in_any_lesson_is_told_before_one_is_made(build, folders):
    (folders.lessons / "03_three.py").write_text("x = 1\n")
    made, _, error = build()
    assert made == []
    assert "03_three.py:1: there is no cell" in error


def test_check_names_what_is_missing_and_what_is_left_over(folders):
    folders.solutions.mkdir()
    (folders.solutions / "07_gone.ipynb").write_text("{}")
    said = command.check(["2"], folders=folders, bank=lambda lesson: set())
    assert said == [
        "notebooks/02_two.ipynb is missing: run `course build`.",
        "solutions/02_two.ipynb is missing: run `course build`.",
        "solutions/07_gone.ipynb has no lesson any more: delete it.",
    ]


def test_what_course_find_searches_is_renewed_and_checked(build, folders, monkeypatch):
    """Of the lessons that are built, before any is."""
    for name in ("01_one", "02_two"):
        (folders.lessons / f"{name}.py").write_text(f'# %% [markdown]\nr"""\n## {name}\n"""\n')
    monkeypatch.setattr(Published, "file", lambda model: Path("weights"))
    monkeypatch.setattr(meaning, "vectors_of", lambda texts: np.ones((len(texts), 384)))
    said = build("2", fails=["02_two"])[1]
    assert said.startswith("data/sections.jsonl: 1 sections, 1 of them new or changed\n")
    file = file_of_sections(folders.lessons)
    assert [section.heading for section in read_sections(file)] == ["02_two"]
    stale = "data/sections.jsonl has other headings than 01_one: run `course build`."
    assert stale in command.check(folders=folders, bank=lambda lesson: set())
    assert build()[1].startswith("data/sections.jsonl: 2 sections")
    assert stale not in command.check(folders=folders, bank=lambda lesson: set())
    assert "sections" not in build()[1]
