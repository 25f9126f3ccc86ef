"""12.2: mistakes with the logarithm, and with what the gradient of the scores multiplies."""

import math

from course.checks.lesson_12.backward.cases import backward
from course.checks.lesson_12.backward.right import gradients, scores_of


@backward.mistake(
    "The logarithm log_sum was taken away from the powers.",
    "Take it away from the scores, inside the power: e^(scores - log_sum).",
)
def log_sum_after_the_power(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).exp() - log_sum
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The logarithm of the scores was taken.",
    "The scores are logarithms of powers already. Take log_sum away from them, and then the power: "
    "e^(scores - log_sum).",
)
def logarithm_of_the_scores(query, key, value, log_sum, average, grad_output, mask=None):
    weights = scores_of(query, key, mask).log() - log_sum
    return gradients(query, key, value, log_sum, average, grad_output, mask, weights=weights)


@backward.mistake(
    "The distance from the average was multiplied by the scores, and not by the weights.",
    "What a score feels is shared out by its weight: weights * (grad_weights - average).",
)
def scores_for_weights(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    scores = scores_of(query, key, mask)
    grad_scores = scores * (grad_output @ value.mT - average)
    weights = (scores - log_sum).exp()
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "`average` was taken away from the scores, and grad_weights was not used.",
    "It is the average of grad_weights, so it is taken away from those: "
    "weights * (grad_weights - average).",
)
def average_from_the_scores(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    scores = scores_of(query, key, mask)
    weights = (scores - log_sum).exp()
    grad_scores = weights * (scores - average)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output
