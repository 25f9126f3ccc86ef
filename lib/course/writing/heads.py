"""Which heads of a GPT look where, and what it can no longer do without some of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from attn import GPT

Head = tuple[int, int]  # layer and head, both counted from 0


def twice(tokens: Tensor, first: int) -> Tensor:
    """Rows of tokens, read twice: (batch, p) -> (batch, 1 + 2 p), a token `first` in front."""
    return torch.cat([tokens.new_full((len(tokens), 1), first), tokens, tokens], dim=1)


@torch.no_grad()
def loss_of_each(model: GPT, tokens: Tensor) -> Tensor:
    """tokens (batch, n) -> the loss of each guess from the second token on (batch, n - 1)"""
    logits = model(tokens)[:, :-1]  # (batch, n - 1, vocab)
    return F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")


@torch.no_grad()
def head_scores(model: GPT, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """How much each head looks at the token before, and how much it is an induction head.

    tokens (batch, 1 + 2 p) from twice -> two tables (layers, heads) of mean weights. An induction
    head looks, from a token's second time, at the token behind its first time: p - 1 back.
    """
    p = tokens.shape[1] // 2
    maps: list[Tensor] = []
    model(tokens, maps=maps)
    weights = torch.stack(maps, dim=1)  # (batch, layers, heads, n, n)
    previous = weights.diagonal(offset=-1, dim1=-2, dim2=-1)[..., 1:]  # the first token is none
    induction = weights.diagonal(offset=1 - p, dim1=-2, dim2=-1)[..., 2:]
    return previous.mean(dim=(0, -1)), induction.mean(dim=(0, -1))


def best_heads(scores: Tensor, count: int) -> list[Head]:
    """The heads with the highest scores (layers, heads), the best first."""
    places = scores.flatten().topk(count).indices.tolist()
    return [divmod(place, scores.shape[1]) for place in places]


def drawn_heads(scores: Tensor, count: int, seed: int) -> list[Head]:
    """So many heads at random, of a table (layers, heads)."""
    order = torch.randperm(scores.numel(), generator=torch.Generator().manual_seed(seed))
    return [divmod(place, scores.shape[1]) for place in order[:count].tolist()]


@contextmanager
def without(model: GPT, heads: Iterable[Head]) -> Iterator[GPT]:
    """The model with some heads silent; when the block is left, they are back."""
    heads = list(heads)
    layers: list[Any] = [layer.self_attention for layer in model.body.layers]
    weights = {i: layers[i].out_proj.weight.detach() for i, _ in heads}  # the model's own numbers
    kept = {i: weight.clone() for i, weight in weights.items()}
    try:
        for i, head in heads:
            d_head = weights[i].shape[1] // layers[i].num_heads
            weights[i][:, head * d_head : (head + 1) * d_head] = 0.0
        yield model
    finally:
        for i, weight in weights.items():
            weight.copy_(kept[i])
