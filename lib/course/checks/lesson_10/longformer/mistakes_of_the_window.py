"""10.1: mistakes with the window."""

import torch

from course.checks.lesson_09.shared import table
from course.checks.lesson_10.longformer.cases import longformer
from course.checks.lesson_10.longformer.right import longformer_by_loop


@longformer.mistake(
    "The window is off by one: it reaches one place too far.",
    "A window of 1 is the token itself, so the distance has to be *below* the window: <, not <=.",
)
def one_place_too_far(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) <= window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is off by one: it ends one place too early.",
    "A window of 2 holds the token and one neighbour on each side: distances below 2, so 0 and 1.",
)
def one_place_too_early(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window - 1 or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is open on one side: all later keys are visible.",
    "i - j is negative for later keys, and so below any window. Take the distance: (i - j).abs().",
)
def open_to_the_right(n, window, global_tokens):
    return table(n, lambda i, j: i - j < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is open on one side: all earlier keys are visible.",
    "j - i is negative for earlier keys, and so below any window. Take the distance, with .abs().",
)
def open_to_the_left(n, window, global_tokens):
    return table(n, lambda i, j: j - i < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window looks to the past only.",
    "Here a token sees its neighbours on both sides: (i - j).abs() is below the window.",
)
def past_only(n, window, global_tokens):
    return table(n, lambda i, j: 0 <= i - j < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window was counted over both sides together.",
    "Some papers count so. Here the distance is below the window, on each side: |i - j| < window.",
)
def both_sides_together(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) <= window // 2 or min(i, j) < global_tokens)


@longformer.mistake(
    "The window looks ahead only.",
    "Here a token sees its neighbours on both sides: (i - j).abs() is below the window.",
)
def ahead_only(n, window, global_tokens):
    return table(n, lambda i, j: 0 <= j - i < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window was shared out between both sides: half of it on each.",
    "Some papers count so. Here the distance is below the window, on each side: |i - j| < window.",
)
def half_on_each_side(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window / 2 or min(i, j) < global_tokens)


@longformer.mistake(
    "Tokens that are not global do not see themselves.",
    "Its own distance is 0, and that is below any window: nothing is taken out of the middle.",
)
def window_without_itself(n, window, global_tokens):
    return table(n, lambda i, j: 0 < abs(i - j) < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The text was cut into blocks, and a token sees its own block.",
    "A window moves along with the token. It asks for the distance, |i - j|, and not whether both "
    "stand in the same block.",
)
def blocks_in_place_of_windows(n, window, global_tokens):
    return table(n, lambda i, j: i // window == j // window or min(i, j) < global_tokens)


@longformer.mistake(
    "These are strides: a token sees every window-th other.",
    "A window holds the neighbours: all keys at a distance below `window`.",
)
def strides_in_place_of_windows(n, window, global_tokens):
    return table(n, lambda i, j: (i - j) % window == 0 or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is missing: only the global tokens are there.",
    "Each token also sees its neighbours and itself: |i - j| < window.",
)
def window_missing(n, window, global_tokens):
    return table(n, lambda i, j: min(i, j) < global_tokens)


@longformer.mistake(
    "All later keys are hidden, as if the mask were causal.",
    "Here the window is open on both sides, and the board sees everybody, later tokens too.",
)
def causal_as_well(n, window, global_tokens):
    return longformer_by_loop(n, window, global_tokens).tril()


@longformer.mistake(
    "A slice of the window runs off the beginning: a negative first place counts from the end.",
    "mask[0, -1:2] begins at the last place, and is empty. Stop at 0 with max(0, …), or compare "
    "distances.",
)
def off_the_beginning(n, window, global_tokens):
    mask = torch.zeros(n, n, dtype=torch.bool)
    mask[:global_tokens], mask[:, :global_tokens] = True, True
    for i in range(n):
        mask[i, i - window + 1 : i + window] = True
    return mask
