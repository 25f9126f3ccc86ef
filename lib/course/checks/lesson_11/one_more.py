"""11.1: one more score."""

import math

import torch

from course.checking import Call, Draw, Exercise

SAME_UNIT = (
    "A total counts in units of e^peak. When the peak rises, what was counted before has to shrink "
    "by e^(old peak - new peak), or early keys keep a size that they no longer have."
)
one_more = Exercise(
    "11.1",
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


@one_more.right_way
def one_more_by_tensors(peak: float, total: float, score: float) -> tuple[float, float]:
    peaks = torch.tensor([peak, score], dtype=torch.float64)
    powers = (peaks - peaks.max()).exp()  # of the old peak and of the newcomer
    return peaks.max().item(), (powers * torch.tensor([total, 1.0])).sum().item()


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
    "It was measured from the new peak already. Only the old total shrinks: mind the brackets.",
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
    "No peak was taken away, neither from the old total nor from the newcomer.",
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
    "It adds e^(score - peak) to the total, less than 1, but more than nothing.",
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
    "Each newcomer counts 1, as if it were always the new peak.",
    "It counts e^(score - new_peak): 1 at a new peak, less where the peak stays.",
)
def newcomer_counts_one(peak, total, score):
    new_peak = max(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + 1.0


@one_more.mistake(
    "The smaller of the two was taken as the new peak.",
    "The peak is the largest score so far: max, not min.",
)
def smaller_as_peak(peak, total, score):
    new_peak = min(peak, score)
    return new_peak, total * math.exp(peak - new_peak) + math.exp(score - new_peak)


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
