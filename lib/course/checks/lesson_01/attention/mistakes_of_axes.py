"""01.4: mistakes with axes and with the softmax."""

import math

import torch

from course.checks.lesson_01.attention.cases import attention
from course.checks.lesson_01.shared import attend
from course.checks.lesson_01.weights import weights_shifted


def scores_of(query, key):
    return query @ key.mT / math.sqrt(query.shape[-1])


def blended(weights, value):
    return weights @ value, weights


@attention.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query hands out a budget of 1 over its keys: the last axis, dim=-1.",
)
def softmax_over_queries_torch(query, key, value):
    return attend(query, key, value, dim=-2)


@attention.mistake(
    "The softmax runs over the first axis: the batch, where there is one.",
    "With dim=0 unrelated sentences share one budget. Count from the end, dim=-1, and any number "
    "of batch axes may stand before.",
)
def softmax_over_batch(query, key, value):
    return attend(query, key, value, dim=0)


@attention.mistake(
    "Right without a batch, not with one: the softmax counts its axis from the front.",
    "dim=1 is the keys in a table, and another axis as soon as a batch stands before. Count from "
    "the end: dim=-1.",
)
def softmax_counts_from_the_front(query, key, value):
    return attend(query, key, value, dim=1)


@attention.mistake(
    "Right without a batch, and with one only by chance: d_k was counted from the front.",
    "query.shape[1] is d_k in a table, and another size as soon as a batch stands before. Count "
    "from the end: query.shape[-1].",
)
def width_counts_from_the_front(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(query.shape[1]))


@attention.mistake(
    "The maximum of a tensor along an axis is two things, the numbers and their places, and both "
    "were taken away: is NumPy's attention_weights called with a tensor?",
    "In PyTorch, scores.softmax(dim=-1) does the same, and follows the gradient; amax gives the "
    "numbers alone.",
)
def numpy_softmax_of_a_tensor(query, key, value):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = weights_shifted(scores)  # type: ignore[arg-type]
    return weights @ value, weights  # type: ignore[operator, return-value]


@attention.mistake(
    "All axes of a batch were turned around, as `.T` does, not only the last two.",
    "Turn the last two with key.mT, or key.transpose(-2, -1).",
)
def all_axes_turned(query, key, value):
    # torch warns of .T on a batch; permute is what .T does
    turned = key.permute(*range(key.dim() - 1, -1, -1))
    weights = (query @ turned / math.sqrt(query.shape[-1])).softmax(-1)
    return weights @ value, weights


TURN_THE_LAST_TWO = "Turn the last two with key.mT, or key.transpose(-2, -1)."


@attention.mistake(
    "The keys were not turned.",
    "The product sums over the last axis of the query and the last but one of the key. "
    + TURN_THE_LAST_TWO,
)
def keys_not_turned(query, key, value):
    return blended((query @ key / math.sqrt(query.shape[-1])).softmax(-1), value)


@attention.mistake(
    "Right with one axis for the batch, and with no other number: the axes 1 and 2 were exchanged.",
    "They are the last two only where exactly one axis stands before. Count from the end: "
    "key.transpose(-2, -1), or key.mT.",
)
def axes_1_and_2_turned(query, key, value):
    return blended((query @ key.transpose(1, 2) / math.sqrt(query.shape[-1])).softmax(-1), value)


@attention.mistake(
    "Right without a batch, not with one: the axes 0 and 1 were exchanged.",
    "They are the last two only in a plain table. Count from the end: key.transpose(-2, -1), or "
    "key.mT.",
)
def axes_0_and_1_turned(query, key, value):
    return blended((query @ key.transpose(0, 1) / math.sqrt(query.shape[-1])).softmax(-1), value)


BMM = "torch.bmm takes exactly one axis for the batch."
USE_THE_OPERATOR = (
    "`@` takes any number of axes before the last two, and goes through them in step."
)


