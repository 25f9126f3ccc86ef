"""14.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_14.linear.cases import linear
from course.checks.lesson_14.shared import phi


@linear.reference
def linear_pair_by_pair(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key, value = query.double(), key.double(), value.double()
    rows = []
    for i in range(query.shape[-2]):
        weights = (phi(query[..., i : i + 1, :]) * phi(key)).sum(-1, keepdim=True)  # (..., n_k, 1)
        rows.append((weights * value).sum(-2) / weights.sum(-2))
    return torch.stack(rows, dim=-2)


@linear.right_way
def linear_by_brackets(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return query @ (key.transpose(-2, -1) @ value) / (query @ key.sum(-2).unsqueeze(-1))


@linear.right_way
def linear_by_einsum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s = torch.einsum("...jd,...jv->...dv", phi(key), value)
    total = torch.einsum("...id,...jd->...i", phi(query), phi(key))
    return torch.einsum("...id,...dv->...iv", phi(query), s) / total[..., None]


@linear.right_way
def linear_key_by_key(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = query.new_zeros(*key.shape[:-2], key.shape[-1], value.shape[-1])
    z = torch.zeros_like(key[..., 0, :])
    for j in range(key.shape[-2]):
        s += key[..., j, :, None] * value[..., j, None, :]
        z += key[..., j, :]
    return torch.matmul(query, s) / (query * z[..., None, :]).sum(-1, keepdim=True)


@linear.right_way
def linear_with_a_tiny_number(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    # published ones add it, so that nobody ever divides by 0
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None] + 1e-6)
