"""12.2: mistakes with the weights and the gradient of the scores."""

import math

import torch

from course.checks.lesson_12.backward.cases import backward
from course.checks.lesson_12.backward.right import gradients, scores_of


@backward.mistake(
    "The mask was left out: hidden keys have a weight, and so a gradient.",
    "Where there is a mask, the lines that are given put it into `scores`. The weights are made of "
    "these `scores`.",
)
def mask_left_out(query, key, value, log_sum, average, grad_output, mask=None):
    return gradients(query, key, value, log_sum, average, grad_output)


@backward.mistake(
    "The weights are a difference of two powers.",
    "To divide by the sum, take log_sum away in the exponent, and then the power: one exp for "
    "both, (scores - log_sum).exp().",
)
def difference_of_powers(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).exp() - log_sum.exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The weights are a softmax of this tile alone.",
    "Other tiles have their part of each row's sum. log_sum knows the sum over all keys: the "
    "weights are e^(scores - log_sum).",
)
def softmax_of_the_tile(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).softmax(-1)
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The weights are powers that were not divided by their sum: log_sum is missing.",
    "Take log_sum away in the exponent: e^(scores - log_sum).",
)
def log_sum_missing(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The powers were divided by log_sum, which is a logarithm.",
    "Divide by e^log_sum, or take log_sum away before the power: (scores - log_sum).exp().",
)
def divided_by_log_sum(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).exp() / log_sum
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The scores were divided by log_sum inside the power.",
    "To divide by a sum is to take its logarithm *away* in the exponent: (scores - log_sum).exp().",
)
def scores_over_log_sum(query, key, value, log_sum, average, grad_output, mask=None):
    weights = (scores_of(query, key, mask) / log_sum).exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The weights are still logarithms: exp is missing.",
    "scores - log_sum is the logarithm of a weight. Take its power: .exp().",
)
def exp_missing(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask) - log_sum
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "`average` is missing from the gradient of the scores.",
    "All weights of a row share one budget: a score feels how far its key's gradient lies from the "
    "average. weights * (grad_weights - average).",
)
def average_missing(query, key, value, log_sum, average, grad_output, mask=None):
    return gradients(query, key, value, log_sum, torch.zeros_like(average), grad_output, mask)


@backward.mistake(
    "`average` is taken away after the weights were multiplied.",
    "The bracket comes first: weights * (grad_weights - average).",
)
def average_after_the_weights(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT) - average
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "`average` was added.",
    "It is the average, and what counts is the distance from it: grad_weights - average.",
)
def average_added(query, key, value, log_sum, average, grad_output, mask=None):
    return gradients(query, key, value, log_sum, -average, grad_output, mask)


@backward.mistake(
    "The average was taken over this tile's keys alone, and `average` was not used.",
    "It runs over all keys of the row: take `average` as it comes.",
)
def average_of_the_tile(query, key, value, log_sum, average, grad_output, mask=None):
    weights = (scores_of(query, key, mask) - log_sum).exp()
    own = (weights * (grad_output @ value.mT)).sum(-1, keepdim=True)
    return gradients(query, key, value, log_sum, own, grad_output, mask)


@backward.mistake(
    "The weights are missing from the gradient of the scores.",
    "A key with a small weight feels little: weights * (grad_weights - average).",
)
def weights_missing(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = grad_output @ value.mT - average
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query and grad_key point the other way: the sign of grad_scores is turned.",
    "What counts is how far a key lies above the average: grad_weights - average.",
)
def sign_turned(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return -grad_query, -grad_key, grad_value


@backward.mistake(
    "A matrix product stands where entries meet entries.",
    "Each weight multiplies its own entry of grad_weights - average: with *, not with @.",
)
def product_of_matrices(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights @ (grad_output @ value.mT - average)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "The scores were taken away from log_sum: the sign of the exponent is turned.",
    "So each weight is one divided by itself. To divide by the sum, take log_sum away from the "
    "score: (scores - log_sum).exp().",
)
def exponent_turned(query, key, value, log_sum, average, grad_output, mask=None):
    weights = (log_sum - scores_of(query, key, mask)).exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "log_sum was added to the scores.",
    "That multiplies by the row's sum. To divide by it, take it away: (scores - log_sum).exp().",
)
def log_sum_added(query, key, value, log_sum, average, grad_output, mask=None):
    weights = (scores_of(query, key, mask) + log_sum).exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "Right for small scores: each power was taken by itself, and divided afterwards.",
    "The power of a large score fits into no float. Take log_sum away in the exponent, before the "
    "power.",
)
def powers_then_divided(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).exp() / log_sum.exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "Each score feels its own weight alone: weights * (1 - weights).",
    "All weights of a row share one budget, so a score feels all the others too, and `average` "
    "has them summed up: weights * (grad_weights - average).",
)
def each_score_by_itself(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (1 - weights) * (grad_output @ value.mT)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "The gradient of the weights was taken for that of the scores.",
    "Between the two stands the softmax: a score feels how far its key lies above the average, "
    "times its own weight. weights * (grad_weights - average).",
)
def softmax_left_out(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = grad_output @ value.mT
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "The scores were divided by √d_k twice.",
    "`scores` was divided by root above: take log_sum away from it as it is.",
)
def scores_scaled_twice(query, key, value, log_sum, average, grad_output, mask=None):
    weights = (scores_of(query, key, mask) / math.sqrt(query.shape[-1]) - log_sum).exp()
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "These are the gradients as if this tile's keys were all there are.",
    "Other tiles have their part of each row: log_sum and `average` know all keys. Take both as "
    "they come.",
)
def tile_as_if_alone(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).softmax(-1)
    own = (grad_output * (weights @ value)).sum(-1, keepdim=True)
    return gradients(query, key, value, log_sum, own, grad_output, mask, weights=weights)


@backward.mistake(
    "The plain mean over this tile's keys stands where `average` belongs.",
    "The average is weighted, and runs over all keys of the row: take `average` as it comes.",
)
def mean_of_the_tile(query, key, value, log_sum, average, grad_output, mask=None):
    mean = (grad_output @ value.mT).mean(-1, keepdim=True)
    return gradients(query, key, value, log_sum, mean, grad_output, mask)
