"""05.5: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_05.causal.right import causal_by_triangle
from course.checks.lesson_05.packed.cases import packed


@packed.reference
def packed_by_loop(ids: Tensor) -> Tensor:
    rows = [
        [[row[i] == row[j] and j <= i and row[j] != 0 for j in range(len(row))] for i in places]
        for row in ids.tolist()
        for places in [range(len(row))]
    ]
    return torch.tensor(rows)[:, None]


def packing(ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three rules: same document and key is real (batch, n, n), not later (n, n)."""
    same = ids[:, :, None] == ids[:, None, :]
    real = (ids != 0)[:, None, :].expand_as(same)
    return same, real, causal_by_triangle(ids.shape[1], ids.shape[1])


@packed.right_way
def packed_by_and(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same & real & past)[:, None]


@packed.right_way
def packed_with_padded_queries_hidden(ids: Tensor) -> Tensor:
    # A query of the same document as a real key is real itself, so this hides the same places.
    same, _, past = packing(ids)
    return (same & (ids > 0)[:, :, None] & past).unsqueeze(1)


@packed.right_way
def packed_by_multiplying(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same.int() * real.int() * past.int()).bool()[:, None, :, :]


@packed.right_way
def packed_place_by_place(ids: Tensor) -> Tensor:
    batch, n = ids.shape
    mask = torch.zeros(batch, 1, n, n, dtype=torch.bool)
    for row in range(batch):
        for i in range(n):
            if ids[row, i] != 0:
                mask[row, 0, i, : i + 1] = ids[row, : i + 1] == ids[row, i]
    return mask
