"""12.3: mistakes in which tiles are visited, and in how their parts come together."""

import torch

from course.checks.lesson_12.way_back.cases import way_back
from course.checks.lesson_12.way_back.right import by_autograd, part, tiles

ADD_UP = "Begin with zeros, once, and add each tile's part in the inner loop, where it belongs: +=."


def zeros(query, key, value):
    return torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)


def visited(inputs, found, *, masked=True, adds=(True, True, True)):
    """The sums over some tiles; where `adds` is False, a later part overwrites an earlier one."""
    grads = zeros(*inputs[:3])
    for rows, columns, seen in found:
        more = part(*inputs, (rows, columns, seen), masked=masked)
        for grad, where, piece, add in zip(
            grads, (rows, columns, columns), more, adds, strict=True
        ):
            grad[..., where, :] = grad[..., where, :] + piece if add else piece
    return grads


def all_tiles(query, key, chunk):
    return list(tiles(query.shape[-2], key.shape[-2], chunk))


@way_back.mistake(
    "In the gradients of keys and values, only the part of the last chunk of queries is left: the "
    "parts were not added up.",
    f"A key is seen from many rows, and hears from all of them. {ADD_UP}",
)
def keys_overwritten(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk), adds=(True, False, False))


@way_back.mistake(
    "In the gradient of the queries, only the part of each chunk's last tile is left: the parts "
    "were not added up.",
    f"A query reads several chunks of keys, and each adds its part. {ADD_UP}",
)
def queries_overwritten(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk), adds=(False, True, True))


@way_back.mistake("No parts were added up: what was written last is all that is left.", ADD_UP)
def all_overwritten(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk), adds=(False, False, False))


@way_back.mistake(
    "The parts of the keys were added up, those of the values were not.",
    f"Values hear from many rows, as keys do. {ADD_UP}",
)
def values_overwritten(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk), adds=(True, True, False))


@way_back.mistake(
    "The mask was left out: in mixed tiles, hidden keys have a gradient too.",
    "tiles_for gives a mask with each mixed tile. Hand it on to tile_gradients, as its last "
    "argument, and see that the weights there are made of the masked `scores`.",
)
def mask_left_out(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk), masked=False)


