"""09.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_09.shared import keeps
from course.checks.lesson_09.top_k.cases import top_k


def softmax(row: list[Tensor]) -> list[Tensor]:
    powers = [torch.exp(score - max(row)) for score in row]
    return [power / sum(powers) for power in powers]


@top_k.reference
def best_by_sorting(scores: Tensor, k: int) -> Tensor:
    rows = []
    for row in scores.reshape(-1, scores.shape[-1]):
        best = sorted(range(len(row)), key=lambda j: -row[j].item())[:k]
        shares = dict(zip(best, softmax([row[j] for j in best]), strict=True))
        rows.append(torch.stack([shares.get(j, row[j] * 0) for j in range(len(row))]))
    return torch.stack(rows).view(scores.shape)


@top_k.right_way
def best_by_scatter(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)


@top_k.right_way
def best_renormalised(scores: Tensor, k: int) -> Tensor:
    weights = scores.softmax(dim=-1)
    kept = torch.where(keeps(scores, k), weights, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)


@top_k.right_way
def best_by_bar(scores: Tensor, k: int) -> Tensor:
    bar = scores.sort(dim=-1, descending=True).values[..., k - 1, None]
    return torch.where(scores >= bar, scores, -torch.inf).softmax(dim=-1)


@top_k.right_way
def best_written_back(scores: Tensor, k: int) -> Tensor:
    best, places = scores.topk(k, dim=-1)
    return torch.zeros_like(scores).scatter(-1, places, best.softmax(dim=-1))


@top_k.right_way
def best_by_rank(scores: Tensor, k: int) -> Tensor:
    rank = scores.argsort(dim=-1, descending=True).argsort(dim=-1)  # 0 for the best of its row
    return scores.masked_fill(rank >= k, -torch.inf).softmax(dim=-1)


@top_k.right_way
def best_by_indexing(scores: Tensor, k: int) -> Tensor:
    bar = scores.kthvalue(scores.shape[-1] - k + 1, dim=-1, keepdim=True).values
    hidden = scores.clone()
    hidden[scores < bar] = -torch.inf
    return hidden.softmax(dim=-1)
