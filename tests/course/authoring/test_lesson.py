"""A lesson's file becomes cells that know their lines; jupytext's own reader is the oracle."""

import jupytext
import pytest

from course import paths
from course.authoring.lesson import read_lesson
from course.errors import CourseError


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "lessons" / "01_tiny.py"
        path.parent.mkdir()
        path.write_text(text)
        return read_lesson(path)

    return read


@pytest.mark.parametrize("name", paths.lesson_names())
def test_each_cell_of_a_lesson_stands_at_its_line_and_is_what_jupytext_reads(name):
    path = paths.LESSONS / f"{name}.py"
    lesson, rows = read_lesson(path), path.read_text("utf-8").splitlines()
    for cell in lesson.cells:
        if cell.kind == "code":
            assert rows[cell.line - 1] == cell.source.splitlines()[0]
    notebook = jupytext.read(path, fmt={"extension": ".py", "format_name": "percent"})
    assert [cell.kind for cell in lesson.cells] == [c.cell_type for c in notebook.cells][
        -len(lesson.cells) :
    ]
    assert (lesson.name, lesson.number) == (name, name[:2])


def test_a_comment_that_begins_like_a_shell_command_stays_a_comment(read):
    lesson = read("# %%\n# cat sat\n\n# %%\ndef f():\n    # more than once\n    return 1\n")
    assert [cell.source.splitlines()[0] for cell in lesson.cells] == ["# cat sat", "def f():"]
    assert "    # more than once" in lesson.cells[1].source


def test_a_hint_belongs_to_the_exercise_above_it_unless_it_names_one(read):
    lesson = read(
        '# %% tags=["exercise"] exercise="01.1"\n1\n'
        '# %% [markdown] tags=["hint"]\n# Twice.\n'
        '# %% [markdown] tags=["hint"] exercise="01.7"\n# Thrice.\n'
    )
    assert [cell.exercise for cell in lesson.cells_tagged("hint")] == ["01.1", "01.7"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "01_tiny.py:1: there is no cell"),
        ("# a note\nx = 1\n# %%\n", "01_tiny.py:2: only comments may stand before"),
        ('# %%\ntext = """\n# %%\n"""\n', "2 lines begin with"),
        ('# %% tags="hint"\n', r"01_tiny.py:1: tags are a list"),
        ("# %% tags=['hint']\n", r"01_tiny.py:1: tags are a list"),
    ],
)
def test_what_is_no_lesson_is_refused_with_its_line(read, text, said):
    with pytest.raises(CourseError, match=said):
        read(text)