@way_back.mistake(
    "Every query meets every key, as if nothing were hidden.",
    "What was hidden on the way forward has no part in the way back: visit the tiles of tiles_for, "
    "with their masks.",
)
def nothing_hidden(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    n_q, n_k = query.shape[-2], key.shape[-2]
    return visited(inputs, tiles(n_q, n_k, chunk, offset=n_k), masked=False)


@way_back.mistake(
    "Only whole tiles are in the answer, the mixed ones are missing.",
    "A mixed tile is needed too: part of it is seen. Its mask goes along.",
)
def mixed_left_out(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, [t for t in all_tiles(query, key, chunk) if t[2].all()])


@way_back.mistake(
    "Of each chunk of queries, only the first tile is in the answer.",
    "Each tile that tiles_for names has a part in it, added inside the inner loop. If yours adds "
    "them all, then `tiles_in_sight`, exercise 12.1, names too few.",
)
def first_columns_alone(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, [t for t in all_tiles(query, key, chunk) if t[1].start == 0])


@way_back.mistake(
    "Of each chunk of queries, only the last tile is in the answer.",
    "All tiles that tiles_for names have a part in it, and each part is added inside the inner "
    "loop.",
)
def last_columns_alone(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    last = {t[0].start: t for t in all_tiles(query, key, chunk)}
    return visited(inputs, last.values())


@way_back.mistake(
    "Only the first chunk of queries is in the answer.",
    "A return inside a loop ends it at once: the gradients come back after both loops.",
)
def first_rows_alone(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, [t for t in all_tiles(query, key, chunk) if t[0].start == 0])


@way_back.mistake(
    "Only the last chunk of queries is in the answer.",
    "The zeros are made once, before the loops, and the inner loop runs for each chunk of queries.",
)
def last_rows_alone(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    found = all_tiles(query, key, chunk)
    return visited(inputs, [t for t in found if t[0].start == found[-1][0].start])


@way_back.mistake(
    "A chunk of fewer than `chunk` queries is left out.",
    "range(0, n_q, chunk) begins a chunk for the rest, too; it stops at min(start + chunk, n_q).",
)
def short_rows_left_out(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    found = all_tiles(query, key, chunk)
    return visited(inputs, [t for t in found if t[0].stop - t[0].start == chunk])


@way_back.mistake(
    "The offset is missing: the queries were taken to be the first places.",
    "They are the last n_q of the n_k: offset = key.shape[-2] - query.shape[-2].",
)
def offset_missing(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return visited(inputs, tiles(query.shape[-2], key.shape[-2], chunk, offset=0))


@way_back.mistake(
    "The average has no part in the answer: grad_output * output, summed over the features.",
    "It stands there already: hand its rows on to tile_gradients, as avg. If you do, then "
    'tile_gradients leaves it out, and 12.2 comes first: check("12.2", tile_gradients).',
)
def average_missing(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, torch.zeros_like(output), log_sum, grad_output
    return visited(inputs, all_tiles(query, key, chunk))


@way_back.mistake(
    "The sums were divided by the number of tiles.",
    "Each tile adds its own part of the gradient: it is a sum, not a mean.",
)
def mean_of_the_tiles(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    found = all_tiles(query, key, chunk)
    return tuple(grad / len(found) for grad in visited(inputs, found))


@way_back.mistake(
    "grad_query and grad_key are exchanged.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def key_first(query, key, value, output, log_sum, grad_output, chunk):
    grads = by_autograd(query, key, value, output, log_sum, grad_output, chunk)
    return grads[1], grads[0], grads[2]


@way_back.mistake(
    "grad_key and grad_value are exchanged.",
    "As the inputs stand: return grad_query, grad_key, grad_value.",
)
def value_before_key(query, key, value, output, log_sum, grad_output, chunk):
    grads = by_autograd(query, key, value, output, log_sum, grad_output, chunk)
    return grads[0], grads[2], grads[1]


@way_back.mistake(
    "The parts of keys and values were added at the rows of the queries.",
    "They belong to the tile's keys: grad_key[..., columns, :] and grad_value[..., columns, :].",
)
def keys_at_rows(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    grads = zeros(query, key, value)
    for tile in all_tiles(query, key, chunk):
        for grad, piece in zip(grads, part(*inputs, tile), strict=True):
            grad[..., tile[0], :] += piece
    return grads


@way_back.mistake(
    "The parts of keys were added at the rows of the queries.",
    "They belong to the tile's keys, as those of the values do: grad_key[..., columns, :].",
)
def keys_alone_at_rows(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    grads = zeros(query, key, value)
    for tile in all_tiles(query, key, chunk):
        places = tile[0], tile[0], tile[1]
        for grad, where, piece in zip(grads, places, part(*inputs, tile), strict=True):
            grad[..., where, :] += piece
    return grads


@way_back.mistake(
    "The keys got the parts of the values, and the values those of the keys.",
    "They come out of tile_gradients as grad_query, grad_key, grad_value (12.2), and each is added "
    "to its own.",
)
def parts_exchanged(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    grads = zeros(query, key, value)
    for tile in all_tiles(query, key, chunk):
        by_query, by_key, by_value = part(*inputs, tile)
        places = tile[0], tile[1], tile[1]
        for grad, where, piece in zip(grads, places, (by_query, by_value, by_key), strict=True):
            grad[..., where, :] += piece
    return grads


@way_back.mistake(
    "The zeros came back as they were: nothing was added to them.",
    "grad = grad + part makes a new tensor and leaves the old one. Write into the old one: "
    "grad_key[..., columns, :] += part.",
)
def nothing_added(query, key, value, output, log_sum, grad_output, chunk):
    return zeros(query, key, value)
