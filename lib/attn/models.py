"""Models: tokens in, a guess about the next token out.

An encoder that may not look ahead, with a guess on top, is a GPT. An encoder that reads and a
decoder that writes are the Transformer. Lesson 06 builds this file; lessons 07, 16 and 17 train it.

Sources: Vaswani et al., 2017, arXiv 1706.03762, section 3; Radford et al., "Improving Language
Understanding by Generative Pre-Training" (GPT), 2018; Press and Wolf, "Using the Output Embedding
to Improve Language Models" (tied weights), 2016, arXiv 1608.05859.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import Tensor, nn

from attn.cache import DecoderCache, KVCache
from attn.core import scaled_dot_product_attention
from attn.layers import Map
from attn.pluggable import AttentionFunction
from attn.stacks import Decoder, Encoder, Positions
from attn.validation import require_integer


class GPT(nn.Module):
    """Guess the next token from those before it: a decoder-only language model.

    max_len      the longest sequence taken; needed for learned positions, else None is no limit
    positions    "learned", "sinusoidal", "rotary", "alibi", "relative" or "none"
    tie_weights  guess with the matrix that embeds the tokens
    options      scale_embedding: see attn.stacks.TokenStack; d_ff, num_kv_heads, norm_first, norm,
                 norm_eps, gated, activation, bias, dropout, attention_dropout, attention,
                 rotary_base: see attn.layers.LayerOptions
    """

    def __init__(
        self,
        vocab: int,
        *,
        d_model: int,
        num_heads: int,
        num_layers: int,
        max_len: int | None = None,
        positions: Positions = "learned",
        tie_weights: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        self.body = Encoder(
            vocab,
            d_model=d_model,
            num_heads=num_heads,
            num_layers=num_layers,
            max_len=max_len,
            positions=positions,
            causal=True,
            **options,
        )
        self.head = nn.Linear(d_model, vocab, bias=False)
        self.max_len = max_len
        if tie_weights:
            self.head.weight = self.body.embedding.weight

    def forward(
        self,
        tokens: Tensor,
        mask: Tensor | None = None,
        *,
        positions: Tensor | None = None,
        caches: Sequence[KVCache] | None = None,
        maps: list[Map] | None = None,
    ) -> Tensor:
        """Logits of the token that follows each token.

        tokens (batch, n) -> (batch, n, vocab)
        mask       beyond the causal one, such as padding_mask or document_mask; broadcasts to
                   (batch, heads, n, n_k)
        positions  (batch, n) whole numbers, where each token stands: counted along the row unless
                   given. Needed where a row begins with padding or holds several documents, each of
                   which begins at 0. "alibi" and "relative" look at distances along the row, which
                   are the same either way
        caches     from new_caches(): tokens are then those that follow what the caches hold
        maps       a list, to which each layer's weights (batch, heads, n, n_k) are appended
        """
        x = self.body(tokens, mask, positions=positions, caches=caches, maps=maps)
        logits: Tensor = self.head(x)  # (batch, n, vocab)
        return logits

    def new_caches(self) -> list[KVCache]:
        """An empty cache for each layer."""
        return [KVCache() for _ in self.body.layers]


@dataclass
class TransformerMaps:
    """Who looked where in a Transformer: for each layer (batch, heads, n_q, n_k), or None."""

    encoder: list[Map] = field(default_factory=list)
    decoder: list[Map] = field(default_factory=list)
    cross: list[Map] = field(default_factory=list)


class Transformer(nn.Module):
    """Turn one sequence into another: an encoder that reads and a decoder that writes.

    tie_weights      guess with the matrix that embeds the target's tokens
    cross_attention  the attention function by which the decoder looks across
    max_len, positions and options are those of GPT, the same for both sides.
    """

    def __init__(
        self,
        vocab_source: int,
        vocab_target: int,
        *,
        d_model: int,
        num_heads: int,
        num_layers: int,
        max_len: int | None = None,
        positions: Positions = "sinusoidal",
        tie_weights: bool = False,
        cross_attention: AttentionFunction = scaled_dot_product_attention,
        **options: Any,
    ) -> None:
        super().__init__()
        require_integer("vocab_source", vocab_source, minimum=1)
        require_integer("vocab_target", vocab_target, minimum=1)
        decoder = partial(Decoder, cross_attention=cross_attention)
        self.encoder, self.decoder = (
            stack(
                vocab,
                d_model=d_model,
                num_heads=num_heads,
                num_layers=num_layers,
                max_len=max_len,
                positions=positions,
                **options,
            )
            for stack, vocab in ((Encoder, vocab_source), (decoder, vocab_target))
        )
        self.head = nn.Linear(d_model, vocab_target, bias=False)
        self.max_len = max_len
        if tie_weights:
            self.head.weight = self.decoder.embedding.weight

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        source_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
        *,
        maps: TransformerMaps | None = None,
    ) -> Tensor:
        """Logits of the token that follows each target token.

        source (batch, n_source), target (batch, n_target) -> (batch, n_target, vocab_target)
        source_mask  a key mask, such as padding_mask (batch, 1, 1, n_source)
        target_mask  beyond the causal one; broadcasts to (batch, heads, n_target, n_target)
        maps         TransformerMaps(), to which each layer's attention weights are appended
        """
        memory = self.encode(source, source_mask, maps=maps)
        return self.decode(target, memory, source_mask, target_mask, maps=maps)

    def encode(
        self,
        source: Tensor,
        source_mask: Tensor | None = None,
        *,
        maps: TransformerMaps | None = None,
    ) -> Tensor:
        """source (batch, n_source) -> memory (batch, n_source, d_model)"""
        memory: Tensor = self.encoder(source, source_mask, maps=maps.encoder if maps else None)
        return memory

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        source_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
        *,
        positions: Tensor | None = None,
        caches: Sequence[DecoderCache] | None = None,
        maps: TransformerMaps | None = None,
    ) -> Tensor:
        """target (batch, n_target), memory from encode -> logits (batch, n_target, vocab_target)

        positions (batch, n_target) as in GPT; caches from new_caches(): target are then the tokens
        that follow what the caches hold.
        """
        x = self.decoder(
            target,
            memory,
            target_mask,
            source_mask,
            positions=positions,
            caches=caches,
            maps=maps.decoder if maps else None,
            cross_maps=maps.cross if maps else None,
        )
        logits: Tensor = self.head(x)
        return logits

    def new_caches(self) -> list[DecoderCache]:
        """An empty cache for each layer of the decoder."""
        return [DecoderCache() for _ in self.decoder.layers]
