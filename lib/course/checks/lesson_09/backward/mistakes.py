"""09.5: the mistakes that people make."""

import math

import torch
from torch import Tensor

from course.checks.lesson_09.backward.cases import backward
from course.checks.lesson_09.backward.right import gradients


def scores_of(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.mT / math.sqrt(query.shape[-1])


@backward.mistake(
    "The weights are a softmax of this tile alone.",
    "Other tiles have their part of each row's sum. log_sum knows the sum over all keys: the "
    "weights are e^(scores - log_sum).",
)
def softmax_of_the_tile(query, key, value, log_sum, drop, grad_output):
    weights = scores_of(query, key).softmax(-1)
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The weights are powers that were not divided by their sum: log_sum is missing.",
    "Take log_sum away in the exponent: e^(scores - log_sum).",
)
def log_sum_missing(query, key, value, log_sum, drop, grad_output):
    weights = scores_of(query, key).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The powers were divided by log_sum, which is a logarithm.",
    "Divide by e^log_sum, or take log_sum away before the power: (scores - log_sum).exp().",
)
def divided_by_log_sum(query, key, value, log_sum, drop, grad_output):
    weights = scores_of(query, key).exp() / log_sum
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The scores were divided by log_sum inside the power.",
    "To divide by a sum is to take its logarithm *away* in the exponent: (scores - log_sum).exp().",
)
def scores_over_log_sum(query, key, value, log_sum, drop, grad_output):
    weights = (scores_of(query, key) / log_sum).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "The weights are still logarithms: exp is missing.",
    "scores - log_sum is the logarithm of a weight. Take its power: .exp().",
)
def exp_missing(query, key, value, log_sum, drop, grad_output):
    weights = scores_of(query, key) - log_sum
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "`drop` is missing from the gradient of the scores.",
    "All weights of a row share one budget: a score feels how far its key's gradient lies from the "
    "average. weights * (grad_weights - drop).",
)
def drop_missing(query, key, value, log_sum, drop, grad_output):
    return gradients(query, key, value, log_sum, torch.zeros_like(drop), grad_output)


@backward.mistake(
    "`drop` is taken away after the weights were multiplied.",
    "The bracket comes first: weights * (grad_weights - drop).",
)
def drop_after_the_weights(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT) - drop
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "`drop` was added.",
    "It is the average, and what counts is the distance from it: grad_weights - drop.",
)
def drop_added(query, key, value, log_sum, drop, grad_output):
    return gradients(query, key, value, log_sum, -drop, grad_output)


@backward.mistake(
    "The average was taken over this tile's keys alone, and `drop` was not used.",
    "The average runs over all keys of the row, and drop is that average already.",
)
def average_of_the_tile(query, key, value, log_sum, drop, grad_output):
    weights = (scores_of(query, key) - log_sum).exp()
    own = (weights * (grad_output @ value.mT)).sum(-1, keepdim=True)
    return gradients(query, key, value, log_sum, own, grad_output)


@backward.mistake(
    "The weights are missing from the gradient of the scores.",
    "A key with a small weight feels little: weights * (grad_weights - drop).",
)
def weights_missing(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = grad_output @ value.mT - drop
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query and grad_key are not divided by √d_k.",
    "The scores were divided by it on the way forward, so both gradients are, too.",
)
def neither_divided(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=root, for_key=root)


@backward.mistake(
    "grad_query and grad_key are divided by √d_k twice.",
    "Once is enough: either in grad_scores or at the end.",
)
def divided_twice(query, key, value, log_sum, drop, grad_output):
    scale = 1 / math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=scale, for_key=scale)


@backward.mistake(
    "grad_key is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def key_not_divided(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_key=root)


@backward.mistake(
    "grad_query is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def query_not_divided(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=root)


@backward.mistake(
    "For grad_value the weights were not turned.",
    "grad_value[j] gathers from all queries: (c, r) @ (r, d_v), so weights.mT stands on the left.",
)
def weights_not_turned(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, drop, grad_output)
    weights = (scores_of(query, key) - log_sum).exp()
    return grad_query, grad_key, weights @ grad_output


@backward.mistake(
    "For grad_weights the values were not turned.",
    "grad_weights[i, j] is a dot product over the features of the values: (r, d_v) @ (d_v, c), so "
    "value.mT stands on the right.",
)
def value_not_turned(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value - drop)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "For grad_key the gradient of the scores was not turned.",
    "grad_key[j] gathers from all queries: (c, r) @ (r, d_k), so grad_scores.mT is on the left.",
)
def grad_scores_not_turned(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - drop)
    return grad_scores @ key / root, grad_scores @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query was made with the query, and grad_key with the key.",
    "Each gets the other: the score is their product, so what the query feels is the key.",
)
def own_in_place_of_other(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - drop)
    return grad_scores @ query / root, grad_scores.mT @ key / root, weights.mT @ grad_output


@backward.mistake(
    "The three gradients come back in another order.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_first(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_value, grad_query, grad_key


@backward.mistake(
    "grad_query and grad_key are exchanged.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def key_first(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_key, grad_query, grad_value


@backward.mistake(
    "The gradients come back in the order query, value, key.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_before_key(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_query, grad_value, grad_key


@backward.mistake(
    "grad_weights was taken away from `drop`: the sign is turned.",
    "A key that does better than the average should rise: grad_weights - drop.",
)
def sign_turned(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, grad_value = gradients(query, key, value, log_sum, drop, grad_output)
    return -grad_query, -grad_key, grad_value


@backward.mistake(
    "A matrix product stands where entries meet entries.",
    "Each weight multiplies its own entry of grad_weights - drop: with *, not with @.",
)
def product_of_matrices(query, key, value, log_sum, drop, grad_output):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key) - log_sum).exp()
    grad_scores = weights @ (grad_output @ value.mT - drop)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "The scores were taken away from log_sum: the sign of the exponent is turned.",
    "So each weight is one divided by itself. To divide by the sum, take log_sum away from the "
    "score: (scores - log_sum).exp().",
)
def exponent_turned(query, key, value, log_sum, drop, grad_output):
    weights = (log_sum - scores_of(query, key)).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "log_sum was added to the scores.",
    "That multiplies by the row's sum. To divide by it, take it away: (scores - log_sum).exp().",
)
def log_sum_added(query, key, value, log_sum, drop, grad_output):
    weights = (scores_of(query, key) + log_sum).exp()
    return gradients(query, key, value, log_sum, drop, grad_output, weights=weights)


@backward.mistake(
    "grad_value was made with the scores.",
    "A value is blended by its weight, so its gradient is too: weights.mT @ grad_output.",
)
def scores_for_value(query, key, value, log_sum, drop, grad_output):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, drop, grad_output)
    return grad_query, grad_key, scores_of(query, key).mT @ grad_output


@backward.mistake(
    "grad_query and grad_key were multiplied by √d_k.",
    "The scores were divided by root on the way forward, so these two are divided too.",
)
def multiplied_by_root(query, key, value, log_sum, drop, grad_output):
    d_k = query.shape[-1]
    return gradients(query, key, value, log_sum, drop, grad_output, for_query=d_k, for_key=d_k)
