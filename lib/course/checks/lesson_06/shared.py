"""What the exercises of lesson 06 share: parts of a layer, and numbers for them."""

import math

import torch
from torch import Tensor, nn

from course.checking import Draw

LIBRARY = ("attn.layers", "attn.stacks", "attn.models")
PYTORCHS = (
    "torch.nn.TransformerEncoderLayer",
    "torch.nn.TransformerDecoderLayer",
    "torch.nn.functional.multi_head_attention_forward",
)


def drawn_map(draw: Draw, name: str, n_in: int, n_out: int) -> dict[str, Tensor]:
    """A linear map that gives back numbers of deviation about 1."""
    return {
        f"{name}.weight": draw.tensor(n_out, n_in) / math.sqrt(n_in),
        f"{name}.bias": draw.tensor(n_out) / 2,
    }


def drawn_norm(draw: Draw, name: str, d_model: int) -> dict[str, Tensor]:
    """A norm whose scale is not 1 and whose shift is not 0, so that none can stand for another."""
    return {
        f"{name}.weight": 1 + draw.tensor(d_model) / 2,
        f"{name}.bias": draw.tensor(d_model) / 2,
    }


def drawn_attention(draw: Draw, name: str, d_model: int) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for role in ("query", "key", "value", "out"):
        state |= drawn_map(draw, f"{name}.{role}_proj", d_model, d_model)
    return state


def drawn_feed_forward(draw: Draw, d_model: int, d_ff: int) -> dict[str, Tensor]:
    up = drawn_map(draw, "feed_forward.0", d_model, d_ff)
    return up | drawn_map(draw, "feed_forward.2", d_ff, d_model)


def part_of(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The entries of one part, under their names in it."""
    return {
        key.removeprefix(f"{name}."): x for key, x in state.items() if key.startswith(f"{name}.")
    }


def fused_attention(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The four maps of an attention under the names of nn.MultiheadAttention."""
    own = part_of(state, name)
    joined = {
        f"in_proj_{kind}": torch.cat(
            [own[f"{role}_proj.{kind}"] for role in ["query", "key", "value"]]
        )
        for kind in ("weight", "bias")
    }
    return joined | {f"out_proj.{kind}": own[f"out_proj.{kind}"] for kind in ("weight", "bias")}


def feed_forward(d_model: int, d_ff: int) -> nn.Module:
    return nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model))
