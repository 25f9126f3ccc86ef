"""10.1: mistakes with the global tokens, and with how the reasons are joined."""

import torch

from course.checks.lesson_09.shared import FLOATS, table
from course.checks.lesson_10.longformer.cases import longformer
from course.checks.lesson_10.longformer.right import longformer_by_loop


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
    "All three reasons had to hold, as if they were joined with &.",
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
    "A key had to be near *and* one of the two global, as if joined with &.",
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
    "A single yes or no was asked of a whole table.",
    "`or`, `and`, `if` and a chain like a < b < c do so, and a < b | c < d is such a chain. Tables "
    "are joined place by place, each comparison in brackets of its own: (a < b) | (c < d).",
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


@longformer.mistake(
    "One global token is missing.",
    "Places count from 0: the first two are 0 and 1. So i < global_tokens, with nothing taken "
    "away.",
)
def one_global_missing(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) < global_tokens - 1)


@longformer.mistake(
    "Only the token at the place `global_tokens` is global.",
    "global_tokens says how many there are: the first ones, i < global_tokens, not i == "
    "global_tokens.",
)
def one_global_by_its_number(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or global_tokens in (i, j))


@longformer.mistake(
    "The last tokens are global, not the first ones.",
    "The board hangs at the beginning: i < global_tokens.",
)
def last_ones_global(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or max(i, j) >= n - global_tokens)


@longformer.mistake(
    "All but the global tokens see everybody: the comparison is turned around.",
    "The global tokens are the first ones, i < global_tokens.",
)
def others_global(n, window, global_tokens):
    return table(n, lambda i, j: abs(i - j) < window or max(i, j) >= global_tokens)


@longformer.mistake(
    "Every place says yes: nothing is hidden.",
    "A far key is visible only where one of the two is global: |i - j| < window is False there.",
)
def nothing_hidden(n, window, global_tokens):
    return torch.ones(n, n, dtype=torch.bool)
