"""06.4: the reference, and other right ways."""

from typing import Any

import torch
from torch import Tensor, nn

import attn
from course.checks.lesson_06.across.cases import across
from course.checks.lesson_06.layer.right import residual
from course.checks.lesson_06.shared import feed_forward, fused_attention, part_of


@across.reference
class PyTorchsOwn(nn.Module):
    """nn.TransformerDecoderLayer, in float64, under the names of this exercise."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool) -> None:
        super().__init__()
        sizes: dict[str, Any] = {"dropout": 0.0, "activation": "gelu", "batch_first": True}
        self.theirs = nn.TransformerDecoderLayer(
            d_model, num_heads, d_ff, norm_first=norm_first, **sizes
        ).double()

    def load_state_dict(self, state: dict[str, Tensor], **_: Any) -> None:  # type: ignore[override]
        self.theirs.self_attn.load_state_dict(fused_attention(state, "self_attention"))
        self.theirs.multihead_attn.load_state_dict(fused_attention(state, "cross_attention"))
        for theirs, ours in (
            ("linear1", "feed_forward.0"),
            ("linear2", "feed_forward.2"),
            ("norm1", "norm_1"),
            ("norm2", "norm_2"),
            ("norm3", "norm_3"),
        ):
            getattr(self.theirs, theirs).load_state_dict(part_of(state, ours))

    def forward(self, x: Tensor, memory: Tensor, memory_mask: Tensor | None = None) -> Tensor:
        hidden = None
        if memory_mask is not None:  # memory_key_padding_mask would load much else
            hidden = ~memory_mask[:, 0].expand(-1, x.shape[1], -1)  # (batch, n, m)
            hidden = hidden.repeat_interleave(self.theirs.self_attn.num_heads, dim=0)
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        return self.theirs(x.double(), memory.double(), tgt_mask=future, memory_mask=hidden)


class DecoderParts(nn.Module):
    """What is given: the parts, and the first and the last sub-layer."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, norm_first: bool = True) -> None:
        super().__init__()
        self.self_attention = attn.MultiHeadAttention(d_model, num_heads)
        self.cross_attention = attn.MultiHeadAttention(d_model, num_heads)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm_1, self.norm_2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.norm_3, self.norm_first = nn.LayerNorm(d_model), norm_first

    def middle(self, x: Tensor, memory: Tensor, mask: Tensor | None) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor, memory: Tensor, memory_mask: Tensor | None = None) -> Tensor:
        causal = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()

        def look_back(h: Tensor) -> Tensor:
            return self.self_attention(h, mask=causal).output

        x = residual(x, look_back, self.norm_1, self.norm_first)
        x = self.middle(x, memory, memory_mask)
        return residual(x, self.feed_forward, self.norm_3, self.norm_first)


@across.right_way
class AcrossByResidual(DecoderParts):
    def middle(self, x: Tensor, memory: Tensor, mask: Tensor | None) -> Tensor:
        def look_across(h: Tensor) -> Tensor:
            return self.cross_attention(h, memory, mask=mask).output

        return residual(x, look_across, self.norm_2, self.norm_first)


@across.right_way
class AcrossByHand(DecoderParts):
    def middle(self, x: Tensor, memory: Tensor, mask: Tensor | None) -> Tensor:
        if self.norm_first:
            found, _ = self.cross_attention(self.norm_2(x), memory, memory, mask)
            return x + found
        return self.norm_2(x + self.cross_attention(x, memory, memory, mask)[0])
