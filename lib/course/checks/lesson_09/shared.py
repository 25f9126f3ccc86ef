"""What the exercises of lesson 09 share."""

from collections.abc import Callable

import torch
from torch import Tensor

BUILT_HERE = ("attn",)
ALONG_THE_KEYS = (
    "Each query chooses among its keys. Queries are rows, so the choice runs along a row: dim=-1."
)
FLOATS = "A mask of this course holds True and False, so that masks combine with & and |."


def keeps(scores: Tensor, k: int, dim: int = -1, largest: bool = True) -> Tensor:
    """True at the k best scores along one axis, shaped as the scores."""
    best = scores.topk(min(k, scores.shape[dim]), dim=dim, largest=largest).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter(dim, best, True)


def table(n: int, visible: Callable[[int, int], bool]) -> Tensor:
    return torch.tensor([[visible(i, j) for j in range(n)] for i in range(n)])
