"""04.2: turn each pair of features. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_04.shared import BUILT_HERE

rotary = Exercise(
    "04.2",
    returns="turned",
    right="Every pair has turned with its place: scores now know distance and side only.",
    forbids=BUILT_HERE,
    given=(
        "d_head = x.shape[-1]",
        "rate = 1 / 10000.0 ** (torch.arange(0, d_head, 2) / d_head)",
        "angle = positions[:, None] * rate",
    ),
)


@rotary.case("one row at place 2, one pair")
def one_pair(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 3.0]]), torch.tensor([2]))


@rotary.case("two rows, two pairs")
def two_pairs(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4), torch.tensor([1, 3]))


@rotary.case("three rows, four features, places in any order")
def places_in_any_order(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), torch.tensor([7, 0, draw.integer(2, 9)]))


@rotary.case("four rows, four features")
def square_rows(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), torch.arange(4))


@rotary.case("batch=2, heads=3, n=4, d_head=6, places from 5 on")
def rows_with_heads(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), torch.arange(5, 9))


@rotary.case("batch=4, heads=4, n=4, d_head=8")
def equal_axes(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4, 4, 8), torch.arange(1, 5))
