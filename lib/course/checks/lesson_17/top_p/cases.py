"""17.3: the fewest tokens that together are at least this probable. The exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

top_p = Exercise(
    "17.3",
    returns="kept",
    right="Few where the model is sure, many where it is not.",
    forbids=("attn",),
)


@top_p.case("three tokens, p = 0.6")
def three(draw: Draw) -> Call:
    return Call(torch.tensor([0.5, 0.25, 0.25]), 0.6)


@top_p.case("the best alone has more than p")
def sure(draw: Draw) -> Call:
    return Call(torch.tensor([0.75, 0.25]), 0.5)


@top_p.case("the best has exactly p")
def exactly(draw: Draw) -> Call:
    return Call(torch.tensor([0.5, 0.25, 0.25]), 0.5)


@top_p.case("p = 1")
def all_of_them(draw: Draw) -> Call:
    return Call(torch.tensor([[0.5, 0.25, 0.25], [0.75, 0.25, 0.0]]), 1.0)


def ranked(draw: Draw, *axes: int, sharp: float = 1.5) -> Tensor:
    return (sharp * draw.tensor(*axes)).softmax(dim=-1).sort(dim=-1, descending=True).values


@top_p.case("five rows of five tokens")
def square(draw: Draw) -> Call:
    return Call(ranked(draw, 5, 5), draw.number(0.5, 0.7))


@top_p.case("two batches of three rows, nine tokens")
def batches(draw: Draw) -> Call:
    return Call(ranked(draw, 2, 3, 9), draw.number(0.7, 0.9))


@top_p.case("rows that are nearly even")
def even(draw: Draw) -> Call:
    return Call(ranked(draw, 4, 8, sharp=0.3), draw.number(0.4, 0.6))
