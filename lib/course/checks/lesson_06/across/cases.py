"""06.4: a layer that looks across. The exercise and its cases."""

from typing import Any

import torch

from course.checking import Built, Call, Draw, Exercise
from course.checks.lesson_06.shared import (
    LIBRARY,
    PYTORCHS,
    drawn_attention,
    drawn_feed_forward,
    drawn_norm,
)

across = Exercise(
    "06.4",
    returns="output",
    right="Who writes asks, and what was read answers.",
    forbids=LIBRARY + PYTORCHS,
    given=(
        "super().__init__()",
        "self.self_attention = attn.MultiHeadAttention(d_model, num_heads)",
        "self.cross_attention = attn.MultiHeadAttention(d_model, num_heads)",
        "self.feed_forward = nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(), "
        "nn.Linear(d_ff, d_model))",
        "self.norm_1, self.norm_2 = (nn.LayerNorm(d_model), nn.LayerNorm(d_model))",
        "self.norm_3, self.norm_first = (nn.LayerNorm(d_model), norm_first)",
        "causal = attn.causal_mask(x.shape[1])",
        "return self.self_attention(h, mask=causal).output",
        "x = residual(x, look_back, self.norm_1, self.norm_first)",
        "return residual(x, self.feed_forward, self.norm_3, self.norm_first)",
    ),
    rests_on={"residual": ("06.1", "residual_of_matrix")},
)


def asked(draw: Draw, call: Call, heads: int, d_ff: int, norm_first: bool) -> Any:
    d_model = call.arguments[0].shape[-1]
    state = drawn_attention(draw, "self_attention", d_model)
    state |= drawn_attention(draw, "cross_attention", d_model)
    state |= drawn_feed_forward(draw, d_model, d_ff)
    for norm in ("norm_1", "norm_2", "norm_3"):
        state |= drawn_norm(draw, norm, d_model)
    sizes = {"d_model": d_model, "num_heads": heads, "d_ff": d_ff, "norm_first": norm_first}
    return Built(sizes, call, state)


@across.case("one token is written, two were read, norm before")
def smallest(draw: Draw) -> Any:
    x, memory = torch.tensor([[[1.0, 3.0]]]), torch.tensor([[[0.0, 1.0], [2.0, 1.0]]])
    return asked(draw, Call(x, memory), 1, 3, True)


@across.case("four tokens are written, four were read, norm before")
def square(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 4, 6), draw.tensor(2, 4, 6)), 2, 8, True)


@across.case("three tokens are written, five were read, norm after")
def norm_after(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 3, 6), draw.tensor(2, 5, 6)), 3, 7, False)


@across.case("padding in the memory, batch 3, norm before")
def padding(draw: Draw) -> Any:
    real = torch.arange(5) < torch.tensor([3, 2, 5])[:, None]  # (batch=3, m=5)
    call = Call(draw.tensor(3, 4, 6), draw.tensor(3, 5, 6), real[:, None, None, :])
    return asked(draw, call, 2, 9, True)


@across.case("batch 2, five tokens are written, seven were read, norm before")
def norm_before(draw: Draw) -> Any:
    return asked(draw, Call(draw.tensor(2, 5, 8), draw.tensor(2, 7, 8)), 4, 20, True)
