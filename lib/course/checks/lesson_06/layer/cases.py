"""06.2: a layer. The exercise and its cases."""

from typing import Any

import torch
from torch import Tensor

from course.checking import Built, Call, Draw, Exercise
from course.checks.lesson_06.shared import (
    LIBRARY,
    PYTORCHS,
    drawn_attention,
    drawn_feed_forward,
    drawn_norm,
)

layer = Exercise(
    "06.2",
    returns="output",
    right="Look around, then think: most Transformers are stacks of such layers.",
    forbids=LIBRARY + PYTORCHS,
    rests_on={"residual": ("06.1", "residual_of_matrix")},
)


def asked(draw: Draw, call: Call, heads: int, d_ff: int, norm_first: bool) -> Any:
    d_model = call.arguments[0].shape[-1]
    state = drawn_attention(draw, "attention", d_model)
    state |= drawn_feed_forward(draw, d_model, d_ff)
    state |= drawn_norm(draw, "norm_1", d_model) | drawn_norm(draw, "norm_2", d_model)
    sizes = {"d_model": d_model, "num_heads": heads, "d_ff": d_ff, "norm_first": norm_first}
    return Built(sizes, call, state)


def future_hidden(n: int) -> Tensor:
    return torch.tensor([[j <= i for j in range(n)] for i in range(n)])


@layer.case("two tokens with three features, norm before")
def two_tokens(draw: Draw) -> Any:
    return asked(draw, Call(torch.tensor([[[1.0, 0.0, 2.0], [2.0, 3.0, -1.0]]])), 1, 2, True)


@layer.case("four tokens with four features, norm before")
def square(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(1, 4, 4)), 2, 8, True)


@layer.case("batch 2, three tokens, six features, norm after")
def norm_after(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 3, 6)), 3, 10, False)


@layer.case("a causal mask for five tokens, norm before")
def causal(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 5, 6), future_hidden(5)), 2, 7, True)


@layer.case("a padding mask, batch 3, norm after")
def padding(draw: Draw) -> Any:
    real = torch.arange(4) < torch.tensor([3, 2, 4])[:, None]  # (batch=3, n=4)
    return asked(draw, Call(draw.tensor(3, 4, 6), real[:, None, None, :]), 2, 9, False)


@layer.case("batch 2, seven tokens, eight features, norm before")
def norm_before(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 7, 8)), 4, 20, True)
