"""09.2: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_09.blocks.cases import blocks
from course.checks.lesson_09.shared import keeps


@blocks.reference
def blocks_by_loop(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    count = len(query) // block_size
    chosen = torch.zeros(count, count, dtype=torch.bool)
    for a in range(count):
        asking = query[a * block_size : (a + 1) * block_size].double().mean(dim=0)
        agreement = {}
        for b in range(count):
            label = key[b * block_size : (b + 1) * block_size].double().mean(dim=0)
            agreement[b] = math.inf if a == b else float((asking * label).sum())
        for b in sorted(agreement, key=lambda b: -agreement[b])[:k]:
            chosen[a, b] = True
    return chosen


def mean_of_blocks(x: Tensor, block_size: int) -> Tensor:
    return x.unflatten(0, (-1, block_size)).mean(dim=1)


def best_blocks(agreement: Tensor, k: int) -> Tensor:
    """The own block and the k - 1 best others."""
    return keeps(agreement.clone().fill_diagonal_(torch.inf), k)


@blocks.right_way
def blocks_by_means(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).T, k)


@blocks.right_way
def blocks_by_all_scores(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    # The mean of all scores of a pair of blocks is the score of the means, but costs B² times more.
    scores = (query @ key.mT).unflatten(0, (-1, block_size)).unflatten(-1, (-1, block_size))
    return best_blocks(scores.mean(dim=(1, 3)), k)


@blocks.right_way
def blocks_by_others(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    own = torch.eye(len(agreement), dtype=torch.bool)
    return own | keeps(agreement.masked_fill(own, -torch.inf), k - 1) if k > 1 else own


@blocks.right_way
def blocks_by_bar(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement[range(len(agreement)), range(len(agreement))] = torch.inf
    return agreement >= agreement.sort(dim=-1, descending=True).values[:, k - 1 : k]


@blocks.right_way
def blocks_by_sums(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    # Sums are block_size times the means: the order of the agreements stays as it was.
    sums = [torch.stack([part.sum(0) for part in x.split(block_size)]) for x in (query, key)]
    return best_blocks(torch.einsum("ad,bd->ab", *sums), k)
