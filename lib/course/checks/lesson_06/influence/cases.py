"""06.5: the map of influence. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_06.shared import LIBRARY

influence = Exercise(
    "06.5",
    returns="influence",
    right="Every feature was asked about every feature: nothing can hide behind a norm.",
    forbids=LIBRARY,
    without=dict.fromkeys(
        ("gradient", "large"), "its answer is a gradient, and a large x has none behind a norm"
    ),
    given=("return influence(lambda h: F.layer_norm(mix @ h.tanh(), h.shape[-1:]), x)",),
)


@influence.case("one output of two inputs, three features")
def one_output(draw: Draw) -> Call:
    x = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])
    return Call(torch.tensor([[1.0, 2.0]]), x)


@influence.case("as many outputs as inputs and features")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), draw.tensor(4, 4))


@influence.case("a causal table, four tokens, five features")
def causal(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4).tril(), draw.tensor(4, 5))


@influence.case("three outputs, five inputs, six features")
def wide(draw: Draw) -> Call:
    return Call(draw.tensor(3, 5), draw.tensor(5, 6))
