"""What `course find` searches: which sections of a lesson, and when their file is made anew."""

from pathlib import Path

import numpy as np
import pytest

from course.authoring.lesson import Lesson, read_lesson
from course.authoring.sections import renew, sections_of, stale
from course.models.packages import Published
from course.search import meaning
from course.search.sections import TEXT, file_of_sections, read_sections

LESSON = '''# %% [markdown]
r"""
# 01 · Cats

**By the end you can** stroke [a cat](https://cats.example). <!-- quiz: stroke -->

*About {minutes} minutes · needs [nothing](00_zero.ipynb)*
"""

# %% [markdown]
r"""
## From memory

Remember.
"""

# %% [markdown]
r"""
## Purring

A `low` sound, $f < 200$ Hz, **steady**:

$$f = 1 / t$$
"""


# %% tags=["exercise"] exercise="01.1" minutes=5 importance="core"
def purr(x: float) -> float:
    """One number."""
    ### BEGIN SOLUTION
    return 1 / secret
    ### END SOLUTION


# %% [markdown] tags=["hint"] exercise="01.1"
r"""
Divide by the secret.
"""

# %% [markdown]
r"""
## In five lines

Cats.

### References

- A book.
"""
'''


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    return written(tmp_path, LESSON)


def written(folder: Path, text: str, name: str = "01_cats") -> Lesson:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return read_lesson(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts whose meaning was asked for; a model that is here, and quick."""
    texts: list[str] = []

    def vectors_of(new):
        texts.extend(new)
        return np.ones((len(new), 384), dtype=np.float32)

    monkeypatch.setattr(meaning, "vectors_of", vectors_of)
    monkeypatch.setattr(Published, "file", lambda model: Path("weights"))
    return texts


def test_prose_becomes_sections_and_neither_hints_nor_answers_do(lesson):
    beginning, purring = sections_of(lesson)
    assert (beginning.heading, purring.heading) == ("Cats", "Purring")
    assert beginning.text == "01 · Cats By the end you can stroke a cat ."
    assert purring.text == "Purring A low sound, f < 200 Hz, steady :"


def test_of_a_long_section_the_beginning_is_kept(tmp_path: Path):
    long = written(tmp_path, f'# %% [markdown]\nr"""\n## Long\n\n{"word " * TEXT}\n"""\n')
    (section,) = sections_of(long)
    assert len(section.text) == TEXT


def test_only_what_is_new_is_given_a_meaning(lesson, asked, tmp_path: Path):
    file = file_of_sections(tmp_path)
    said = renew([lesson], ["01_cats"], file)
    assert said == "data/sections.jsonl: 2 sections, 2 of them new or changed"
    assert len(asked) == 2
    assert renew([lesson], ["01_cats"], file) == ""
    asked.clear()
    other = written(tmp_path, LESSON.replace("A `low`", "A high"))
    assert renew([other], ["01_cats"], file).endswith("2 sections, 1 of them new or changed")
    assert [text.split(".")[0] for text in asked] == ["Purring"]


def test_lessons_that_are_not_built_keep_their_sections_and_lost_ones_go(lesson, asked, tmp_path):
    file = file_of_sections(tmp_path)
    dogs = written(tmp_path, LESSON.replace("Cats", "Dogs"), "02_dogs")
    renew([lesson, dogs], ["01_cats", "02_dogs"], file)
    before = read_sections(file)
    assert renew([dogs], ["01_cats", "02_dogs"], file) == ""
    assert "2 sections, 0 of them new" in renew([], ["02_dogs"], file)
    assert read_sections(file) == before[2:]


def test_without_the_model_the_file_stays_and_a_sentence_says_why(
    lesson, asked, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    file = file_of_sections(tmp_path)
    renew([lesson], ["01_cats"], file)
    before = file.read_bytes()
    monkeypatch.setattr(Published, "file", lambda model: None)
    assert renew([lesson], ["01_cats"], file) == ""
    changed = written(tmp_path, LESSON.replace("A `low`", "A high"))
    assert renew([changed], ["01_cats"], file) == (
        "data/sections.jsonl: not renewed, since all-MiniLM-L6-v2 is not installed (course models)"
    )
    assert file.read_bytes() == before
    assert stale([changed], ["01_cats"], file) == []  # its headings are the same


def test_other_headings_are_stale_and_so_are_lessons_that_are_gone(lesson, asked, tmp_path):
    file = file_of_sections(tmp_path)
    renew([lesson], ["01_cats"], file)
    assert stale([lesson], ["01_cats"], file) == []
    other = written(tmp_path, LESSON.replace("## Purring", "## Meowing"))
    said = "data/sections.jsonl has other headings than 01_cats: run `course build`."
    assert stale([other], ["01_cats"], file) == [said]
    assert stale([], [], file) == [said]


@pytest.mark.parametrize("broken", [False, True])
def test_a_file_that_is_missing_or_broken_is_stale_and_made_anew(broken, lesson, asked, tmp_path):
    file = file_of_sections(tmp_path)
    if broken:
        file.parent.mkdir()
        file.write_text("<<<<<<< HEAD\n")
    assert len(stale([lesson], ["01_cats"], file)) == 1
    renew([lesson], ["01_cats"], file)
    assert stale([lesson], ["01_cats"], file) == []
