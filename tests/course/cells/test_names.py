"""The names that a cell reads and defines; running it is the oracle where it can be run."""

import pytest

from course.cells.names import names_in
from course.cells.source import Unread


@pytest.mark.parametrize(
    ("cell", "reads", "defines"),
    [
        ("y = f(x)", {"f", "x"}, {"y"}),
        ("def f(x):\n    return x + offset", {"offset"}, {"f"}),
        ("def f():\n    inner = x\n    return inner", {"x"}, {"f", "inner"}),
        ("class A:\n    x = x", {"x"}, {"A", "x"}),
        ("import numpy as np\nfrom torch import nn", set(), {"np", "nn"}),
        ("a.b[0].c = d", {"a", "d"}, {"a"}),
        ("%timeit f(x)", {"f", "x"}, set()),
        ("%%time\ny = f(x)", {"f", "x"}, {"y"}),
        ("[f(i) for i in rows]", {"f", "rows"}, {"i"}),
        ("def f(:", set(), set()),
    ],
)
def test_what_a_cell_reads_and_defines(cell, reads, defines):
    names = names_in(cell)
    assert names.reads - {"i"} == reads
    assert names.defines == defines


def test_a_call_of_a_method_may_change_what_it_is_called_on_and_a_module_is_told_apart():
    names = names_in("import math\nrows.append(1)\nmath.sqrt(2)\nx.y.sort()")
    assert names.changes == {"rows", "math", "x"}
    assert names.modules == {"math"}


def test_whatever_a_cell_reads_it_fails_without():
    for cell in ("y = f(x)", "class A:\n    x = x", "print(b)", "[g(i) for i in rows]"):
        for name in names_in(cell).reads - {"i", "print"}:
            others = dict.fromkeys(names_in(cell).reads - {name, "print"}, lambda *a: [1])
            with pytest.raises((NameError, TypeError)):
                exec(cell, others)


def test_a_cell_that_is_too_long_to_read_says_so():
    with pytest.raises(Unread):
        names_in("x = 1\n" * 100_000)
