"""What the exercises of lesson 11 share."""

import torch
from torch import Tensor

BUILT_HERE = (
    "attn",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
)
Summary = tuple[Tensor, Tensor, Tensor]


def summary_of(scores: Tensor, value: Tensor) -> Summary:
    """scores (..., n_q, c), value (..., c, d_v) -> peak, total, blend of these keys."""
    peak = scores.amax(-1, keepdim=True)
    powers = (scores - peak).exp()
    return peak, powers.sum(-1, keepdim=True), powers @ value


def column(*numbers: float) -> Tensor:
    return torch.tensor(numbers)[:, None]
