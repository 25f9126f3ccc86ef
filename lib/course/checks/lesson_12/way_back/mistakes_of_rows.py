"""12.3: mistakes in what is cut out for a tile, and handed on: most of them raise."""

import math

import torch
from torch import Tensor

from course.checks.lesson_12.backward.right import masked
from course.checks.lesson_12.way_back.cases import way_back

OF_ONE_CHUNK = (
    "q, log, avg and grad are cut already, as are the rows of the mask: take them where query, "
    "log_sum, average and grad_output stand. The tile's keys and values are key[..., columns, :] "
    "and value[..., columns, :]."
)


def tile_gradients(query, key, value, log_sum, average, grad_output, mask=None):
    """As in the lesson, line by line: so that what does not fit raises where it does there."""
    root = query.shape[-1] ** 0.5
    scores = masked(query @ key.mT / root, mask)
    grad_weights = grad_output @ value.mT
    weights = (scores - log_sum).exp()
    grad_scores = weights * (grad_weights - average)
    grad_query, grad_key = grad_scores @ key / root, grad_scores.mT @ query / root
    return grad_query, grad_key, weights.mT @ grad_output


def tiles_for(start, stop, offset, chunk):
    """As in the lesson: where the tiles of these queries lie, and the masks of the mixed ones."""
    whole, needed = (start + offset + 1) // chunk, math.ceil((stop + offset) / chunk)
    places = torch.arange(start, stop)[:, None] + offset
    for j in range(needed):
        columns = slice(j * chunk, min((j + 1) * chunk, stop + offset))
        seen = torch.arange(columns.start, columns.stop) <= places
        yield columns, None if j < whole else seen


def way(inputs, chunk, added, stop=None, find=tiles_for, dots=True):
    """The lesson's loops around `added(q, of_rows, columns, mask)`, with tiles up to `stop`.

    Without `dots` the parts of keys and values are added at grad[columns].
    """
    query, key, value, output, log_sum, grad_output = inputs
    n_q, offset = query.shape[-2], key.shape[-2] - query.shape[-2]
    average = (grad_output * output).sum(dim=-1, keepdim=True)
    grads = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
    for start in range(0, n_q, chunk):
        rows = slice(start, min(start + chunk, n_q))
        q, *of_rows = (x[..., rows, :] for x in (query, log_sum, average, grad_output))
        for columns, mask in find(start, stop(start) if stop else rows.stop, offset, chunk):
            pieces: tuple[Tensor, ...] = added(q, of_rows, columns, mask)
            at_keys = (..., columns, slice(None)) if dots else columns
            grads[0][..., rows, :] += pieces[0]
            grads[1][at_keys] += pieces[1]
            grads[2][at_keys] += pieces[2]
    return grads


TOO_FEW = (
    "`tile_gradients` was called with too few arguments.",
    "It takes seven: q, the tile's keys and values, then log, avg and grad, which belong to the "
    "queries, and the mask.",
)


@way_back.mistake(*TOO_FEW)
def rows_missing(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value[..., columns, :], mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*TOO_FEW)
def grad_missing(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = key[..., columns, :], value[..., columns, :]
        return tile_gradients(q, *tile, *of_rows[:2], mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*TOO_FEW)
def rows_and_mask_missing(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value[..., columns, :])

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake("The whole `query` met what belongs to one chunk of queries.", OF_ONE_CHUNK)
def whole_query(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(query, key[..., columns, :], value[..., columns, :], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


WHOLE = ("What belongs to all queries met the queries of one chunk.", OF_ONE_CHUNK)


@way_back.mistake(*WHOLE)
def log_sum_whole(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = key[..., columns, :], value[..., columns, :]
        return tile_gradients(q, *tile, log_sum, *of_rows[1:], mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*WHOLE)
def grad_output_whole(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = key[..., columns, :], value[..., columns, :]
        return tile_gradients(q, *tile, *of_rows[:2], grad_output, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(
    "log and avg were handed on in the wrong order.",
    "tile_gradients takes them as they stand in its signature: log_sum first, then average.",
)
def log_and_average_exchanged(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = key[..., columns, :], value[..., columns, :]
        log, avg, grad = of_rows
        return tile_gradients(q, *tile, avg, log, grad, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(
    "The tile's keys and values were handed on in the wrong order.",
    "tile_gradients takes them as they stand in its signature: the keys first, then the values.",
)
def keys_and_values_exchanged(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = value[..., columns, :], key[..., columns, :]
        return tile_gradients(q, *tile, *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake("The keys of one tile met all values.", OF_ONE_CHUNK)
def value_uncut(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value, *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake("All keys met the values of one tile.", OF_ONE_CHUNK)
def key_uncut(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key, value[..., columns, :], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(
    "All keys and values met the queries of a chunk, where those of one tile are meant.",
    OF_ONE_CHUNK,
)
def keys_and_values_uncut(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key, value, *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


DOTS = (
    "Right without a batch, not with one: the slice cuts the first axis.",
    "key[columns] cuts the batch, if there is one. Three dots stand for all the axes before: "
    "key[..., columns, :] cuts the last but one.",
)


@way_back.mistake(*DOTS)
def dots_missing(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[columns], value[columns], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*DOTS)
def dots_missing_of_keys(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[columns], value[..., columns, :], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*DOTS)
def dots_missing_of_values(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value[columns], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added)


@way_back.mistake(*DOTS)
def dots_missing_everywhere(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[columns], value[columns], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added, dots=False)


@way_back.mistake(
    "Right without a batch, not with one: the parts of keys and values were added along the first "
    "axis.",
    "grad_key[columns] cuts the batch, if there is one. Three dots stand for all the axes before: "
    "grad_key[..., columns, :] cuts the last but one.",
)
def dots_missing_of_gradients(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value[..., columns, :], *of_rows, mask)

    return way((query, key, value, output, log_sum, grad_output), chunk, added, dots=False)


@way_back.mistake(
    "The tiles were asked for up to start + chunk, which the last chunk of queries does not reach.",
    "Where n_q is no multiple of chunk, it is shorter. rows.stop knows where it ends: "
    "tiles_for(rows.start, rows.stop, offset, chunk).",
)
def tiles_of_a_full_chunk(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        return tile_gradients(q, key[..., columns, :], value[..., columns, :], *of_rows, mask)

    inputs = query, key, value, output, log_sum, grad_output
    return way(inputs, chunk, added, lambda start: start + chunk)


@way_back.mistake(
    "The queries got the parts of the keys, and the keys those of the queries.",
    "They come out of tile_gradients as grad_query, grad_key, grad_value (12.2), and each is added "
    "to its own.",
)
def query_and_key_parts_exchanged(query, key, value, output, log_sum, grad_output, chunk):
    def added(q, of_rows, columns, mask):
        tile = key[..., columns, :], value[..., columns, :]
        of_queries, of_keys, of_values = tile_gradients(q, *tile, *of_rows, mask)
        return of_keys, of_queries, of_values

    return way((query, key, value, output, log_sum, grad_output), chunk, added)
