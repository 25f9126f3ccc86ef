"""12.2: mistakes in the products, their scale, and their order."""

import math

from torch import Tensor

from course.checks.lesson_12.backward.cases import backward
from course.checks.lesson_12.backward.right import gradients, scores_of


@backward.mistake(
    "grad_query and grad_key are not divided by √d_k.",
    "The scores were divided by it on the way forward, so both gradients are, too.",
)
def neither_divided(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    return gradients(
        query, key, value, log_sum, average, grad_output, mask, for_query=root, for_key=root
    )


@backward.mistake(
    "grad_query and grad_key are divided by √d_k twice.",
    "Once is enough: either in grad_scores or at the end.",
)
def divided_twice(query, key, value, log_sum, average, grad_output, mask=None):
    scale = 1 / math.sqrt(query.shape[-1])
    return gradients(
        query, key, value, log_sum, average, grad_output, mask, for_query=scale, for_key=scale
    )


@backward.mistake(
    "grad_key is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def key_not_divided(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, average, grad_output, mask, for_key=root)


@backward.mistake(
    "grad_query is not divided by √d_k.",
    "Query and key stand alike in the scores: both gradients are divided by root.",
)
def query_not_divided(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    return gradients(query, key, value, log_sum, average, grad_output, mask, for_query=root)


@backward.mistake(
    "For grad_value the weights were not turned.",
    "grad_value[j] gathers from all queries: (c, r) @ (r, d_v), so weights.mT stands on the left.",
)
def weights_not_turned(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, average, grad_output, mask)
    weights = (scores_of(query, key, mask) - log_sum).exp()
    return grad_query, grad_key, weights @ grad_output


@backward.mistake(
    "For grad_weights the values were not turned.",
    "grad_weights[i, j] is a dot product over the features of the values: (r, d_v) @ (d_v, c), so "
    "value.mT stands on the right.",
)
def value_not_turned(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value - average)
    return grad_scores @ key / root, grad_scores.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "For grad_key the gradient of the scores was not turned.",
    "grad_key[j] gathers from all queries: (c, r) @ (r, d_k), so grad_scores.mT is on the left.",
)
def grad_scores_not_turned(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - average)
    return grad_scores @ key / root, grad_scores @ query / root, weights.mT @ grad_output


@backward.mistake(
    "grad_query was made with the query, and grad_key with the key.",
    "Each gets the other: the score is their product, so what the query feels is the key.",
)
def own_in_place_of_other(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - average)
    return grad_scores @ query / root, grad_scores.mT @ key / root, weights.mT @ grad_output


@backward.mistake(
    "The three gradients come back in another order.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_first(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return grad_value, grad_query, grad_key


@backward.mistake(
    "grad_query and grad_key are exchanged.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def key_first(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return grad_key, grad_query, grad_value


@backward.mistake(
    "The gradients come back in the order query, value, key.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_before_key(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return grad_query, grad_value, grad_key


@backward.mistake(
    "grad_value was made with the scores.",
    "A value is blended by its weight, so its gradient is too: weights.mT @ grad_output.",
)
def scores_for_value(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, average, grad_output, mask)
    return grad_query, grad_key, scores_of(query, key, mask).mT @ grad_output


@backward.mistake(
    "grad_query and grad_key were multiplied by √d_k.",
    "The scores were divided by root on the way forward, so these two are divided too.",
)
def multiplied_by_root(query, key, value, log_sum, average, grad_output, mask=None):
    d_k = query.shape[-1]
    return gradients(
        query, key, value, log_sum, average, grad_output, mask, for_query=d_k, for_key=d_k
    )


def all_axes_turned(x: Tensor) -> Tensor:
    """What .T does, of which torch warns."""
    return x.permute(*range(x.dim() - 1, -1, -1))


@backward.mistake(
    "Right without a batch, not with one: .T turns all the axes around.",
    "Only the last two may change places, whatever stands before them: `.mT`.",
)
def all_axes_transposed(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_value = all_axes_turned(weights) @ grad_output
    grad_scores = weights * (grad_output @ all_axes_turned(value) - average)
    return grad_scores @ key / root, all_axes_turned(grad_scores) @ query / root, grad_value


@backward.mistake(
    "grad_value was made with the gradient of the scores.",
    "A value is blended by its *weight*, so that weight carries the gradient back: weights.mT "
    "stands on the left.",
)
def grad_scores_for_value(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, average, grad_output, mask)
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - average)
    return grad_query, grad_key, grad_scores.mT @ grad_output


@backward.mistake(
    "grad_value is divided by √d_k.",
    "Only scores were divided by root on the way forward. The values never met it.",
)
def value_divided(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return grad_query, grad_key, grad_value / math.sqrt(query.shape[-1])


@backward.mistake(
    "grad_value was made with the blend of the values, in the place of grad_output.",
    "What comes back from the output is grad_output, and weights.mT hands each value its share.",
)
def values_for_grad_output(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, _ = gradients(query, key, value, log_sum, average, grad_output, mask)
    weights = (scores_of(query, key, mask) - log_sum).exp()
    return grad_query, grad_key, weights.mT @ (weights @ value)


@backward.mistake(
    "grad_query and grad_key were made with the weights, not with the gradient of the scores.",
    "A weight says how much is blended. How a score should move is in grad_scores.",
)
def weights_for_grad_scores(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    return weights @ key / root, weights.mT @ query / root, weights.mT @ grad_output


@backward.mistake(
    "All three gradients point the other way.",
    "Nothing is taken downhill here: these are the gradients themselves, as autograd gives them.",
)
def all_signs_turned(query, key, value, log_sum, average, grad_output, mask=None):
    grad_query, grad_key, grad_value = gradients(
        query, key, value, log_sum, average, grad_output, mask
    )
    return -grad_query, -grad_key, -grad_value


@backward.mistake(
    "Right without a batch, not with one: the axes to exchange were counted from the front.",
    "With a batch, 0 and 1 are batch and heads. Count from the end, -2 and -1, or take `.mT`.",
)
def front_axes_transposed(query, key, value, log_sum, average, grad_output, mask=None):
    root = math.sqrt(query.shape[-1])
    weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_value = weights.transpose(0, 1) @ grad_output
    grad_scores = weights * (grad_output @ value.transpose(0, 1) - average)
    return grad_scores @ key / root, grad_scores.transpose(0, 1) @ query / root, grad_value
