"""12.2: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_12.backward.cases import backward

Gradients = tuple[Tensor, Tensor, Tensor]


def scores_of(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    return masked(query @ key.mT / math.sqrt(query.shape[-1]), mask)


def masked(scores: Tensor, mask: Tensor | None) -> Tensor:
    return scores if mask is None else scores.masked_fill(~mask, -torch.inf)


@backward.reference
def by_autograd(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
) -> Gradients:
    # All keys outside the tile act as one more key, whose power and blend are constants.
    query, key, value, log_sum, average, grad_output = (
        x.double() for x in (query, key, value, log_sum, average, grad_output)
    )
    inputs = [x.requires_grad_() for x in (query, key, value)]
    with torch.enable_grad():
        powers = scores_of(query, key, mask).exp()
        total = powers.sum(-1, keepdim=True)
        pull = (powers * (grad_output @ value.mT)).sum(-1, keepdim=True)
        rest = log_sum.exp() - total.detach()
        rest_pull = average * log_sum.exp() - pull.detach()
        loss = ((pull + rest_pull) / (total + rest)).sum()
        grad_query, grad_key, grad_value = torch.autograd.grad(loss, inputs)
    return grad_query, grad_key, grad_value


def gradients(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
    *,
    weights: Tensor | None = None,
    for_query: float = 1.0,
    for_key: float = 1.0,
) -> Gradients:
    """The right answer with one thing changed: the mistakes below are made of it."""
    root = math.sqrt(query.shape[-1])
    if weights is None:
        weights = (scores_of(query, key, mask) - log_sum).exp()
    grad_scores = weights * (grad_output @ value.mT - average)
    return (
        grad_scores @ key / root * for_query,
        grad_scores.mT @ query / root * for_key,
        weights.mT @ grad_output,
    )


@backward.right_way
def gradients_by_einsum(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
) -> Gradients:
    scale = query.shape[-1] ** -0.5
    scores = torch.einsum("...id,...jd->...ij", query, key) * scale
    weights = torch.exp(masked(scores, mask) - log_sum)
    grad_weights = torch.einsum("...iv,...jv->...ij", grad_output, value)
    grad_scores = (weights * grad_weights - weights * average) * scale
    return (
        torch.einsum("...ij,...jd->...id", grad_scores, key),
        torch.einsum("...ij,...id->...jd", grad_scores, query),
        torch.einsum("...ij,...iv->...jv", weights, grad_output),
    )


@backward.right_way
def gradients_row_by_row(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
) -> Gradients:
    grads = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
    for i in range(query.shape[-2]):
        row = slice(i, i + 1)
        q, log, own, grad = (x[..., row, :] for x in (query, log_sum, average, grad_output))
        seen = None if mask is None else mask[row]
        one, two, three = gradients(q, key, value, log, own, grad, seen)
        grads[0][..., row, :] = one
        grads[1].add_(two)
        grads[2].add_(three)
    return grads


@backward.right_way
def gradients_by_autograd_of_a_tile(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
) -> Gradients:
    # log_sum and average speak of all keys, so they are constants here
    inputs = [x.detach().requires_grad_() for x in (query, key, value)]
    with torch.enable_grad():
        scores = scores_of(inputs[0], inputs[1], mask)
        weights = (scores - log_sum.detach()).exp()
        pull = weights * (grad_output.detach() @ inputs[2].mT - average.detach())
        grad_query, grad_key, grad_value = torch.autograd.grad(pull.sum(), inputs)
    return grad_query, grad_key, grad_value


@backward.right_way
def gradients_key_by_key(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_sum: Tensor,
    average: Tensor,
    grad_output: Tensor,
    mask: Tensor | None = None,
) -> Gradients:
    root = query.shape[-1] ** 0.5
    grad_query, grad_keys, grad_values = torch.zeros_like(query), [], []
    for j, (k, v) in enumerate(zip(key.unbind(-2), value.unbind(-2), strict=True)):
        k, v = k[..., None, :], v[..., None, :]  # (..., 1, d_k) and (..., 1, d_v)
        weight = ((query * k).sum(-1, keepdim=True) / root - log_sum).exp()  # (..., r, 1)
        if mask is not None:
            weight = weight * mask[:, j : j + 1]
        grad_score = weight * ((grad_output * v).sum(-1, keepdim=True) - average) / root
        grad_query = grad_query + grad_score * k
        grad_keys.append((grad_score * query).sum(-2))
        grad_values.append((weight * grad_output).sum(-2))
    return grad_query, torch.stack(grad_keys, -2), torch.stack(grad_values, -2)
