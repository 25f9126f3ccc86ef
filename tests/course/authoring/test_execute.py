"""A solution runs in a real kernel; a cell that fails is named, and outputs tell of no machine."""

import pytest

from course.authoring.execute import execute
from course.authoring.lesson import read_lesson
from course.authoring.notebook import solution_notebook
from course.errors import CourseError

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out


@pytest.fixture
def run(tmp_path):
    """Execute a lesson, and return its cells and how often it told of one."""

    def run(text):
        path = tmp_path / "lessons" / "01_tiny.py"
        path.parent.mkdir()
        path.write_text(text)
        lesson = read_lesson(path)
        notebook, told = solution_notebook(lesson), []
        execute(notebook, lesson, tmp_path, lambda: told.append(1))
        return notebook.cells, len(told)

    return run


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("x = 1\n\n\n1 / 0", 5, "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old')", 2, "the cell warns"),
        ("import ipywidgets\nipywidgets.IntSlider()", 2, "without a text/html twin"),
        ("import os\nos._exit(1)", 2, "ended its kernel"),
    ],
)
def test_a_cell_that_fails_is_named_with_its_line(run, code, line, words):
    with pytest.raises(CourseError, match=rf"^lessons/01_tiny.py:{line}: .*{words}"):
        run(f"# %%\n{code}\n")


def test_outputs_hold_no_address_and_every_cell_is_told_of(run):
    cells, told = run("# %% [markdown]\n# Text\n\n# %%\nprint(object())\n\n# %%\nobject()\n")
    assert told == 3
    assert cells[1].outputs[0].text == "<object object at 0x…>\n"
    assert cells[2].outputs[0].data["text/plain"] == "<object at 0x…>"


def test_a_memorable_picture_is_a_plain_image_too(run):
    draw = """from IPython.display import HTML
HTML('<img alt="A" src="data:image/png;base64,aGk=">')
"""
    cells, _ = run(f'# %% tags=["memorable"]\n{draw}\n# %%\n{draw}')
    assert cells[0].outputs[0].data["image/png"] == "aGk=\n"
    assert "image/png" not in cells[1].outputs[0].data
