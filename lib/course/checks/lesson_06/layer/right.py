"""06.2: the reference, and other right ways."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import attn
from course.checks.lesson_06.layer.cases import layer
from course.checks.lesson_06.shared import feed_forward, fused_attention, part_of


@layer.reference
class PyTorchsOwn(nn.Module):
    """nn.TransformerEncoderLayer, in float64, under the names of this exercise."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool) -> None:
        super().__init__()
        sizes: dict[str, Any] = {"dropout": 0.0, "activation": "gelu", "batch_first": True}
        self.theirs = nn.TransformerEncoderLayer(
            d_model, num_heads, d_ff, norm_first=norm_first, **sizes
        ).double()

    def load_state_dict(self, state: dict[str, Tensor], **_: Any) -> None:  # type: ignore[override]
        parts = {
            self.theirs.self_attn: fused_attention(state, "attention"),
            self.theirs.linear1: part_of(state, "feed_forward.0"),
            self.theirs.linear2: part_of(state, "feed_forward.2"),
            self.theirs.norm1: part_of(state, "norm_1"),
            self.theirs.norm2: part_of(state, "norm_2"),
        }
        for part, own in parts.items():
            part.load_state_dict(own)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None and mask.dim() == 4:  # src_key_padding_mask would load much else
            mask = mask[:, 0].expand(-1, x.shape[1], -1)  # (batch, n, n)
            mask = mask.repeat_interleave(self.theirs.self_attn.num_heads, dim=0)
        return self.theirs(x.double(), src_mask=None if mask is None else ~mask)


class Parts(nn.Module):
    """What the lesson's constructor makes; how the parts are put together is the exercise."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool = True) -> None:
        super().__init__()
        self.attention = attn.MultiHeadAttention(d_model, num_heads)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.norm_first = norm_first

    def look(self, h: Tensor, mask: Tensor | None) -> Tensor:
        return self.attention(h, mask=mask).output


def residual(
    x: Tensor,
    sublayer: Callable[[Tensor], Tensor],
    norm: Callable[[Tensor], Tensor],
    norm_first: bool,
) -> Tensor:
    return x + sublayer(norm(x)) if norm_first else norm(x + sublayer(x))


@layer.right_way
class LayerByResidual(Parts):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = residual(x, lambda h: self.look(h, mask), self.norm_1, self.norm_first)
        return residual(x, self.feed_forward, self.norm_2, self.norm_first)


@layer.right_way
class LayerByHand(Parts):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        if self.norm_first:
            x = x + self.look(self.norm_1(x), mask)
            return x + self.feed_forward(self.norm_2(x))
        x = self.norm_1(x + self.look(x, mask))
        return self.norm_2(x + self.feed_forward(x))


@layer.right_way
class LayerByLoop(Parts):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        def look_around(h: Tensor) -> Tensor:
            output, _ = self.attention(h, h, h, mask=mask)
            return output

        for sublayer, norm in ((look_around, self.norm_1), (self.feed_forward, self.norm_2)):
            said = sublayer(norm(x) if self.norm_first else x)
            x = torch.add(x, said) if self.norm_first else norm(x + said)
        return x
