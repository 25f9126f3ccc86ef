"""10.3: the reference, and other right ways."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_10.sliding.cases import sliding


@sliding.reference
def window_query_by_query(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    rows = []
    for i in range(query.shape[-2]):
        near = slice(max(0, i - window + 1), i + window)
        scores = (query[..., i : i + 1, :] * key[..., near, :]).sum(-1) / math.sqrt(query.shape[-1])
        rows.append((scores.softmax(dim=-1)[..., None] * value[..., near, :]).sum(dim=-2))
    return torch.stack(rows, dim=-2)


def window_in_blocks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    window: int,
    *,
    left: int = 1,
    right: int = 1,
    hide: Callable[[Tensor, Tensor], Tensor] | None = None,
    from_zero: bool = False,
    scale: float | None = None,
    dim: int = -1,
) -> Tensor:
    """The loop of the exercise, with a place for each mistake.

    left, right: how many windows to read on each side; hide(i, j): which places are hidden
    """
    n, output = query.shape[-2], []
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    for start in range(0, n, window):
        stop = min(start + window, n)
        first = max(0, start - left * (window - 1))
        last = min(n, stop + right * (window - 1))
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT * scale
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        if from_zero:
            i, j = i - start, j - first
        hidden = (i - j).abs() >= window if hide is None else hide(i, j)
        weights = scores.masked_fill(hidden, -torch.inf).softmax(dim=dim)
        output.append(weights @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.right_way
def window_by_blocks(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window)


@sliding.right_way
def window_by_whole_blocks(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        i = torch.arange(start, min(start + window, n))[:, None]
        j = torch.arange(n)[max(0, start - window + 1) : start + 2 * window - 1]
        bias = torch.zeros(len(i), len(j)).masked_fill((i - j).abs() >= window, -torch.inf)
        rows = query[..., i[:, 0], :] * query.shape[-1] ** -0.5
        weights = torch.softmax(torch.einsum("...id,...jd->...ij", rows, key[..., j, :]) + bias, -1)
        output.append(torch.einsum("...ij,...jd->...id", weights, value[..., j, :]))
    return torch.cat(output, dim=-2)


@sliding.right_way
def window_with_a_wide_slice(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - 2 * window), min(n, stop + 2 * window)
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.right_way
def window_query_by_query_with_matmul(
    query: Tensor, key: Tensor, value: Tensor, window: int
) -> Tensor:
    output = query.new_zeros(*query.shape[:-1], value.shape[-1])
    n = query.shape[-2]
    for i in range(n):
        first, last = max(0, i - window + 1), min(n, i + window)
        scores = key[..., first:last, :] @ query[..., i, :, None] / query.shape[-1] ** 0.5
        weights = scores.squeeze(-1).softmax(-1)  # (..., keys)
        output[..., i, :] = (weights[..., None, :] @ value[..., first:last, :]).squeeze(-2)
    return output
