"""Norms: bring each token's vector to one size before a sub-layer reads it.

PyTorch has LayerNorm; RMSNorm leaves its mean and its bias away, as most models today do. Lesson 19
builds this file.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from attn.validation import require_integer, require_tensor

Norm = Literal["layer", "rms"]


class RMSNorm(nn.Module):
    """Divide each token by the root mean square of its features, and scale each feature.

    eps  is added to the mean square, inside the root

    Raises ValueError on d_model < 1 or a negative eps.

    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019, arXiv 1910.07467.
    """

    def __init__(self, d_model: int, *, eps: float = 1e-6) -> None:
        super().__init__()
        require_integer("d_model", d_model, minimum=1)
        if not eps >= 0:
            raise ValueError(f"eps is {eps}, expected at least 0")
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x: Tensor) -> Tensor:
        """x (..., d_model) -> (..., d_model)"""
        require_tensor("x", x, min_dims=1)
        if x.shape[-1] != self.weight.shape[0]:
            raise ValueError(f"x has d_model={x.shape[-1]}, expected {self.weight.shape[0]}")
        # The squares of float16 overflow from 256 on.
        exact = x.to(torch.promote_types(x.dtype, torch.float32))
        mean_square = exact.square().mean(dim=-1, keepdim=True)  # (..., 1)
        return (exact * torch.rsqrt(mean_square + self.eps)).to(x.dtype) * self.weight


def new_norm(kind: Norm, d_model: int, *, eps: float) -> nn.LayerNorm | RMSNorm:
    """The norm that a layer's option `norm` names. Raises ValueError on another name."""
    if kind == "layer":
        return nn.LayerNorm(d_model, eps=eps)
    if kind == "rms":
        return RMSNorm(d_model, eps=eps)
    raise ValueError(f"norm is {kind!r}, expected 'layer' or 'rms'")
