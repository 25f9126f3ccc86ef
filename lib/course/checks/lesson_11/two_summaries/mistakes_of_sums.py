"""11.2: mistakes with the common peak, with what is added, and with what is given back."""

import math

import torch

from course.checks.lesson_11.two_summaries.cases import two_summaries
from course.checks.lesson_11.two_summaries.right import merged_by_stack


@two_summaries.mistake(
    "One decision was taken for all queries: which of the two summaries has the higher peak.",
    "Every query has a row of its own, and decides for itself. torch.maximum(peak_1, peak_2) "
    "compares entry by entry.",
)
def one_decision_for_all(first, second):
    if (first[0] > second[0]).all():
        factor = (second[0] - first[0]).exp()
        return first[0], first[1] + second[1] * factor, first[2] + second[2] * factor
    factor = (first[0] - second[0]).exp()
    return second[0], first[1] * factor + second[1], first[2] * factor + second[2]


@two_summaries.mistake(
    "math.exp and float() take a single number, and here is one for each query.",
    "A tensor's own method takes the power of each entry: (peak_1 - peak).exp().",
)
def exp_of_math(first, second):
    peak = torch.maximum(first[0], second[0])
    one, two = math.exp(first[0] - peak), math.exp(second[0] - peak)
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The second summary alone was given back, as if it knew of the first one's keys.",
    "Shrink both to the common peak, then add.",
)
def second_alone(first, second):
    return second


@two_summaries.mistake(
    "One peak was taken for all queries.",
    "Every query has its own row, and its own peak. torch.maximum(peak_1, peak_2) alone compares "
    "entry by entry; a max() after it takes one number of all.",
)
def one_peak_for_all(first, second):
    peak = torch.maximum(first[0], second[0]).max()
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "`if` and Python's own max want one yes or no, and here is one for each query.",
    "torch.maximum(peak_1, peak_2) compares entry by entry. With a factor for each summary no `if` "
    "is needed: the higher one's is 1.",
)
def max_of_python(first, second):
    peak = max(first[0], second[0])  # type: ignore[call-overload]
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The blend was divided by the total already.",
    "A summary has to stay undivided, or it can't be merged once more. The division comes at the "
    "very end, in 11.3.",
)
def divided_already(first, second):
    peak, total, blend = merged_by_stack(first, second)
    return peak, total, blend / total


@two_summaries.mistake(
    "The peaks were added up.",
    "The peak of all keys is the higher of the two: torch.maximum(peak_1, peak_2).",
)
def peaks_added(first, second):
    peak = first[0] + second[0]
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Total and peak are exchanged.",
    "A summary is (peak, total, blend), in this order.",
)
def total_first(first, second):
    peak, total, blend = merged_by_stack(first, second)
    return total, peak, blend


@two_summaries.mistake(
    "The factors were measured from one peak for all queries.",
    "Every query has its own row, and its own peak: take away `peak` as it is, entry by entry.",
)
def measured_from_one_peak(first, second):
    peak = torch.maximum(first[0], second[0])
    one, two = (first[0] - peak.max()).exp(), (second[0] - peak.max()).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The blends were averaged, as if both chunks mattered alike.",
    "A blend is a sum, so two of them are added, each after it was brought to the common unit.",
)
def blends_averaged(first, second):
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, (first[2] + second[2]) / 2


@two_summaries.mistake(
    "The blends were weighted by their totals, as if they were finished outputs.",
    "A blend holds its total already, because it is not divided yet. It shrinks by the same factor "
    "as the total, and is added.",
)
def blends_as_outputs(first, second):
    peak, total, _ = merged_by_stack(first, second)
    one, two = (x[1] * (x[0] - peak).exp() for x in (first, second))
    return peak, total, (first[2] * one + second[2] * two) / total


@two_summaries.mistake(
    "The blends were multiplied by their totals before they were added.",
    "A blend holds its total already, because it is not divided yet. It shrinks by the same factor "
    "as the total, and by nothing else.",
)
def blends_times_totals(first, second):
    peak, total, _ = merged_by_stack(first, second)
    one, two = (x[1] * (x[0] - peak).exp() for x in (first, second))
    return peak, total, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Total and blend are exchanged.",
    "A summary is (peak, total, blend), in this order.",
)
def blend_before_total(first, second):
    peak, total, blend = merged_by_stack(first, second)
    return peak, blend, total


@two_summaries.mistake(
    "The first summary alone was given back, as if it knew of the second one's keys.",
    "Shrink both to the common peak, then add.",
)
def first_alone(first, second):
    return first


@two_summaries.mistake(
    "The blends were brought to the common unit, and then averaged.",
    "Both chunks' keys are in the merged blend: it is their sum, as the total is.",
)
def rescaled_blends_averaged(first, second):
    peak, total, blend = merged_by_stack(first, second)
    return peak, total, blend / 2


@two_summaries.mistake(
    "Totals and blends were averaged.",
    "After a single merge the output is the same, as both are halved; but the merged total is the "
    "sum of the powers of all keys, and the next merge relies on that.",
)
def totals_and_blends_averaged(first, second):
    peak, total, blend = merged_by_stack(first, second)
    return peak, total / 2, blend / 2


@two_summaries.mistake(
    "Total and blend are right; the peak is the sum of the two peaks.",
    "The peak of all keys is the higher of the two, which stands in `peak`: give that back.",
)
def sum_of_peaks_given_back(first, second):
    _, total, blend = merged_by_stack(first, second)
    return first[0] + second[0], total, blend


@two_summaries.mistake(
    "The first total was counted twice, and the second one not at all.",
    "Each factor multiplies the total and the blend of its own summary.",
)
def first_total_twice(first, second):
    peak, _, blend = merged_by_stack(first, second)
    return peak, first[1] * (first[0] - peak).exp() + first[1] * (second[0] - peak).exp(), blend


@two_summaries.mistake(
    "The second summary was counted as one newcomer: its total is missing.",
    "In 11.1 one score came, and counted 1. Here `total_2` scores' worth come along: multiply "
    "the factor by total_2.",
)
def second_as_one_newcomer(first, second):
    peak, _, blend = merged_by_stack(first, second)
    return peak, first[1] * (first[0] - peak).exp() + (second[0] - peak).exp(), blend
