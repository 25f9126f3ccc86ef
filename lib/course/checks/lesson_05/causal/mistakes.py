"""05.2: the mistakes that people make."""

import torch

from course.checks.lesson_05.causal.cases import causal
from course.checks.lesson_05.causal.right import causal_by_loop, table
from course.checks.lesson_05.shared import FLOATS, MAY_ATTEND, TURNED_AROUND

LAST_PLACES = (
    "The queries are the last n_q positions: with 5 keys, 2 queries stand at places 3 and 4."
)
NO_COLUMN = "The places of the queries do not stand in a column."
A_COLUMN = (
    "Two rows of numbers are compared number by number. A column (n_q, 1) against a row (n_k,) "
    "gives the table: [:, None] behind torch.arange(n_q)."
)
THEIR_PLACES = " And mind where the queries stand if there are more keys."


@causal.mistake(TURNED_AROUND, MAY_ATTEND)
def causal_turned_around(n_q, n_k):
    return table(n_q, n_k, lambda i, j: j > i)


@causal.mistake(
    "The past is hidden, and the future is visible.",
    "A token may see itself and what comes before it: j <= i. On and below the diagonal the mask "
    "says yes.",
)
def past_hidden(n_q, n_k):
    return table(n_q, n_k, lambda i, j: j >= i)


@causal.mistake(
    "A token does not see itself.",
    "The guess about the next token starts from the newest one that is known: j <= i, not j < i. "
    "Otherwise the first row of a square mask is empty, too.",
)
def not_itself(n_q, n_k):
    return table(n_q, n_k, lambda i, j: j < i)


@causal.mistake(
    "Each token sees one place too far: the next token, which it is to predict.",
    "The query at place i sees the keys 0 to i, and not i + 1. Where both are counted from 0, the "
    "comparison is j <= i, and `tril` moves the diagonal by n_k - n_q alone.",
)
def one_too_far(n_q, n_k):
    return table(n_q, n_k, lambda i, j: j <= i + 1)


