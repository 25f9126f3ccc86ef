"""04.1: mistakes in what becomes of slope and distance."""

import math

import torch

from course.checks.lesson_04.alibi.cases import alibi
from course.checks.lesson_04.alibi.right import alibi_by_broadcasting, signed


def declare_bias(name, what, way_out, bias):
    """Another formula for the bias, from the slopes (heads, 1, 1) and the key's place minus the
    query's (n_q, n_k)."""

    def formed(slopes, n_q, n_k):
        return bias(slopes[:, None, None], signed(n_q, n_k).float())

    formed.__name__ = name
    alibi.mistake(what, way_out)(formed)


LINEAR = "ALiBi is linear: minus slope times the distance itself."

for name, what, way_out, bias in (
    (
        "only_the_future",
        "Only keys to the right of a query lose; those to the left have distance 0.",
        "Here both sides count: the distance is |i − j|.",
        lambda slope, step: -slope * step.clamp(min=0),
    ),
    (
        "no_key_to_the_right",
        "Keys to the right of a query have −inf: that is a mask, and none is asked.",
        "Here both sides count: the distance is |i − j|.",
        lambda slope, step: (-slope * step.abs()).masked_fill(step > 0, -math.inf),
    ),
    (
        "distance_from_one",
        "The distances are one too large: the key at the query's own place should lose nothing.",
        "|i − j| as it stands, without + 1.",
        lambda slope, step: -slope * (step.abs() + 1),
    ),
    (
        "distance_minus_one",
        "The distances are one too small: a key next to the query should lose already.",
        "|i − j| as it stands, without − 1.",
        lambda slope, step: -slope * (step.abs() - 1),
    ),
    (
        "share_of_the_length",
        "The distances were divided by the number of keys.",
        "A distance counts in places: 3 places are 3, however long the sentence is.",
        lambda slope, step: -slope * step.abs() / step.shape[-1],
    ),
    (
        "root_of_the_distance",
        "The root of the distances was taken.",
        LINEAR,
        lambda slope, step: -slope * step.abs().sqrt(),
    ),
    (
        "logarithm_of_the_distance",
        "A logarithm of the distances was taken.",
        LINEAR,
        lambda slope, step: -slope * step.abs().log1p(),
    ),
    (
        "divided_by_the_slope",
        "The distances were divided by the slopes.",
        "A steep slope loses much: multiply.",
        lambda slope, step: -step.abs() / slope,
    ),
    (
        "slope_and_distance_added",
        "Slope and distance were added.",
        "Each place further away costs one slope more: multiply.",
        lambda slope, step: -(slope + step.abs()),
    ),
    (
        "slope_less_distance",
        "The distance was taken away from the slope.",
        "Each place further away costs one slope more: the bias is minus slope times distance.",
        lambda slope, step: slope - step.abs(),
    ),
    (
        "decaying_factor",
        "This is a factor that decays with distance, from 1 towards 0: exp was taken.",
        "A bias is added to the scores, before the softmax takes exp of them: leave exp out.",
        lambda slope, step: torch.exp(-slope * step.abs()),
    ),
    (
        "equal_or_not",
        "All keys but the query's own lose the same: the distance is 0 or 1.",
        "Farther keys lose more: |i − j|.",
        lambda slope, step: -slope * (step != 0),
    ),
):
    declare_bias(name, what, way_out, bias)


@alibi.mistake(
    "The slopes were taken in reverse order: the first head got the last slope.",
    "Head h has slopes[h].",
)
def slopes_in_reverse(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes.flip(0), n_q, n_k)


@alibi.mistake(
    "All heads have the first slope.",
    "Head h has slopes[h]: `slopes[:, None, None]` keeps them all.",
)
def first_slope_for_all(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes[:1].expand(len(slopes)), n_q, n_k)


@alibi.mistake(
    "The slopes are the powers of the paper, whatever stands in `slopes`.",
    "Which slopes a head has is not decided here: use those given.",
)
def slopes_of_the_paper(slopes, n_q, n_k):
    heads = torch.arange(1, len(slopes) + 1)
    return alibi_by_broadcasting(2.0 ** (-8 * heads / len(slopes)), n_q, n_k)


@alibi.mistake(
    "The heads were added up: one table came back.",
    "Each head has a table of its own, and they come first: (heads, n_q, n_k).",
)
def heads_added(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes, n_q, n_k).sum(0)


@alibi.mistake(
    "The keys are counted backwards.",
    "key_place is given: 0, 1, 2, …, from the left.",
)
def keys_backwards(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes, n_q, n_k).flip(2)
