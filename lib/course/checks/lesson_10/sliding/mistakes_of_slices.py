"""10.3: mistakes with slices, shapes and places."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_10.sliding.cases import sliding
from course.checks.lesson_10.sliding.mistakes_of_keys import ITS_OWN_WINDOW, NO_MASK
from course.checks.lesson_10.sliding.right import window_in_blocks, window_query_by_query


@sliding.mistake(
    "The slice begins one key too late.",
    "The first query of a block stands at start, and sees back to start - window + 1.",
)
def begins_one_key_late(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 2), min(n, stop + window - 1)
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The blocks came back as a list.",
    "Leave the last line as it was: torch.cat(output, dim=-2) puts the blocks one behind "
    "the other.",
)
def list_of_blocks(query, key, value, window):
    return list(window_query_by_query(query, key, value, window).split(window, dim=-2))


@sliding.mistake(
    "The softmax runs over the wrong axis: the queries of a block share a budget.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_the_block(query, key, value, window):
    return window_in_blocks(query, key, value, window, dim=-2)


@sliding.mistake(
    "The far keys were hidden after the softmax: the weights sum to less than 1.",
    "Hide the scores with -inf before the softmax. After it they still count in the sum.",
)
def hidden_after_the_softmax(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.softmax(dim=-1).masked_fill(far, 0.0) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The far keys got a score of 0, not -inf.",
    "e to the power of 0 is 1: a score of 0 still gets weight. Write -torch.inf.",
)
def far_keys_at_zero(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.masked_fill(far, 0.0).softmax(dim=-1) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The numbers are right, but some query multiplied a value far outside of its window.",
    "A mask multiplies what is hidden by 0, and 0 · inf is nan. Cut the slice of keys and values "
    "for each block of queries *before* the product.",
)
def whole_table(query, key, value, window):
    i = torch.arange(query.shape[-2])
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    far = (i[:, None] - i).abs() >= window
    return scores.masked_fill(far, -torch.inf).softmax(dim=-1) @ value


@sliding.mistake(NO_MASK, ITS_OWN_WINDOW)
def no_mask_and_a_wide_slice(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window), start + 2 * window)
        scores = query[..., start : start + window, :] @ key[..., near, :].mT
        weights = (scores / math.sqrt(query.shape[-1])).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


def window_until(
    query: Tensor, key: Tensor, value: Tensor, window: int, end: Callable[[int, int], int]
) -> Tensor:
    """The loop of the exercise, with keys up to end(start, stop)."""
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        near = slice(max(0, start - window + 1), min(n, end(start, stop)))
        i, j = torch.arange(start, stop)[:, None], torch.arange(n)[near]
        scores = query[..., start:stop, :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        weights = scores.masked_fill((i - j).abs() >= window, -torch.inf).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


ONE_KEY_SHORT = "The slice ends one key too early."
END_LEFT_OUT = (
    "The last query stands at stop - 1 and sees up to stop + window - 2. A slice leaves its end "
    "out, so it ends at stop + window - 1."
)


@sliding.mistake(ONE_KEY_SHORT, END_LEFT_OUT)
def slice_one_key_short(query, key, value, window):
    return window_until(query, key, value, window, lambda start, stop: stop + window - 2)


@sliding.mistake(
    "The slice ends inside of the block: its last query does not see itself.",
    END_LEFT_OUT,
)
def end_inside_of_the_block(query, key, value, window):
    return window_until(query, key, value, window, lambda start, stop: start + window - 1)


@sliding.mistake(
    "The last key of the text is read by nobody: the slice ends at n - 1.",
    "A slice leaves its end out, so that of the last block ends at n: min(n, stop + window - 1).",
)
def last_key_left_out(query, key, value, window):
    n = query.shape[-2]
    return window_until(
        query, key, value, window, lambda start, stop: min(n - 1, stop + window - 1)
    )


@sliding.mistake(
    "Right for one head. With axes for batch and heads, the wrong axis is cut.",
    "query[start:stop] cuts the first axis. query[..., start:stop, :] cuts the last but one, "
    "whatever stands before it.",
)
def first_axis_cut(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[start:stop] @ key[first:last].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[first:last])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The places of the queries do not stand in a column.",
    "A column (rows, 1) against a row (columns,) gives the table: [:, None] behind "
    "torch.arange(start, stop).",
)
def places_without_a_column(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop), torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The values were not cut: the weights belong to the keys of the slice only.",
    "Take the same slice of key and value: value[..., first:last, :].",
)
def values_not_cut(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value)
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The slice runs off the beginning: a negative first place counts from the end.",
    "key[..., -3:2, :] is empty, as -3 means the third from the end. Stop at 0: "
    "max(0, start - window + 1).",
)
def off_the_beginning(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = start - window + 1, min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The places run off the end: there are fewer keys than places.",
    "A slice stops at the end of the text by itself, torch.arange does not. End both at "
    "min(n, stop + window - 1).",
)
def off_the_end(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), stop + window - 1
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)
