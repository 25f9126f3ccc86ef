"""The layers of a Transformer: look around, then think, each time adding to what was there.

A layer is a chain of sub-layers on a residual stream: attention, which moves information between
tokens, and a feed-forward network, which works on each token alone. Lesson 06 builds this file.

Source: Vaswani et al., 2017, arXiv 1706.03762, sections 3.1 and 3.3.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.core import scaled_dot_product_attention
from attn.feed_forward import FeedForward, GatedFeedForward
from attn.heads import MultiHeadAttention
from attn.norms import Norm, RMSNorm, new_norm
from attn.pluggable import AttentionFunction
from attn.validation import require_sequence

# The weights of one layer: (batch, heads, n_q, n_k), or None where a kernel never forms them.
Map = Tensor | None


class Residual(nn.Module):
    """Add what a sub-layer has to say to what was there, with a norm before or after.

    norm_first: x + sublayer(norm(x)), so that the sum from layer to layer is never interrupted and
    deep stacks train without warm-up. Otherwise, as the Transformer paper has it,
    norm(x + sublayer(x)).

    Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.1 (norm after); Xiong et al., "On
    Layer Normalization in the Transformer Architecture", 2020, arXiv 2002.04745 (norm before).
    """

    def __init__(self, norm: nn.LayerNorm | RMSNorm, *, norm_first: bool, dropout: float) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.norm = norm
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
    norm               "layer" for LayerNorm, "rms" for RMSNorm
    norm_eps           what the norm adds to the variance, or to the mean square
    gated              the feed-forward network is a GatedFeedForward
    activation         "gelu", "relu" or "silu"; "gelu" unless given, and "silu" where it is gated
    bias               whether the linear layers have one
    dropout            of what each sub-layer adds, and inside the feed-forward network
    attention_dropout  of the attention weights; dropout unless given. 0 for an attention function
                       that takes no dropout
    attention          the attention function of the self-attention
    rotary             turn queries and keys of the self-attention by their positions
    rotary_base        how slowly the slowest of these turns goes, as in apply_rotary
    """

    d_ff: int | None = None
    num_kv_heads: int | None = None
    norm_first: bool = True
    norm: Norm = "layer"
    norm_eps: float = 1e-5
    gated: bool = False
    activation: str | None = None
    bias: bool = True
    dropout: float = 0.0
    attention_dropout: float | None = None
    attention: AttentionFunction = scaled_dot_product_attention
    rotary: bool = False
    rotary_base: float = 10000.0

    def heads(self, d_model: int, num_heads: int) -> MultiHeadAttention:
        """The self-attention of a layer."""
        return MultiHeadAttention(
            d_model,
            num_heads,
            num_kv_heads=self.num_kv_heads,
            bias=self.bias,
            dropout=self.dropout if self.attention_dropout is None else self.attention_dropout,
            rotary=self.rotary,
            rotary_base=self.rotary_base,
            attention=self.attention,
        )

    def feed_forward(self, d_model: int) -> FeedForward:
        """The feed-forward network of a layer."""
        kind = GatedFeedForward if self.gated else FeedForward
        chosen = {} if self.activation is None else {"activation": self.activation}
        return kind(d_model, self.d_ff, bias=self.bias, dropout=self.dropout, **chosen)

    def new_norm(self, d_model: int) -> nn.LayerNorm | RMSNorm:
        """A norm of the kind that was chosen."""
        return new_norm(self.norm, d_model, eps=self.norm_eps)

    def residual(self, d_model: int) -> Residual:
        """What adds a sub-layer to what was there."""
        norm = self.new_norm(d_model)
        return Residual(norm, norm_first=self.norm_first, dropout=self.dropout)


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
