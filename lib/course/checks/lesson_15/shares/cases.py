"""15.4: the exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

shares = Exercise(
    "15.4",
    returns="shares",
    right="For each head, its look was shared out among the senses.",
    forbids=("course.senses",),
)


def looks(draw: Draw, batch: int, heads: int, n: int) -> Tensor:
    """Drawn weights: (batch, heads, n, n), rows that sum to 1."""
    return (2 * draw.tensor(batch, heads, n, n)).softmax(dim=-1)


@shares.case("one picture, one head, two senses of one token")
def by_hand(draw: Draw) -> Call:
    return Call(torch.tensor([[[[0.75, 0.25], [0.375, 0.625]]]]), 0, [1, 1])


@shares.case("one picture, one head, three senses of 2, 1 and 1 tokens")
def three_senses(draw: Draw) -> Call:
    weights = torch.tensor([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25] * 4, [0.7, 0.1] * 2])
    weights[3] = torch.tensor([0.5, 0.1, 0.1, 0.3])
    return Call(weights[None, None], 3, [2, 1, 1])


@shares.case("three of everything")
def cube(draw: Draw) -> Call:
    return Call(looks(draw, 3, 3, 3), 1, [1, 1, 1])


@shares.case("two pictures, three heads, senses of 5, 3 and 2 tokens")
def many(draw: Draw) -> Call:
    return Call(looks(draw, 2, 3, 10), draw.integer(1, 8), [5, 3, 2])


@shares.case("a picture, two heads, 28 tokens as in the lesson")
def as_in_the_lesson(draw: Draw) -> Call:
    return Call(looks(draw, 1, 2, 28), draw.integer(25, 27), [16, 9, 3])


@shares.case("four pictures, two heads, four senses")
def four_senses(draw: Draw) -> Call:
    return Call(looks(draw, 4, 2, 9), draw.integer(1, 7), [1, 4, 2, 2])
