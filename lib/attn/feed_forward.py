"""Feed-forward networks: work on each token alone, between two looks around.

Lesson 06 builds the plain one, lesson 19 the one with a gate.
"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from attn.validation import require_integer, require_probability, require_tensor

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,  # the exact one
    "silu": F.silu,
}


class FeedForward(nn.Module):
    """Work on each token alone: widen, bend, narrow.

    bias  whether the linear layers have one

    Raises ValueError on an unknown activation or a dropout that is no probability.

    Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.3; gelu: Hendrycks and Gimpel, 2016,
    arXiv 1606.08415.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int | None = None,
        *,
        activation: str = "gelu",
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        d_ff = 4 * d_model if d_ff is None else d_ff
        require_integer("d_model", d_model, minimum=1)
        require_integer("d_ff", d_ff, minimum=1)
        require_probability("dropout", dropout)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}, expected one of {list(ACTIVATIONS)}")
        self.activation = activation
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.dropout = nn.Dropout(dropout)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (..., d_model) -> (..., d_model)"""
        require_tensor("x", x, min_dims=1)
        if x.shape[-1] != self.up_proj.in_features:
            raise ValueError(f"x has d_model={x.shape[-1]}, expected {self.up_proj.in_features}")
        out: Tensor = self.down_proj(self.dropout(self.widen(x)))  # (..., d_model)
        return out

    def widen(self, x: Tensor) -> Tensor:
        """x (..., d_model) -> (..., d_ff)"""
        return ACTIVATIONS[self.activation](self.up_proj(x))


class GatedFeedForward(FeedForward):
    """Widen twice, and let the one, bent, say how much of the other passes; then narrow.

    down(activation(gate(x)) * up(x)): with "silu" it is called SwiGLU, with "gelu" GeGLU. d_ff is
    8/3 * d_model unless given, rounded down: three matrices then weigh what FeedForward's two do.

    Raises ValueError as FeedForward does.

    Source: Shazeer, "GLU Variants Improve Transformer", 2020, arXiv 2002.05202.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int | None = None,
        *,
        activation: str = "silu",
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        require_integer("d_model", d_model, minimum=1)
        d_ff = max(8 * d_model // 3, 1) if d_ff is None else d_ff
        super().__init__(d_model, d_ff, activation=activation, bias=bias, dropout=dropout)
        self.gate_proj = nn.Linear(d_model, d_ff, bias=bias)

    def widen(self, x: Tensor) -> Tensor:
        """x (..., d_model) -> (..., d_ff)"""
        gate = ACTIVATIONS[self.activation](self.gate_proj(x))  # (..., d_ff)
        up: Tensor = self.up_proj(x)  # (..., d_ff)
        return gate * up
