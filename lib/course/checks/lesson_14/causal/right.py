"""14.2: the reference, and other right ways."""

from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_14.causal.cases import causal
from course.checks.lesson_14.linear.right import linear_by_brackets
from course.checks.lesson_14.shared import phi, share, weigh


@causal.reference
def causal_by_masked_weights(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(weigh(query.double(), key.double(), causal=True)) @ value.double()


@causal.right_way
def causal_by_running_sum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value)


@causal.right_way
def causal_by_loop(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s: Tensor | int = 0
    z: Tensor | int = 0
    rows = []
    for q, k, v in zip(phi(query).unbind(-2), phi(key).unbind(-2), value.unbind(-2), strict=True):
        s, z = s + k[..., None] * v[..., None, :], z + k
        rows.append(torch.einsum("...d,...dv->...v", q, s) / (q * z).sum(-1, keepdim=True))
    return torch.stack(rows, dim=-2)


@causal.right_way
def causal_by_beginnings(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    rows = [
        linear_by_brackets(query[..., i : i + 1, :], key[..., : i + 1, :], value[..., : i + 1, :])
        for i in range(query.shape[-2])
    ]
    return torch.cat(rows, dim=-2)


@causal.right_way
def causal_by_einsum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = torch.einsum("...nd,...nv->...ndv", key, value).cumsum(dim=-3)
    total = torch.einsum("...nd,...nd->...n", query, key.cumsum(dim=-2))
    return torch.einsum("...nd,...ndv->...nv", query, s) / (total + 1e-6).unsqueeze(-1)


def read_running(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    sum_tables: Callable[[Tensor, int], Tensor] = torch.cumsum,
    sum_keys: Callable[[Tensor, int], Tensor] = torch.cumsum,
    axis: int = -3,
) -> Tensor:
    """Causal linear attention, with other sums than the right ones."""
    query, key = phi(query), phi(key)
    s = sum_tables(key[..., None] * value[..., None, :], axis)
    z = sum_keys(key, -2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)
