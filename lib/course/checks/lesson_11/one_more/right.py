"""11.1: the reference, and other right ways."""

import math

import torch

from course.checks.lesson_11.one_more.cases import one_more


@one_more.reference
def one_more_by_logarithms(peak: float, total: float, score: float) -> tuple[float, float]:
    held = peak + torch.tensor(total, dtype=torch.float64).log()
    both = torch.stack([held, torch.tensor(score, dtype=torch.float64)])
    new_peak = max(peak, score)
    return new_peak, (both.logsumexp(0) - new_peak).exp().item()


@one_more.right_way
def one_more_with_if(peak: float, total: float, score: float) -> tuple[float, float]:
    if score > peak:
        return score, total * math.exp(peak - score) + 1.0
    return peak, total + math.exp(score - peak)


@one_more.right_way
def one_more_shrunk_first(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = score if score > peak else peak
    total = total * math.e ** (peak - new_peak)
    total += math.e ** (score - new_peak)
    return new_peak, total


@one_more.right_way
def one_more_by_tensors(peak: float, total: float, score: float) -> tuple[float, float]:
    peaks = torch.tensor([peak, score], dtype=torch.float64)
    powers = (peaks - peaks.max()).exp()  # of the old peak and of the newcomer
    return peaks.max().item(), (powers * torch.tensor([total, 1.0])).sum().item()
