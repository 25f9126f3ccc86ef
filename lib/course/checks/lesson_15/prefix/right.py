"""15.3: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_15.prefix.cases import prefix, table


@prefix.reference
def place_by_place(n_given: int, n_said: int) -> Tensor:
    return table(n_given, n_said, lambda i, j: j < n_given or j <= i)


@prefix.right_way
def prefix_by_opening(n_given: int, n_said: int) -> Tensor:
    n = n_given + n_said
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    mask[:n_given, :n_given] = True
    return mask


@prefix.right_way
def prefix_by_comparison(n_given: int, n_said: int) -> Tensor:
    place = torch.arange(n_given + n_said)
    return (place < n_given) | (place <= place[:, None])


@prefix.right_way
def prefix_by_blocks(n_given: int, n_said: int) -> Tensor:
    above = torch.zeros(n_given, n_said, dtype=torch.bool)
    corner = torch.ones(n_said, n_said, dtype=torch.bool).tril()
    given = torch.ones(n_given + n_said, n_given, dtype=torch.bool)
    return torch.cat([given, torch.cat([above, corner])], dim=1)


@prefix.right_way
def prefix_row_by_row(n_given: int, n_said: int) -> Tensor:
    n = n_given + n_said
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, : max(n_given, i + 1)] = True
    return mask
