"""15.4: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_15.shares.cases import shares


@shares.reference
def head_by_head(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    batch, heads = weights.shape[:2]
    found = []
    for head in range(heads):
        begin = 0
        for size in sizes:
            columns = range(begin, begin + size)
            of_all = [weights[b, head, row, j] for b in range(batch) for j in columns]
            found.append(torch.stack(of_all).sum() / batch)
            begin += size
    return torch.stack(found).view(heads, len(sizes))


@shares.right_way
def shares_by_split(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    look = weights[:, :, row].mean(dim=0)  # (heads, n)
    return torch.stack([part.sum(dim=-1) for part in look.split(sizes, dim=-1)], dim=-1)


@shares.right_way
def shares_by_slices(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    begin, found = 0, []
    for size in sizes:
        found.append(weights[:, :, row, begin : begin + size].sum(dim=-1).mean(dim=0))
        begin += size
    return torch.stack(found, dim=1)


@shares.right_way
def shares_by_product(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    of = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    belongs = (of[:, None] == torch.arange(len(sizes))).to(weights.dtype)  # (n, senses)
    return (weights[:, :, row] @ belongs).mean(dim=0)
