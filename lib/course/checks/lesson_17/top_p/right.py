"""17.3: the right answer, token by token, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_17.top_p.cases import top_p


@top_p.reference
def one_by_one(ranked: Tensor, p: float) -> Tensor:
    rows = ranked.reshape(-1, ranked.shape[-1])
    kept = []
    for row in rows:
        count, total = 0, 0.0
        while count == 0 or (count < len(row) and total < p):
            total += row[count].item()
            count += 1
        keeps = torch.arange(len(row)) < count
        kept.append(row * keeps.to(row.dtype))
    table = torch.stack(kept).view(ranked.shape)
    return table / table.sum(dim=-1, keepdim=True)


@top_p.right_way
def those_before(ranked: Tensor, p: float) -> Tensor:
    before = ranked.cumsum(dim=-1) - ranked
    kept = torch.where(before < p, ranked, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)


@top_p.right_way
def shifted(ranked: Tensor, p: float) -> Tensor:
    reached = ranked.cumsum(dim=-1) >= p
    gone = torch.cat([torch.zeros_like(reached[..., :1]), reached[..., :-1]], dim=-1)
    kept = ranked.masked_fill(gone, 0.0)
    return kept / kept.sum(-1, keepdim=True)


@top_p.right_way
def counted(ranked: Tensor, p: float) -> Tensor:
    count = (ranked.cumsum(dim=-1) < p).sum(dim=-1, keepdim=True) + 1
    kept = ranked * (torch.arange(ranked.shape[-1]) < count).to(ranked.dtype)
    return kept / kept.sum(dim=-1, keepdim=True)
