"""11.2: mistakes with the two factors."""

from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_11.shared import Summary
from course.checks.lesson_11.two_summaries.cases import two_summaries
from course.checks.lesson_11.two_summaries.right import merged_by_stack


def merged(
    first: Summary,
    second: Summary,
    factors: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]],
) -> Summary:
    """A merge with other factors: the mistakes below are made of it."""
    peak = torch.maximum(first[0], second[0])
    one, two = factors(first[0], second[0], peak)
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Totals and blends were added as they are: nothing was rescaled.",
    "Each summary counts in a unit of its own, e^peak_1 and e^peak_2. Measure both from the higher "
    "peak before you add: multiply each by e^(its peak - peak).",
)
def nothing_rescaled(first, second):
    peak = torch.maximum(first[0], second[0])
    return peak, first[1] + second[1], first[2] + second[2]


@two_summaries.mistake(
    "Only the first summary was rescaled.",
    "In 11.1 the newcomer was measured from the new peak already. Here the second summary may be "
    "the one with the lower peak: it needs a factor too.",
)
def only_the_first(first, second):
    return merged(first, second, lambda a, b, peak: ((a - peak).exp(), torch.ones_like(b)))


@two_summaries.mistake(
    "The totals were rescaled, the blends were not.",
    "A blend is a sum of the same powers, times values. It shrinks by the same factor.",
)
def blends_not_rescaled(first, second):
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, first[2] + second[2]


@two_summaries.mistake(
    "The blends were rescaled, the totals were not.",
    "Total and blend are sums of the same powers. Both shrink by the same factor.",
)
def totals_not_rescaled(first, second):
    peak, _, blend = merged_by_stack(first, second)
    return peak, first[1] + second[1], blend


@two_summaries.mistake(
    "The factors stretch where they should shrink.",
    "A factor multiplies, and its exponent is a summary's own peak minus the higher one: never "
    "above 0.",
)
def stretched(first, second):
    return merged(first, second, lambda a, b, peak: ((peak - a).exp(), (peak - b).exp()))


@two_summaries.mistake(
    "The two factors are exchanged.",
    "The first summary shrinks by e^(peak_1 - peak), the second by e^(peak_2 - peak).",
)
def factors_exchanged(first, second):
    return merged(first, second, lambda a, b, peak: ((b - peak).exp(), (a - peak).exp()))


@two_summaries.mistake(
    "Each summary was multiplied by e^(its own peak), with nothing taken away.",
    "So total and blend don't fit the peak that stands beside them, and large peaks overflow. Take "
    "the common peak away in the exponent: e^(peak_1 - peak).",
)
def multiplied_by_powers(first, second):
    return merged(first, second, lambda a, b, peak: (a.exp(), b.exp()))


@two_summaries.mistake(
    "All is measured from the first summary's peak, though the second may be higher.",
    "The three fit each other, but where peak_2 lies far above, e^(peak_2 - peak_1) overflows. "
    "Measure from the higher of the two, and give that back.",
)
def measured_from_the_first(first, second):
    factor = (second[0] - first[0]).exp()
    return first[0], first[1] + second[1] * factor, first[2] + second[2] * factor


@two_summaries.mistake(
    "The first summary was measured from the second one's peak, though that may be the lower one.",
    "A factor compares a summary's own peak with the higher of the two: e^(peak_1 - peak) and "
    "e^(peak_2 - peak).",
)
def first_from_the_second(first, second):
    return merged(first, second, lambda a, b, peak: ((a - b).exp(), torch.ones_like(b)))


@two_summaries.mistake(
    "The second summary was measured from the first one's peak, though that may be the lower one.",
    "A factor compares a summary's own peak with the higher of the two: e^(peak_1 - peak) and "
    "e^(peak_2 - peak).",
)
def second_from_the_first(first, second):
    return merged(first, second, lambda a, b, peak: (torch.ones_like(a), (b - a).exp()))


