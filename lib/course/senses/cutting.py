"""Take sight of places, or a head, from a trained model, and see what it does without."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from attn import EncoderLayer
from course.senses.model import D_MODEL, GIVEN, HEADS, STREAM, OneStream, prefix_mask


def cut(*pairs: tuple[slice, slice]) -> Tensor:
    """The prefix mask, without sight of the places `pair[1]` from the places `pair[0]`: (n, n)"""
    mask = prefix_mask(GIVEN, STREAM - GIVEN)
    for rows, columns in pairs:
        mask[rows, columns] = False
    return mask


@contextmanager
def without_head(model: OneStream, layer: int, head: int) -> Iterator[None]:
    """What one head finds reaches nobody, as long as this lasts."""
    chosen = model.layers[layer]
    assert isinstance(chosen, EncoderLayer)
    weight = chosen.self_attention.out_proj.weight
    columns = slice(head * D_MODEL // HEADS, (head + 1) * D_MODEL // HEADS)
    kept = weight[:, columns].detach().clone()
    with torch.no_grad():
        weight[:, columns] = 0
    try:
        yield
    finally:
        with torch.no_grad():
            weight[:, columns] = kept
