"""Which tensors are made on the way to an answer."""

import pytest
import torch

from course.checking.made import Made

QUERY, KEY = torch.ones(5, 2), torch.ones(7, 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: QUERY @ KEY.mT,
        lambda: torch.einsum("id,jd->ji", QUERY, KEY),
        lambda: torch.matmul(KEY, QUERY.mT).softmax(0),
        lambda: (QUERY[:, None] * KEY).sum(-1),
        lambda: torch.zeros(3, 5, 7),
        lambda: QUERY.new_zeros(5, 7).fill_(1),
        lambda: [(QUERY @ KEY.mT).sum() for _ in range(2)],
    ],
)
def test_a_tensor_with_both_sizes_is_noticed(make):
    with Made((5, 7)) as made:
        make()
    assert made.one


@pytest.mark.parametrize(
    "make",
    [
        lambda: QUERY[:, None].expand(5, 7, 2),  # a view: it holds 10 numbers
        lambda: [QUERY[i] @ KEY.mT for i in range(5)],
        lambda: QUERY @ KEY[:4].mT,
        lambda: QUERY.to_sparse(),
        lambda: torch.arange(5)[:, None] <= torch.arange(7),  # who sees whom: no pair computed
    ],
)
def test_tensors_without_both_are_none_nor_are_views(make):
    with Made((5, 7)) as made:
        make()
    assert not made.one


@pytest.mark.parametrize(
    ("shape", "there"), [((7, 7), True), ((2, 7, 3, 7), True), ((7, 5), False), ((7, 2, 3), False)]
)
def test_a_size_that_is_named_twice_is_that_of_two_axes(shape, there):
    with Made((7, 7)) as made:
        torch.zeros(shape)
    assert made.one is there