@two_summaries.mistake(
    "The factors are differences of peaks: exp is missing.",
    "A factor is a power: (peak_1 - peak).exp(), which is 1 where the peak stays.",
)
def factors_without_exp(first, second):
    return merged(first, second, lambda a, b, peak: (a - peak, b - peak))


@two_summaries.mistake(
    "Only the second summary was rescaled.",
    "The first may be the one with the lower peak: it needs a factor too, e^(peak_1 - peak).",
)
def only_the_second(first, second):
    return merged(first, second, lambda a, b, peak: (torch.ones_like(a), (b - peak).exp()))


@two_summaries.mistake(
    "Both are measured from the lower peak.",
    "The three fit each other, but where the peaks lie far apart, a factor overflows. Measure from "
    "the higher of the two: torch.maximum(peak_1, peak_2).",
)
def lower_peak(first, second):
    peak = torch.minimum(first[0], second[0])
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The first blend was multiplied by the second one's factor.",
    "Total and blend of one summary share one factor: e^(peak_1 - peak) for both of the first.",
)
def second_factor_for_both_blends(first, second):
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, (first[2] + second[2]) * (second[0] - peak).exp()


@two_summaries.mistake(
    "The second blend was multiplied by the first one's factor.",
    "Total and blend of one summary share one factor: e^(peak_2 - peak) for both of the second.",
)
def first_factor_for_both_blends(first, second):
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, (first[2] + second[2]) * (first[0] - peak).exp()


@two_summaries.mistake(
    "The blends got each other's factor.",
    "Total and blend of one summary share one factor: e^(peak_1 - peak) for both of the first.",
)
def factors_of_blends_exchanged(first, second):
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, first[2] * (second[0] - peak).exp() + second[2] * (first[0] - peak).exp()


@two_summaries.mistake(
    "The two factors add up to 1, as shares do.",
    "Nothing is shared out here: each summary is brought to the common unit, e^peak, and then they "
    "are added. The higher one's factor is 1.",
)
def factors_sum_to_one(first, second):
    return merged(first, second, lambda a, b, peak: ((a - b).sigmoid(), (b - a).sigmoid()))


@two_summaries.mistake(
    "The first summary was multiplied by a difference of the two peaks.",
    "Two things are missing: exp, as a factor is a power; and the common peak, as the second "
    "may be the lower one. e^(peak_1 - peak) for the first, e^(peak_2 - peak) for the second.",
)
def difference_for_the_first(first, second):
    return merged(first, second, lambda a, b, peak: (a - b, torch.ones_like(b)))


@two_summaries.mistake(
    "The summaries were multiplied by the differences of the two peaks.",
    "Two things are missing: exp, as a factor is a power; and the common peak, from which both are "
    "measured. e^(peak_1 - peak) for the first, e^(peak_2 - peak) for the second.",
)
def differences_of_the_two(first, second):
    return merged(first, second, lambda a, b, peak: (a - b, b - a))


@two_summaries.mistake(
    "Each summary was measured from the other one's peak, so the higher one was stretched.",
    "Both are measured from the higher of the two, which stands in `peak`: e^(peak_1 - peak) and "
    "e^(peak_2 - peak).",
)
def from_each_others_peak(first, second):
    return merged(first, second, lambda a, b, peak: ((a - b).exp(), (b - a).exp()))


@two_summaries.mistake(
    "The factors are ratios of peaks.",
    "A summary counts in units of e^(its peak), and two powers are compared by the difference of "
    "their exponents: (peak_1 - peak).exp().",
)
def ratios_of_peaks(first, second):
    return merged(first, second, lambda a, b, peak: (a / peak, b / peak))


@two_summaries.mistake(
    "Right on paper, but each peak's power was taken by itself, and divided afterwards.",
    "The power of a high peak fits into no float, and that of a low one is rounded to 0. Subtract "
    "the peaks first, then take one power: (peak_1 - peak).exp().",
)
def powers_then_divided(first, second):
    return merged(first, second, lambda a, b, peak: (a.exp() / peak.exp(), b.exp() / peak.exp()))
