"""Which given cells run: all that an answer can depend on."""

import pytest

from course.cells.source import MOST_WORK
from course.grading.marking.needed_cells import MOST_TEXT, needed


def run(*cells):
    """Which of these run; a given cell is written with a leading "given: "."""
    pairs = [(c.removeprefix("given: "), c.startswith("given: ")) for c in cells]
    return needed(pairs)


@pytest.mark.parametrize(
    "given",
    [
        "x = 1", "def x(): pass", "class x: pass", "import x", "from y import x",
        "import y as x", "import x.y", "x: int = 1", "for x in range(3): pass", "(x := 1)",
        "with open('f') as x: pass", "if True:\n    x = 1", "x, y = 1, 2", "[*x] = 1, 2",
        "x += 1", "x[0] = 1", "x.y = 1", "x.y[0].z = 1", "x.append(1)", "x.y.add(1)",
    ],
)  # fmt: skip
def test_a_given_cell_runs_where_what_it_defines_or_changes_is_used(given):
    assert run(f"given: {given}", "def f(): return x") == [True, True]
    assert run(f"given: {given}", "def f(x): return x") == [False, True]
    assert run(f"given: {given}", "def f(): return y2") == [False, True]


def test_what_a_needed_cell_uses_is_needed_too():
    assert run("given: a = 1", "given: b = a", "given: c = 2", "b") == [True, True, False, True]


def test_a_learners_cell_always_runs():
    assert run("x = 1", "y = 2") == [True, True]


def test_a_class_may_read_a_name_and_bind_the_same_one():
    assert run("given: x = 1", "class A:\n    x = x") == [True, True]
    assert run("given: x = 1", "def f():\n    class A:\n        x = x + 1") == [True, True]
    assert run("given: x = 1", "def f():\n    x = 1\n    return x") == [False, True]


def test_a_function_of_a_module_changes_no_name():
    assert run("given: import plt\nplt.title('x')", "given: plt.title('y')", "plt.x") == [
        True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    ["eval('x')", "globals()['x']", "%who", "y = !ls", "__import__('x')", "get_ipython()"],
)
def test_who_reaches_names_by_their_spelling_gets_them_all(cell):
    assert run("given: x = 1", cell) == [True, True]


@pytest.mark.parametrize("line", ["%matplotlib inline", "!ls", "if y:\n    %config A.b = 1"])
def test_a_magic_that_only_sets_something_needs_no_name(line):
    assert run("given: x = 1", line) == [False, True]


@pytest.mark.parametrize("cell", ["%%time\ny = x", "%%capture out\ny = x", "y = 1\n%time x"])
def test_a_timed_cell_needs_what_its_code_needs(cell):
    assert run("given: x = 1", "given: z = 1", cell) == [True, False, True]


@pytest.mark.parametrize(
    "cell",
    [
        "def f(a, a): pass", "nonlocal x", "return", "def (", "x = '\x00'", "-" * 100_000 + "1",
        "from __future__ import nothing", "x = " + "1+" * 10_000 + "1",
    ],
    ids=lambda cell: cell[:20],
)  # fmt: skip
def test_a_cell_that_only_fails_needs_nothing_and_stops_nobody(cell):
    assert run("given: y = 1", cell) == [False, True]


@pytest.mark.parametrize("cell", ["%who\n" * 720, "x = '" + "y" * MOST_WORK + "'"], ids=len)
def test_where_a_cell_takes_too_long_to_understand_all_run(cell):
    assert run("given: y = 1", cell) == [True, True]


def test_where_there_is_too_much_to_look_through_all_run():
    cells = ["x = '" + "y" * 100_000 + "'"] * (MOST_TEXT // 100_000 + 1)
    assert run("given: y = 1", *cells) == [True] * (len(cells) + 1)


def test_top_level_await_is_understood():
    assert run("given: a = 1", "given: b = 1", "await a") == [True, False, True]
