"""12.3: mistakes of 12.1 and 12.2, which 12.3 leans on; and parts that were added everywhere."""

import math

import torch

from course.checks.lesson_12.backward import mistakes_of_logarithms as of_logarithms
from course.checks.lesson_12.backward import mistakes_of_scores as of_scores
from course.checks.lesson_12.way_back.cases import way_back
from course.checks.lesson_12.way_back.mistakes_of_rows import tile_gradients, tiles_for, way


def through(inputs, chunk, gradients=tile_gradients, find=tiles_for):
    """The lesson's loops, with another `tile_gradients`, or another `tiles_for`."""
    _, key, value, *_ = inputs

    def added(q, of_rows, columns, mask):
        return gradients(q, key[..., columns, :], value[..., columns, :], *of_rows, mask)

    return way(inputs, chunk, added, find=find)


def leaning_on(wrong):
    """Declare that 12.3 stands on this mistake of 12.2."""

    def answer(query, key, value, output, log_sum, grad_output, chunk):
        return through((query, key, value, output, log_sum, grad_output), chunk, wrong)

    answer.__name__ = f"way_with_{wrong.__name__}"
    way_back.mistake(
        "What a single tile adds is not right yet: see to `tile_gradients`, exercise 12.2, and to "
        "what it is given.",
        'Begin there: check("12.2", tile_gradients) says more about it than this check can.',
    )(answer)


for mistake_of_a_tile in (
    of_scores.difference_of_powers,
    of_scores.softmax_of_the_tile,
    of_scores.log_sum_missing,
    of_scores.divided_by_log_sum,
    of_scores.scores_over_log_sum,
    of_scores.exp_missing,
    of_scores.average_after_the_weights,
    of_scores.average_added,
    of_scores.average_of_the_tile,
    of_scores.weights_missing,
    of_scores.sign_turned,
    of_scores.exponent_turned,
    of_scores.log_sum_added,
    of_logarithms.log_sum_after_the_power,
    of_logarithms.scores_for_weights,
):
    leaning_on(mistake_of_a_tile)


TILES_MISSING = (
    "Tiles are left out that some query sees.",
    "If your loop adds all that tiles_for names, then `tiles_in_sight`, exercise 12.1, names too "
    'few: check("12.1", tiles_in_sight).',
)


def tiles_up_to(needed, start, stop, offset, chunk):
    """The first tiles of the lesson's, up to `needed` of them."""
    return list(tiles_for(start, stop, offset, chunk))[: max(needed, 0)]


@way_back.mistake(*TILES_MISSING)
def needed_rounded_down(query, key, value, output, log_sum, grad_output, chunk):
    def find(start, stop, offset, chunk):
        return tiles_up_to((stop + offset) // chunk, start, stop, offset, chunk)

    return through((query, key, value, output, log_sum, grad_output), chunk, find=find)


@way_back.mistake(*TILES_MISSING)
def needed_without_offset(query, key, value, output, log_sum, grad_output, chunk):
    def find(start, stop, offset, chunk):
        return tiles_up_to(math.ceil(stop / chunk), start, stop, offset, chunk)

    return through((query, key, value, output, log_sum, grad_output), chunk, find=find)


@way_back.mistake(*TILES_MISSING)
def own_place_not_counted(query, key, value, output, log_sum, grad_output, chunk):
    def find(start, stop, offset, chunk):
        return tiles_up_to(math.ceil((stop - 1 + offset) / chunk), start, stop, offset, chunk)

    return through((query, key, value, output, log_sum, grad_output), chunk, find=find)


@way_back.mistake(
    "Some mixed tiles were taken for whole ones: nothing is hidden in them.",
    "If your loop hands on each mask, then `tiles_in_sight`, exercise 12.1, names too "
    'many whole: check("12.1", tiles_in_sight).',
)
def whole_rounded_up(query, key, value, output, log_sum, grad_output, chunk):
    def find(start, stop, offset, chunk):
        whole = math.ceil((start + offset + 1) / chunk)
        found = tiles_for(start, stop, offset, chunk)
        return [(columns, None if j < whole else mask) for j, (columns, mask) in enumerate(found)]

    return through((query, key, value, output, log_sum, grad_output), chunk, find=find)


EVERYWHERE = (
    "The part of one tile was added everywhere, and not at its own place.",
    "Add it where it belongs: grad_query[..., rows, :] for the queries, [..., columns, :] for keys "
    "and values.",
)


def added_everywhere(inputs, chunk, everywhere):
    """Where `everywhere` is True, the part is added to the whole gradient."""
    grads = [torch.zeros_like(x) for x in inputs[:3]]
    query, key, value, output, log_sum, grad_output = inputs
    average = (grad_output * output).sum(dim=-1, keepdim=True)
    for start in range(0, query.shape[-2], chunk):
        rows = slice(start, min(start + chunk, query.shape[-2]))
        q, *of_rows = (x[..., rows, :] for x in (query, log_sum, average, grad_output))
        for columns, mask in tiles_for(start, rows.stop, key.shape[-2] - query.shape[-2], chunk):
            tile = key[..., columns, :], value[..., columns, :]
            pieces = tile_gradients(q, *tile, *of_rows, mask)
            places = rows, columns, columns
            for i, (place, all_of_it) in enumerate(zip(places, everywhere, strict=True)):
                if all_of_it:
                    grads[i] = grads[i] + pieces[i]
                else:
                    grads[i][..., place, :] += pieces[i]
    return tuple(grads)


@way_back.mistake(*EVERYWHERE)
def query_everywhere(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return added_everywhere(inputs, chunk, (True, False, False))


@way_back.mistake(*EVERYWHERE)
def key_everywhere(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return added_everywhere(inputs, chunk, (False, True, False))


@way_back.mistake(*EVERYWHERE)
def value_everywhere(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return added_everywhere(inputs, chunk, (False, False, True))


@way_back.mistake(*EVERYWHERE)
def all_everywhere(query, key, value, output, log_sum, grad_output, chunk):
    inputs = query, key, value, output, log_sum, grad_output
    return added_everywhere(inputs, chunk, (True, True, True))
