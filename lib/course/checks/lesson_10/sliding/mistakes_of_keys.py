"""10.3: mistakes in which keys are read, and how they are weighed."""

import math

import torch

from course.checks.lesson_10.sliding.cases import sliding
from course.checks.lesson_10.sliding.right import window_in_blocks

NO_MASK = "Nothing is hidden inside of a block: its queries read all keys of the slice."
ITS_OWN_WINDOW = (
    "The slice serves the whole block. Each query in it has its own window: hide where "
    "|i - j| >= window."
)
PLACES = (
    "Compare places in the text: torch.arange(start, stop)[:, None] for the queries, and "
    "torch.arange(first, last) for the keys."
)


@sliding.mistake(
    "The window is off by one: each query reads one key too many on each side.",
    "Visible is what lies closer than the window, |i - j| < window, so hide where the distance is "
    ">= window. And a block needs window - 1 further keys on each side, not window.",
)
def window_off_by_one(query, key, value, window):
    def hide(i, j):
        return (i - j).abs() > window

    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        near = slice(max(0, start - window), min(n, stop + window))
        i, j = torch.arange(start, stop)[:, None], torch.arange(n)[near]
        scores = query[..., start:stop, :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        weights = scores.masked_fill(hide(i, j), -torch.inf).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The mask is off by one: a key at the distance `window` is read.",
    "Visible is |i - j| < window, so hide where the distance is >= window, not only > window.",
)
def mask_off_by_one(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() > window)


@sliding.mistake(NO_MASK, ITS_OWN_WINDOW)
def no_mask(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: torch.zeros_like(i + j, dtype=torch.bool)
    )


@sliding.mistake(
    "Each block reads its own keys only, and nothing beyond its border.",
    "The first query of a block also sees window - 1 keys before it, and the last one window - 1 "
    "after it: start - window + 1 to stop + window - 1.",
)
def own_block_only(query, key, value, window):
    return window_in_blocks(query, key, value, window, left=0, right=0)


@sliding.mistake(
    "The keys after the block are missing.",
    "The last query of a block sees window - 1 keys after it, so the slice ends at "
    "min(n, stop + window - 1).",
)
def nothing_after_the_block(query, key, value, window):
    return window_in_blocks(query, key, value, window, right=0)


@sliding.mistake(
    "The keys before the block are missing.",
    "The first query of a block sees window - 1 keys before it, so the slice begins at "
    "max(0, start - window + 1).",
)
def nothing_before_the_block(query, key, value, window):
    return window_in_blocks(query, key, value, window, left=0)


@sliding.mistake(
    "The queries look to the past only.",
    "Here the window is open on both sides: hide where (i - j).abs() >= window, and nothing else.",
)
def looks_back_only(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: (i - j >= window) | (j > i)
    )


@sliding.mistake(
    "The distance has no absolute value, so later keys are not hidden.",
    "i - j is negative for later keys: hide where (i - j).abs() >= window.",
)
def later_keys_not_hidden(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: i - j >= window)


@sliding.mistake(
    "The mask counts places from 0 in each block.", "The slices begin elsewhere. " + PLACES
)
def places_from_zero(query, key, value, window):
    return window_in_blocks(query, key, value, window, from_zero=True)


@sliding.mistake(
    "The mask is turned around: the neighbours are hidden, and the others visible.",
    "masked_fill writes where it finds True, so ask for the far ones: (i - j).abs() >= window.",
)
def neighbours_hidden(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() < window)


@sliding.mistake(
    "The scores were not divided by √d_k.",
    "Scaled dot-product attention, as in lesson 01: divide by query.shape[-1] ** 0.5.",
)
def not_scaled(query, key, value, window):
    return window_in_blocks(query, key, value, window, scale=1.0)


@sliding.mistake(
    "The scores were divided by d_k, not by its root.",
    "Divide by query.shape[-1] ** 0.5.",
)
def divided_by_d(query, key, value, window):
    return window_in_blocks(query, key, value, window, scale=1 / query.shape[-1])


@sliding.mistake(
    "The scores were divided by the root of the values' width.",
    "A score is a sum over the features of query and key: divide by query.shape[-1] ** 0.5.",
)
def scaled_by_the_values(query, key, value, window):
    return window_in_blocks(query, key, value, window, scale=value.shape[-1] ** -0.5)


@sliding.mistake(
    "The softmax is missing: the values were weighed with the scores themselves.",
    "Turn the scores of each query into weights that sum to 1: softmax(dim=-1).",
)
def softmax_forgotten(query, key, value, window):
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.masked_fill(far, -torch.inf) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The distance is counted in one direction, so earlier keys are not hidden.",
    "j - i is negative for earlier keys: hide where (i - j).abs() >= window.",
)
def earlier_keys_not_hidden(query, key, value, window):
    return window_in_blocks(query, key, value, window, hide=lambda i, j: j - i >= window)


@sliding.mistake(
    "The queries look ahead only.",
    "Here the window is open on both sides: hide where (i - j).abs() >= window, and nothing else.",
)
def looks_ahead_only(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: (j - i >= window) | (j < i)
    )


@sliding.mistake(
    "A query does not see its own key.",
    "Its distance is 0, and that is below any window. Hide the far ones alone.",
)
def own_key_hidden(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: ((i - j).abs() >= window) | (i == j)
    )


@sliding.mistake(
    "The window was counted over both sides together: half of it on each.",
    "Some papers count so. Here the distance is below the window, on each side: |i - j| < window.",
)
def half_on_each_side(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: (i - j).abs() > window // 2
    )


@sliding.mistake("A query reads one key too few on each side.", ITS_OWN_WINDOW)
def one_key_too_few(query, key, value, window):
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: (i - j).abs() >= window - 1
    )
