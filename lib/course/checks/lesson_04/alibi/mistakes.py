"""04.1: mistakes with places, distances and axes."""

import torch

from course.checks.lesson_04.alibi.cases import alibi
from course.checks.lesson_04.alibi.right import alibi_by_broadcasting, signed


@alibi.mistake(
    "The queries were put at the first places; they are the last n_q of the n_k.",
    "The last query stands where the last key stands: count its places from n_k - n_q.",
)
def queries_first(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k, first=0).abs()


@alibi.mistake(
    "The queries are counted backwards: the last one stands in the first row.",
    "The first row is the first of the queries, at place n_k - n_q. From there the places go up.",
)
def queries_backwards(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes, n_q, n_k).flip(1)


@alibi.mistake(
    "The queries are counted backwards, from n_k down.",
    "The first row is the first of the queries, at place n_k - n_q. From there the places go up, "
    "and the last is n_k - 1.",
)
def queries_backwards_from_n_k(slopes, n_q, n_k):
    return alibi_by_broadcasting(slopes, n_q + 1, n_k + 1)[:, 1:, :-1].flip(1)


@alibi.mistake(
    "There is a row for each key, not for each query: n_q has no effect.",
    "The queries are only the last n_q of the n_k places, so the table is (n_q, n_k).",
)
def square_table(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_k, n_k).abs()


@alibi.mistake(
    "The queries stand one place too far on.",
    "The first query stands at place n_k - n_q, the last one at n_k - 1.",
)
def one_too_far(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k, first=n_k - n_q + 1).abs()


@alibi.mistake(
    "The queries stand one place too early.",
    "The first query stands at place n_k - n_q, the last one at n_k - 1.",
)
def one_too_early(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k, first=n_k - n_q - 1).abs()


@alibi.mistake(
    "The minus is missing: far keys are heard louder.",
    "Distance is taken away from the score.",
)
def minus_missing(slopes, n_q, n_k):
    return slopes[:, None, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The distances have a sign: keys on one side of the query are favoured.",
    "Left and right count alike here: `.abs()`.",
)
def distance_with_a_sign(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k)


@alibi.mistake(
    "The distances have a sign: keys on one side of the query are favoured.",
    "Left and right count alike here: `.abs()`.",
)
def distance_with_the_other_sign(slopes, n_q, n_k):
    return slopes[:, None, None] * signed(n_q, n_k)


@alibi.mistake(
    "Queries at the first places, and distances with a sign.",
    "The queries are the last n_q of the n_k places, and left and right count alike: `.abs()`.",
)
def queries_first_and_a_sign(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k, first=0)


@alibi.mistake(
    "Only keys to the left of a query lose; those to the right have distance 0.",
    "Here both sides count: the distance is |i − j|.",
)
def only_the_past(slopes, n_q, n_k):
    return -slopes[:, None, None] * (-signed(n_q, n_k)).clamp(min=0)


@alibi.mistake(
    "The distances are squared.",
    "ALiBi is linear: minus slope times the distance itself.",
)
def squared(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k) ** 2


@alibi.mistake(
    "Rows and columns are exchanged: each row is a key.",
    "Queries are rows: their places are the column, `[:, None]`.",
)
def rows_are_keys(slopes, n_q, n_k):
    return (-slopes[:, None, None] * signed(n_q, n_k).abs()).mT


@alibi.mistake(
    "The heads are the last axis; they come first.",
    "Give the slopes two axes of size 1 after their own: `slopes[:, None, None]`.",
)
def heads_last(slopes, n_q, n_k):
    return -signed(n_q, n_k).abs()[..., None] * slopes


@alibi.mistake(
    "The slopes were lined up with the keys.",
    "`slopes * distance` meets the last axis. `slopes[:, None, None]` is (heads, 1, 1), and every "
    "slope meets the whole table.",
)
def slopes_along_keys(slopes, n_q, n_k):
    return -slopes * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the keys.",
    "`slopes[None, None, :]` puts the heads last, where the keys are. The heads come first: "
    "`slopes[:, None, None]`.",
)
def slopes_in_the_last_axis(slopes, n_q, n_k):
    return -slopes[None, None, :] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the queries.",
    "`slopes[None, :, None]` puts the heads second, where the queries are. The heads come first: "
    "`slopes[:, None, None]`.",
)
def slopes_in_the_middle(slopes, n_q, n_k):
    return -slopes[None, :, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the queries.",
    "`slopes[:, None]` is (heads, 1). With one more axis, `slopes[:, None, None]`, every slope "
    "meets the whole table.",
)
def slopes_along_queries(slopes, n_q, n_k):
    return -slopes[:, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "Every slope counts as 1: these are the bare distances, with a minus.",
    "Each head multiplies the distances by its own slope.",
)
def slopes_ignored(slopes, n_q, n_k):
    return -signed(n_q, n_k).abs().expand(len(slopes), -1, -1)


@alibi.mistake(
    "The places of the queries do not stand in a column.",
    "With `[:, None]` they are (n_q, 1), and a column minus a row is a table (n_q, n_k).",
)
def queries_no_column(slopes, n_q, n_k):
    return -slopes[:, None, None] * (torch.arange(n_k) - torch.arange(n_k - n_q, n_k)).abs()


@alibi.mistake(
    "The places of the queries do not stand in a column.",
    "With `[:, None]` they are (n_q, 1), and a column minus a row is a table (n_q, n_k).",
)
def queries_no_column_first(slopes, n_q, n_k):
    return -slopes[:, None, None] * (torch.arange(n_k - n_q, n_k) - torch.arange(n_k)).abs()


@alibi.mistake(
    "The places of the queries run from n_q up to n_k: that makes n_k - n_q rows, not n_q.",
    "The last n_q of the n_k places begin at n_k - n_q.",
)
def queries_from_n_q(slopes, n_q, n_k):
    distance = torch.arange(n_k) - torch.arange(n_q, n_k)[:, None]
    return -slopes[:, None, None] * distance.abs()


@alibi.mistake(
    "The queries were put at the first places, and the minus is missing.",
    "The queries are the last n_q of the n_k places, and distance is taken away from the score.",
)
def queries_first_and_no_minus(slopes, n_q, n_k):
    return slopes[:, None, None] * signed(n_q, n_k, first=0).abs()


@alibi.mistake(
    "The queries were put behind all keys, from place n_k on.",
    "They are the last n_q of the n_k places: the last query stands where the last key stands.",
)
def queries_behind_the_keys(slopes, n_q, n_k):
    return -slopes[:, None, None] * signed(n_q, n_k, first=n_k).abs()
