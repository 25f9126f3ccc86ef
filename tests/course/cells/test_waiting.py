"""A cell that needs an unwritten answer says so in one line; other errors look as ever."""

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_notebook

from course.cells.kernel import clean_kernel
from course.cells.placeholder import placeholder
from course.cells.waiting import explain_waiting


@pytest.fixture
def run():
    shell = InteractiveShell()
    shell.colors = "nocolor"
    explain_waiting(shell)

    def run(source: str) -> str:
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            shell.run_cell(source, store_history=True)
        return said.getvalue()

    yield run
    shell.history_manager.end_session()


def test_what_calls_an_unwritten_answer_names_its_exercise_and_shows_no_traceback(run):
    run(f"def double(x):\n    {placeholder('01.2')}")
    assert run("y = double(1)\nz = 3").strip() == "This cell waits for exercise 01.2."


def test_what_uses_a_name_from_such_a_cell_waits_too(run):
    run(f"def double(x):\n    {placeholder('01.2')}")
    run("y = double(1)")
    assert run("z = y + 1").strip() == "This cell waits for exercise 01.2."
    assert run("print(z)").strip() == "This cell waits for exercise 01.2."


@pytest.mark.slow
def test_a_figure_that_such_a_cell_had_begun_is_not_shown(tmp_path):
    codes = (
        "from course import check\nimport matplotlib.pyplot as plt",
        f"def double(x):\n    {placeholder('01.2')}",
        "figure, axes = plt.subplots()\n1 / 0",  # another error: the notebook shows the figure
        "figure, axes = plt.subplots()\naxes.plot(double(1))",
    )
    cells = [new_code_cell(code) for code in codes]
    notebook = new_notebook(cells=cells)
    with clean_kernel(notebook, tmp_path, timeout=600, go_on=True) as client:
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
    assert [output.output_type for output in cells[2].outputs] == ["error", "display_data"]
    assert [output.traceback for output in cells[3].outputs] == [
        ["This cell waits for exercise 01.2."]
    ]


def test_other_errors_are_shown_as_ever(run):
    assert "NameError" in run("print(mistyped)")
    assert "NotImplementedError" in run("raise NotImplementedError('later')")
    assert "ZeroDivisionError" in run("1 / 0")


def test_written_after_all_the_cells_run(run):
    run(f"def double(x):\n    {placeholder('01.2')}")
    run("y = double(1)")
    run("def double(x):\n    return 2 * x")
    assert run("y = double(1)\nprint(y)").strip() == "2"
    assert run("print(y + 1)").strip() == "3"
