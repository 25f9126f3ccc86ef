"""10.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_09.shared import table
from course.checks.lesson_10.longformer.cases import longformer


@longformer.reference
def longformer_by_loop(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) < global_tokens)


@longformer.right_way
def longformer_by_triangles(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.ones(n, n, dtype=torch.bool).triu(1 - window).tril(window - 1)
    mask[:global_tokens] = True
    mask[:, :global_tokens] = True
    return mask


@longformer.right_way
def longformer_by_slices(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, max(0, i - window + 1) : i + window] = True
        mask[i, : n if i < global_tokens else global_tokens] = True
    return mask


@longformer.right_way
def longformer_by_hiding(n: int, window: int, global_tokens: int) -> Tensor:
    place = torch.arange(n)
    far = (place[:, None] - place).pow(2) >= window**2
    hidden = far & (place >= global_tokens) & (place >= global_tokens).unsqueeze(1)
    return hidden.logical_not()
