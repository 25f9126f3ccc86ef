"""Answers, taken apart and compared."""

import numpy as np
import torch

from course.checking.values import arrays, close, is_floats, parts, size, weight


def test_an_answer_has_parts_and_one_that_is_no_tuple_is_its_own():
    assert parts((1, 2)) == parts([1, 2]) == (1, 2)
    assert parts(3) == (3,)
    assert size((torch.ones(2, 3), 1.0)) == 7
    assert [one.tolist() for one in arrays((torch.ones(2), True))] == [[1, 1], True]
    assert arrays((torch.ones(2), None)) is None
    assert arrays("text") is None


def test_floats_are_those_of_both_libraries():
    assert is_floats(torch.ones(1))
    assert is_floats(np.ones(1))
    assert not is_floats(torch.ones(1, dtype=torch.int64))
    assert not is_floats(1.0)


def test_close_is_of_one_shape_one_kind_and_nan_for_nan():
    ones = np.ones(2)
    assert close(ones, ones + 1e-6, 1e-4)
    assert close(np.array([np.nan]), np.array([np.nan]), 1e-4)
    assert not close(ones, ones + 1e-2, 1e-4)
    assert not close(ones, np.ones(3), 1e-4)
    assert not close(ones, ones > 0, 1e-4)


def test_weight_counts_different_wrong_numbers_and_no_nan():
    expected = np.array([1.0, 2.0, 3.0, 4.0])
    assert weight(expected, expected) == 0
    assert weight(np.array([5.0, 5.0, 3.0, 6.0]), expected) == 2
    assert weight(np.array([np.nan, np.inf, 3.0, 7.0]), expected) == 1
    assert weight(np.array([5.0, 6.0, 6.0]), expected) == 2
    assert weight((expected + 1, 3), (expected, 3)) == 4
