"""08.3: a window and global tokens."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_08.shared import BUILT_HERE, FLOATS, table

longformer = Exercise(
    "08.3",
    returns="mask",
    right="Everybody sees the neighbours and the notice board, and the board sees everybody.",
    forbids=BUILT_HERE,
)


@longformer.case("five tokens, a window of 2, no global token")
def window_alone(draw: Draw) -> Call:
    return Call(5, 2, 0)


@longformer.case("five tokens, a window of 1, two global tokens")
def two_global_tokens(draw: Draw) -> Call:
    return Call(5, 1, 2)


@longformer.case("more of everything")
def window_and_global_tokens(draw: Draw) -> Call:
    return Call(draw.integer(10, 60), 4, draw.integer(2, 9))  # even: see `brackets_missing`


@longformer.reference
def longformer_by_loop(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) < global_tokens)


@longformer.right_way
def longformer_by_triangles(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.ones(n, n, dtype=torch.bool).triu(1 - window).tril(window - 1)
    mask[:global_tokens] = True
    mask[:, :global_tokens] = True
    return mask


@longformer.right_way
def longformer_by_slices(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, max(0, i - window + 1) : i + window] = True
        mask[i, : n if i < global_tokens else global_tokens] = True
    return mask


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
    "Everybody sees the global tokens, but they do not see everybody.",
    "A board that reads nothing has nothing to tell. Its rows are full, too: i < global_tokens.",
)
def board_that_reads_nothing(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or j < global_tokens)


@longformer.mistake(
    "The global tokens see everybody, but nobody sees them.",
    "A notice board is there to be read. Its columns are full, too: j < global_tokens.",
)
def board_that_nobody_reads(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or i < global_tokens)


@longformer.mistake(
    "The three reasons were joined with &: all of them had to hold.",
    "One reason is enough to see a key. Join them with |.",
)
def joined_with_and(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window and i < global_tokens and j < global_tokens)


@longformer.mistake(
    "Among the global tokens only: query *and* key had to be global.",
    "One of the two is enough: (i < global_tokens) | (j < global_tokens).",
)
def only_among_global(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or (i < global_tokens and j < global_tokens))


@longformer.mistake(
    "Window and global tokens were joined with &: both had to hold.",
    "Near is one reason to see a key, global is another, and one is enough. Join them with |.",
)
def near_and_global(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window and min(i, j) < global_tokens)


@longformer.mistake(
    "Only token 0 is global, whatever global_tokens says.",
    "The first global_tokens places are global, and there may be none: i < global_tokens, not "
    "i == 0.",
)
def only_token_0_is_global(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) == 0)


@longformer.mistake(
    "One global token too many.",
    "Places count from 0: the first two are 0 and 1. So i < global_tokens, not <=.",
)
def one_global_too_many(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) <= global_tokens)


@longformer.mistake(
    "The global tokens are forgotten: this is the window alone.",
    "A query that is global sees everybody, and a key that is global is seen by everybody.",
)
def global_forgotten(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window)


@longformer.mistake(
    "Yes and no are exchanged: True stands where a key is hidden.",
    "In this course True says: this query may attend to this key.",
)
def longformer_turned_around(n, window, global_tokens):
    return ~longformer_by_loop(n, window, global_tokens)


@longformer.mistake("The mask holds numbers.", FLOATS)
def longformer_as_numbers(n, window, global_tokens):
    return longformer_by_loop(n, window, global_tokens).float()


@longformer.mistake(
    "Without brackets, | is taken before the comparison.",
    "In Python `a < b | c` means `a < (b | c)`. Put each comparison in brackets of its own.",
)
def brackets_missing(n, window, global_tokens):
    i, j = torch.arange(n)[:, None], torch.arange(n)
    return (i - j).abs() < window | (i < global_tokens) | (j < global_tokens)


@longformer.mistake(
    "Tables were joined with `or`, or with | between comparisons that have no brackets.",
    "`or` joins single truths; tables are joined place by place, with |. And | binds before <, so "
    "each comparison needs brackets of its own: (a < b) | (c < d).",
)
def joined_with_or(n, window, global_tokens):
    i, j = torch.arange(n)[:, None], torch.arange(n)
    return ((i - j).abs() < window) or (i < global_tokens) or (j < global_tokens)


@longformer.mistake(
    "The places of the queries do not stand in a column.",
    "Two rows of numbers are compared number by number. A column (n, 1) against a row (n,) gives "
    "the table: [:, None] behind torch.arange(n).",
)
def no_column(n, window, global_tokens):
    i = j = torch.arange(n)
    return ((i - j).abs() < window) | (i < global_tokens) | (j < global_tokens)