@attention.mistake(BMM, USE_THE_OPERATOR + " " + TURN_THE_LAST_TWO)
def by_bmm_and_transpose(query, key, value):
    weights = (torch.bmm(query, key.transpose(1, 2)) / math.sqrt(query.shape[-1])).softmax(-1)
    return torch.bmm(weights, value), weights


@attention.mistake(BMM, USE_THE_OPERATOR)
def by_bmm(query, key, value):
    weights = (torch.bmm(query, key.mT) / math.sqrt(query.shape[-1])).softmax(-1)
    return torch.bmm(weights, value), weights


@attention.mistake(
    "The keys were reshaped, not turned.",
    "reshape only deals the same numbers out anew. " + TURN_THE_LAST_TWO,
)
def keys_reshaped(query, key, value):
    turned = key.reshape(*key.shape[:-2], key.shape[-1], key.shape[-2])
    return blended((query @ turned / math.sqrt(query.shape[-1])).softmax(-1), value)


SAFE_SOFTMAX = "scores.softmax(dim=-1) takes each row's maximum away first, and is safe."


@attention.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    SAFE_SOFTMAX,
)
def softmax_overflows(query, key, value):
    powers = scores_of(query, key).exp()
    return blended(powers / powers.sum(-1, keepdim=True), value)


@attention.mistake(
    "One maximum was taken for all scores, so a row far below it vanishes: 0 / 0 is nan.",
    "Each row needs its own maximum. " + SAFE_SOFTMAX,
)
def one_maximum(query, key, value):
    scores = scores_of(query, key)
    powers = (scores - scores.max()).exp()
    return blended(powers / powers.sum(-1, keepdim=True), value)


@attention.mistake(
    "All queries share one budget: the exponentials were divided by the sum of all of them.",
    "Each query hands out a budget of 1 over its keys: the last axis, dim=-1.",
)
def one_budget(query, key, value):
    scores = scores_of(query, key)
    return blended(scores.flatten().softmax(0).view_as(scores), value)


@attention.mistake(
    "All queries share one budget, and exp overflows for large scores.",
    "Each query hands out a budget of 1 over its keys: the last axis. " + SAFE_SOFTMAX,
)
def one_budget_overflows(query, key, value):
    powers = scores_of(query, key).exp()
    return blended(powers / powers.sum(), value)


NO_KEEPDIM = "The sum of each row has lost its axis, as where keepdim=True is missing."
WITHOUT_IT = "Without it the sums are (..., n_q), and line up with the keys. " + SAFE_SOFTMAX


@attention.mistake(NO_KEEPDIM, WITHOUT_IT)
def no_keepdim_overflows(query, key, value):
    powers = scores_of(query, key).exp()
    return blended(powers / powers.sum(-1), value)


@attention.mistake(NO_KEEPDIM, WITHOUT_IT)
def no_keepdim(query, key, value):
    scores = scores_of(query, key)
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return blended(powers / powers.sum(-1), value)


@attention.mistake(
    "The weights do not sum to 1: the exponentials are not divided by their sum.",
    "A blend needs shares. " + SAFE_SOFTMAX,
)
def not_divided(query, key, value):
    return blended(scores_of(query, key).exp(), value)


@attention.mistake(
    "The softmax was taken twice.",
    "Its result is the weights already.",
)
def softmax_twice(query, key, value):
    return blended(scores_of(query, key).softmax(-1).softmax(-1), value)


@attention.mistake(
    "The weights are logarithms: log_softmax was taken, or one logarithm too many.",
    "A blend needs shares that sum to 1: softmax alone.",
)
def logarithms(query, key, value):
    return blended(scores_of(query, key).log_softmax(-1), value)


@attention.mistake(
    "Each score was looked at alone: this is a sigmoid, and a row does not sum to 1.",
    "A share depends on all scores of the row: softmax.",
)
def sigmoid(query, key, value):
    return blended(scores_of(query, key).sigmoid(), value)


@attention.mistake(
    "The softmax is missing: scaled scores came back as weights, and blended the values.",
    "Scores can be negative and sum to anything. The softmax makes shares of them.",
)
def no_softmax(query, key, value):
    return blended(scores_of(query, key), value)
