"""09.3: mistakes in which weights are kept."""

import torch

from course.checks.lesson_09.shared import ALONG_THE_KEYS, keeps
from course.checks.lesson_09.with_mean.cases import with_mean
from course.checks.lesson_09.with_mean.right import average_of, kept_weights, lost_mass


@with_mean.mistake(
    "The lost mass has gone to nobody: the mean is missing.",
    "These are the kept weights times their values. Add the lost mass of each row, times the mean "
    "of all values.",
)
def lost_mass_forgotten(scores, value, k):
    return kept_weights(scores, k) @ value


@with_mean.mistake(
    "The kept weights were renormalised, so no mass is left for the mean.",
    "Take the softmax over all keys first, and set what lies below the bar to 0 afterwards: what "
    "is missing to 1 is the lost mass.",
)
def renormalised(scores, value, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1) @ value


@with_mean.mistake(
    "The k best were taken over the wrong axis: each key chose its queries.",
    ALONG_THE_KEYS,
)
def best_of_the_columns(scores, value, k):
    best = keeps(scores, k, dim=-2)
    kept = torch.where(best, scores.softmax(dim=-1), 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The bar itself was left out: only k - 1 weights are kept.",
    "The k-th best belongs to the kept ones: weights < bar become 0, not <=.",
)
def bar_left_out(scores, value, k):
    weights = scores.softmax(dim=-1)
    kept = weights.masked_fill(weights <= weights.topk(k, dim=-1).values[..., -1:], 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "Only the best weight is kept, whatever k says.",
    "topk puts the largest first. The bar is the last of the k: values[..., -1:].",
)
def bar_too_high(scores, value, k):
    kept = kept_weights(scores, 1)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The softmax is missing: the kept *scores* were blended.",
    "Weights first: scores.softmax(dim=-1), over all keys. Then keep the k best of them.",
)
def scores_for_weights(scores, value, k):
    kept = torch.where(keeps(scores, k), scores, 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "This is plain attention: nothing was left out.",
    "Set the weights below the bar to 0, and give their mass to the mean of all values.",
)
def nothing_left_out(scores, value, k):
    return scores.softmax(dim=-1) @ value


@with_mean.mistake(
    "Weights were compared with a bar of scores.",
    "Take the k-th best of what you compare: weights.topk(k, dim=-1).values[..., -1:].",
)
def bar_of_scores(scores, value, k):
    bar = scores.topk(k, dim=-1).values[..., -1:]
    weights = scores.softmax(dim=-1)
    kept = weights.masked_fill(weights < bar, 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The bar has lost its axis, and was lined up with the keys.",
    "`[..., -1]` gives (n_q,), which PyTorch lines up with the columns. `[..., -1:]` keeps the "
    "axis, (n_q, 1), and each row meets its own bar.",
)
def bar_along_the_keys(scores, value, k):
    weights = scores.softmax(dim=-1)
    kept = weights.masked_fill(weights < weights.topk(k, dim=-1).values[..., -1], 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The best k were left out, and the others kept.",
    "masked_fill writes where it finds True, so ask for the weights below the bar: weights < bar.",
)
def best_left_out(scores, value, k):
    kept = torch.where(keeps(scores, k), 0.0, scores.softmax(dim=-1))
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "-infinity stands in the weights.",
    "It belongs into scores, before a softmax. Here the softmax is done: a weight that is not kept "
    "becomes 0.",
)
def minus_infinity_in_the_weights(scores, value, k):
    kept = scores.softmax(dim=-1).masked_fill(~keeps(scores, k), -torch.inf)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The k best weights met the first k values, not their own.",
    "topk's values have lost their places. Set the weights below the bar to 0 where they stand: "
    "then each meets its own value.",
)
def values_of_other_keys(scores, value, k):
    kept = scores.softmax(dim=-1).topk(k, dim=-1).values
    return kept @ value[..., :k, :] + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The softmax runs over the wrong axis: columns sum to 1.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_queries(scores, value, k):
    weights = scores.softmax(dim=-2)
    kept = weights.masked_fill(weights < weights.topk(k, dim=-1).values[..., -1:], 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "Right for small scores: e to the power of scores far from 0 overflows, or is rounded to 0.",
    "softmax(dim=-1) takes the largest score of the row away in the exponent (lesson 01).",
)
def powers_overflow(scores, value, k):
    powers = scores.exp()
    weights = powers / powers.sum(dim=-1, keepdim=True)
    kept = torch.where(keeps(scores, k), weights, 0.0)
    return kept @ value + lost_mass(kept) * average_of(value)


ROWS_OF_ONE_QUERY = (
    "`value[best.indices]` takes a whole row of values for each place, once a query."
)
KEEP_THE_TABLE = (
    "Then every query meets the rows of all the others too, and with axes for batch and heads it "
    "looks along the wrong axis. Keep the table's shape, and set the weights below the bar to 0: "
    "then `kept @ value` does it."
)


@with_mean.mistake(ROWS_OF_ONE_QUERY, KEEP_THE_TABLE)
def rows_by_their_indices(scores, value, k):
    best = scores.softmax(dim=-1).topk(k, dim=-1)
    return best.values @ value[best.indices] + lost_mass(best.values) * average_of(value)


@with_mean.mistake(ROWS_OF_ONE_QUERY, KEEP_THE_TABLE + " The mean is missing as well.")
def rows_by_their_indices_and_no_mean(scores, value, k):
    best = scores.softmax(dim=-1).topk(k, dim=-1)
    return best.values @ value[best.indices]
