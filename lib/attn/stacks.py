"""Stacks: tokens become vectors, and vectors go through layer upon layer.

An encoder reads; a decoder writes while it looks across at what was read. Models are made of these
(`attn.models`). Lesson 05 builds this file.

Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Unpack, get_args

import torch
from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.layers import DecoderLayer, EncoderLayer, LayerOptions, Map
from attn.positions import (
    LearnedPositions,
    RelativePositionBias,
    alibi_bias,
    sinusoidal_positions,
)
from attn.validation import require_integer

Positions = Literal["learned", "sinusoidal", "rotary", "alibi", "relative", "none"]


class TokenStack(nn.Module):
    """What encoder and decoder share: embedded tokens, positions, layers, a final norm.

    max_len    the longest sequence taken: needed for learned positions, else no limit unless given
    positions  "sinusoidal" and "learned" are added to the tokens; "rotary" turns queries and keys;
               "alibi" and "relative" (T5) are added to the scores; "none" leaves the order unknown
    causal     no token may look ahead
    options    see attn.layers.LayerOptions

    Embeddings are scaled by sqrt(d_model), as in the paper: entries of variance 1 / d_model come in
    with variance 1, and the same matrix may serve to guess tokens. Raises ValueError on options
    that do not fit.
    """

    layer: ClassVar[type[EncoderLayer] | type[DecoderLayer]]

    def __init__(
        self,
        vocab: int,
        *,
        d_model: int,
        num_heads: int,
        num_layers: int,
        max_len: int | None = None,
        positions: Positions = "sinusoidal",
        causal: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__()
        require_integer("vocab", vocab, minimum=1)
        require_integer("d_model", d_model, minimum=1)
        require_integer("num_layers", num_layers, minimum=1)
        if positions not in get_args(Positions):
            raise ValueError(f"positions is {positions!r}, expected one of {get_args(Positions)}")
        if max_len is not None:
            require_integer("max_len", max_len, minimum=1)
        self.d_model, self.num_heads, self.max_len = d_model, num_heads, max_len
        self.positions, self.causal = positions, causal

        self.embedding = nn.Embedding(vocab, d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        if positions == "learned":
            if max_len is None:
                raise ValueError("max_len is None, expected a length: positions are learned")
            self.learned_positions = LearnedPositions(max_len, d_model)
        if positions == "relative":
            self.position_bias = RelativePositionBias(num_heads, bidirectional=not causal)
        self.layers = nn.ModuleList(
            self.layer(d_model, num_heads, rotary=positions == "rotary", **options)
            for _ in range(num_layers)
        )
        self.dropout = nn.Dropout(options.get("dropout", 0.0))
        # Layers that norm first hand on a bare sum; layers that norm last have seen to it.
        self.norm = (
            nn.LayerNorm(d_model, eps=options.get("norm_eps", 1e-5))
            if options.get("norm_first", True)
            else nn.Identity()
        )

    def embed(
        self, tokens: Tensor, caches: Sequence[KVCache] | Sequence[DecoderCache] | None
    ) -> tuple[Tensor, Tensor | None]:
        """Vectors for the tokens after those in the caches, and what positions add to scores.

        tokens (batch, n) -> (batch, n, d_model), and (heads, n, n_k) or None
        """
        if caches is not None and len(caches) != len(self.layers):
            raise ValueError(f"caches has {len(caches)}, expected {len(self.layers)}: one a layer")
        start = 0 if caches is None else len(caches[0])  # the position of the first token
        require_tokens("tokens", tokens, self.embedding.num_embeddings)
        n, end = tokens.shape[1], start + tokens.shape[1]
        if self.max_len is not None and end > self.max_len:
            raise ValueError(f"tokens reach length {end}, expected at most max_len={self.max_len}")

        x: Tensor = self.embedding(tokens) * math.sqrt(self.d_model)  # (batch, n, d_model)
        bias: Tensor | None = None
        if self.positions == "learned":
            x = self.learned_positions(x, start)
        elif self.positions == "sinusoidal":
            x = x + sinusoidal_positions(
                n, self.d_model, start=start, dtype=x.dtype, device=x.device
            )
        elif self.positions == "alibi":
            bias = alibi_bias(self.num_heads, n, end, dtype=x.dtype, device=x.device)
        elif self.positions == "relative":
            bias = self.position_bias(n, end)
        return self.dropout(x), bias


class Encoder(TokenStack):
    """Read tokens: each looks around among the others, layer upon layer."""

    layer = EncoderLayer

    def forward(
        self,
        tokens: Tensor,
        mask: Tensor | None = None,
        *,
        caches: Sequence[KVCache] | None = None,
        maps: list[Map] | None = None,
    ) -> Tensor:
        """tokens (batch, n) -> (batch, n, d_model)

        mask    broadcasts to (batch, heads, n, n_k)
        caches  one for each layer: tokens are then those that follow what the caches hold
        maps    a list, to which each layer's attention weights (batch, heads, n, n_k) are appended
        """
        x, bias = self.embed(tokens, caches)
        for i, layer in enumerate(self.layers):
            cache = None if caches is None else caches[i]
            x = layer(x, mask, bias=bias, causal=self.causal, cache=cache, maps=maps)
        out: Tensor = self.norm(x)
        return out


class Decoder(TokenStack):
    """Write tokens: each looks back at those before it, and across at a memory."""

    layer = DecoderLayer

    def __init__(self, vocab: int, **options: Any) -> None:
        """The options of TokenStack, and always causal."""
        super().__init__(vocab, causal=True, **options)

    def forward(
        self,
        tokens: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        caches: Sequence[DecoderCache] | None = None,
        maps: list[Map] | None = None,
        cross_maps: list[Map] | None = None,
    ) -> Tensor:
        """tokens (batch, n), memory (batch, n_memory, d_model) -> (batch, n, d_model)

        mask    broadcasts to (batch, heads, n, n_k); memory_mask to (batch, heads, n, n_memory)
        caches  one for each layer: tokens are then those that follow what the caches hold
        maps    lists, to which each layer's attention weights are appended: self to maps, cross to
                cross_maps
        """
        x, bias = self.embed(tokens, caches)
        for i, layer in enumerate(self.layers):
            cache = None if caches is None else caches[i]
            x = layer(
                x,
                memory,
                mask,
                memory_mask,
                bias=bias,
                cache=cache,
                maps=maps,
                cross_maps=cross_maps,
            )
        out: Tensor = self.norm(x)
        return out


def require_tokens(name: str, tokens: object, vocab: int | None = None) -> None:
    """Raise ValueError unless `tokens` is (batch, n) whole numbers from 0 to vocab - 1."""
    if not isinstance(tokens, Tensor):
        raise ValueError(f"{name} is a {type(tokens).__name__}, expected a torch.Tensor")
    if tokens.dim() != 2 or tokens.dtype not in (torch.int32, torch.int64):
        raise ValueError(
            f"{name} has shape {tuple(tokens.shape)} and dtype {tokens.dtype}, "
            "expected (batch, n) of int64"
        )
    # Values are unknown while torch.compile or torch.export traces.
    if vocab is not None and tokens.numel() and not torch.compiler.is_compiling():
        low, high = int(tokens.min()), int(tokens.max())
        if low < 0 or high >= vocab:
            raise ValueError(f"{name} has entries {low} to {high}, expected 0 to {vocab - 1}")
