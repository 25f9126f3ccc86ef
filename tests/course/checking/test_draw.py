"""What a case draws, and draws again for a standing case."""

import numpy as np
import pytest
import torch

from course.checking import Draw


def test_the_same_seed_draws_the_same_and_another_one_does_not():
    first, again, other = (Draw(*seed).array(3, 4) for seed in ((0, 1), (0, 1), (1, 1)))
    assert np.array_equal(first, again)
    assert not np.isclose(first, other).any()


def test_numbers_are_standard_normal_and_of_the_type_that_is_asked():
    drawn = Draw(0).array(100, 100)
    assert abs(drawn.mean()) < 0.05
    assert abs(drawn.std() - 1) < 0.05
    assert Draw(0).tensor(2).dtype == torch.float32
    assert Draw(0).tensor(2, dtype=torch.float16).dtype == torch.float16


def test_integers_include_both_ends_and_numbers_have_two_decimals():
    draw = Draw(0)
    assert {draw.integer(2, 4) for _ in range(100)} == {2, 3, 4}
    numbers = [draw.number(0.5, 0.6) for _ in range(50)]
    assert all(0.5 <= number <= 0.6 and number == round(number, 2) for number in numbers)


@pytest.mark.parametrize("scale", [30, 1000])
def test_a_scale_makes_all_numbers_larger_and_whole(scale):
    plain, large = Draw(0).array(50), Draw(0, scale=scale).array(50)
    assert np.array_equal(large, (scale * plain).round())
    assert torch.equal(Draw(0, scale=scale).tensor(50), torch.from_numpy(large).float())


def test_a_type_replaces_that_of_floats_only():
    draw = Draw(0, dtype=torch.float64)
    assert draw.tensor(2).dtype == torch.float64
    assert draw.tensor(2, dtype=torch.float16).dtype == torch.float64
    assert draw.tensor(2, dtype=torch.int64).dtype == torch.int64
