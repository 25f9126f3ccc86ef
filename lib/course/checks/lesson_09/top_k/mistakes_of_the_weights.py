"""09.1: mistakes in how the kept keys are weighed."""

import torch

from course.checks.lesson_09.shared import keeps
from course.checks.lesson_09.top_k.cases import top_k

BEFORE = (
    "Hide the other scores with -inf first, and take the softmax of the rest: then they are in "
    "neither the numerator nor the sum."
)


@top_k.mistake(
    "The softmax came before the choice, and nothing was renormalised: mass is lost.",
    "The kept weights were divided by a sum in which all keys count, so they sum to less than 1. "
    + BEFORE,
)
def not_renormalised(scores, k):
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)


@top_k.mistake(
    "The softmax runs over the wrong axis: down the columns.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_queries(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2).nan_to_num(0.0)


@top_k.mistake(
    "The softmax runs over the wrong axis: a column where all is hidden becomes nan.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_down_the_columns(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2)


@top_k.mistake(
    "The weights were divided by k: a row no longer sums to 1.",
    "A blend divides by the sum of what was kept, not by how many were kept. " + BEFORE,
)
def kept_divided_by_k(scores, k):
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0) / k


@top_k.mistake(
    "The other scores became 0, not -inf.",
    "e to the power of 0 is 1: a score of 0 still gets weight. Write -torch.inf.",
)
def others_at_zero(scores, k):
    return scores.masked_fill(~keeps(scores, k), 0.0).softmax(dim=-1)


@top_k.mistake(
    "These are the weights of the k kept keys alone: their places are lost.",
    "Weights are shaped as the scores, with 0 where a key was left out. Compare all scores with "
    "the k-th best, and hide those below it.",
)
def places_lost(scores, k):
    return scores.topk(k, dim=-1).values.softmax(dim=-1)


@top_k.mistake(
    "These are all the weights: nothing was left out.",
    "Only the k best scores of each row take part. Hide the others with -inf before the softmax.",
)
def nothing_left_out(scores, k):
    return scores.softmax(dim=-1)


@top_k.mistake(
    "All queries share one budget: everything together sums to 1.",
    "Each row has a budget of its own. If you divide by a sum, take it along the row, "
    ".sum(dim=-1, keepdim=True); a softmax of the kept scores needs no division at all.",
)
def one_budget(scores, k):
    kept = torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)
    return kept / kept.sum()


@top_k.mistake(
    "The softmax was taken twice.",
    "Weights are no scores. " + BEFORE,
)
def softmax_twice(scores, k):
    weights = scores.softmax(dim=-1)
    return weights.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The scores themselves came back, with -inf: the softmax is missing.",
    "Turn what is left into weights that sum to 1: softmax(dim=-1).",
)
def no_softmax(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf)


@top_k.mistake(
    "The kept weights stand at the front of each row, not at their keys.",
    "topk gives its k best in order, and their places as `indices`. With a bar nothing has to be "
    "put back: hide the scores below it, where they stand.",
)
def weights_at_the_front(scores, k):
    best = scores.topk(k, dim=-1).values.softmax(dim=-1)
    return torch.zeros_like(scores).index_copy(-1, torch.arange(k), best)


@top_k.mistake(
    "The kept weights were divided by the sum of their column.",
    "A query has one budget for its keys: sum along the row, dim=-1, with keepdim=True.",
)
def divided_by_columns(scores, k):
    kept = torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)
    return kept / kept.sum(dim=-2, keepdim=True)


@top_k.mistake(
    "The sums of the rows have lost their axis, and were lined up with the keys.",
    "A sum along the row loses the axis of the keys. With keepdim=True it stays, with length 1, "
    "and each row meets its own sum.",
)
def keepdim_missing(scores, k):
    kept = torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)
    return kept / kept.sum(dim=-1)


@top_k.mistake(
    "Right for small scores: e to the power of scores far from 0 overflows, or is rounded to 0.",
    "Take the largest score of the row away in the exponent, as in lesson 01; softmax(dim=-1) does "
    "that by itself.",
)
def powers_overflow(scores, k):
    powers = scores.exp() * keeps(scores, k)
    return powers / powers.sum(dim=-1, keepdim=True)


@top_k.mistake(
    "The kept scores themselves came back, with 0 for the others: the softmax is missing.",
    BEFORE,
)
def kept_scores_alone(scores, k):
    return scores.masked_fill(~keeps(scores, k), 0.0)


@top_k.mistake(
    "The kept keys all have the same weight, 1/k.",
    "They are the best, but not equally good: a softmax of their scores says how good. " + BEFORE,
)
def equal_weights(scores, k):
    return keeps(scores, k) / k


def declare_fill(number):
    """The scores left out at a fixed number, which rows of low scores lie below."""

    def filled(scores, k):
        return scores.masked_fill(~keeps(scores, k), number).softmax(dim=-1)

    filled.__name__ = f"others_at_minus_{-number:.0f}"
    top_k.mistake(
        f"The scores left out became a number such as {number:.0f}, and in a row of lower scores "
        "they win.",
        "Below every score there is -torch.inf alone: its power is 0 whatever the others are.",
    )(filled)


declare_fill(-50.0)
declare_fill(-10.0)
