"""15.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_15.patches.cases import patches


@patches.reference
def pixel_by_pixel(x: Tensor, p: int) -> Tensor:
    _, height, width = x.shape
    cut = [
        torch.stack([x[:, p * i + a, p * j + b] for a in range(p) for b in range(p)], dim=-1)
        for i in range(height // p)
        for j in range(width // p)
    ]
    return torch.stack(cut, dim=1)


@patches.right_way
def patches_by_view(x: Tensor, p: int) -> Tensor:
    batch, height, width = x.shape
    split = x.reshape(batch, height // p, p, width // p, p)
    return split.permute(0, 1, 3, 2, 4).reshape(batch, -1, p * p)


@patches.right_way
def patches_by_unfold(x: Tensor, p: int) -> Tensor:
    return x.unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)


@patches.right_way
def patches_by_slices(x: Tensor, p: int) -> Tensor:
    rows, columns = range(0, x.shape[1], p), range(0, x.shape[2], p)
    cut = [x[:, i : i + p, j : j + p].flatten(1) for i in rows for j in columns]
    return torch.stack(cut, dim=1)


@patches.right_way
def patches_by_transpose(x: Tensor, p: int) -> Tensor:
    split = x.unflatten(2, (-1, p)).unflatten(1, (-1, p))  # (batch, H/p, p, W/p, p)
    return split.transpose(2, 3).flatten(3).flatten(1, 2)
