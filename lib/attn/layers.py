"""The layers of a Transformer: look around, then think, each time adding to what was there.

A layer is a chain of sub-layers on a residual stream: attention, which moves information between
tokens, and a feed-forward network, which works on each token alone. Lesson 06 builds this file.

Source: Vaswani et al., 2017, arXiv 1706.03762, sections 3.1 and 3.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.core import scaled_dot_product_attention
from attn.heads import MultiHeadAttention
from attn.pluggable import AttentionFunction
from attn.validation import (
    require_integer,
    require_probability,
    require_sequence,
    require_tensor,
)

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,  # the exact one
    "silu": F.silu,
}

# The weights of one layer: (batch, heads, n_q, n_k), or None where a kernel never forms them.
Map = Tensor | None


class FeedForward(nn.Module):
    """Work on each token alone: widen, bend, narrow.

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
        self.up_proj = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.down_proj = nn.Linear(d_ff, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """x (..., d_model) -> (..., d_model)"""
        require_tensor("x", x, min_dims=1)
        if x.shape[-1] != self.up_proj.in_features:
            raise ValueError(f"x has d_model={x.shape[-1]}, expected {self.up_proj.in_features}")
        x = ACTIVATIONS[self.activation](self.up_proj(x))  # (..., d_ff)
        out: Tensor = self.down_proj(self.dropout(x))  # (..., d_model)
        return out


class Residual(nn.Module):
    """Add what a sub-layer has to say to what was there, with a norm before or after.

    norm_first: x + sublayer(norm(x)), so that the sum from layer to layer is never interrupted and
    deep stacks train without warm-up. Otherwise, as the Transformer paper has it,
    norm(x + sublayer(x)).

    Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.1 (norm after); Xiong et al., "On
    Layer Normalization in the Transformer Architecture", 2020, arXiv 2002.04745 (norm before).
    """

    def __init__(self, d_model: int, *, norm_first: bool, norm_eps: float, dropout: float) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.norm = nn.LayerNorm(d_model, eps=norm_eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        """x (batch, n, d_model) -> (batch, n, d_model)"""
        if self.norm_first:
            return x + self.dropout(sublayer(self.norm(x)))
        out: Tensor = self.norm(x + self.dropout(sublayer(x)))
        return out


@dataclass(frozen=True, kw_only=True)
class LayerOptions:
    """What every layer takes besides its sizes: a model hands these on to its layers.

    d_ff               width of the feed-forward network; 4 * d_model unless given
    num_kv_heads       fewer than num_heads for grouped-query attention
    norm_first         norm before each sub-layer (as most models today), or after (as the paper)
    norm_eps           what LayerNorm adds to the variance
    activation         "gelu", "relu" or "silu"
    dropout            of what each sub-layer adds, and inside the feed-forward network
    attention_dropout  of the attention weights; dropout unless given. 0 for an attention function
                       that takes no dropout
    attention          the attention function of the self-attention
    rotary             turn queries and keys of the self-attention by their positions
    """

    d_ff: int | None = None
    num_kv_heads: int | None = None
    norm_first: bool = True
    norm_eps: float = 1e-5
    activation: str = "gelu"
    dropout: float = 0.0
    attention_dropout: float | None = None
    attention: AttentionFunction = scaled_dot_product_attention
    rotary: bool = False

    def heads(self, d_model: int, num_heads: int) -> MultiHeadAttention:
        """The self-attention of a layer."""
        return MultiHeadAttention(
            d_model,
            num_heads,
            num_kv_heads=self.num_kv_heads,
            dropout=self.dropout if self.attention_dropout is None else self.attention_dropout,
            rotary=self.rotary,
            attention=self.attention,
        )

    def feed_forward(self, d_model: int) -> FeedForward:
        """The feed-forward network of a layer."""
        return FeedForward(d_model, self.d_ff, activation=self.activation, dropout=self.dropout)

    def residual(self, d_model: int) -> Residual:
        """What adds a sub-layer to what was there."""
        return Residual(
            d_model, norm_first=self.norm_first, norm_eps=self.norm_eps, dropout=self.dropout
        )


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward network. Given causal=True, the layer of a GPT.

    d_ff and the other options are those of LayerOptions.
    """

    def __init__(
        self, d_model: int, num_heads: int, d_ff: int | None = None, **options: Any
    ) -> None:
        super().__init__()
        chosen = LayerOptions(d_ff=d_ff, **options)
        self.d_model = d_model
        self.self_attention = chosen.heads(d_model, num_heads)
        self.feed_forward = chosen.feed_forward(d_model)
        self.self_attention_residual = chosen.residual(d_model)
        self.feed_forward_residual = chosen.residual(d_model)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        bias: Tensor | None = None,
        causal: bool = False,
        cache: KVCache | None = None,
        turns: Tensor | None = None,
        maps: list[Map] | None = None,
    ) -> Tensor:
        """x (batch, n, d_model) -> (batch, n, d_model)

        mask, bias, causal, cache and turns are those of MultiHeadAttention. If a list `maps` is
        given, the attention weights (batch, heads, n, n_k) are appended to it.
        """
        require_sequence("x", x, self.d_model)

        def look_around(h: Tensor) -> Tensor:
            options = {"bias": bias, "causal": causal, "cache": cache, "turns": turns}
            return _attend(self.self_attention, maps, h, mask=mask, **options)

        x = self.self_attention_residual(x, look_around)
        x = self.feed_forward_residual(x, self.feed_forward)
        return x


class DecoderLayer(nn.Module):
    """Masked self-attention, cross-attention to a memory, then the feed-forward network.

    d_ff and the other options are those of LayerOptions. The self-attention never looks ahead.
    Cross-attention has a function of its own: between two texts there is no "before" and no "near",
    so a causal or windowed `attention` must not reach it.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int | None = None,
        *,
        cross_attention: AttentionFunction = scaled_dot_product_attention,
        **options: Any,
    ) -> None:
        super().__init__()
        chosen = LayerOptions(d_ff=d_ff, **options)
        across = replace(chosen, attention=cross_attention, rotary=False)
        self.d_model = d_model
        self.self_attention = chosen.heads(d_model, num_heads)
        self.cross_attention = across.heads(d_model, num_heads)
        self.feed_forward = chosen.feed_forward(d_model)
        self.self_attention_residual = chosen.residual(d_model)
        self.cross_attention_residual = chosen.residual(d_model)
        self.feed_forward_residual = chosen.residual(d_model)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        bias: Tensor | None = None,
        cache: DecoderCache | None = None,
        turns: Tensor | None = None,
        maps: list[Map] | None = None,
        cross_maps: list[Map] | None = None,
    ) -> Tensor:
        """x (batch, n, d_model), memory (batch, n_memory, d_model) -> (batch, n, d_model)

        mask, bias and turns are those of the self-attention, beyond its causal mask; memory_mask
        says who may see what of the memory. With a cache, x are the new tokens, and the memory is
        read once, at the first call. If lists are given, attention weights are appended to them:
        self (batch, heads, n, n_k) to maps, cross (batch, heads, n, n_memory) to cross_maps.
        """
        require_sequence("x", x, self.d_model)
        require_sequence("memory", memory, self.d_model)
        own_cache = None if cache is None else cache.self_attention
        memory_cache = None if cache is None else cache.cross_attention
        if memory_cache is not None and len(memory_cache):
            memory = memory[:, :0]  # all of it is in the cache: nothing to add

        def look_around(h: Tensor) -> Tensor:
            options = {"bias": bias, "causal": True, "cache": own_cache, "turns": turns}
            return _attend(self.self_attention, maps, h, mask=mask, **options)

        def look_across(h: Tensor) -> Tensor:
            options = {"mask": memory_mask, "cache": memory_cache}
            return _attend(self.cross_attention, cross_maps, h, memory, **options)

        x = self.self_attention_residual(x, look_around)
        x = self.cross_attention_residual(x, look_across)
        x = self.feed_forward_residual(x, self.feed_forward)
        return x


def _attend(
    attention: MultiHeadAttention, maps: list[Map] | None, *inputs: Tensor, **options: Any
) -> Tensor:
    """What the attention finds; its weights are appended to `maps`, where there is such a list."""
    output, weights = attention(*inputs, need_weights=maps is not None, **options)
    if maps is not None:
        maps.append(weights)
    return output
