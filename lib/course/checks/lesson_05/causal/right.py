"""05.2: the reference, and other right ways."""

from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_05.causal.cases import causal


def table(n_q: int, n_k: int, visible: Callable[[int, int], bool]) -> Tensor:
    """A mask place by place: visible(place of the query, place of the key)."""
    start = n_k - n_q
    return torch.tensor([[visible(start + i, j) for j in range(n_k)] for i in range(n_q)])


@causal.reference
def causal_by_loop(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j <= i)


@causal.right_way
def causal_by_triangle(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k - n_q)


@causal.right_way
def causal_by_last_rows(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_k, n_k).tril().bool()[-n_q:]


@causal.right_way
def causal_by_places(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_k - n_q, n_k).unsqueeze(1) >= torch.arange(n_k)


@causal.right_way
def causal_by_slices(n_q: int, n_k: int) -> Tensor:
    mask = torch.zeros(n_q, n_k, dtype=torch.bool)
    for i in range(n_q):
        mask[i, : n_k - n_q + i + 1] = True
    return mask


@causal.right_way
def causal_by_hiding(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k).triu(n_k - n_q + 1) == 0
