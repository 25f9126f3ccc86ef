"""Hand-ins that are no notebooks, or strange ones: each has a report, and harms no other."""

import json

import pytest

from course.grading.marking import reading
from course.grading.marking.grade import grade_one
from course.grading.marking.plan import plan
from course.grading.marking.reading import CannotRead
from course.grading.report import HandIn, Options

UNREADABLE = {
    "empty": b"",
    "blank": b" \n\t",
    "zeros": bytes(1000),
    "noise": bytes(range(256)) * 10,
    "a zip": b"PK\x03\x04" + bytes(100),
    "half of it": b'{"cells": [{"cell_type": "code", "source": ["x',
    "invalid UTF-8": b'{"cells": [], "metadata": {"a": "\xff\xfe"}}',
    "a number": b"5",
    "null": b"null",
    "a list": b"[]",
    "no cells": b"{}",
    "cells that are none": b'{"cells": {"0": 1}}',
    "a cell that is none": b'{"cells": [5]}',
    "no check": b'{"cells": [{"cell_type": "code", "source": "1"}]}',
    "deep": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 500_000,
    "a long number": b'{"cells": [], "nbformat": ' + b"9" * 10_000 + b"}",
    "of 2014": b'{"worksheets": [], "nbformat": 3}',
    "another course's": json.dumps({"cells": [
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": "cell-1"}}}
    ]}).encode(),
    "another lesson's": b'{"cells": [], "metadata": {"course": {"lesson": "99_x"}}}',
    "a lesson in other digits": '{"cells": [], "metadata": {"course": {"lesson": "٠١"}}}'.encode(),
    "a lesson with a way up": b'{"cells": [], "metadata": {"course": {"lesson": "../../etc"}}}',
}  # fmt: skip


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_hand_in_of_this_course_gets_a_sentence(data):
    report = grade_one(HandIn("a", "a.ipynb", data), Options())
    assert report.error.endswith(".")
    assert (report.lesson, report.marks, report.points) == (None, (), 0)


@pytest.mark.slow
def test_a_bomb_of_brackets_is_refused():
    bomb = b'{"cells": [' + b"[],{}," * 16_000_000 + b"{}]}"
    with pytest.raises(CannotRead):
        plan(bomb)


def test_a_notebook_that_is_too_large_is_not_read():
    with pytest.raises(CannotRead, match="larger than 100 MB"):
        plan(bytes(reading.LARGEST_NOTEBOOK + 1))


def test_5000_cells_are_too_many_and_2000_are_not(notebook, grade):
    long = notebook()
    for _ in range(5000):
        long.append("1")
    assert "expected at most 2000" in grade(long).error
    del long.cells[2000:]
    assert notebook.points(grade(long, cell_seconds=20.0)) == notebook.FULL


def test_megabytes_of_code_are_too_much(notebook, grade):
    long = notebook().append("x = 1\n" * 700_000)
    assert "characters of code" in grade(long).error
    long.cells[-1] |= {"cell_type": "raw", "metadata": long.cell("exercise-01-1")["metadata"]}
    assert "characters of code" in grade(long).error


def test_50_mb_of_honest_outputs_are_no_hindrance(notebook, grade):
    large = notebook()
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 10_000_000}}
    for number in range(1, 6):
        large.cell(f"exercise-01-{number}")["outputs"] = [{**picture, "metadata": {}}]
    assert len(large.data()) > 50_000_000
    assert notebook.points(grade(large)) == notebook.FULL


STRANGE_CELLS = {
    "no type": {},
    "nothing but a type": {"cell_type": "code"},
    "a type of its own": {"cell_type": "query", "source": "exit()"},
    "a type that is none": {"cell_type": ["code"], "source": "exit()"},
    "no source": {"cell_type": "code", "metadata": {}},
    "a source that is a number": {"cell_type": "code", "source": 5},
    "a source of many kinds": {"cell_type": "code", "source": [1, None, ["x"], "y = 1\n"]},
    "metadata that are none": {"cell_type": "code", "source": "1", "metadata": 7},
    "marks that are none": {"cell_type": "code", "source": "1", "metadata": {"nbgrader": "x"}},
    "an id that is none": {
        "cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": ["check-01-1"]}}
    },
    "tags that are none": {"cell_type": "code", "source": "1", "metadata": {"tags": 3}},
    "outputs that are none": {"cell_type": "code", "source": "1", "outputs": "x"},
}  # fmt: skip


@pytest.mark.parametrize("cell", STRANGE_CELLS.values(), ids=STRANGE_CELLS.keys())
def test_a_strange_cell_costs_nothing(cell, notebook, grade):
    strange = notebook()
    strange.cells.insert(0, cell)
    assert notebook.points(grade(strange)) == notebook.FULL


STRANGE_SOURCES = {
    "a NUL byte": "x = 1\x00",
    "half a letter": "x = '\ud800'",
    "an error with half a letter": "raise ValueError('\\ud800' + chr(0xDFFF))",
    "an error with markup": "raise ValueError('<script>alert(1)</script>\\x1b[31m\\x00')",
    "an error that can't be said": """
class E(Exception):
    def __str__(self): raise KeyError
raise E
""",
    "an error that says no text": "class E(Exception):\n    __str__ = lambda self: 5\nraise E",
    "an error without end": "raise ValueError('x\\n' * 1_000_000)",
    "an interrupt": "raise KeyboardInterrupt",
    "a generator's end": "raise GeneratorExit",
    "brackets": "(" * 5000 + ")" * 5000,
    "minus signs": "x = " + "-" * 100_000 + "1",
    "a long sum": "x = " + "1+" * 20_000 + "1",
    "a long path": "x = " + "a." * 50_000 + "b",
    "nested functions": "".join(" " * n + f"def f{n}():\n" for n in range(99)) + " " * 99 + "pass",
    "magics": "!true\n" * 600,
    "questions": "a?\n" * 600,
    "one long line": "x = '" + "y" * 500_000 + "'",
    "blank lines": "\n" * 500_000,
    "a name twice": "def f(a, a): pass",
    "nonlocal": "nonlocal x",
    "global too late": "def f():\n    x = 1\n    global x",
    "an unknown future": "from __future__ import braces",
    "return": "return 5",
    "tabs and spaces": "if 1:\n\tx = 1\n        y = 1",
    "no such magic": "%%nothing\n%nothing",
    "another encoding": "# -*- coding: utf-16 -*-\nx = 1",
    "an unknown encoding": "# -*- coding: nothing -*-\nx = 1",
}


@pytest.mark.parametrize("source", STRANGE_SOURCES.values(), ids=STRANGE_SOURCES.keys())
def test_a_strange_source_costs_nothing_but_itself(source, notebook, grade):
    report = grade(notebook().before("01.1", source), cell_seconds=2.0)
    assert notebook.points(report) == notebook.FULL
    json.dumps(report.as_dict(), ensure_ascii=False).encode()
    assert all(len(note) < 500 for note in report.notes)


@pytest.mark.parametrize("source", STRANGE_SOURCES.values(), ids=STRANGE_SOURCES.keys())
def test_a_strange_source_as_an_answer_costs_that_answer(source, notebook, grade):
    strange = notebook().answer("01.1", source)
    for cell in strange.cells:  # and where all that helps to find the checks is lost
        cell["metadata"] = {}
    del strange.content["metadata"]["course"]
    report = grade(strange, cell_seconds=2.0)
    assert report.marks[0].points == 0
    assert report.marks[1].points == 2.0
