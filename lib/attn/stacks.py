"""Stacks: tokens become vectors, and vectors go through layer upon layer.

An encoder reads; a decoder writes while it looks across at what was read. Models are made of these
(`attn.models`). Lesson 06 builds this file.

Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.core import scaled_dot_product_attention
from attn.layers import DecoderLayer, EncoderLayer, LayerOptions, Map
from attn.pluggable import AttentionFunction, name_of, takes_option
from attn.positions import (
    LearnedPositions,
    RelativePositionBias,
    alibi_bias,
    rotary_turns,
    sinusoids_at,
)
from attn.validation import require_integer, require_tokens

Positions = Literal["learned", "sinusoidal", "rotary", "alibi", "relative", "none"]


class TokenStack(nn.Module):
    """What encoder and decoder share: embedded tokens, positions, layers, a final norm.

    max_len    the longest sequence taken: needed for learned positions, else no limit unless given
    positions  "sinusoidal" and "learned" are added to the tokens; "rotary" turns queries and keys;
               "alibi" and "relative" (T5) are added to the scores; "none" leaves the order unknown
    causal     no token may look ahead
    scale_embedding  embedded tokens are multiplied by sqrt(d_model), as in the paper: entries of
               variance 1 / d_model come in with variance 1, and the same matrix may serve to guess
               tokens. Llama and BERT take them as they are
    layer      what makes a layer: EncoderLayer or DecoderLayer
    options    see attn.layers.LayerOptions; `rotary` is said by `positions`

    Raises ValueError on options that do not fit.
    """

    def __init__(
        self,
        vocab: int,
        layer: Callable[..., nn.Module],
        *,
        d_model: int,
        num_heads: int,
        num_layers: int,
        max_len: int | None = None,
        positions: Positions = "sinusoidal",
        causal: bool = False,
        scale_embedding: bool = True,
        **options: Any,
    ) -> None:
        super().__init__()
        chosen = LayerOptions(rotary=positions == "rotary", **options)
        require_integer("vocab", vocab, minimum=1)
        require_integer("d_model", d_model, minimum=1)
        require_integer("num_layers", num_layers, minimum=1)
        if positions not in get_args(Positions):
            raise ValueError(f"positions is {positions!r}, expected one of {get_args(Positions)}")
        if max_len is not None:
            require_integer("max_len", max_len, minimum=1)
        if positions in ("alibi", "relative") and not takes_option(chosen.attention, "bias"):
            raise ValueError(
                f"positions is {positions!r}, but attention is {name_of(chosen.attention)}, which "
                "takes no bias: expected positions that need none, or a function that takes one"
            )
        self.d_model, self.num_heads, self.max_len = d_model, num_heads, max_len
        self.positions, self.causal, self.rotary_base = positions, causal, chosen.rotary_base
        self.embedding_scale = math.sqrt(d_model) if scale_embedding else 1.0

        self.embedding = nn.Embedding(vocab, d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        if positions == "learned":
            if max_len is None:
                raise ValueError("max_len is None, expected a length: positions are learned")
            self.learned_positions = LearnedPositions(max_len, d_model)
        if positions == "relative":
            self.position_bias = RelativePositionBias(num_heads, bidirectional=not causal)
        self.layers = nn.ModuleList(
            layer(d_model, num_heads, rotary=chosen.rotary, **options) for _ in range(num_layers)
        )
        self.dropout = nn.Dropout(chosen.dropout)
        # Layers that norm first hand on a bare sum; layers that norm last have seen to it.
        self.norm = chosen.new_norm(d_model) if chosen.norm_first else nn.Identity()

    def embed(
        self,
        tokens: Tensor,
        caches: Sequence[KVCache] | Sequence[DecoderCache] | None,
        positions: Tensor | None,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Vectors for the tokens after those in the caches, and where attention is to place them.

        tokens (batch, n), positions (batch, n) or None for those that follow the caches
        -> (batch, n, d_model), a bias (heads, n, n_k) or None, rotary turns or None
        """
        if caches is not None and len(caches) != len(self.layers):
            raise ValueError(f"caches has {len(caches)}, expected {len(self.layers)}: one a layer")
        start = 0 if caches is None else len(caches[0])  # tokens that have been read
        require_tokens("tokens", tokens, self.embedding.num_embeddings)
        n, end = tokens.shape[1], start + tokens.shape[1]
        if positions is not None:
            require_tokens("positions", positions, self.max_len or math.inf, like=tokens)
        elif self.max_len is not None and end > self.max_len:
            raise ValueError(f"tokens reach length {end}, expected at most max_len={self.max_len}")

        x: Tensor = self.embedding(tokens) * self.embedding_scale  # (batch, n, d_model)
        bias: Tensor | None = None
        turns: Tensor | None = None
        where: dict[str, Any] = {"dtype": x.dtype, "device": x.device}
        # Distances along the row are the same whatever the row's first position is called.
        if self.positions == "alibi":
            bias = alibi_bias(self.num_heads, n, end, **where)
        elif self.positions == "relative":
            bias = self.position_bias(n, end)
        elif self.positions != "none":
            if positions is None:
                positions = torch.arange(start, end, device=x.device)  # (n,)
            if self.positions == "learned":
                x = x + self.learned_positions.embedding(positions)
            elif self.positions == "sinusoidal":
                x = x + sinusoids_at(positions, self.d_model).to(**where)
            elif self.positions == "rotary":
                d_head = self.d_model // self.num_heads
                turns = rotary_turns(
                    positions.unsqueeze(-2), d_head, base=self.rotary_base, dtype=x.dtype
                )
        return self.dropout(x), bias, turns

    def through_layers(
        self, x: Tensor, *inputs: Tensor | None, caches: Sequence[Any] | None, **options: Any
    ) -> Tensor:
        """Layer upon layer, each with the cache that is its own, and the final norm."""
        for i, layer in enumerate(self.layers):
            x = layer(x, *inputs, cache=None if caches is None else caches[i], **options)
        out: Tensor = self.norm(x)
        return out


