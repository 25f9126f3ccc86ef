"""17.2: probabilities at a temperature. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checking.questions import Types

temperature = Exercise(
    "17.2",
    returns="probs",
    right="Below 1 it plays safe, above 1 it dares.",
    forbids=("attn",),
)


@temperature.case("two tokens, temperature 2")
def two_tokens(draw: Draw) -> Call:
    return Call(torch.tensor([2.0, 0.0]), 2.0)


@temperature.case("two tokens, temperature 0")
def two_tokens_at_zero(draw: Draw) -> Call:
    return Call(torch.tensor([2.0, 0.0]), 0)


@temperature.case("three rows of three tokens, temperature 0.5")
def all_threes(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), 0.5)


@temperature.case("three rows of five tokens, temperature 0")
def rows_at_zero(draw: Draw) -> Call:
    return Call(draw.tensor(3, 5), 0.0)


@temperature.case("temperature 1")
def at_one(draw: Draw) -> Call:
    return Call(draw.tensor(4, 6), 1.0)


@temperature.case("negative logits, temperature 0")
def negative(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4) - 9.0, 0.0)


@temperature.case("two batches of three rows, seven tokens")
def batches(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 7), draw.number(0.3, 0.8))


@temperature.case("two of four alike and best, temperature 0")
def alike(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0, 0.0, 2.0], [3.0, 3.0, -1.0, 0.0]]), 0.0)


@temperature.case("temperature 0, in float64")
def type_at_zero(draw: Draw) -> Types:
    return Types(torch.tensor([2.0, 0.0], dtype=torch.float64), 0.0)