@causal.mistake(
    "Right for as many queries as keys. With more keys, the queries were put at the first places.",
    LAST_PLACES + " How far is the first of them from place 0?",
)
def queries_first(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril()


@causal.mistake(
    "Right for as many queries as keys. With more keys, the queries moved to the wrong side.",
    LAST_PLACES + " So they move to the right, not to the left: mind the sign.",
)
def moved_to_the_left(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_q - n_k)


@causal.mistake(
    "Keys go down and queries across.",
    "Queries are rows: the mask is (n_q, n_k). The column of places, [:, None], belongs to the "
    "queries.",
)
def keys_down(n_q, n_k):
    return causal_by_loop(n_q, n_k).mT


@causal.mistake(
    "Right for as many queries as keys. With more keys, the table has a row for each key.",
    "Queries are rows: the mask is (n_q, n_k), and the column, [:, None], belongs to the queries. "
    + LAST_PLACES,
)
def keys_down_queries_first(n_q, n_k):
    return torch.arange(n_q) <= torch.arange(n_k)[:, None]


@causal.mistake(
    "Right for as many queries as keys. With more keys, the table has a row for each key.",
    "Queries are rows: the mask is (n_q, n_k). The column, [:, None], belongs to the places of the "
    "queries.",
)
def keys_down_queries_last(n_q, n_k):
    return torch.arange(n_q) + n_k - n_q <= torch.arange(n_k)[:, None]


@causal.mistake(
    "The keys go down, and the past is hidden.",
    "Queries are rows: the mask is (n_q, n_k), and the column, [:, None], belongs to the queries. "
    + LAST_PLACES,
)
def keys_down_past_hidden(n_q, n_k):
    return torch.arange(n_k)[:, None] <= torch.arange(n_q)


@causal.mistake(NO_COLUMN, A_COLUMN)
def column_missing(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_q) + n_k - n_q


@causal.mistake(NO_COLUMN, A_COLUMN)
def column_missing_queries_left(n_q, n_k):
    return torch.arange(n_q) + n_k - n_q >= torch.arange(n_k)


@causal.mistake(NO_COLUMN, A_COLUMN + THEIR_PLACES)
def column_and_places_missing(n_q, n_k):
    return torch.arange(n_q) >= torch.arange(n_k)


@causal.mistake(NO_COLUMN, A_COLUMN + THEIR_PLACES)
def column_and_places_missing_keys_left(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_q)


@causal.mistake(
    "Every place says yes: nothing is hidden.",
    "With as many queries as keys, query i stands at place i, and sees the keys 0 to i. "
    + LAST_PLACES,
)
def nothing_hidden(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool)


@causal.mistake(
    "The past is hidden, and the future is visible.",
    "A token may see itself and what comes before it, on and below the diagonal: tril, or j <= i. "
    "And mind where the queries stand if there are more keys.",
)
def upper_triangle(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).triu()


@causal.mistake(
    TURNED_AROUND,
    MAY_ATTEND + " And mind where the queries stand if there are more keys.",
)
def upper_triangle_hidden(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).triu(1)


@causal.mistake(
    "The mask holds numbers.",
    FLOATS + " dtype=torch.bool in torch.ones makes them, or a comparison.",
)
def causal_as_numbers(n_q, n_k):
    return causal_by_loop(n_q, n_k).float()


@causal.mistake(
    "The mask holds numbers, and with more keys the queries were put at the first places.",
    FLOATS + " " + LAST_PLACES,
)
def causal_as_numbers_queries_first(n_q, n_k):
    return torch.ones(n_q, n_k).tril()


@causal.mistake(
    "The mask is already a bias of 0 and -inf.",
    FLOATS + " The -inf comes later, in the softmax.",
)
def causal_as_bias(n_q, n_k):
    return torch.zeros(n_q, n_k).masked_fill(~causal_by_loop(n_q, n_k), -torch.inf)


@causal.mistake(
    "The table is n_k by n_k: it has a row for each key.",
    "Only the last n_q positions ask. Keep their rows, or build the column of places from n_q.",
)
def square_table(n_q, n_k):
    return causal_by_loop(n_k, n_k)


@causal.mistake(
    "The table is n_q by n_q: the keys before the first query have no column.",
    "Every key has a column, those of the cache too: the mask is (n_q, n_k). " + LAST_PLACES,
)
def square_table_of_queries(n_q, n_k):
    return causal_by_loop(n_q, n_q)


@causal.mistake(
    "The table is 3 by 3, whatever n_q and n_k say.",
    "The sizes come in as n_q and n_k: build rows and columns from them.",
)
def three_by_three(n_q, n_k):
    return causal_by_loop(3, 3)


@causal.mistake(
    "The queries were moved by 3, whatever n_q and n_k say.",
    "3 belongs to the example of 5 keys and 2 queries. How many keys come before the first query "
    "follows from n_k and n_q.",
)
def moved_by_three(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(3)


@causal.mistake(
    "The queries were moved by n_q, the number of queries.",
    LAST_PLACES + " What moves them are the keys that come before the first query.",
)
def moved_by_the_queries(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_q)


@causal.mistake(
    "A token does not see itself, and with more keys the queries were put at the first places.",
    "j <= i, not j < i: the newest token is known. " + LAST_PLACES,
)
def not_itself_queries_first(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(-1)


@causal.mistake(
    "The diagonal was moved one place to the right, whatever n_q and n_k say.",
    "With as many queries as keys it does not move: query i sees the keys 0 to i. " + LAST_PLACES,
)
def moved_by_one(n_q, n_k):
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(1)


@causal.mistake(
    "A token sees itself alone, and nothing of the past.",
    "Whatever comes before is visible too: j <= i, not j == i.",
)
def itself_alone(n_q, n_k):
    return table(n_q, n_k, lambda i, j: j == i)


@causal.mistake(
    "The mask has two axes too many.",
    "Here (n_q, n_k) is enough: it is the same for every sentence and head, and stretches over the "
    "axes before it by itself.",
)
def axes_for_batch_and_heads(n_q, n_k):
    return causal_by_loop(n_q, n_k)[None, None]


@causal.mistake(
    "The past is hidden, and the keys were moved in place of the queries.",
    "A token may see itself and what comes before it: the key's place is at most the query's, "
    "j <= i. " + LAST_PLACES,
)
def past_hidden_keys_moved(n_q, n_k):
    return torch.arange(n_q)[:, None] <= torch.arange(n_k) + n_k - n_q


@causal.mistake(
    "The places of the queries run from n_q to n_k.",
    LAST_PLACES + " The first of them is n_k - n_q.",
)
def queries_from_n_q(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_q, n_k)[:, None]


def declare_one_row(name, last):
    def one_row(n_q, n_k):
        return torch.arange(n_k) <= last(n_q, n_k)

    one_row.__name__ = name
    causal.mistake(
        "There is one row for all queries.",
        "Each query stands at a place of its own, and sees one key more than the query before it. "
        "Their places make a column: [:, None] behind torch.arange(n_q).",
    )(one_row)


declare_one_row("one_row_for_the_first_query", lambda n_q, n_k: n_k - n_q)
declare_one_row("one_row_up_to_n_q", lambda n_q, n_k: n_q)
declare_one_row("one_row_up_to_the_end", lambda n_q, n_k: n_k)
