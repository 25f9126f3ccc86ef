"""A hand-in's bytes as cells; nbformat writes what is read."""

import json
import resource
from contextlib import suppress

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.grading.marking import reading
from course.grading.marking.reading import CannotRead, grade_id, read_cells, text_of


def test_what_nbformat_writes_is_read_cell_by_cell():
    cells = [new_code_cell("x = 1\ny = 2"), new_markdown_cell("é ✓")]
    data = nbformat.writes(new_notebook(cells=cells, metadata={"course": {"lesson": "01_x"}}))
    found, metadata = read_cells(data.encode())
    assert [text_of(cell["source"]) for cell in found] == ["x = 1\ny = 2", "é ✓"]
    assert metadata["course"] == {"lesson": "01_x"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n", "The file is empty"),
        (b"{", "its JSON can't be read"),
        (b"\xff\xfe\xfd", "its JSON can't be read"),
        (b"[1]", "it has no list of cells"),
        (b'{"cells": {}}', "it has no list of cells"),
        (b'{"cells": [1]}', "it has no list of cells"),
        (b'{"worksheets": []}', "format of 2014"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_sentence(data, said):
    with pytest.raises(CannotRead, match=said):
        read_cells(data)


@pytest.mark.parametrize("limit", ["LARGEST_NOTEBOOK", "MOST_CELLS", "MOST_CODE"])
def test_each_limit_lets_through_what_just_keeps_it(limit, monkeypatch):
    data = json.dumps({"cells": [{"cell_type": "code", "source": "x" * 9}] * 3}).encode()
    size = {"LARGEST_NOTEBOOK": len(data), "MOST_CELLS": 3, "MOST_CODE": 27}[limit]
    monkeypatch.setattr(reading, limit, size)
    assert len(read_cells(data)[0]) == 3
    monkeypatch.setattr(reading, limit, size - 1)
    with pytest.raises(CannotRead):
        read_cells(data)


def test_text_with_an_id_of_ours_counts_as_code_and_other_text_does_not(monkeypatch):
    monkeypatch.setattr(reading, "MOST_CODE", 10)
    text = {"cell_type": "markdown", "source": "x" * 11, "metadata": {}}
    assert len(read_cells(json.dumps({"cells": [text]}).encode())[0]) == 1
    text["metadata"] = {"nbgrader": {"grade_id": "check-01-1"}}
    with pytest.raises(CannotRead, match="11 characters of code"):
        read_cells(json.dumps({"cells": [text]}).encode())


def test_reading_leaves_this_process_the_memory_that_it_may_use():
    before = resource.getrlimit(resource.RLIMIT_AS)
    for data in (b'{"cells": []}', b"{"):
        with suppress(CannotRead):
            read_cells(data)
        assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.parametrize("metadata", [None, [], {"nbgrader": 1}, {"nbgrader": {"grade_id": 5}}, {}])
def test_metadata_of_any_shape_are_no_id(metadata):
    assert grade_id({"metadata": metadata}) == ""
    assert grade_id({}) == ""


@pytest.mark.parametrize(
    ("source", "text"),
    [("a", "a"), (["a\n", "b"], "a\nb"), (["a", 1, None], "a"), (None, ""), ({}, "")],
)
def test_a_source_of_any_shape_is_a_text(source, text):
    assert text_of(source) == text
