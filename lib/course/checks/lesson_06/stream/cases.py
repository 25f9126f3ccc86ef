"""06.1: add to the stream. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_06.shared import LIBRARY

stream = Exercise(
    "06.1",
    returns="output",
    right="Before or after: what was there is added to.",
    forbids=LIBRARY,
    given=(
        "return F.layer_norm(h, scale.shape, scale, shift)",
        "return (h @ weight).tanh()",
        "return residual(x, sublayer, norm, norm_first)",
    ),
)


def one_token(norm_first: bool) -> Call:
    x = torch.tensor([[[1.0, 3.0, 2.0]]])
    weight = torch.tensor([[1.0, 0.0, 0.5], [0.5, -0.5, 0.0], [0.0, 1.0, 0.5]])
    scale, shift = torch.tensor([1.0, 2.0, 1.0]), torch.tensor([0.0, 1.0, -1.0])
    return Call(x, weight, scale, shift, norm_first)


def tokens(draw: Draw, batch: int, n: int, d: int, norm_first: bool) -> Call:
    x, weight = draw.tensor(batch, n, d), draw.tensor(d, d) / d**0.5
    return Call(x, weight, 1 + draw.tensor(d) / 2, draw.tensor(d), norm_first)


@stream.case("one token with three features, norm before")
def one_before(draw: Draw) -> Call:
    return one_token(True)


@stream.case("one token with three features, norm after")
def one_after(draw: Draw) -> Call:
    return one_token(False)


@stream.case("batch 2, three tokens, four features, norm before")
def some_before(draw: Draw) -> Call:
    return tokens(draw, 2, 3, 4, True)


@stream.case("batch 3, two tokens, five features, norm after")
def some_after(draw: Draw) -> Call:
    return tokens(draw, 3, 2, 5, False)
