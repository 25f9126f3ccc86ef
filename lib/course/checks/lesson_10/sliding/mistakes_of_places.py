"""10.3: mistakes in the places that a block reads, and that its mask compares."""

from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_10.sliding.cases import sliding
from course.checks.lesson_10.sliding.mistakes_of_keys import PLACES
from course.checks.lesson_10.sliding.right import window_in_blocks


@sliding.mistake(
    "The queries' places are counted from 0 in each block, those of the keys are not.",
    "Only in the first block is that the same. " + PLACES,
)
def queries_from_zero(query, key, value, window):
    def hide(i, j):
        return (i - i[0] - j).abs() >= window

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "The keys' places are counted from 0 in each slice, those of the queries are not.",
    "Only in the first block is that the same. " + PLACES,
)
def keys_from_zero(query, key, value, window):
    def hide(i, j):
        return (i - (j - j[0])).abs() >= window

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "The mask of a block has not the shape of its scores: it is turned, or columns are cut off.",
    "Scores are (rows, columns): a row for each query of the block, and a column for each key from "
    "first to last. So `i` stands in a column, [:, None], and nothing of `j` falls away.",
)
def mask_turned(query, key, value, window):
    def hide(i, j):
        return ((i - j).abs() >= window).mT

    return window_in_blocks(query, key, value, window, hide=hide)


@sliding.mistake(
    "Near keys are hidden and far ones visible, and the border lies one place too far.",
    "masked_fill writes -inf where it finds True, so `hidden` asks for the far ones: (i - j).abs() "
    ">= window.",
)
def visible_written_over_beyond_the_window(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() <= window)


@sliding.mistake(
    "Only the keys at the distance `window` exactly are hidden.",
    "Further ones may stand in the slice too: >= window, not ==.",
)
def one_distance_hidden(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() == window)


@sliding.mistake(
    "The slice begins behind the start of its block, not before it.",
    "The first query of a block stands at start, and sees back to start - window + 1: mind the "
    "sign.",
)
def slice_begins_behind(query, key, value, window):
    return window_in_blocks(query, key, value, window, left=-1)


def slice_of(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    window: int,
    ends: Callable[[int, int, int], tuple[int, int]],
) -> Tensor:
    """The loop of the exercise, with (first, last) = ends(n, start, stop)."""
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = ends(n, start, stop)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The slice runs off both ends of the text.",
    "No key stands below 0, and none at n or beyond. Stop at both: max(0, start - window + 1) and "
    "min(n, stop + window - 1).",
)
def off_both_ends(query, key, value, window):
    def ends(n, start, stop):
        return start - window + 1, stop + window - 1

    return slice_of(query, key, value, window, ends)


@sliding.mistake(
    "This is the mask of the whole text, and a block has only some of its rows and columns.",
    "`i` and `j` hold the block's own places, (rows, 1) and (columns,): hide where their distance "
    "is the window or more.",
)
def mask_of_the_whole_text(query, key, value, window):
    places = torch.arange(query.shape[-2])
    hidden = (places[:, None] - places).abs() >= window
    return window_in_blocks(query, key, value, window, hide=lambda i, j: hidden)


@sliding.mistake(
    "The numbers are right, but each block reads all keys before it: half of the table is formed.",
    "Masked is not saved. Begin the slice where the block's first query begins to see: "
    "max(0, start - window + 1).",
)
def from_the_first_key(query, key, value, window):
    def ends(n, start, stop):
        return 0, min(n, stop + window - 1)

    return slice_of(query, key, value, window, ends)


@sliding.mistake(
    "The numbers are right, but each block reads all keys behind it: half of the table is formed.",
    "Masked is not saved. End the slice where the block's last query ceases to see: "
    "min(n, stop + window - 1).",
)
def up_to_the_last_key(query, key, value, window):
    def ends(n, start, stop):
        return max(0, start - window + 1), n

    return slice_of(query, key, value, window, ends)


@sliding.mistake(
    "The first key of the text is read by nobody: the slice begins at 1.",
    "Places are counted from 0: max(0, start - window + 1).",
)
def first_key_left_out(query, key, value, window):
    def ends(n, start, stop):
        return max(1, start - window + 1), min(n, stop + window - 1)

    return slice_of(query, key, value, window, ends)


@sliding.mistake(
    "max and min are exchanged: no slice begins above 0, and none ends below n.",
    "No key stands below 0, so the larger of 0 and start - window + 1 is `first`; and none at n or "
    "beyond, so the smaller of n and stop + window - 1 is `last`.",
)
def max_and_min_exchanged(query, key, value, window):
    def ends(n, start, stop):
        return min(0, start - window + 1), max(n, stop + window - 1)

    return slice_of(query, key, value, window, ends)
