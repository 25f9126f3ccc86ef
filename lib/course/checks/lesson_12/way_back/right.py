"""12.3: the reference, and other right ways."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from course.checks.lesson_12.backward.right import Gradients, gradients, scores_of
from course.checks.lesson_12.way_back.cases import way_back

Tile = tuple[slice, slice, Tensor]


@way_back.reference
def by_autograd(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    log_sum: Tensor,
    grad_output: Tensor,
    chunk: int,
) -> Gradients:
    # All scores at once, and log_sum and output as they come: a key moves its own gradient only.
    q, k, v, own, log, grad = (
        x.detach().double() for x in (query, key, value, output, log_sum, grad_output)
    )
    inputs = [x.requires_grad_() for x in (q, k, v)]
    with torch.enable_grad():
        scores = q @ k.mT / math.sqrt(query.shape[-1])
        seen = torch.ones(scores.shape[-2:], dtype=torch.bool).tril(key.shape[-2] - query.shape[-2])
        weights = (scores.masked_fill(~seen, -torch.inf) - log).exp()
        pull = weights * (grad @ v.mT - (grad * own).sum(-1, keepdim=True))
        grad_query, grad_key, grad_value = torch.autograd.grad(pull.sum(), inputs)
    return grad_query, grad_key, grad_value


def tiles(n_q: int, n_k: int, chunk: int, offset: int | None = None) -> Iterator[Tile]:
    """The tiles with something to see: rows, columns, and who sees whom in them (r, c)."""
    offset = n_k - n_q if offset is None else offset
    for start in range(0, n_q, chunk):
        rows = slice(start, min(start + chunk, n_q))
        places = torch.arange(rows.start, rows.stop)[:, None] + offset
        seen = min(rows.stop + offset, n_k)  # keys, by the last of these rows
        for first in range(0, seen, chunk):
            columns = slice(first, min(first + chunk, seen))
            yield rows, columns, torch.arange(columns.start, columns.stop) <= places


def part(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    log_sum: Tensor,
    grad_output: Tensor,
    tile: Tile,
    *,
    masked: bool = True,
) -> Gradients:
    """What one tile adds to the three gradients."""
    rows, columns, seen = tile
    q, own, log, grad = (x[..., rows, :] for x in (query, output, log_sum, grad_output))
    k, v = key[..., columns, :], value[..., columns, :]
    weights = (scores_of(q, k) - log).exp()
    if masked:
        weights = weights * seen
    average = (grad * own).sum(-1, keepdim=True)
    return gradients(q, k, v, log, average, grad, weights=weights)


@way_back.right_way
def keys_outside(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    log_sum: Tensor,
    grad_output: Tensor,
    chunk: int,
) -> Gradients:
    """FlashAttention's order: one chunk of keys after the other, and all queries for each."""
    inputs = query, key, value, output, log_sum, grad_output
    grads = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
    found = list(tiles(query.shape[-2], key.shape[-2], chunk))
    for rows, columns, seen in sorted(found, key=lambda tile: tile[1].start):
        more = part(*inputs, (rows, columns, seen))
        for grad, where, piece in zip(grads, (rows, columns, columns), more, strict=True):
            grad[..., where, :].add_(piece)
    return grads


@way_back.right_way
def query_by_query(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    log_sum: Tensor,
    grad_output: Tensor,
    chunk: int,
) -> Gradients:
    """One row at a time, with all that it sees: no chunk is needed for that."""
    inputs = query, key, value, output, log_sum, grad_output
    offset = key.shape[-2] - query.shape[-2]
    grad_key, grad_value, rows_of_query = torch.zeros_like(key), torch.zeros_like(value), []
    for i in range(query.shape[-2]):
        stop = i + offset + 1
        tile = slice(i, i + 1), slice(0, stop), torch.ones(1, stop, dtype=torch.bool)
        row, of_keys, of_values = part(*inputs, tile)
        rows_of_query.append(row)
        grad_key[..., :stop, :] += of_keys
        grad_value[..., :stop, :] += of_values
    return torch.cat(rows_of_query, -2), grad_key, grad_value


@way_back.right_way
def whole_rows_padded(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    log_sum: Tensor,
    grad_output: Tensor,
    chunk: int,
) -> Gradients:
    """Each tile's parts are padded to full length and added out of place."""
    inputs = query, key, value, output, log_sum, grad_output
    grads = [torch.zeros_like(x) for x in (query, key, value)]
    for tile in tiles(query.shape[-2], key.shape[-2], chunk):
        places = tile[0], tile[1], tile[1]
        for i, (where, piece) in enumerate(zip(places, part(*inputs, tile), strict=True)):
            after = grads[i].shape[-2] - where.stop
            padding = (0, 0, where.start, after)
            grads[i] = grads[i] + torch.nn.functional.pad(piece, padding)
    return grads[0], grads[1], grads[2]
