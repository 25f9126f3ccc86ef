"""03.3: how much the order counts. The exercise and its cases.

A number that is read, not trained through: no case asks for a gradient.
"""

import numpy as np
import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

order_counts = Exercise(
    "03.3",
    returns="gap",
    right="0 where attention is blind to the order, more where it sees it.",
)


def look(x: Tensor) -> Tensor:
    """Attention of x (..., n, d_model) to itself."""
    return (x @ x.mT / x.shape[-1] ** 0.5).softmax(dim=-1) @ x


def largest_inside(draw: Draw, shape: tuple[int, int, int], order: Tensor) -> Call:
    """A case whose largest difference lies in no first sentence, token or feature, and in no last.

    Where there are two sentences, it lies in the second.
    """
    while True:
        x, places = draw.tensor(*shape), draw.tensor(*shape[1:])
        gaps = (look(x[:, order] + places) - look(x + places)[:, order]).abs()
        at = np.unravel_index(int(gaps.argmax()), shape)  # PyTorch's own loads for a second
        if all(0 < i < max(size - 1, 2) for i, size in zip(at, shape, strict=True)):
            return Call(x, places, order)


@order_counts.case("one sentence of two tokens, which change seats")
def two_tokens(draw: Draw) -> Call:
    x = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    return Call(x, torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([1, 0]))


@order_counts.case("three sentences of three tokens, each one seat on")
def all_three(draw: Draw) -> Call:
    return largest_inside(draw, (3, 3, 3), torch.tensor([1, 2, 0]))


@order_counts.case("batch=2, n=5, d_model=4")
def other_sizes(draw: Draw) -> Call:
    return largest_inside(draw, (2, 5, 4), draw.tensor(5).argsort())


@order_counts.case("batch=2, n=4, d_model=6, and a table of zeros")
def nobody_knows_the_seat(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4, 6), torch.zeros(4, 6), torch.tensor([3, 0, 2, 1]))


@order_counts.case("batch=2, n=3, d_model=4, scores of some hundreds")
def large_scores(draw: Draw) -> Call:
    return Call(20 * draw.tensor(2, 3, 4), draw.tensor(3, 4), torch.tensor([2, 0, 1]))
