"""11.1: mistakes in the peak, and in what is counted at all."""

import math

import torch

from course.checks.lesson_11.one_more.cases import one_more
from course.checks.lesson_11.one_more.right import one_more_with_if


@one_more.mistake(
    "torch.max wants tensors, and here are plain numbers.",
    "Python's own max(peak, score) compares two plain numbers.",
)
def max_of_torch(peak, total, score):
    return torch.max(peak, score), total  # type: ignore[call-overload]


@one_more.mistake(
    "torch.maximum wants tensors, and here are plain numbers.",
    "Python's own max(peak, score) compares two plain numbers.",
)
def maximum_of_torch(peak, total, score):
    return torch.maximum(peak, score), total  # type: ignore[arg-type, return-value]


@one_more.mistake(
    "The peak follows each score, downhill too.",
    "It is the largest so far: max(peak, score).",
)
def peak_follows(peak, total, score):
    return score, total * math.exp(peak - score) + 1.0


@one_more.mistake(
    "A score that is no new peak is not counted.",
    "It adds e^(score - peak) to the total: at most 1, but more than nothing.",
)
def small_scores_lost(peak, total, score):
    if score > peak:
        return score, total * math.exp(peak - score) + 1.0
    return peak, total


@one_more.mistake(
    "At a new peak the old total is thrown away.",
    "The earlier scores still count, only less: shrink the total, and go on adding.",
)
def starts_again(peak, total, score):
    if score > peak:
        return score, 1.0
    return peak, total + math.exp(score - peak)


@one_more.mistake(
    "The old peak is given back.",
    "The total is measured from the new peak now, so the two belong together: give that one back.",
)
def old_peak_given_back(peak, total, score):
    new_peak = max(peak, score)
    return peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "Peak and total are exchanged.",
    "Give back the peak first: return new_peak, new_total.",
)
def peak_and_total_exchanged(peak, total, score):
    new_peak, new_total = one_more_with_if(peak, total, score)
    return new_total, new_peak


@one_more.mistake(
    "The smaller of the two was taken as the new peak.",
    "The peak is the largest score so far: max, not min.",
)
def smaller_as_peak(peak, total, score):
    new_peak = min(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The peak never falls below 0.",
    "All scores may be far below 0, and then every power vanishes. The largest so far is "
    "max(peak, score): it begins at -inf by itself.",
)
def peak_from_zero(peak, total, score):
    new_peak = max(peak, score, 0.0)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The score's size was taken, without its sign.",
    "-1000 is a very small score. The peak is the largest so far, sign and all: max(peak, score).",
)
def peak_of_the_size(peak, total, score):
    new_peak = max(peak, abs(score))
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "A score that equals the peak is not counted.",
    "It counts e^0 = 1. The two lines of the formula serve all cases, without an if.",
)
def equal_score_lost(peak, total, score):
    if score > peak:
        return score, total * math.exp(peak - score) + 1.0
    if score < peak:
        return peak, total + math.exp(score - peak)
    return peak, total
