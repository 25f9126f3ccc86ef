"""09.3: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_09.shared import keeps
from course.checks.lesson_09.with_mean.cases import with_mean


@with_mean.reference
def by_loop(scores: Tensor, value: Tensor, k: int) -> Tensor:
    rows = []
    tables = scores.reshape(-1, *scores.shape[-2:])
    for table, values in zip(tables, value.reshape(-1, *value.shape[-2:]), strict=True):
        average = sum(values) / len(values)  # (d_v,)
        for row in table:
            powers = [torch.exp(score - max(row)) for score in row]
            best = sorted(range(len(row)), key=lambda j: -row[j].item())[:k]
            kept = [powers[j] / sum(powers) for j in best]
            spoken = sum(weight * values[j] for weight, j in zip(kept, best, strict=True))
            rows.append(spoken + (1 - sum(kept)) * average)
    return torch.stack(rows).view(*scores.shape[:-1], value.shape[-1])


def kept_weights(scores: Tensor, k: int) -> Tensor:
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)


def average_of(value: Tensor) -> Tensor:
    return value.mean(dim=-2, keepdim=True)  # (..., 1, d_v)


def lost_mass(kept: Tensor) -> Tensor:
    return 1 - kept.sum(dim=-1, keepdim=True)  # (..., n_q, 1)


@with_mean.right_way
def by_parts(scores: Tensor, value: Tensor, k: int) -> Tensor:
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.right_way
def by_weights(scores: Tensor, value: Tensor, k: int) -> Tensor:
    # The lost mass in equal shares on all keys is the lost mass times the mean.
    kept = kept_weights(scores, k)
    return (kept + lost_mass(kept) / scores.shape[-1]) @ value


@with_mean.right_way
def by_what_was_left_out(scores: Tensor, value: Tensor, k: int) -> Tensor:
    weights = scores.softmax(dim=-1)
    left_out = torch.where(keeps(scores, k), 0.0, weights)
    lost = left_out.sum(dim=-1, keepdim=True)
    return (weights - left_out) @ value + lost * average_of(value)


@with_mean.right_way
def by_distance_from_the_mean(scores: Tensor, value: Tensor, k: int) -> Tensor:
    average = value.mean(dim=-2).unsqueeze(-2)
    weights, places = scores.softmax(dim=-1).topk(k, dim=-1)
    kept = torch.zeros_like(scores).scatter(-1, places, weights)
    return average + kept @ (value - average)
