from typing import Any

import numpy as np
import pytest
import torch

from course.checking.compare import difference

ARRAY = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (ARRAY + 1e-6, ARRAY),
        (ARRAY.astype(np.float32), ARRAY),
        (torch.tensor(ARRAY, dtype=torch.float32), torch.tensor(ARRAY)),
        (2, 2.0),
        (2.0, np.array(2.0)),
        (torch.tensor(2.0), 2.0),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        ((ARRAY, 1), (ARRAY, 1)),
        ([ARRAY, 1], (ARRAY, 1)),
        ([ARRAY, 1], [ARRAY, 1]),
        ("ValueError", "ValueError"),
        (None, None),
        (torch.tensor([1j, 2.0]), torch.tensor([1j, 2.0])),
    ],
)
def test_equal_answers_agree(came: Any, expected: Any) -> None:
    assert difference(came, expected, "x", 1e-4) is None


@pytest.mark.parametrize(
    ("came", "expected", "words"),
    [
        (ARRAY.T, ARRAY, "x[0, 1] is 3, expected 2"),
        (ARRAY + 0.001, ARRAY, "x[0, 0] is 1.001, expected 1"),
        (ARRAY[:1], ARRAY, "x has shape (1, 2), expected (2, 2)"),
        (None, ARRAY, "it gave back nothing (None)"),
        ([[1.0]], ARRAY, "x is a Python list of 1, expected a NumPy array"),
        (torch.tensor(ARRAY), ARRAY, "x is a torch tensor, expected a NumPy array"),
        (ARRAY, torch.tensor(ARRAY), "x is a NumPy array, expected a torch tensor"),
        (1.0, np.array([True]), "x is one number, 1, expected an array of shape (1,)"),
        ((ARRAY, ARRAY), ARRAY, "it gave back 2 values, expected x alone"),
        ((1, 2), torch.tensor(ARRAY), "it gave back 2 values, expected x alone"),
        ([1, 2], torch.tensor(ARRAY), "x is a Python list of 2, expected a torch tensor"),
        ([[1.0], [1.0, 2.0]], (ARRAY, 1), "x[0] is a Python list of 1, expected a NumPy array"),
        ([1.0, [2.0, [3.0]]], ARRAY, "x is a Python list of 2, expected a NumPy array"),
        (np.array([1.0]), np.array([True]), "x holds numbers, expected True and False"),
        (np.array(["a", "b"]), np.array([1.0, 2.0]), "x holds <U1, expected float64"),
        (ARRAY, (ARRAY, 1), "it gave back a NumPy array, expected 2 values: x[0], x[1]"),
        ((ARRAY, 2), (ARRAY, 1), "x[1] is 2, expected 1"),
        (None, "ValueError", "it raised no exception, expected ValueError"),
        ("int64", "float64", "x is int64, expected float64"),
        ("TypeError", "ValueError", "it raised TypeError, expected ValueError"),
        ("ValueError", None, "it raised ValueError, expected no exception"),
        (ARRAY, None, "it gave back a NumPy array, expected nothing"),
        (torch.tensor(ARRAY), None, "it gave back a torch tensor, expected nothing"),
        (np.array([np.nan]), np.array([1.0]), "x[0] is nan, expected 1"),
        (np.array([-2.0]), np.array([-0.0]), "x[0] is -2, expected 0"),
    ],
)
def test_first_difference_is_said_in_words(came: Any, expected: Any, words: str) -> None:
    found = difference(came, expected, "x", 1e-4)
    assert found is not None
    assert found.words == words


def test_parts_of_a_tuple_have_their_names() -> None:
    found = difference((ARRAY, ARRAY), (ARRAY, ARRAY + 1), ("output", "weights"), 1e-4)
    assert found is not None
    assert found.words == "weights[0, 0] is 1, expected 2"


def test_part_that_is_none_is_called_by_its_name() -> None:
    found = difference((ARRAY, None), (ARRAY, ARRAY), ("output", "weights"), 1e-4)
    assert found is not None
    assert found.words == "weights is None, expected a NumPy array"
    assert difference((ARRAY, None), (ARRAY, None), "x", 1e-4) is None


def test_way_out_of_a_wrong_kind_fits_what_came_and_what_was_expected() -> None:
    mask, numbers = torch.tensor([True, False]), torch.tensor([1.0, 0.0])
    for came, expected, way_out in (
        ([numbers], numbers, "torch.stack(…)"),
        ([[True], [False]], mask, "torch.tensor(…)"),
        (numbers.numpy(), numbers, "loses the gradient"),
        (mask.numpy(), mask, "torch's own operations all the way."),
        (torch.tensor([1j, 2.0]), numbers, "`.abs()` gives the size"),
    ):
        found = difference(came, expected, "x", 1e-4)
        assert found is not None
        assert way_out in found.way_out
        assert ("gradient" in found.way_out) == (way_out == "loses the gradient")


def test_a_hair_is_not_what_is_shown_where_another_number_is_far_off() -> None:
    came = ARRAY + np.array([[0.001, 0.0], [0.0, 5.0]])
    found = difference(came, ARRAY, "x", 1e-4)
    assert found is not None
    assert found.words == "x[1, 1] is 9, expected 4"
    found = difference((ARRAY + 0.001, ARRAY * 3), (ARRAY, ARRAY), ("output", "z"), 1e-4)
    assert found is not None
    assert found.words == "z[0, 0] is 3, expected 1"


def test_of_differences_of_one_size_the_first_is_shown() -> None:
    came = ARRAY + np.array([[0.0, 0.5], [3.0, 2.0]])
    found = difference(came, ARRAY, "x", 1e-4)
    assert found is not None
    assert (found.words, found.far) == ("x[0, 1] is 2.5, expected 2", 0.5)


def test_what_is_no_number_is_as_far_off_as_can_be() -> None:
    came = ARRAY + np.array([[0.5, 0.0], [np.nan, 0.0]])
    found = difference(came, ARRAY, "x", 1e-4)
    assert found is not None
    assert found.words == "x[1, 0] is nan, expected 3"
    truths = difference(np.array([True, False]), np.array([True, True]), "mask", 1e-4)
    assert truths is not None
    assert truths.words == "mask[1] is False, expected True"
