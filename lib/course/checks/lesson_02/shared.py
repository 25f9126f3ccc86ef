"""What the exercises of lesson 02 share."""

import math

from torch import Tensor

from course.checking import Draw

BUILT_HERE = (
    "attn.heads",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.multi_head_attention_forward",
)
AXES_BY_NAME = (
    "view and reshape only draw new borders in the same row of numbers. To exchange two axes, "
    "use transpose."
)


def attend(
    query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Attention with any scale: mistakes are made of it."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = (query @ key.mT * scale).softmax(dim=-1)
    return weights @ value, weights


PROJECTIONS = ("query_proj", "key_proj", "value_proj", "out_proj")


def drawn_state(draw: Draw, d_model: int) -> dict[str, Tensor]:
    """Weights with which projections of standard normal numbers have a deviation of about 1."""
    state = {}
    for name in PROJECTIONS:
        state[f"{name}.weight"] = draw.tensor(d_model, d_model) / math.sqrt(d_model)
        state[f"{name}.bias"] = draw.tensor(d_model) / 2
    return state
