"""The seal breaks where somebody wrote, and only there."""

import copy
import json

import nbformat
import pytest

from course import paths
from course.cells.seal import is_sealed, seal

NAME = paths.lesson_names()[1]
GIVEN = json.loads((paths.NOTEBOOKS / f"{NAME}.ipynb").read_bytes())


@pytest.fixture
def notebook():
    return copy.deepcopy(GIVEN)


def test_a_notebook_as_it_was_given_out_is_sealed(notebook):
    assert is_sealed(notebook)
    assert seal(nbformat.from_dict(notebook)) == seal(notebook)  # texts as lists of lines, or whole


def edited(notebook):
    notebook["cells"][3]["source"] = ["x"]


def one_less(notebook):
    del notebook["cells"][3]


def one_more(notebook):
    notebook["cells"].append(copy.deepcopy(notebook["cells"][0]))


def exchanged(notebook):
    notebook["cells"][2:4] = notebook["cells"][3:1:-1]


def another_kind(notebook):
    notebook["cells"][3]["cell_type"] = "raw"


def moved_line(notebook):
    """The same letters, but a cell's last line stands in the next cell."""
    first, second = notebook["cells"][2:4]
    lines = "".join(first["source"]).splitlines(keepends=True)
    first["source"], second["source"] = lines[:-1], [lines[-1], *second["source"]]


@pytest.mark.parametrize("edit", [edited, one_less, one_more, exchanged, another_kind, moved_line])
def test_whatever_is_written_breaks_it(notebook, edit):
    edit(notebook)
    assert not is_sealed(notebook)


def test_running_it_does_not_break_it_but_a_seal_with_outputs_breaks(notebook):
    with_outputs = seal(notebook, outputs=True)
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["execution_count"] = 7
    assert is_sealed(notebook)
    assert seal(notebook, outputs=True) != with_outputs
    cell["execution_count"] = None
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    assert is_sealed(notebook)
    assert seal(notebook, outputs=True) != with_outputs


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"metadata": None}, {"metadata": {"course": {"seal": None}}}, "x",
     {"metadata": {"course": {"seal": "x"}}, "cells": [{"cell_type": "code"}]},
     {"metadata": {"course": {"seal": "x"}}, "cells": 5}],
)  # fmt: skip
def test_what_is_no_notebook_is_not_sealed(content):
    assert not is_sealed(content)
