"""What a cell calls and defines, read without running it; running it is the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from course.cells import source
from course.cells.source import Unread, checks_called, defines, names_bound, parse_cell, points_of


@pytest.mark.parametrize(
    ("cell", "asked"),
    [
        ('check("01.1", f)', ["01.1"]),
        ("check('01.1', f)", ["01.1"]),
        ('check("01.1", f, points=2)\ncheck("01.2", g)', ["01.1", "01.2"]),
        ('course.check("10.12", f)', ["10.12"]),
        ('if True:\n    print(check("01.1", f))', ["01.1"]),
        ('%time check("01.1", f)', []),  # to Python it is a text
        ('!ls\ncheck("01.1", f)', ["01.1"]),
        ('# check("01.1", f)', []),
        ('"""\ncheck("01.1", f)\n"""', []),
        ('my_check("01.1", f)', []),
        ("check(exercise, f)", []),
        ("check(1.1, f)", []),
        ('check("01.1x", f)', []),
        ('check("1.1", f)', []),
        ("check()", []),
        ('check(exercise="01.1", answer=f)', []),
    ],
)
def test_a_call_of_check_is_seen_and_what_only_looks_like_one_is_not(cell, asked):
    assert checks_called(cell) == asked


def test_a_cell_that_is_no_python_is_searched_as_text_at_the_beginnings_of_lines():
    broken = (
        'def f(:\n  check("01.1", f)\nx = check("01.2", f)\n# check("01.3", f)\ncheck( \'01.4\', f)'
    )
    assert checks_called(broken) == ["01.1", "01.4"]


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        ('check("01.1", f, points=2)', 2),
        ('check("01.1", f, points=0.5)', 0.5),
        ('check("01.1", f)', 0),
        ('check("01.1", f, points="2")', 0),
        ('check("01.1", f, points=2 * 3)', 0),
    ],
)
def test_points_are_the_number_that_stands_in_the_call(cell, points):
    assert points_of(cell) == points


@pytest.mark.parametrize(
    "cell",
    [
        "def f(): inner = 1", "class A:\n    inner = 1", "async def f(): pass", "a = b = 1",
        "a, (b, *c) = 1, (2, 3)", "x: int = 3", "%matplotlib inline\na = 1", "a = !echo 1",
        "[inner for inner in range(3)]\nb = 2",
    ],
)  # fmt: skip
def test_the_names_that_a_cell_binds_are_those_that_are_there_once_it_ran(cell):
    shell = InteractiveShell()
    shell.enable_matplotlib = lambda gui=None: (gui, "agg")
    before = set(shell.user_ns)
    shell.run_cell(cell, store_history=False)
    after = {name for name in set(shell.user_ns) - before if not name.startswith("_")}
    assert set(names_bound(cell)) == after
    assert all(defines(cell, name) for name in after)
    assert not defines(cell, "inner")


def test_a_broken_cell_defines_what_its_lines_begin_to_define():
    broken = "def attention(q:\n  return q\nscores = (\n    other = 1"
    assert [n for n in ("attention", "scores", "other", "q", "atten") if defines(broken, n)] == [
        "attention",
        "scores",
    ]


@given(st.text(max_size=60) | st.text("()[]{}%!?=:'\"\n \\\0abc", max_size=60))
def test_whatever_stands_in_a_cell_it_is_parsed_or_a_syntax_error(text):
    try:
        parse_cell(text)
    except SyntaxError:
        assert checks_called(text) == source.IN_TEXT.findall(text)


def test_what_python_and_ipython_warn_of_in_a_cell_is_not_for_who_reads_it(recwarn):
    assert names_bound(r"a = '\d' is 5") == ["a"]
    with pytest.raises(SyntaxError):
        parse_cell("\x1e")
    assert not recwarn


@pytest.mark.parametrize(
    "cell", ["x = 1\n" * 40_000, "%time 1\n" * 2_000, "(" * 10_000, "x = '\0'", "-" * 100_000 + "1"]
)
def test_a_cell_that_would_take_long_or_too_deep_is_a_syntax_error_at_once(cell):
    with pytest.raises(SyntaxError):
        parse_cell(cell)


def test_what_is_too_long_to_read_is_told_apart_since_it_may_run():
    with pytest.raises(Unread):
        parse_cell("x = 1\n" * 40_000)
    with pytest.raises(Unread):
        parse_cell("%time 1\n" * 2_000)


@pytest.mark.parametrize("broken", ["", "\nx = ("])
def test_what_is_asked_for_practice_is_no_exercise_of_the_cell(broken):
    source = 'check("01.1", f, points=0)\ncheck("01.2", g, points=0.5)\ncheck("01.3", h)' + broken
    assert checks_called(source) == ["01.2", "01.3"]


def test_practice_is_read_where_it_is_asked_for():
    assert checks_called('check("01.1", f, points=0)', practice=True) == ["01.1"]
