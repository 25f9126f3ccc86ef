"""The exercises of lesson 09: the online softmax, summaries, tiles, and their gradient."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise

BUILT_HERE = (
    "attn",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
)
Summary = tuple[Tensor, Tensor, Tensor]
SAME_UNIT = (
    "A total counts in units of e^peak. When the peak rises, what was counted before has to shrink "
    "by e^(old peak - new peak), or early keys keep a size that they no longer have."
)

# 09.1: one more score

one_more = Exercise(
    "09.1",
    returns=("new_peak", "new_total"),
    right="Two numbers are enough, however many scores arrive.",
    forbids=("attn",),
)


@one_more.case("a larger score arrives: ln 2, then ln 4")
def larger(draw: Draw) -> Call:
    return Call(math.log(2), 1.0, math.log(4))


@one_more.case("a smaller score arrives: the peak stays at ln 4")
def smaller(draw: Draw) -> Call:
    return Call(math.log(4), 1.5, math.log(3))


@one_more.case("the first score of all: peak -inf, total 0")
def first_of_all(draw: Draw) -> Call:
    return Call(-math.inf, 0.0, 2.0)


@one_more.case("scores that are too large for e to the power of them")
def too_large(draw: Draw) -> Call:
    return Call(1000.0, 3.0, 1000.5)


@one_more.case("a score that is much larger than all before")
def far_above(draw: Draw) -> Call:
    return Call(draw.number(-800.0, -790.0), 5.0, draw.number(1.0, 2.0))


@one_more.case("any numbers")
def any_numbers(draw: Draw) -> Call:
    peak = draw.number(-1.0, 1.0)
    return Call(peak, draw.number(1.2, 4.0), peak + draw.number(0.2, 1.5))


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


@one_more.mistake("The old total was not rescaled when the peak rose.", SAME_UNIT)
def old_total_not_rescaled(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total + math.exp(score - new_peak)


@one_more.mistake(
    "The old total was stretched where it should shrink.",
    "The exponent is peak - new_peak: never above 0, so that the factor is never above 1.",
)
def old_total_stretched(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * math.exp(new_peak - peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The old total was divided by the shrinking factor.",
    "The factor e^(peak - new_peak) is at most 1 and makes the old total smaller: multiply.",
)
def old_total_divided(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total / math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "The newcomer is measured from the old peak.",
    "Both terms need the same unit: score - new_peak.",
)
def newcomer_from_the_old_peak(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - peak)


@one_more.mistake(
    "The newcomer shrinks along with the old total.",
    "It was measured from the new peak already. Only the old total shrinks: mind the brackets.",
)
def newcomer_shrunk_too(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, (total + math.exp(score - new_peak)) * math.exp(peak - new_peak)


@one_more.mistake(
    "Right on paper, but the newcomer was measured from the old peak first, and shrunk afterwards.",
    "Where the old peak is far below, or -inf, that first power fits into no float. Measure from "
    "the new peak at once.",
)
def added_then_shrunk(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, (total + math.exp(score - peak)) * math.exp(peak - new_peak)


@one_more.mistake(
    "No peak was taken away from the newcomer.",
    "e to the power of a large score fits into no float. Its exponent is score - new_peak.",
)
def newcomer_without_peak(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score)


@one_more.mistake(
    "No peak was taken away, neither from the old total nor from the newcomer.",
    "A plain sum of powers overflows, as in lesson 01. Count in units of e^new_peak.",
)
def plain_sum(peak: float, total: float, score: float) -> tuple[float, float]:
    return max(peak, score), total + math.exp(score)


@one_more.mistake(
    "Right on paper, but each power was taken by itself, and divided afterwards.",
    "The power of a large score fits into no float. Subtract in the exponent, before the power: "
    "math.exp(score - new_peak).",
)
def powers_then_divided(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    unit = math.exp(new_peak)
    return new_peak, total * math.exp(peak) / unit + math.exp(score) / unit


@one_more.mistake(
    "The newcomer adds a difference, not its power: an exp is missing.",
    "It counts math.exp(score - new_peak).",
)
def newcomer_without_exp(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + score - new_peak


@one_more.mistake(
    "The old total was multiplied by a difference, not by its power: an exp is missing.",
    "The factor is math.exp(peak - new_peak), 1 where the peak stays.",
)
def shrink_without_exp(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * (peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "torch.exp wants a tensor, and here are plain numbers.",
    "math.exp takes a plain number and gives one back.",
)
def exp_of_torch(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * torch.exp(peak - new_peak)  # type: ignore[arg-type, return-value]


@one_more.mistake(
    "torch.max wants tensors, and here are plain numbers.",
    "Python's own max(peak, score) compares two plain numbers.",
)
def max_of_torch(peak: float, total: float, score: float) -> tuple[float, float]:
    return torch.max(peak, score), total  # type: ignore[call-overload]


@one_more.mistake(
    "torch.maximum wants tensors, and here are plain numbers.",
    "Python's own max(peak, score) compares two plain numbers.",
)
def maximum_of_torch(peak: float, total: float, score: float) -> tuple[float, float]:
    return torch.maximum(peak, score), total  # type: ignore[arg-type, return-value]


@one_more.mistake(
    "The peak follows each score, downhill too.",
    "It is the largest so far: max(peak, score).",
)
def peak_follows(peak: float, total: float, score: float) -> tuple[float, float]:
    return score, total * math.exp(peak - score) + 1.0


@one_more.mistake(
    "A score that is no new peak is not counted.",
    "It adds e^(score - peak) to the total, less than 1, but more than nothing.",
)
def small_scores_lost(peak: float, total: float, score: float) -> tuple[float, float]:
    if score > peak:
        return score, total * math.exp(peak - score) + 1.0
    return peak, total


@one_more.mistake(
    "At a new peak the old total is thrown away.",
    "The earlier scores still count, only less: shrink the total, and go on adding.",
)
def starts_again(peak: float, total: float, score: float) -> tuple[float, float]:
    if score > peak:
        return score, 1.0
    return peak, total + math.exp(score - peak)


@one_more.mistake(
    "The old peak is given back.",
    "The total is measured from the new peak now, so the two belong together: give that one back.",
)
def old_peak_given_back(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


@one_more.mistake(
    "Peak and total are exchanged.",
    "Give back the peak first: return new_peak, new_total.",
)
def peak_and_total_exchanged(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak, new_total = one_more_with_if(peak, total, score)
    return new_total, new_peak


@one_more.mistake(
    "Each newcomer counts 1, as if it were always the new peak.",
    "It counts e^(score - new_peak): 1 at a new peak, less where the peak stays.",
)
def newcomer_counts_one(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + 1.0


@one_more.mistake(
    "The smaller of the two was taken as the new peak.",
    "The peak is the largest score so far: max, not min.",
)
def smaller_as_peak(peak: float, total: float, score: float) -> tuple[float, float]:
    new_peak = min(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


# 09.2: two summaries become one

two_summaries = Exercise(
    "09.2",
    returns=("peak", "total", "blend"),
    right="Summaries merge: whoever read which keys, and in which order, makes no difference.",
    forbids=("attn",),
)


def summary_of(scores: Tensor, value: Tensor) -> Summary:
    """scores (..., n_q, c), value (..., c, d_v) -> peak, total, blend of these keys."""
    peak = scores.amax(-1, keepdim=True)
    powers = (scores - peak).exp()
    return peak, powers.sum(-1, keepdim=True), powers @ value


def column(*numbers: float) -> Tensor:
    return torch.tensor(numbers)[:, None]


@two_summaries.case("one query; the second summary has the higher peak")
def second_is_higher(draw: Draw) -> Call:
    low, high = column(math.log(2)), column(math.log(4))
    return Call((low, column(3.0), column(12.0)), (high, column(1.0), column(20.0)))


@two_summaries.case("one query; the first summary has the higher peak")
def first_is_higher(draw: Draw) -> Call:
    low, high = column(math.log(2)), column(math.log(4))
    return Call((high, column(1.5), column(20.0)), (low, column(3.0), column(12.0)))


@two_summaries.case("two queries, once with the first peak higher and once with the second")
def one_each(draw: Draw) -> Call:
    first = column(0.0, 2.0), column(1.0, 2.0), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    second = column(1.0, 0.5), column(2.0, 1.5), torch.tensor([[5.0, 0.0], [1.0, 2.0]])
    return Call(first, second)


@two_summaries.case("peaks that are too large for e to the power of them")
def large_peaks(draw: Draw) -> Call:
    first = column(200.0, 210.0), column(1.0, 2.0), torch.tensor([[1.0], [3.0]])
    second = column(201.0, 208.0), column(2.0, 1.5), torch.tensor([[5.0], [1.0]])
    return Call(first, second)


@two_summaries.case("nothing read so far (peak -inf, total and blend 0), and then three keys")
def nothing_so_far(draw: Draw) -> Call:
    nothing = torch.full((2, 1), -torch.inf), torch.zeros(2, 1), torch.zeros(2, 3)
    return Call(nothing, summary_of(draw.tensor(2, 3), draw.tensor(3, 3)))


@two_summaries.case("batch=2, heads=3, n_q=4, d_v=5; five keys and seven keys")
def two_chunks(draw: Draw) -> Call:
    return Call(
        summary_of(draw.tensor(2, 3, 4, 5), draw.tensor(2, 3, 5, 5)),
        summary_of(draw.tensor(2, 3, 4, 7), draw.tensor(2, 3, 7, 5)),
    )


@two_summaries.reference
def merged_by_logarithms(first: Summary, second: Summary) -> Summary:
    peaks, totals, blends = (
        torch.stack([a.double(), b.double()]) for a, b in zip(first, second, strict=True)
    )
    peak = peaks.amax(0)
    log_sums = peaks + totals.log()  # of each summary; their powers add up
    shares = log_sums.softmax(0)  # of each summary in the whole
    total = (log_sums.logsumexp(0) - peak).exp()
    outputs = torch.where(totals > 0, blends / totals, 0.0)
    return peak, total, (shares * outputs).sum(0) * total


@two_summaries.right_way
def merged_by_stack(first: Summary, second: Summary) -> Summary:
    peaks, totals, blends = (torch.stack(pair) for pair in zip(first, second, strict=True))
    peak = peaks.max(dim=0).values
    shrink = torch.exp(peaks - peak)
    return peak, (totals * shrink).sum(0), (blends * shrink).sum(0)


@two_summaries.right_way
def merged_with_where(first: Summary, second: Summary) -> Summary:
    higher = first[0] > second[0]
    factor = torch.exp(-(first[0] - second[0]).abs())
    ours, theirs = torch.where(higher, 1.0, factor), torch.where(higher, factor, 1.0)
    peak = torch.where(higher, first[0], second[0])
    return peak, first[1] * ours + second[1] * theirs, first[2] * ours + second[2] * theirs


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
    "Each chunk's maximum was taken and then forgotten: nothing was rescaled.",
    "The two count in different units, e^peak_1 and e^peak_2. Measure both from the higher peak "
    "before you add: multiply each by e^(its peak - peak).",
)
def nothing_rescaled(first: Summary, second: Summary) -> Summary:
    peak = torch.maximum(first[0], second[0])
    return peak, first[1] + second[1], first[2] + second[2]


@two_summaries.mistake(
    "Only the first summary was rescaled.",
    "In 09.1 the newcomer was measured from the new peak already. Here the second summary may be "
    "the one with the lower peak: it needs a factor too.",
)
def only_the_first(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: ((a - peak).exp(), torch.ones_like(b)))


@two_summaries.mistake(
    "The totals were rescaled, the blends were not.",
    "A blend is a sum of the same powers, times values. It shrinks by the same factor.",
)
def blends_not_rescaled(first: Summary, second: Summary) -> Summary:
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, first[2] + second[2]


@two_summaries.mistake(
    "The blends were rescaled, the totals were not.",
    "Total and blend are sums of the same powers. Both shrink by the same factor.",
)
def totals_not_rescaled(first: Summary, second: Summary) -> Summary:
    peak, _, blend = merged_by_stack(first, second)
    return peak, first[1] + second[1], blend


@two_summaries.mistake(
    "The factors stretch where they should shrink.",
    "The exponent is a summary's own peak minus the higher one, so it is never above 0.",
)
def stretched(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: ((peak - a).exp(), (peak - b).exp()))


@two_summaries.mistake(
    "The two factors are exchanged.",
    "The first summary shrinks by e^(peak_1 - peak), the second by e^(peak_2 - peak).",
)
def factors_exchanged(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: ((b - peak).exp(), (a - peak).exp()))


@two_summaries.mistake(
    "Each summary was multiplied by e^(its own peak), with nothing taken away.",
    "That is right on paper and overflows for large scores. Take the common peak away in the "
    "exponent: e^(peak_1 - peak).",
)
def multiplied_by_powers(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: (a.exp(), b.exp()))


@two_summaries.mistake(
    "All is measured from the first summary's peak, though the second may be higher.",
    "The answer would be right for small scores; for large ones e^(peak_2 - peak_1) overflows. "
    "Measure from the higher of the two, and give that back.",
)
def measured_from_the_first(first: Summary, second: Summary) -> Summary:
    factor = (second[0] - first[0]).exp()
    return first[0], first[1] + second[1] * factor, first[2] + second[2] * factor


@two_summaries.mistake(
    "The first summary was measured from the second one's peak, though that may be the lower one.",
    "A factor compares a summary's own peak with the higher of the two: e^(peak_1 - peak) and "
    "e^(peak_2 - peak).",
)
def first_from_the_second(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: ((a - b).exp(), torch.ones_like(b)))


@two_summaries.mistake(
    "The second summary was measured from the first one's peak, though that may be the lower one.",
    "A factor compares a summary's own peak with the higher of the two: e^(peak_1 - peak) and "
    "e^(peak_2 - peak).",
)
def second_from_the_first(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: (torch.ones_like(a), (b - a).exp()))


@two_summaries.mistake(
    "The factors are differences of peaks: exp is missing.",
    "A factor is a power: (peak_1 - peak).exp(), which is 1 where the peak stays.",
)
def factors_without_exp(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: (a - peak, b - peak))


@two_summaries.mistake(
    "One decision was taken for all queries: which of the two summaries has the higher peak.",
    "Every query has a row of its own, and decides for itself. torch.maximum(peak_1, peak_2) "
    "compares entry by entry.",
)
def one_decision_for_all(first: Summary, second: Summary) -> Summary:
    if (first[0] > second[0]).all():
        factor = (second[0] - first[0]).exp()
        return first[0], first[1] + second[1] * factor, first[2] + second[2] * factor
    factor = (first[0] - second[0]).exp()
    return second[0], first[1] * factor + second[1], first[2] * factor + second[2]


@two_summaries.mistake(
    "math.exp takes one plain number, and here is a number for each query.",
    "A tensor's own method takes the power of each entry: (peak_1 - peak).exp().",
)
def exp_of_math(first: Summary, second: Summary) -> Summary:
    peak = torch.maximum(first[0], second[0])
    one, two = math.exp(first[0] - peak), math.exp(second[0] - peak)
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The second summary alone was given back, as if it knew of the first one's keys.",
    "Shrink both to the common peak, then add.",
)
def second_alone(first: Summary, second: Summary) -> Summary:
    return second


@two_summaries.mistake(
    "One peak was taken for all queries.",
    "Every query has its own row, and its own peak. torch.maximum(peak_1, peak_2) alone compares "
    "entry by entry; a max() after it takes one number of all.",
)
def one_peak_for_all(first: Summary, second: Summary) -> Summary:
    peak = torch.maximum(first[0], second[0]).max()
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Python's own max can't compare tensors with several numbers.",
    "It wants one yes or no. torch.maximum(peak_1, peak_2) compares entry by entry.",
)
def max_of_python(first: Summary, second: Summary) -> Summary:
    peak = max(first[0], second[0])  # type: ignore[call-overload]
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "The blend was divided by the total already.",
    "A summary has to stay undivided, or it can't be merged once more. The division comes at the "
    "very end, in 09.3.",
)
def divided_already(first: Summary, second: Summary) -> Summary:
    peak, total, blend = merged_by_stack(first, second)
    return peak, total, blend / total


@two_summaries.mistake(
    "The peaks were added up.",
    "The peak of all keys is the higher of the two: torch.maximum(peak_1, peak_2).",
)
def peaks_added(first: Summary, second: Summary) -> Summary:
    peak = first[0] + second[0]
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Only the second summary was rescaled.",
    "The first may be the one with the lower peak: it needs a factor too, e^(peak_1 - peak).",
)
def only_the_second(first: Summary, second: Summary) -> Summary:
    return merged(first, second, lambda a, b, peak: (torch.ones_like(a), (b - peak).exp()))


@two_summaries.mistake(
    "Both are measured from the lower peak.",
    "That is right for small scores and overflows for large ones. Measure from the higher of the "
    "two: torch.maximum(peak_1, peak_2).",
)
def lower_peak(first: Summary, second: Summary) -> Summary:
    peak = torch.minimum(first[0], second[0])
    one, two = (first[0] - peak).exp(), (second[0] - peak).exp()
    return peak, first[1] * one + second[1] * two, first[2] * one + second[2] * two


@two_summaries.mistake(
    "Total and peak are exchanged.",
    "A summary is (peak, total, blend), in this order.",
)
def total_first(first: Summary, second: Summary) -> Summary:
    peak, total, blend = merged_by_stack(first, second)
    return total, peak, blend


@two_summaries.mistake(
    "The first blend was multiplied by the second one's factor.",
    "Total and blend of one summary share one factor: e^(peak_1 - peak) for both of the first.",
)
def second_factor_for_both_blends(first: Summary, second: Summary) -> Summary:
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, (first[2] + second[2]) * (second[0] - peak).exp()


@two_summaries.mistake(
    "The blends got each other's factor.",
    "Total and blend of one summary share one factor: e^(peak_1 - peak) for both of the first.",
)
def factors_of_blends_exchanged(first: Summary, second: Summary) -> Summary:
    peak, total, _ = merged_by_stack(first, second)
    return peak, total, first[2] * (second[0] - peak).exp() + second[2] * (first[0] - peak).exp()


# 09.3: attention, chunk by chunk

by_chunks = Exercise(
    "09.3",
    returns="output",
    right="Exact attention: one division, at the very end. What it held, the tower will show.",
    forbids=BUILT_HERE,
)


@by_chunks.case("one query, three keys, chunks of two")
def three_keys(draw: Draw) -> Call:
    return Call(column(1.0), column(math.log(2), math.log(4), 0.0), column(7.0, 14.0, 21.0), 2)


@by_chunks.case("three queries, eight keys, chunks of four")
def eight_keys(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), draw.tensor(8, 4), draw.tensor(8, 5), 4)


@by_chunks.case("one chunk that holds all keys")
def one_chunk(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), draw.tensor(5, 4), draw.tensor(5, 2), 64)


@by_chunks.case("batch=2, heads=3, n_q=4, n_k=7, d_k=6, d_v=5, chunks of three")
def batched_chunks(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 7, 6), draw.tensor(2, 3, 7, 5), 3)


@by_chunks.case("a batch of four, chunks of two")
def batch_longer_than_a_chunk(draw: Draw) -> Call:
    return Call(draw.tensor(4, 3, 4), draw.tensor(4, 5, 4), draw.tensor(4, 5, 2), 2)


@by_chunks.case("scores that are too large for e to the power of them")
def large_scores(draw: Draw) -> Call:
    return Call(300 * draw.tensor(3, 4), draw.tensor(6, 4), draw.tensor(6, 2), 2)


@by_chunks.case("scores far below 0, all of them")
def scores_far_below(draw: Draw) -> Call:
    query, key = 100 + draw.tensor(3, 4), -5 - draw.tensor(6, 4)
    return Call(query, key, draw.tensor(6, 2), 2)


@by_chunks.reference
def fused(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    return F.scaled_dot_product_attention(query.double(), key.double(), value.double())


def summaries(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> list[Summary]:
    """One of each chunk, in order."""
    parts = zip(key.split(key_chunk, -2), value.split(key_chunk, -2), strict=True)
    return [summary_of(query @ k.mT / math.sqrt(query.shape[-1]), v) for k, v in parts]


@by_chunks.right_way
def chunks_by_slices(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    peak = query.new_full((*query.shape[:-1], 1), -torch.inf)
    total, blend = torch.zeros_like(peak), torch.zeros_like(peak)
    for start in range(0, key.shape[-2], key_chunk):
        chunk = slice(start, start + key_chunk)
        scores = query @ key[..., chunk, :].mT / query.shape[-1] ** 0.5
        new_peak = torch.maximum(peak, scores.amax(-1, keepdim=True))
        powers, shrink = (scores - new_peak).exp(), (peak - new_peak).exp()
        total = total * shrink + powers.sum(-1, keepdim=True)
        blend = blend * shrink + powers @ value[..., chunk, :]
        peak = new_peak
    return blend / total


@by_chunks.right_way
def all_summaries_at_the_end(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    peaks, totals, blends = map(
        torch.stack, zip(*summaries(query, key, value, key_chunk), strict=True)
    )
    shrink = (peaks - peaks.amax(0)).exp()
    return (blends * shrink).sum(0) / (totals * shrink).sum(0)


@by_chunks.mistake(
    "The chunks' maxima were forgotten: totals and blends were added as they are.",
    "Each chunk counts in a unit of its own, e^(its peak). Your merge of 09.2 brings two summaries "
    "to the same unit before it adds.",
)
def maxima_forgotten(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    _, totals, blends = map(torch.stack, zip(*summaries(query, key, value, key_chunk), strict=True))
    return blends.sum(0) / totals.sum(0)


@by_chunks.mistake(
    "What was read before is not rescaled when a new chunk has a higher peak.",
    "The new chunk was brought to the common peak, the old total and blend were not. Your merge of "
    "09.2 does both.",
)
def old_sums_not_rescaled(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new_peak, new_total, new_blend in others:
        peak = torch.maximum(peak, new_peak)
        total = total + new_total * (new_peak - peak).exp()
        blend = blend + new_blend * (new_peak - peak).exp()
    return blend / total


@by_chunks.mistake(
    "The first peak to compare with is 0, as if a score of 0 had been read.",
    "Where all scores lie far below, every power is rounded to 0, and 0/0 is nan. Begin with the "
    "summary of the first chunk.",
)
def peak_begins_at_0(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    nothing = torch.zeros_like(query[..., :1])
    summary = nothing, nothing, nothing
    for new in summaries(query, key, value, key_chunk):
        summary = merged_with_where(summary, new)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The return stands inside the loop.",
    "So it ends after its first round, and with a single chunk it never comes to it. Divide and "
    "return after the loop: one step less indented.",
)
def returns_in_the_loop(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor | None:
    first, *others = summaries(query, key, value, key_chunk)
    for other in others:
        _, total, blend = merged_by_stack(first, other)
        return blend / total
    return None


@by_chunks.mistake(
    "The features were cut, not the tokens.",
    "The tokens are the last but one axis: key.split(key_chunk, dim=-2), and the same for values.",
)
def features_cut(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary = None
    for k, v in zip(key.split(key_chunk, -1), value.split(key_chunk, -1), strict=True):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, v)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The scores are not scaled.",
    "summarize, given above, divides them by √d_k. Call it for each chunk.",
)
def chunks_not_scaled(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, scale=1.0)


@by_chunks.mistake(
    "Each chunk's own answer was averaged, as if all chunks mattered alike.",
    "A chunk with good keys has to count more: its share is in peak and total. Merge the "
    "summaries, undivided, and divide once at the end.",
)
def answers_averaged(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.stack(answers).mean(0)


@by_chunks.mistake(
    "The chunks' answers were added up: every chunk had a softmax of its own.",
    "All keys share one budget of 1. Merge the summaries, undivided, and divide once at the end.",
)
def answers_added(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    answers = [blend / total for _, total, blend in summaries(query, key, value, key_chunk)]
    return torch.stack(answers).sum(0)


@by_chunks.mistake(
    "The division stands inside the loop, so that a divided blend is merged again.",
    "As long as there are keys to come, keep the blend undivided. Divide once, after the loop.",
)
def divided_in_the_loop(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    peak, total, blend = summaries(query, key, value, key_chunk)[0]
    blend = blend / total
    for new in summaries(query, key, value, key_chunk)[1:]:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend


@by_chunks.mistake(
    "The blend was not divided by the total.",
    "One step is left, after the loop: blend / total.",
)
def never_divided(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[2]


@by_chunks.mistake(
    "Only the last chunk is left: each one replaced what came before.",
    "Merge what you have with the new summary, and keep the result: summary = merge(summary, new).",
)
def last_chunk_alone(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    _, total, blend = summaries(query, key, value, key_chunk)[-1]
    return blend / total


@by_chunks.mistake(
    "Only the first chunk is left.",
    "Does the return stand inside the loop? Or was the result of merge not kept? "
    "summary = merge(summary, new), for each further chunk.",
)
def first_chunk_alone(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    _, total, blend = summaries(query, key, value, key_chunk)[0]
    return blend / total


@by_chunks.mistake(
    "The first chunk was counted twice.",
    "If you begin with the summary of chunk 0, the loop goes on with chunk 1: keys[1:] and "
    "values[1:].",
)
def first_chunk_twice(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    everything = summaries(query, key, value, key_chunk)
    summary = everything[0]
    for other in everything:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The keys of a last, shorter chunk are lost.",
    "n_k // key_chunk counts only full chunks. x.split(key_chunk, dim=-2) gives the short one too.",
)
def short_chunk_lost(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    full = key.shape[-2] // key_chunk * key_chunk
    return F.scaled_dot_product_attention(query, key[..., :full, :], value[..., :full, :])


@by_chunks.mistake(
    "Right without a batch, not with one: split cuts the first axis unless it is told another.",
    "The tokens are the last but one axis: key.split(key_chunk, dim=-2), and the same for values.",
)
def batch_was_split(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary = None
    for k, v in zip(key.split(key_chunk), value.split(key_chunk), strict=True):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, v)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The keys were cut, the values were not.",
    "Key j and value j belong together: cut both in the same way.",
)
def values_not_cut(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary = None
    for k in key.split(key_chunk, -2):
        new = summary_of(query @ k.mT / query.shape[-1] ** 0.5, value)
        summary = new if summary is None else merged_by_stack(summary, new)
    assert summary is not None
    return summary[2] / summary[1]


@by_chunks.mistake(
    "What comes back is the summary, not the answer.",
    "Take it apart and divide: blend / total.",
)
def summary_given_back(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Summary:
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary


@by_chunks.mistake(
    "The division stands inside the loop and once more after it.",
    "Keep the blend undivided as long as there are keys to come. Divide once, after the loop.",
)
def divided_in_the_loop_and_after(
    query: Tensor, key: Tensor, value: Tensor, key_chunk: int
) -> Tensor:
    (peak, total, blend), *others = summaries(query, key, value, key_chunk)
    for new in others:
        peak, total, blend = merged_by_stack((peak, total, blend), new)
        blend = blend / total
    return blend / total


@by_chunks.mistake(
    "The last chunk was left out.",
    "keys[1:] are all chunks but the first, the last one included: keys[1:-1] stops before it.",
)
def last_chunk_lost(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others[:-1]:
        summary = merged_by_stack(summary, other)
    return summary[2] / summary[1]


@by_chunks.mistake(
    "The total was divided by the blend.",
    "The blend is a sum of values, the total the sum of their powers: blend / total.",
)
def total_over_blend(query: Tensor, key: Tensor, value: Tensor, key_chunk: int) -> Tensor:
    summary, *others = summaries(query, key, value, key_chunk)
    for other in others:
        summary = merged_by_stack(summary, other)
    return summary[1] / summary[2]


# 09.4: which tiles?

in_sight = Exercise(
    "09.4",
    returns=("whole", "needed"),
    right="Whole tiles need no mask, and hidden ones are never computed.",
    forbids=("attn",),
)


@in_sight.case("queries 2 and 3 of six, chunks of three keys")
def two_of_six(draw: Draw) -> Call:
    return Call(2, 4, 0, 3)


@in_sight.case("the first two queries, chunks of two keys")
def first_two(draw: Draw) -> Call:
    return Call(0, 2, 0, 2)


@in_sight.case("one query that ends exactly with a chunk")
def ends_with_a_chunk(draw: Draw) -> Call:
    return Call(5, 6, 0, 3)


@in_sight.case("queries that stand after a cache of ten tokens")
def after_a_cache(draw: Draw) -> Call:
    return Call(0, 4, 10, 4)


@in_sight.case("a chunk of queries that is longer than several chunks of keys")
def long_query_chunk(draw: Draw) -> Call:
    start = draw.integer(12, 60)
    return Call(start, start + 16, draw.integer(1, 3), 4)


@in_sight.case("any numbers")
def any_tiles(draw: Draw) -> Call:
    start = draw.integer(10, 40)
    return Call(start, start + draw.integer(5, 20), draw.integer(10, 30), draw.integer(3, 7))


@in_sight.reference
def counted_key_by_key(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    places = [query + offset for query in range(start, stop)]
    whole = needed = 0
    for chunk in range(max(places) + 2):
        keys = range(chunk * key_chunk, (chunk + 1) * key_chunk)
        whole += all(key <= place for key in keys for place in places)
        needed += any(key <= place for key in keys for place in places)
    return whole, needed


@in_sight.right_way
def in_sight_by_division(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    return (start + offset + 1) // key_chunk, (stop - 1 + offset) // key_chunk + 1


@in_sight.right_way
def in_sight_by_ceil(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    return math.floor((start + offset + 1) / key_chunk), -(-(stop + offset) // key_chunk)


Numbers = tuple[float, float]


@in_sight.mistake(
    "A query's own key is missing from the whole tiles.",
    "A query at place p sees the keys 0 to p, and that is p + 1 keys.",
)
def own_key_missing(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query's own key is not counted among the needed ones.",
    "The last query stands at place stop - 1 + offset, and it sees one key more than that number, "
    "its own.",
)
def last_own_key_missing(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) // key_chunk, math.ceil((stop - 1 + offset) / key_chunk)


@in_sight.mistake(
    "Neither query's own key is counted.",
    "A query at place p sees the keys 0 to p, and that is p + 1 keys.",
)
def own_keys_missing(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset) // key_chunk, math.ceil((stop - 1 + offset) / key_chunk)


@in_sight.mistake(
    "One needed chunk is too many, where the last query ends exactly with a chunk.",
    "The last query is stop - 1, and it sees stop + offset keys. Round up with math.ceil: to round "
    "down and add 1 is something else where nothing is left over.",
)
def stop_included(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) // key_chunk, math.ceil((stop + 1 + offset) / key_chunk)


@in_sight.mistake(
    "The needed chunks were rounded down.",
    "A chunk of which one key is seen has to be computed: math.ceil rounds up.",
)
def needed_rounded_down(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) // key_chunk, (stop + offset) // key_chunk


@in_sight.mistake(
    "The whole chunks were rounded up.",
    "Of a chunk that is seen whole, no key may be missing: round down.",
)
def whole_rounded_up(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return math.ceil((start + offset + 1) / key_chunk), math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The offset is missing.",
    "The queries are the last of the places: query i stands at place i + offset. While a model "
    "writes, all earlier keys would be lost.",
)
def offset_missing(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + 1) // key_chunk, math.ceil(stop / key_chunk)


@in_sight.mistake(
    "The offset is missing, and so is the first query's own key.",
    "Query `start` stands at place start + offset, and sees one key more than that number.",
)
def offset_and_own_key_missing(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return start // key_chunk, math.ceil(stop / key_chunk)


@in_sight.mistake(
    "The offset was added to the chunks; it counts tokens.",
    "First the keys that a query sees, start + offset + 1. Then divide by key_chunk.",
)
def offset_added_to_chunks(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + 1) // key_chunk + offset, math.ceil(stop / key_chunk) + offset


@in_sight.mistake(
    "The offset was taken away.",
    "Earlier keys stand before the first query, so it sees *more*: query i stands at place "
    "i + offset.",
)
def offset_taken_away(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start - offset + 1) // key_chunk, math.ceil((stop - offset) / key_chunk)


@in_sight.mistake(
    "This counts the queries of the chunk, not the keys that they see.",
    "What a query sees depends on its place: start + offset + 1 keys for the first one.",
)
def length_of_the_chunk(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (stop - start) // key_chunk, math.ceil((stop - start) / key_chunk)


@in_sight.mistake(
    "Exactly one chunk more is needed here than seen whole.",
    "That may be none more, or several: ask the last query, which sees the most keys.",
)
def one_more_than_whole(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    whole = (start + offset + 1) // key_chunk
    return whole, whole + 1


@in_sight.mistake(
    "The division of the whole chunks leaves a fraction.",
    "Chunks are counted in whole numbers: // rounds down.",
)
def whole_is_a_fraction(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) / key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query decides about the whole tiles, and its own key is not counted.",
    "*All* queries have to see a whole tile, and the first sees the fewest: start + offset + 1 "
    "keys.",
)
def last_place_decides(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (stop - 1 + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query decides about the whole tiles.",
    "*All* queries of the chunk have to see a whole tile, and the first sees the fewest keys.",
)
def last_query_decides(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (stop + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The first query decides about the needed tiles.",
    "A tile is needed as soon as *one* query sees a key of it, and the last sees the most keys.",
)
def first_query_decides(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) // key_chunk, math.ceil((start + offset + 1) / key_chunk)


@in_sight.mistake(
    "These are numbers of keys, not of chunks.",
    "Divide by key_chunk: round down for the whole ones, up for the needed ones.",
)
def keys_not_chunks(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return start + offset + 1, stop + offset


@in_sight.mistake(
    "Whole and needed are exchanged.",
    "Give back the whole ones first: there are never more of them than needed ones.",
)
def kinds_exchanged(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    whole, needed = in_sight_by_division(start, stop, offset, key_chunk)
    return needed, whole


@in_sight.mistake(
    "The second number counts the mixed tiles alone.",
    "Needed are the whole tiles and the mixed ones together.",
)
def mixed_alone(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    whole, needed = in_sight_by_division(start, stop, offset, key_chunk)
    return whole, needed - whole


@in_sight.mistake(
    "The division leaves a fraction.",
    "Chunks are counted in whole numbers: // rounds down, math.ceil rounds up.",
)
def fractions(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) / key_chunk, (stop + offset) / key_chunk


@in_sight.mistake(
    "The offset is missing from the whole tiles.",
    "The first query stands at place start + offset too: after a cache it sees more keys.",
)
def whole_without_offset(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + 1) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The offset is missing from the needed tiles.",
    "The last query stands at place stop - 1 + offset too: after a cache it sees more keys.",
)
def needed_without_offset(start: int, stop: int, offset: int, key_chunk: int) -> Numbers:
    return (start + offset + 1) // key_chunk, math.ceil(stop / key_chunk)


# 09.5: the gradient of one tile

backward = Exercise(
    "09.5",
    returns=("grad_query", "grad_key", "grad_value"),
    right="The weights came back from one number a query, and the gradient with them.",
    forbids=BUILT_HERE,
)
Tile = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
Gradients = tuple[Tensor, Tensor, Tensor]


def tile_of(query: Tensor, key: Tensor, value: Tensor, grad_output: Tensor, c: int) -> Tile:
    """The first c keys as a tile, with the log_sum and drop of all keys."""
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    output = scores.softmax(-1) @ value
    drop = (grad_output * output).sum(-1, keepdim=True)
    log_sum = scores.logsumexp(-1, keepdim=True)
    return query, key[..., :c, :], value[..., :c, :], log_sum, drop, grad_output


@backward.case("one query, the first two of three keys, one feature")
def one_query_two_keys(draw: Draw) -> Call:
    key = column(math.log(2), math.log(4), 0.0)
    return Call(*tile_of(column(1.0), key, column(7.0, 14.0, 21.0), column(1.0), 2))


@backward.case("as many queries as keys as features, other keys beside them")
def square_tile(draw: Draw) -> Call:
    query, key, value = draw.tensor(5, 5), draw.tensor(9, 5), draw.tensor(9, 5)
    return Call(*tile_of(query, key, value, draw.tensor(5, 5), 5))


@backward.case("a tile that holds all keys: r=3, c=5, d_k=4, d_v=2")
def all_keys(draw: Draw) -> Call:
    query, key, value = draw.tensor(3, 4), draw.tensor(5, 4), draw.tensor(5, 2)
    return Call(*tile_of(query, key, value, draw.tensor(3, 2), 5))


@backward.case("batch=2, heads=3, r=5, c=4, d_k=6, d_v=7")
def batched_tile(draw: Draw) -> Call:
    query, key, value = draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 11, 6), draw.tensor(2, 3, 11, 7)
    return Call(*tile_of(query, key, value, draw.tensor(2, 3, 5, 7), 4))


@backward.reference
def by_autograd(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    # All keys outside the tile act as one more key, whose power and blend are constants.
    query, key, value, log_sum, drop, grad_output = (
        x.double() for x in (query, key, value, log_sum, drop, grad_output)
    )
    inputs = [x.requires_grad_() for x in (query, key, value)]
    with torch.enable_grad():
        powers = (query @ key.mT / math.sqrt(query.shape[-1])).exp()
        total = powers.sum(-1, keepdim=True)
        pull = (powers * (grad_output @ value.mT)).sum(-1, keepdim=True)
        rest = log_sum.exp() - total.detach()
        rest_pull = drop * log_sum.exp() - pull.detach()
        loss = ((pull + rest_pull) / (total + rest)).sum()
        grad_query, grad_key, grad_value = torch.autograd.grad(loss, inputs)
    return grad_query, grad_key, grad_value


def gradients(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    drop: Tensor,
    grad_output: Tensor,
    *,
    weights: Tensor | None = None,
    for_query: float = 1.0,
    for_key: float = 1.0,
) -> Gradients:
    """The right answer with one thing changed: the mistakes below are made of it."""
    root = math.sqrt(query.shape[-1])
    if weights is None:
        weights = (query @ key.mT / root - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - drop)
    return (
        grad_scores @ key / root * for_query,
        grad_scores.mT @ query / root * for_key,
        weights.mT @ grad_output,
    )


def scores_of(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-1])


@backward.right_way
def gradients_by_einsum(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    scale = query.shape[-1] ** -0.5
    weights = torch.exp(torch.einsum("...id,...jd->...ij", query, key) * scale - log_sum)
    grad_weights = torch.einsum("...iv,...jv->...ij", grad_output, value)
    grad_scores = (weights * grad_weights - weights * drop) * scale
    return (
        torch.einsum("...ij,...jd->...id", grad_scores, key),
        torch.einsum("...ij,...id->...jd", grad_scores, query),
        torch.einsum("...ij,...iv->...jv", weights, grad_output),
    )


@backward.right_way
def gradients_row_by_row(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grads = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
    for i in range(query.shape[-2]):
        row = slice(i, i + 1)
        parts = (x[..., row, :] for x in (log_sum, drop, grad_output))
        one, two, three = gradients(query[..., row, :], key, value, *parts)
        grads[0][..., row, :] = one
        grads[1].add_(two)
        grads[2].add_(three)
    return grads


@backward.mistake(
    "The weights are a softmax of this tile alone.",
    "Other tiles have their part of each row's sum. log_sum knows the sum over all keys: the "
    "weights are e^(scores - log_sum).",
)
def softmax_of_the_tile(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = scores_of(query, key).softmax(-1)
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The weights are powers that were not divided by their sum: log_sum is missing.",
    "Take log_sum away in the exponent: e^(scores - log_sum).",
)
def log_sum_missing(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = scores_of(query, key).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The powers were divided by log_sum, which is a logarithm.",
    "Divide by e^log_sum, or take log_sum away before the power: (scores - log_sum).exp().",
)
def divided_by_log_sum(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = scores_of(query, key).exp() / log_sum
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The scores were divided by log_sum inside the power.",
    "To divide by a sum is to take its logarithm *away* in the exponent: (scores - log_sum).exp().",
)
def scores_over_log_sum(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = (scores_of(query, key) / log_sum).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The weights are still logarithms: exp is missing.",
    "scores - log_sum is the logarithm of a weight. Take its power: .exp().",
)
def exp_missing(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = scores_of(query, key) - log_sum
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "`drop` is missing from the gradient of the scores.",
    "All weights of a row share one budget: a score feels how far its key's gradient lies from the "
    "average. weights * (grad_weights - drop).",
)
def drop_missing(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    return gradients(query, key, value, log_sum, torch.zeros_like(drop), grad_output)


@backward.mistake(
    "`drop` is taken away after the weights were multiplied.",
    "The bracket comes first: weights * (grad_weights - drop).",
)
def drop_after_the_weights(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT) - drop
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "`drop` was added.",
    "It is the average, and what counts is the distance from it: grad_weights - drop.",
)
def drop_added(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    return gradients(query, key, value, log_sum, -drop, grad_output)


@backward.mistake(
    "The average was taken over this tile's keys alone, and `drop` was not used.",
    "The average runs over all keys of the row, and drop is that average already.",
)
def average_of_the_tile(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = (scores_of(query, key) - log_sum).exp()
    own = (weights * (grad_output @ value.mT)).sum(-1, keepdim=True)
    return gradients(query, key, value, log_sum, own, grad_output)


@backward.mistake(
    "The weights are missing from the gradient of the scores.",
    "A key with a small weight feels little: weights * (grad_weights - drop).",
)
def weights_missing(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = grad_output @ value.mT - drop
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query and grad_key are not divided by √d_k.",
    "The scores were divided by it on the way forward, so both gradients are, too.",
)
def neither_divided(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=root, for_key=root)


@backward.mistake(
    "grad_query and grad_key are divided by √d_k twice.",
    "Once is enough: either in grad_scores or at the end.",
)
def divided_twice(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    scale = 1 / math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=scale, for_key=scale)


@backward.mistake(
    "grad_key is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def key_not_divided(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_key=root)


@backward.mistake(
    "grad_query is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def query_not_divided(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=root)


@backward.mistake(
    "For grad_value the weights were not turned.",
    "grad_value[j] gathers from all queries: (c, r) @ (r, d_v), so weights.mT stands on the left.",
)
def weights_not_turned(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, drop, grad_output)
    weights = (scores_of(query, key) - log_sum).exp()
    return grad_query, grad_key, weights @ grad_output


@backward.mistake(
    "For grad_weights the values were not turned.",
    "grad_weights[i, j] is a dot product over the features of the values: (r, d_v) @ (d_v, c), so "
    "value.mT stands on the right.",
)
def value_not_turned(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value - drop)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "For grad_key the gradient of the scores was not turned.",
    "grad_key[j] gathers from all queries: (c, r) @ (r, d_k), so grad_scores.mT is on the left.",
)
def grad_scores_not_turned(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - drop)
    return grad_scores @ key / root, grad_scores @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query was made with the query, and grad_key with the key.",
    "Each gets the other: the score is their product, so what the query feels is the key.",
)
def own_in_place_of_other(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - drop)
    return grad_scores @ query / root, grad_scores.mT @ key / root, weights.mT @ grad_output


@backward.mistake(
    "The three gradients come back in another order.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_first(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_value, grad_query, grad_key


@backward.mistake(
    "grad_query and grad_key are exchanged.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def key_first(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_key, grad_query, grad_value


@backward.mistake(
    "The gradients come back in the order query, value, key.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_before_key(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_query, grad_value, grad_key


@backward.mistake(
    "grad_weights was taken away from `drop`: the sign is turned.",
    "A key that does better than the average should rise: grad_weights - drop.",
)
def sign_turned(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return -grad_query, -grad_key, grad_value


@backward.mistake(
    "A matrix product stands where entries meet entries.",
    "Each weight multiplies its own entry of grad_weights - drop: with *, not with @.",
)
def product_of_matrices(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights @ (grad_output @ value.mT - drop)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "The scores were taken away from log_sum: the sign of the exponent is turned.",
    "So each weight is one divided by itself. To divide by the sum, take log_sum away from the "
    "score: (scores - log_sum).exp().",
)
def exponent_turned(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = (log_sum - scores_of(query, key)).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "log_sum was added to the scores.",
    "That multiplies by the row's sum. To divide by it, take it away: (scores - log_sum).exp().",
)
def log_sum_added(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    weights = (scores_of(query, key) + log_sum).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "grad_value was made with the scores.",
    "A value is blended by its weight, so its gradient is too: weights.mT @ grad_output.",
)
def scores_for_value(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_query, grad_key, scores_of(query, key).mT @ grad_output


@backward.mistake(
    "grad_query and grad_key were multiplied by √d_k.",
    "The scores were divided by root on the way forward, so these two are divided too.",
)
def multiplied_by_root(
    query: Tensor, key: Tensor, value: Tensor, log_sum: Tensor, drop: Tensor, grad_output: Tensor
) -> Gradients:
    d_k = query.shape[-1]
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=d_k, for_key=d_k)
