"""The line that stands for an answer says which exercise it is of."""

import pytest

from course.cells.placeholder import placeholder, unwritten_exercise


@pytest.mark.parametrize("exercise", ["01.1", "10.12"])
def test_running_the_line_tells_which_exercise_is_to_be_written(exercise):
    with pytest.raises(NotImplementedError, match="write your answer here") as raised:
        exec(placeholder(exercise))
    assert unwritten_exercise(raised.value) == exercise


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Exercise 01.1: write your answer here"),
        NotImplementedError("not yet"),
        NotImplementedError("see Exercise 01.1: write it"),
        NotImplementedError("Exercise 1.1: write it"),
        NotImplementedError(),
    ],
    ids=repr,
)
def test_any_other_error_is_no_placeholder(error):
    assert unwritten_exercise(error) is None
