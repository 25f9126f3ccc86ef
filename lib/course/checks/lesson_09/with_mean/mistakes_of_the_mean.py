"""09.3: mistakes in the mean, and in the mass that it has."""

import torch

from course.checks.lesson_09.shared import keeps
from course.checks.lesson_09.with_mean.cases import with_mean
from course.checks.lesson_09.with_mean.right import average_of, kept_weights, lost_mass


@with_mean.mistake(
    "Right for one table, but not with axes for batch and heads: the axes were counted from the "
    "front.",
    "With axes before it, the axis of the keys is not dim=0. Counted from the end it is always "
    "dim=-2.",
)
def axes_from_the_front(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * value.mean(dim=0)


@with_mean.mistake(
    "The mean was added on top of a renormalised blend.",
    "The kept weights stay as the softmax over all keys made them. They and the lost mass sum to "
    "1.",
)
def mean_on_top(scores, value, k):
    best = scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)
    return best @ value + lost_mass(kept_weights(scores, k)) * average_of(value)


@with_mean.mistake(
    "The whole mean was added, in place of its share.",
    "The mean speaks with the lost mass, 1 minus the sum of the kept weights: multiply it by that.",
)
def whole_mean(scores, value, k):
    return kept_weights(scores, k) @ value + average_of(value)


@with_mean.mistake(
    "Kept and lost mass are exchanged: the mean speaks with the mass that was kept.",
    "The mean stands for what was *not* kept: 1 - kept.sum(dim=-1, keepdim=True).",
)
def kept_mass_for_the_mean(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + kept.sum(dim=-1, keepdim=True) * average_of(value)


@with_mean.mistake(
    "The lost mass went to the mean of the values that were left out.",
    "It would be another mean for each query. Take the mean of *all* values, computed once: "
    "value.mean(dim=-2, keepdim=True).",
)
def mean_of_the_others(scores, value, k):
    kept, others = kept_weights(scores, k), (~keeps(scores, k)).float()
    average = others @ value / others.sum(dim=-1, keepdim=True).clamp(min=1)
    return kept @ value + lost_mass(kept) * average


@with_mean.mistake(
    "The lost mass went to the mean of the values that were kept.",
    "They have spoken already. The lost mass goes to the mean of *all* values: "
    "value.mean(dim=-2, keepdim=True).",
)
def mean_of_the_kept(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * (keeps(scores, k).float() @ value) / k


@with_mean.mistake(
    "The lost mass went to the mean of the *first* k values.",
    "How many keys are kept does not come into the mean. Take that of *all* values: "
    "value.mean(dim=-2, keepdim=True).",
)
def mean_of_the_first(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * average_of(value[..., :k, :])


@with_mean.mistake(
    "The sum of the values was taken, not their mean.",
    "The lost mass is shared by all n_k keys: divide by how many there are, or call mean.",
)
def sum_of_the_values(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * value.sum(dim=-2, keepdim=True)


@with_mean.mistake(
    "The mean was taken over the features of each key, not over the keys.",
    "value is (..., n_k, d_v), and the keys stand in dim=-2: value.mean(dim=-2, keepdim=True).",
)
def mean_over_the_features(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * value.mean(dim=-1, keepdim=True)


@with_mean.mistake(
    "The mean was taken over everything: one number in place of one for each feature.",
    "Take the mean over the keys alone, value.mean(dim=-2, keepdim=True): (..., 1, d_v).",
)
def one_number_for_all(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * value.mean()


@with_mean.mistake(
    "Right for one table, but not with axes for batch and heads: the mean has lost its axis.",
    "With keepdim=True the mean is (..., 1, d_v), and each head's queries meet their own mean.",
)
def mean_without_its_axis(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * value.mean(dim=-2)


@with_mean.mistake(
    "The lost mass has lost its axis, and was lined up with the features.",
    "A sum along the row gives (..., n_q). With keepdim=True it stays a column, (..., n_q, 1), and "
    "each row has its own lost mass.",
)
def lost_mass_without_its_axis(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + (1 - kept.sum(dim=-1)) * average_of(value)


@with_mean.mistake(
    "The lost mass was summed along the wrong axis.",
    "Each query has a budget of 1 for its keys, so the sum runs along its row: dim=-1.",
)
def mass_of_the_columns(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + (1 - kept.sum(dim=-2, keepdim=True)).mT * average_of(value)


@with_mean.mistake(
    "All queries share one lost mass: everything kept was summed.",
    "Each query has lost a mass of its own: sum along its row, kept.sum(dim=-1, keepdim=True).",
)
def one_lost_mass_for_all(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + (1 - kept.sum()) * average_of(value)


@with_mean.mistake(
    "The lost mass has the wrong sign.",
    "What is missing to 1 is 1 - kept.sum(dim=-1, keepdim=True), and it is never below 0.",
)
def lost_mass_below_zero(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value - lost_mass(kept) * average_of(value)


@with_mean.mistake(
    "The lost mass was divided once more, by k.",
    "The mean is one value for all keys, and it has the whole lost mass.",
)
def lost_mass_divided(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) / k * average_of(value)


@with_mean.mistake(
    "The lost mass was given to the output of full attention, not to the plain mean.",
    "What speaks for the rest is the mean in which every value counts alike: "
    "value.mean(dim=-2, keepdim=True).",
)
def lost_mass_for_full_attention(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + lost_mass(kept) * (scores.softmax(dim=-1) @ value)


@with_mean.mistake(
    "The lost mass and the mean have both lost their axis.",
    "One stands in a column, (..., n_q, 1), the other in a row, (..., 1, d_v), and their product "
    "has a row for each query: keepdim=True in both.",
)
def both_without_their_axis(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + (1 - kept.sum(dim=-1)) * value.mean(dim=-2)


@with_mean.mistake(
    "The lost mass was not summed: each weight was taken away from 1 by itself.",
    "It is one number for each query, what its kept weights leave of 1 together: "
    "1 - kept.sum(dim=-1, keepdim=True).",
)
def lost_mass_of_each_weight(scores, value, k):
    kept = kept_weights(scores, k)
    return kept @ value + (1 - kept) * average_of(value)
