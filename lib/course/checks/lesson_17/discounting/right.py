"""17.5: the right answer, found another way, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_17.discounting.cases import discounting


@discounting.reference
def number_by_number(counts: Tensor, below: Tensor, discount: float) -> Tensor:
    rows = []
    for row in counts:
        total = float(row.sum())
        if total == 0:
            rows.append(below)
            continue
        different = len([c for c in row.tolist() if c > 0])
        own = [max(c - discount, 0.0) / total for c in row.tolist()]
        rows.append(torch.tensor(own, dtype=below.dtype) + discount * different / total * below)
    return torch.stack(rows)


@discounting.right_way
def at_once(counts: Tensor, below: Tensor, discount: float) -> Tensor:
    total = counts.sum(dim=-1, keepdim=True)
    different = (counts > 0).sum(dim=-1, keepdim=True)
    taken = (counts - discount).clamp(min=0) + discount * different * below
    return torch.where(total > 0, taken / total.clamp(min=1), below)


@discounting.right_way
def what_is_left_is_handed_on(counts: Tensor, below: Tensor, discount: float) -> Tensor:
    total = counts.sum(-1, keepdim=True).clamp(min=1e-9)
    own = torch.relu(counts - discount) / total
    return own + (1 - own.sum(-1, keepdim=True)) * below


@discounting.right_way
def shares_row_by_row(counts: Tensor, below: Tensor, discount: float) -> Tensor:
    rows = []
    for row in counts:
        if row.any():
            own = torch.clamp(row - discount, min=0)
            rows.append((own + (row.sum() - own.sum()) * below) / row.sum())
        else:
            rows.append(below)
    return torch.stack(rows)
