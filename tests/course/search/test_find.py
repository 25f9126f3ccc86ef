"""`course find` finds what it should, with the model and without."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from course import paths
from course.cli import commands
from course.errors import CourseError
from course.models.packages import MODELS, Published
from course.search.find import SHOWN, find, fused
from course.search.sections import Section, write_sections

QUESTIONS = json.loads(Path(__file__).with_name("questions.json").read_text(encoding="utf-8"))
with_model = pytest.mark.skipif(
    MODELS["MiniLM"].file() is None, reason="all-MiniLM-L6-v2 is not installed: course models"
)


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Published, "file", lambda model: None)


def found_in_three() -> int:
    """For how many questions, written before the search, the lesson is among the first three."""
    return sum(
        any(section.lesson[:2] == row["lesson"] for section in find(row["question"]).sections[:3])
        for row in QUESTIONS
    )


def test_there_are_twenty_questions_and_each_asks_for_a_lesson_that_there_is():
    assert len({row["question"] for row in QUESTIONS}) == 20
    assert {row["lesson"] for row in QUESTIONS} <= {name[:2] for name in paths.lesson_names()}


@with_model
def test_by_meaning_and_words_the_right_lesson_is_among_three_for_15_of_20():
    assert found_in_three() >= 15  # seen: 18; by meaning alone 16


def test_by_words_alone_the_right_lesson_is_among_three_for_14_of_20(no_model):
    assert found_in_three() >= 14  # seen: 16


@with_model
def test_a_line_says_what_was_used_then_each_line_a_section_and_how_to_open_it():
    lines = str(find("why divide by the root")).splitlines()
    assert lines[0] == "By meaning (all-MiniLM-L6-v2) and by words:"
    assert lines[1] == "  01 · Attention is a soft look-up › Why divide by √d_k? (course lab 1)"
    assert 2 <= len(lines) <= 1 + SHOWN


def test_without_the_model_words_serve_and_the_line_says_how_to_get_it(no_model):
    lines = str(find("several heads")).splitlines()
    assert lines[0].startswith("By words alone (")
    assert lines[0].endswith("all-MiniLM-L6-v2: course models):")
    assert any(line.startswith("  02 · Many heads") for line in lines[1:])


def test_the_commands_words_need_no_quotes(no_model):
    answer = CliRunner().invoke(commands, ["find", "several", "heads"])
    assert (answer.exit_code, answer.output) == (0, f"{find('several heads')}\n")


def test_without_the_model_nothing_waits_for_pytorch():
    code = """
import sys
from course.models.packages import Published
from course.search import find
Published.file = lambda model: None
assert find("several heads").sections
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_is_a_sentence(question: str):
    with pytest.raises(CourseError, match="The question is empty: ask"):
        find(question)


@with_model
@pytest.mark.parametrize("question", ["xyzzy plugh", "how do I cook tomato soup", "?!"])
def test_where_no_section_speaks_of_it_a_sentence_says_so(question: str, capsys):
    answer = CliRunner().invoke(commands, ["find", question])
    assert answer.exit_code == 1
    assert answer.output == (
        "By meaning (all-MiniLM-L6-v2) and by words: "
        "no section speaks of that. Try other words, or fewer.\n"
    )


def test_without_the_model_too(no_model):
    assert "no section speaks of that. Try other words, or fewer." in str(find("xyzzy plugh"))


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[..., Path]:
    def write(*sections: Section) -> Path:
        file = tmp_path / "sections.jsonl"
        write_sections(file, sections)
        return file

    return write


def test_a_section_whose_lesson_is_gone_is_not_found(no_model, file_of):
    file = file_of(Section("77_gone", "Cats", "cats"), Section(paths.lesson_names()[0], "Cats", ""))
    assert [section.lesson for section in find("cats", file=file).sections] == [
        paths.lesson_names()[0]
    ]


def test_no_sections_are_no_fault(no_model, file_of):
    assert find("cats", file=file_of()).sections == []


def test_five_sections_at_most_are_found(no_model, file_of):
    many = [Section(paths.lesson_names()[0], f"Cats {i}", "") for i in range(9)]
    assert len(find("cats", file=file_of(*many)).sections) == SHOWN


def test_what_is_second_in_both_comes_before_what_is_first_in_one():
    words, meaning = [9, 8, 7, 0, 0], [0.1, 0.8, 0.2, 0.9, 0.3]
    assert fused([words, meaning]) == [1, 0, 2, 3, 4]
    assert fused([words]) == [0, 1, 2, 3, 4]
