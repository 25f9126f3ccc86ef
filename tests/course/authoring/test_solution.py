"""Solution markers: what is cut, what is kept, and which faults are named."""

import ast

import pytest

from course.authoring.solution import (
    cut_solutions,
    drop_markers,
    find_blocks,
    leave_out_solutions,
    line_with_markers,
)

CLASS = '''\
class Adder:
    def __init__(self, x):
        ### BEGIN SOLUTION
        self.x = x

        self.y = 0
        ### END SOLUTION

    def add(self, y):
        """Add y."""
        ### BEGIN SOLUTION
        return self.x + y
        ### END SOLUTION
'''


def test_each_method_of_a_class_is_cut_at_its_own_indentation():
    cut = cut_solutions(CLASS, "01.2")
    line = 'raise NotImplementedError("Exercise 01.2: write your answer here and delete this line")'
    assert cut.splitlines() == [
        "class Adder:",
        "    def __init__(self, x):",
        f"        {line}",
        "",
        "    def add(self, y):",
        '        """Add y."""',
        f"        {line}",
    ]
    ast.parse(cut)


def test_a_cut_answer_raises_and_names_its_exercise():
    scope: dict = {}
    exec(cut_solutions(CLASS, "01.2"), scope)
    with pytest.raises(NotImplementedError, match=r"^Exercise 01\.2:"):
        scope["Adder"](1)


def test_the_solution_loses_its_markers_only():
    scope: dict = {}
    exec(drop_markers(CLASS), scope)
    assert scope["Adder"](1).add(2) == 3
    kept = [line for line in CLASS.splitlines() if "SOLUTION" not in line]
    assert drop_markers(CLASS).splitlines() == kept


def test_a_line_of_the_tidied_cell_is_found_in_the_written_one():
    tidied = drop_markers(CLASS).splitlines()
    written = CLASS.splitlines()
    for number, line in enumerate(tidied, start=1):
        assert written[line_with_markers(CLASS, number) - 1] == line


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x\n### BEGIN SOLUTION\n1", 1, "without '### END"),
        ("x\n1\n### END SOLUTION", 2, "without '### BEGIN"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 1, "still open"),
        ("### begin solution\n### END SOLUTION", 0, "write the marker exactly"),
        ("# BEGIN SOLUTION\n### END SOLUTION", 0, "write the marker exactly"),
    ],
)
def test_faulty_markers_are_named_with_their_line(source, line, words):
    _, faults = find_blocks(source)
    assert [where for where, text in faults if words in text] == [line]


def test_a_cell_to_be_filled_from_memory_is_left_with_what_stands_around_its_solution():
    source = "# From memory.\n### BEGIN SOLUTION\nx = 1\n\ny = 2\n### END SOLUTION\n"
    assert leave_out_solutions(source) == "# From memory."
    assert leave_out_solutions("recall()") == "recall()"