class Encoder(TokenStack):
    """Read tokens: each looks around among the others, layer upon layer."""

    def __init__(self, vocab: int, **options: Any) -> None:
        """The options of TokenStack."""
        super().__init__(vocab, EncoderLayer, **options)

    def forward(
        self,
        tokens: Tensor,
        mask: Tensor | None = None,
        *,
        positions: Tensor | None = None,
        caches: Sequence[KVCache] | None = None,
        maps: list[Map] | None = None,
    ) -> Tensor:
        """tokens (batch, n) -> (batch, n, d_model)

        mask       broadcasts to (batch, heads, n, n_k)
        positions  (batch, n): see GPT
        caches     one for each layer: tokens are then those that follow what the caches hold
        maps       a list, to which each layer's weights (batch, heads, n, n_k) are appended
        """
        x, bias, turns = self.embed(tokens, caches, positions)
        options = {"bias": bias, "turns": turns, "causal": self.causal, "maps": maps}
        return self.through_layers(x, mask, caches=caches, **options)


class Decoder(TokenStack):
    """Write tokens: each looks back at those before it, and across at a memory."""

    def __init__(
        self,
        vocab: int,
        *,
        cross_attention: AttentionFunction = scaled_dot_product_attention,
        **options: Any,
    ) -> None:
        """The options of TokenStack, always causal, and the function that looks across."""
        layer = partial(DecoderLayer, cross_attention=cross_attention)
        super().__init__(vocab, layer, causal=True, **options)

    def forward(
        self,
        tokens: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        positions: Tensor | None = None,
        caches: Sequence[DecoderCache] | None = None,
        maps: list[Map] | None = None,
        cross_maps: list[Map] | None = None,
    ) -> Tensor:
        """tokens (batch, n), memory (batch, n_memory, d_model) -> (batch, n, d_model)

        mask       broadcasts to (batch, heads, n, n_k); memory_mask to (batch, heads, n, n_memory)
        positions  (batch, n): see GPT
        caches     one for each layer: tokens are then those that follow what the caches hold
        maps       lists, to which each layer's attention weights are appended: self to maps, cross
                   to cross_maps
        """
        x, bias, turns = self.embed(tokens, caches, positions)
        options = {"bias": bias, "turns": turns, "maps": maps, "cross_maps": cross_maps}
        return self.through_layers(x, memory, mask, memory_mask, caches=caches, **options)
