"""What an answer's text tells: names that are never read, given lines that are gone."""

import json
import linecache
import re
from itertools import count
from typing import Any

import pytest

from course import paths
from course.checking import exercises, lessons_with_exercises
from course.checking.unread import beside, gone, unread

_cells = count()
EXERCISES = [e for lesson in lessons_with_exercises() for e in exercises(lesson).values()]


def in_a_cell(source: str, name: str = "f") -> Any:
    """What a cell defines, with its text where IPython keeps that of its cells."""
    file = f"<cell {next(_cells)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), space)
    return space[name]


UNREAD = [
    ("def f(x, y):\n    return x", ("y",)),
    ("def f(x, *, y=1):\n    total = x\n    sine, cosine = 1, 2\n    return x + cosine",
     ("y", "total", "sine")),
    ("def f(x):\n    x = 1\n    n: int = 2\n    m += 1\n    if (k := 3):\n        return x",
     ("n", "m", "k")),
    # one of several that come together, a counter, and what is called _ may be left lying
    ("def f(x):\n    batch, n, d = x.shape\n    for i in range(n):\n        _ = 1", ()),
    ("def f(x):\n    def g(y):\n        return x + y\n    return g", ()),
    ("def f(x, y):\n    return eval('x + y')", ()),
    ("def f(x):\n    global z\n    z = x", ()),
    ("def f(x, y):\n    'Not yet.'\n    raise NotImplementedError", ()),
    ("class f:\n    def __init__(self, n):\n        self.a, self.b = 1, n\n        self.c = 2\n"
     "    def forward(self, x, y):\n        return self.a + x", ("y", "self.b", "self.c")),
    ("def g(z):\n    return 1\ndef f(x):\n    return x", ()),
]  # fmt: skip


@pytest.mark.parametrize(("source", "names"), UNREAD)
def test_what_is_set_or_given_and_never_read(source: str, names: tuple[str, ...]):
    assert sorted(unread(in_a_cell(source))) == sorted(names)


def test_without_a_text_nothing_is_said():
    space: dict[str, Any] = {}
    exec("def f(x, y):\n    return x", space)
    assert unread(space["f"]) == unread(len) == unread(lambda x, y: x) == ()
    assert gone(space["f"], ("x = 1",)) == ()


def test_the_text_of_an_instance_is_that_of_its_class():
    source = "class f:\n    def __call__(self, x, y):\n        return x"
    assert unread(in_a_cell(source)()) == ("y",)


def test_a_given_line_is_found_however_it_is_written_and_missed_where_it_is_changed():
    lines = ("for i in range(len(x)):", "y = x[0]", "return y")
    source = "def f(x):\n    for i in range(len(x)):  # each\n        y = (x[0])\n    return {}"
    assert gone(in_a_cell(source.format("y")), lines) == ()
    assert gone(in_a_cell(source.format("y + 1")), lines) == (2,)


def _stubs() -> dict[str, str]:
    """By exercise, the learner's cell as it comes."""
    cells = [
        cell
        for file in sorted(paths.ROOT.glob("notebooks/*.ipynb"))
        for cell in json.loads(file.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code" and "exercise" in cell["metadata"].get("tags", ())
    ]
    return {cell["metadata"]["exercise"]: "".join(cell["source"]) for cell in cells}


STUBS = _stubs()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.number)
def test_given_lines_are_those_of_the_learners_cell(exercise):
    source = STUBS[exercise.number]
    name = re.findall(r"^(?:def|class) (\w+)", source, re.MULTILINE)[-1]
    preamble = "import torch\nimport numpy as np\nfrom torch import nn\nfrom typing import Any\n"
    stub = in_a_cell("from __future__ import annotations\n" + preamble + source, name)
    assert gone(stub, exercise.given) == ()
    if not exercise.given:
        body = source[source.rindex('"""') + 3 :].strip()
        assert body.startswith("raise NotImplementedError")
        assert "\n" not in body


def test_what_stands_beside_an_answer_is_found_where_it_reads_it():
    cell = """def step(): pass
def f(x):
    def inner(y): return step(y)
    return inner(x)
class C:
    def forward(self, x): return step(x)
def by_attribute(x): return x.step
def with_its_own(step): return step
"""
    for name in ("f", "C"):
        answer = in_a_cell(cell, name)
        assert getattr(beside(answer, "step", "step"), "__name__", None) == "step"
        assert beside(answer, "step", "another") is None
        assert beside(answer, "f", "step") is None
    for name in ("by_attribute", "with_its_own"):
        assert beside(in_a_cell(cell, name), "step", "step") is None
