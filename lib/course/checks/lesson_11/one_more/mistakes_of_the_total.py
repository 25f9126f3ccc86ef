"""11.1: mistakes in how the total is counted."""

import math

import torch

from course.checks.lesson_11.one_more.cases import one_more
from course.checks.lesson_11.one_more.right import one_more_with_if

SAME_UNIT = (
    "A total counts in units of e^peak. When the peak rises, what was counted before has to shrink "
    "by e^(old peak - new peak), or early keys keep a size that they no longer have."
)


@one_more.mistake("The old total was not rescaled when the peak rose.", SAME_UNIT)
def old_total_not_rescaled(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total + math.exp(score - new_peak)


@one_more.mistake(
    "The old total was stretched where it should shrink.",
    "The exponent is peak - new_peak: never above 0, so that the factor is never above 1.",
)
def old_total_stretched(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(new_peak - peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The old total was divided by the shrinking factor.",
    "The factor e^(peak - new_peak) is at most 1 and makes the old total smaller: multiply.",
)
def old_total_divided(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total / math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The newcomer is measured from the old peak.",
    "Both terms need the same unit: score - new_peak.",
)
def newcomer_from_the_old_peak(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - peak)


@one_more.mistake(
    "The newcomer shrinks along with the old total.",
    "e^(score - new_peak) is measured from the new peak already: only the old total is multiplied "
    "by e^(peak - new_peak).",
)
def newcomer_shrunk_too(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, (total + math.exp(score - new_peak)) * math.exp(peak - new_peak)


@one_more.mistake(
    "Right on paper, but the newcomer was measured from the old peak first, and shrunk afterwards.",
    "Where the old peak is far below, or -inf, that first power fits into no float. Measure from "
    "the new peak at once.",
)
def added_then_shrunk(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, (total + math.exp(score - peak)) * math.exp(peak - new_peak)


@one_more.mistake(
    "No peak was taken away from the newcomer.",
    "e to the power of a large score fits into no float. Its exponent is score - new_peak.",
)
def newcomer_without_peak(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score)


@one_more.mistake(
    "The old total stayed as it was, and no peak was taken away from the newcomer.",
    "A plain sum of powers overflows, as in lesson 01. Count in units of e^new_peak.",
)
def plain_sum(peak, total, score):
    return max(peak, score), total + math.exp(score)


@one_more.mistake(
    "Right on paper, but each power was taken by itself, and divided afterwards.",
    "The power of a large score fits into no float. Subtract in the exponent, before the power: "
    "math.exp(score - new_peak).",
)
def powers_then_divided(peak, total, score):
    new_peak = max(peak, score)
    unit = math.exp(new_peak)
    return new_peak, total * math.exp(peak) / unit + math.exp(score) / unit


@one_more.mistake(
    "The newcomer adds a difference, not its power: an exp is missing.",
    "It counts math.exp(score - new_peak).",
)
def newcomer_without_exp(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + score - new_peak


@one_more.mistake(
    "The old total was multiplied by a difference, not by its power: an exp is missing.",
    "The factor is math.exp(peak - new_peak), 1 where the peak stays.",
)
def shrink_without_exp(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * (peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "torch.exp wants a tensor, and here are plain numbers.",
    "math.exp takes a plain number and gives one back.",
)
def exp_of_torch(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * torch.exp(peak - new_peak)  # type: ignore[arg-type, return-value]


@one_more.mistake(
    "Each newcomer counts 1, as if none lay below the peak.",
    "It counts e^(score - new_peak): 1 where it reaches the peak, less where it lies below.",
)
def newcomer_counts_one(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + 1.0


@one_more.mistake(
    "The two exponents are exchanged.",
    "What was counted so far goes with the old peak: total * e^(peak - new_peak). The newcomer "
    "brings its own score: e^(score - new_peak).",
)
def exponents_exchanged(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(score - new_peak) + math.exp(peak - new_peak)


@one_more.mistake(
    "The newcomer adds its score itself, and not a power.",
    "A total is a sum of powers: the newcomer counts math.exp(score - new_peak).",
)
def newcomer_adds_its_score(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + score


@one_more.mistake(
    "The total was rescaled, but the newcomer is not in it.",
    "Shrink the old total, then add e^(score - new_peak).",
)
def newcomer_missing(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak)


@one_more.mistake(
    "The powers were taken of the scores themselves: no new peak was subtracted.",
    "The exponents are differences: total * e^(peak - new_peak) + e^(score - new_peak).",
)
def powers_of_the_scores(peak, total, score):
    return max(peak, score), total * math.e**peak + math.e**score


@one_more.mistake(
    "This is the newcomer's share, not the total.",
    "Shares come at the very end, when all scores are counted. Give back the total, undivided.",
)
def share_given_back(peak, total, score):
    new_peak, new_total = one_more_with_if(peak, total, score)
    return new_peak, math.exp(score - new_peak) / new_total


@one_more.mistake(
    "The old total was multiplied by a ratio of the peaks.",
    "It counts in units of e^peak, and two powers are compared by the difference of their "
    "exponents: the factor is math.exp(peak - new_peak).",
)
def ratio_of_peaks(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * peak / new_peak + math.exp(score - new_peak)


@one_more.mistake(
    "The factor was added to the old total, where it should multiply it.",
    "The old total *shrinks* by e^(peak - new_peak): total * math.exp(peak - new_peak).",
)
def factor_added(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total + math.exp(peak - new_peak) + math.exp(score - new_peak)


NO_BRACKETS = (
    "** comes before -, so without brackets the power is taken first: "
    "math.e ** (score - new_peak), or math.exp(score - new_peak)."
)


@one_more.mistake(
    "The new peak was taken from the newcomer's power, not from its score.", NO_BRACKETS
)
def peak_taken_from_the_power(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.e**score - new_peak


@one_more.mistake("The new peak was taken from both powers, not from the scores.", NO_BRACKETS)
def peak_taken_from_both_powers(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.e**peak - new_peak + math.e**score - new_peak
