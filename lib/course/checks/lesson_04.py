"""The exercises of lesson 04: masks, the softmax that obeys them, and a detector of leaks."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise, Gradient

BUILT_HERE = ("attn",)
FLOATS = "A mask of this course holds True and False, so that masks combine with & and |."
TURNED_AROUND = "Yes and no are exchanged: True stands where a key is hidden."
MAY_ATTEND = (
    "In this course True says: this query may attend to this key. (Parts of PyTorch have it the "
    "other way around.) Turn the comparison around, or put ~ before it."
)

LENGTHS_ALONG_KEYS = "The lengths stand along the keys."
DOWN_THE_BATCH = (
    "Each sentence has its own length, so the lengths go down the batch: lengths[:, None] is "
    "(batch, 1), and meets every place of a row."
)

# 04.1: hide the padding

padding = Exercise(
    "04.1",
    returns="mask",
    right="Padding is hidden, for every head and every query at once.",
    forbids=BUILT_HERE,
)


@padding.case("two sentences of length 1 and 3, four keys")
def two_sentences(draw: Draw) -> Call:
    return Call(torch.tensor([1, 3]), 4)


@padding.case("as many sentences as keys")
def as_many_sentences_as_keys(draw: Draw) -> Call:
    return Call(torch.tensor([2, 3, 1]), 3)


@padding.case("four sentences, one of them empty and one full, twelve keys")
def four_sentences(draw: Draw) -> Call:
    return Call(torch.tensor([draw.integer(2, 11), 0, 12, draw.integer(1, 11)]), 12)


@padding.reference
def padding_by_loop(lengths: Tensor, n_k: int) -> Tensor:
    return torch.tensor([[[[j < length for j in range(n_k)]]] for length in lengths.tolist()])


@padding.right_way
def padding_by_comparison(lengths: Tensor, n_k: int) -> Tensor:
    return torch.arange(n_k) < lengths.view(-1, 1, 1, 1)


@padding.right_way
def padding_by_counting_up(lengths: Tensor, n_k: int) -> Tensor:
    mask = torch.zeros(len(lengths), 1, 1, n_k, dtype=torch.bool)
    for row, length in enumerate(lengths):
        mask[row, ..., :length] = True
    return mask


@padding.mistake(TURNED_AROUND, MAY_ATTEND)
def padding_turned_around(lengths: Tensor, n_k: int) -> Tensor:
    return ~padding_by_loop(lengths, n_k)


@padding.mistake(TURNED_AROUND, MAY_ATTEND + " Place `length` itself is padding.")
def padding_turned_around_without_one(lengths: Tensor, n_k: int) -> Tensor:
    return (lengths[:, None] < torch.arange(n_k))[:, None, None, :]


@padding.mistake(
    "One key too many is visible: place `length` itself is padding already.",
    "Places count from 0. A sentence of length 3 has its tokens at 0, 1 and 2: `<`, not `<=`.",
)
def one_key_too_many(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k) <= lengths[:, None])[:, None, None, :]


@padding.mistake(
    "The last token of each sentence is hidden.",
    "Places count from 0: a sentence of length 3 has tokens at 0, 1 and 2. torch.arange(n_k) "
    "begins at 0, and all places below the length are real.",
)
def last_token_hidden(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(1, n_k + 1) < lengths[:, None])[:, None, None, :]


@padding.mistake(
    "The mask has no axes for heads and queries.",
    "(batch, n_k) would be lined up with the last two axes, (n_q, n_k). Put two axes of length 1 "
    "in the middle: mask[:, None, None, :].",
)
def padding_without_axes(lengths: Tensor, n_k: int) -> Tensor:
    return torch.arange(n_k) < lengths[:, None]


@padding.mistake(
    "One axis is missing: there is one for the queries, but none for the heads.",
    "Scores are (batch, heads, n_q, n_k), so the mask is (batch, 1, 1, n_k), with two axes of "
    "length 1.",
)
def padding_without_heads(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k) < lengths[:, None])[:, None]


@padding.mistake(
    "The new axes stand before the batch, not behind it.",
    "The batch stays first: mask[:, None, None, :] adds two axes between the batch and the keys.",
)
def axes_before_the_batch(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k) < lengths[:, None])[None, None]


@padding.mistake(
    LENGTHS_ALONG_KEYS,
    DOWN_THE_BATCH,
)
def lengths_along_the_keys(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k) < lengths)[:, None, None, :]


@padding.mistake(LENGTHS_ALONG_KEYS, DOWN_THE_BATCH)
def lengths_along_the_keys_without_axes(lengths: Tensor, n_k: int) -> Tensor:
    return torch.arange(n_k) < lengths


@padding.mistake(LENGTHS_ALONG_KEYS, DOWN_THE_BATCH)
def lengths_along_the_keys_on_the_left(lengths: Tensor, n_k: int) -> Tensor:
    return (lengths > torch.arange(n_k))[:, None, None, :]


@padding.mistake(
    LENGTHS_ALONG_KEYS,
    DOWN_THE_BATCH,
)
def places_down_the_batch(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k)[:, None] < lengths)[:, None, None, :]


@padding.mistake(
    "The keys stand where the queries belong.",
    "Scores are (batch, heads, n_q, n_k): the keys are the last axis. Both axes of length 1 stand "
    "before it: mask[:, None, None, :].",
)
def keys_in_place_of_queries(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(n_k) < lengths[:, None])[:, None, :, None]


ROW_FOR_EACH_QUERY = (
    "The mask has a row for each of n_k queries; the axis of the queries is to be 1."
)
ANY_QUERY = (
    "Which query asks does not matter, and with a cache there are fewer queries than keys. An axis "
    "of length 1 stretches to any number of them: mask[:, None, None, :]."
)


@padding.mistake(ROW_FOR_EACH_QUERY, ANY_QUERY)
def row_for_each_query(lengths: Tensor, n_k: int) -> Tensor:
    return padding_by_loop(lengths, n_k).expand(-1, 1, n_k, n_k)


@padding.mistake(
    ROW_FOR_EACH_QUERY, "Whether a query is padding does not matter, either. " + ANY_QUERY
)
def queries_of_padding_hidden(lengths: Tensor, n_k: int) -> Tensor:
    mask = padding_by_loop(lengths, n_k)
    return mask & mask.mT


@padding.mistake(
    "The mask is as wide as the longest sentence, not n_k wide.",
    "The scores have n_k keys, and the mask needs a place for each of them, even if every sentence "
    "is shorter: torch.arange(n_k).",
)
def as_wide_as_the_longest(lengths: Tensor, n_k: int) -> Tensor:
    return (torch.arange(int(lengths.max())) < lengths[:, None])[:, None, None, :]


@padding.mistake(
    "Every place says yes: nothing is hidden.",
    "Key j of a sentence is real only if j < its length: compare torch.arange(n_k) with the "
    "lengths.",
)
def no_padding_hidden(lengths: Tensor, n_k: int) -> Tensor:
    return torch.ones(len(lengths), 1, 1, n_k, dtype=torch.bool)


@padding.mistake("The mask holds numbers.", FLOATS)
def padding_as_numbers(lengths: Tensor, n_k: int) -> Tensor:
    return padding_by_loop(lengths, n_k).float()


@padding.mistake(
    "The mask is already a bias of 0 and -inf.",
    FLOATS + " The -inf comes later, in the softmax.",
)
def padding_as_bias(lengths: Tensor, n_k: int) -> Tensor:
    return torch.zeros(len(lengths), 1, 1, n_k).masked_fill(
        ~padding_by_loop(lengths, n_k), -torch.inf
    )


@padding.mistake(
    "The padding was expected before the tokens.",
    "Here the tokens come first and the padding follows: key j is real if j < length.",
)
def padding_on_the_left(lengths: Tensor, n_k: int) -> Tensor:
    return padding_by_loop(lengths, n_k).flip(-1)


# 04.2: hide the future

causal = Exercise(
    "04.2",
    returns="mask",
    right="No token sees a later one, and the last query stands at the last key.",
    forbids=BUILT_HERE,
)


@causal.case("three queries, three keys")
def three_tokens(draw: Draw) -> Call:
    return Call(3, 3)


@causal.case("two queries after a cache: five keys")
def two_after_a_cache(draw: Draw) -> Call:
    return Call(2, 5)


@causal.case("one query after a cache: four keys")
def one_after_a_cache(draw: Draw) -> Call:
    return Call(1, 4)


@causal.case("more queries and more keys")
def some_after_a_cache(draw: Draw) -> Call:
    n_q = draw.integer(3, 20)
    return Call(n_q, n_q + draw.integer(2, 20))


def table(n_q: int, n_k: int, visible: Callable[[int, int], bool]) -> Tensor:
    """A mask place by place: visible(place of the query, place of the key)."""
    start = n_k - n_q
    return torch.tensor([[visible(start + i, j) for j in range(n_k)] for i in range(n_q)])


@causal.reference
def causal_by_loop(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j <= i)


@causal.right_way
def causal_by_triangle(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k - n_q)


@causal.right_way
def causal_by_last_rows(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_k, n_k).tril().bool()[-n_q:]


@causal.right_way
def causal_by_places(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_k - n_q, n_k).unsqueeze(1) >= torch.arange(n_k)


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
def causal_turned_around(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j > i)


@causal.mistake(
    "The past is hidden, and the future is visible.",
    "A token may see itself and what comes before it: j <= i. On and below the diagonal the mask "
    "says yes.",
)
def past_hidden(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j >= i)


@causal.mistake(
    "A token does not see itself.",
    "The guess about the next token starts from the newest one that is known: j <= i, not j < i. "
    "Otherwise the first row of a square mask is empty, too.",
)
def not_itself(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j < i)


@causal.mistake(
    "Each token sees one place too far: the next token, which it is to predict.",
    "The query at place i sees the keys 0 to i, and not i + 1. Where both are counted from 0, the "
    "comparison is j <= i, and `tril` moves the diagonal by n_k - n_q alone.",
)
def one_too_far(n_q: int, n_k: int) -> Tensor:
    return table(n_q, n_k, lambda i, j: j <= i + 1)


@causal.mistake(
    "Right for as many queries as keys. With more keys, the queries were put at the first places.",
    LAST_PLACES + " How far is the first of them from place 0?",
)
def queries_first(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).tril()


@causal.mistake(
    "Right for as many queries as keys. With more keys, the queries moved to the wrong side.",
    LAST_PLACES + " So they move to the right, not to the left: mind the sign.",
)
def moved_to_the_left(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).tril(n_q - n_k)


@causal.mistake(
    "Keys go down and queries across.",
    "Queries are rows: the mask is (n_q, n_k). The column of places, [:, None], belongs to the "
    "queries.",
)
def keys_down(n_q: int, n_k: int) -> Tensor:
    return causal_by_loop(n_q, n_k).mT


@causal.mistake(
    "Right for as many queries as keys. With more keys, the table has a row for each key.",
    "Queries are rows: the mask is (n_q, n_k), and the column, [:, None], belongs to the queries. "
    + LAST_PLACES,
)
def keys_down_queries_first(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_q) <= torch.arange(n_k)[:, None]


@causal.mistake(
    "Right for as many queries as keys. With more keys, the table has a row for each key.",
    "Queries are rows: the mask is (n_q, n_k). The column, [:, None], belongs to the places of the "
    "queries.",
)
def keys_down_queries_last(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_q) + n_k - n_q <= torch.arange(n_k)[:, None]


@causal.mistake(
    "The keys go down, and the past is hidden.",
    "Queries are rows: the mask is (n_q, n_k), and the column, [:, None], belongs to the queries. "
    + LAST_PLACES,
)
def keys_down_past_hidden(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_k)[:, None] <= torch.arange(n_q)


@causal.mistake(NO_COLUMN, A_COLUMN)
def column_missing(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_k) <= torch.arange(n_q) + n_k - n_q


@causal.mistake(NO_COLUMN, A_COLUMN)
def column_missing_queries_left(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_q) + n_k - n_q >= torch.arange(n_k)


@causal.mistake(NO_COLUMN, A_COLUMN + THEIR_PLACES)
def column_and_places_missing(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_q) >= torch.arange(n_k)


@causal.mistake(NO_COLUMN, A_COLUMN + THEIR_PLACES)
def column_and_places_missing_keys_left(n_q: int, n_k: int) -> Tensor:
    return torch.arange(n_k) <= torch.arange(n_q)


@causal.mistake(
    "Every place says yes: nothing is hidden.",
    "With as many queries as keys, query i stands at place i, and sees the keys 0 to i. "
    + LAST_PLACES,
)
def nothing_hidden(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool)


@causal.mistake(
    "The past is hidden, and the future is visible: triu keeps what lies above the diagonal.",
    "A token may see itself and what comes before it, on and below the diagonal: tril. And mind "
    "where the queries stand if there are more keys.",
)
def upper_triangle(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).triu()


@causal.mistake(
    TURNED_AROUND,
    MAY_ATTEND + " And mind where the queries stand if there are more keys.",
)
def upper_triangle_hidden(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k, dtype=torch.bool).triu(1)


@causal.mistake(
    "The mask holds numbers.",
    FLOATS + " dtype=torch.bool in torch.ones makes them, or a comparison.",
)
def causal_as_numbers(n_q: int, n_k: int) -> Tensor:
    return causal_by_loop(n_q, n_k).float()


@causal.mistake(
    "The mask holds numbers, and with more keys the queries were put at the first places.",
    FLOATS + " " + LAST_PLACES,
)
def causal_as_numbers_queries_first(n_q: int, n_k: int) -> Tensor:
    return torch.ones(n_q, n_k).tril()


@causal.mistake(
    "The mask is already a bias of 0 and -inf.",
    FLOATS + " The -inf comes later, in the softmax.",
)
def causal_as_bias(n_q: int, n_k: int) -> Tensor:
    return torch.zeros(n_q, n_k).masked_fill(~causal_by_loop(n_q, n_k), -torch.inf)


@causal.mistake(
    "The table is n_k by n_k: it has a row for each key.",
    "Only the last n_q positions ask. Keep their rows, or build the column of places from n_q.",
)
def square_table(n_q: int, n_k: int) -> Tensor:
    return causal_by_loop(n_k, n_k)


# 04.3: a softmax that obeys a mask

softmax = Exercise(
    "04.3",
    returns="weights",
    right="Hidden keys get exactly 0, empty rows too, and no gradient is nan.",
    forbids=(
        "attn",
        "torch.nn.functional.scaled_dot_product_attention",
        "torch.nn.MultiheadAttention",
    ),
)
NO = False
YES = True


@softmax.case("one query, three keys, the last of them hidden")
def one_key_hidden(draw: Draw) -> Call:
    return Call(torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[YES, YES, NO]]))


@softmax.case("three queries and three keys, causal")
def causal_rows(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), causal_by_triangle(3, 3))


@softmax.case("two queries, the first of them may see nothing")
def empty_row(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[NO, NO], [YES, YES]]))


@softmax.case("batch=2, heads=3, n_q=4, n_k=5, the second sentence is empty")
def empty_sentence(draw: Draw) -> Call:
    visible = torch.arange(5) < torch.tensor([draw.integer(3, 4), 0])[:, None]
    return Call(draw.tensor(2, 3, 4, 5), visible[:, None, None, :])


@softmax.case("batch=2, heads=3, n_q=4, n_k=5, with a mask for each query")
def full_mask(draw: Draw) -> Call:
    mask = draw.tensor(2, 3, 4, 5) > 0
    mask[..., 0] = True
    mask[1, 2, 3] = False
    return Call(draw.tensor(2, 3, 4, 5), mask)


@softmax.case("float16, and the hidden key has by far the largest score")
def half_precision(draw: Draw) -> Call:
    scores = torch.tensor([[1.0, 60.0, 1.0]], dtype=torch.float16)
    return Call(scores, torch.tensor([[YES, NO, YES]]))


@softmax.case("the gradient, with a row that may see nothing")
def gradient_of_empty_row(draw: Draw) -> Gradient:
    return Gradient(draw.tensor(3, 4), torch.tensor([[YES] * 3 + [NO], [NO] * 4, [YES] * 4]))


@softmax.reference
def softmax_by_formula(scores: Tensor, mask: Tensor) -> Tensor:
    """Row by row in float64: the softmax of the visible scores, put back to their places."""
    mask = mask.expand_as(scores)
    rows = []
    for row, visible in zip(
        scores.double().reshape(-1, scores.shape[-1]), mask.reshape(-1, mask.shape[-1]), strict=True
    ):
        weights = torch.zeros_like(row)
        if visible.any():
            places = visible.nonzero()[:, 0]
            weights = weights.index_put((places,), row[places].softmax(-1))
        rows.append(weights)
    return torch.stack(rows).view_as(scores)


@softmax.right_way
def softmax_with_harmless_rows(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask & ~empty, -torch.inf)
    return scores.softmax(-1) * ~empty


@softmax.right_way
def softmax_with_lowest_number(scores: Tensor, mask: Tensor) -> Tensor:
    lowest = torch.finfo(scores.dtype).min
    return torch.where(mask, scores, lowest).softmax(-1).masked_fill(~mask, 0.0)


@softmax.right_way
def softmax_with_nan_written_over(scores: Tensor, mask: Tensor) -> Tensor:
    # masked_fill hands no gradient on where it has written, so that no nan comes through
    return scores.masked_fill(~mask, -torch.inf).softmax(-1).masked_fill(~mask, 0.0)


@softmax.right_way
def softmax_by_exponentials(scores: Tensor, mask: Tensor) -> Tensor:
    largest = scores.masked_fill(~mask, -torch.inf).amax(-1, keepdim=True).detach()
    shifted = (scores - largest.clamp(min=-1e4)).masked_fill(~mask, 0.0)
    powers = shifted.exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


AFTER_IT = (
    "Before the softmax -inf takes a hidden key out of the sum. After it the visible weights no "
    "longer sum to 1, and they still depend on what is hidden."
)
COUNTED_FROM_THE_FRONT = "The softmax counts its axis from the front: dim=1."
LAST_AXIS = (
    "dim=1 is the keys in a table, but the heads as soon as a batch stands before. Count from the "
    "end, dim=-1."
)
NAN = "-inf minus -inf, or 0 / 0, is nan."
EQUAL_WEIGHTS = "An empty row gives equal weights to everything that is hidden."
NEW_TENSOR = (
    "Either the mask was not used, or what came of it was dropped: masked_fill gives back a new "
    "tensor, so give it a name, `scores = scores.masked_fill(…)`."
)
DROWNED = (
    "Either the softmax ran over all scores, and the large hidden one took everything, or e to the "
    "power of it overflowed. Write -inf over hidden scores first."
)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask.",
)
def mask_turned_around(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(mask, -torch.inf).softmax(-1)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask. And a row "
    "that sees something is not empty.",
)
def mask_turned_around_with_zeros(scores: Tensor, mask: Tensor) -> Tensor:
    return softmax_with_harmless_rows(scores, ~mask)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask.",
)
def mask_turned_around_beside_empty(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Only the empty rows kept their weights.",
    "`empty` is True where a row sees nothing, and those weights have to be 0: "
    "masked_fill(empty, 0.0), or times ~empty.",
)
def empty_rows_alone(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1) * empty


@softmax.mistake(
    "The mask has no effect: this is the softmax of all scores.",
    NEW_TENSOR,
)
def mask_without_effect(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1)


@softmax.mistake(
    "Hidden keys get weight: only the empty rows are right.",
    NEW_TENSOR,
)
def mask_without_effect_beside_empty_rows(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake(
    "`not` was used on a table.",
    "`not` wants a single yes or no, and Python can't make one of a whole table. `~` exchanges yes "
    "and no place by place. (Nor does `if` go with a table; masked_fill looks at each place.)",
)
def turned_by_python_not(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(not mask, -torch.inf).softmax(-1)  # type: ignore[call-overload]


ONE_COLUMN = (
    "`empty` is (…, 1). masked_fill stretches it along each row, indexing does not: "
    "scores.masked_fill(empty, 0.0)."
)


@softmax.mistake("A table was indexed with `empty`, which is one column wide.", ONE_COLUMN)
def scores_indexed_with_empty(scores: Tensor, mask: Tensor) -> Tensor:
    scores[~mask.any(-1, keepdim=True)] = 0.0
    return scores.softmax(-1)


@softmax.mistake("A table was indexed with `empty`, which is one column wide.", ONE_COLUMN)
def indexed_with_empty(scores: Tensor, mask: Tensor) -> Tensor:
    weights = scores.softmax(-1)
    weights[~mask.any(-1, keepdim=True)] = 0.0
    return weights


@softmax.mistake(
    "Hidden scores were set to +inf: the minus is missing.",
    "e to the power of +inf is infinite, and infinity divided by itself is nan. -inf counts 0.",
)
def plus_infinity(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, torch.inf).softmax(-1)


@softmax.mistake(
    "Hidden scores were set to +inf: the minus is missing.",
    "e to the power of +inf is infinite, and infinity divided by itself is nan. -inf counts 0. "
    "(The empty rows are right.)",
)
def plus_infinity_beside_empty_rows(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, torch.inf).softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Each row that sees something was made harmless: `empty` is turned around.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is.",
)
def all_but_the_empty_made_harmless(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Each row that sees something was made harmless: `empty` is turned around.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is, before the "
    "softmax and after it.",
)
def all_but_the_empty_made_harmless_without_zeros(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0).softmax(-1)


@softmax.mistake(
    "Only the empty rows kept their weights, and these are nan: `empty` is turned around.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is, twice.",
)
def empty_turned_around_twice(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0)
    return scores.softmax(-1).masked_fill(~empty, 0.0)


@softmax.mistake(
    "The weights are right, but no gradient comes back to the scores.",
    "detach(), .data, torch.no_grad() or a new torch.tensor(…) cuts the path back. Go from the "
    "scores to the weights with torch's operations alone.",
)
def cut_from_the_scores(scores: Tensor, mask: Tensor) -> Tensor:
    return softmax_with_harmless_rows(scores.detach(), mask)


@softmax.mistake("The mask comes after the softmax.", AFTER_IT)
def mask_after_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.softmax(-1) * mask


@softmax.mistake(
    "Hidden scores were set to 0.",
    "e to the power of 0 is 1, so a hidden key still counts. A score of -inf counts 0.",
)
def scores_to_zero(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores * mask).softmax(-1)


@softmax.mistake(
    "Hidden scores were set to 0.",
    "e to the power of 0 is 1, so a hidden key still counts. A score of -inf counts 0. (The empty "
    "rows are right.)",
)
def scores_to_zero_and_empty_rows(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores * mask).softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake(
    "Right where a row sees something; an empty row gives nan.",
    NAN + " Find the rows without a visible key, make them harmless before the softmax, and set "
    "their weights to 0 after it.",
)
def nan_in_empty_rows(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


@softmax.mistake(
    "Empty rows give nan, and so does a row with a hidden score that is very large.",
    NAN + " " + DROWNED + " And an empty row needs a rule of its own.",
)
def divided_again(scores: Tensor, mask: Tensor) -> Tensor:
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True)


@softmax.mistake(
    "A row with a hidden score that is very large gives nan.",
    DROWNED + " Then no hidden score can do anything.",
)
def powers_overflow(scores: Tensor, mask: Tensor) -> Tensor:
    powers = scores.exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


@softmax.mistake(
    "The output is right, but the gradient of an empty row is nan.",
    "A nan was computed and replaced afterwards; the gradient still walks through it, because an "
    "addition hands every gradient on. Write -inf with masked_fill, or a harmless number into the "
    "empty rows before the softmax.",
)
def nan_replaced_after_a_bias(scores: Tensor, mask: Tensor) -> Tensor:
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    return (scores + bias).softmax(-1).nan_to_num(0.0)


@softmax.mistake(
    EQUAL_WEIGHTS,
    "Where all scores of a row are equal, whether -1e9, the lowest number or 0, the softmax shares "
    "equally. Set the weights of rows without a visible key to 0 at the end, and keep what comes "
    "of it: masked_fill gives back a new tensor.",
)
def equal_weights(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)


@softmax.mistake(
    EQUAL_WEIGHTS,
    "Where all scores of a row are -1e9, the softmax shares equally. Write -inf, which every dtype "
    "holds, and set the weights of empty rows to 0 at the end.",
)
def minus_a_billion(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -1e9).softmax(-1)


@softmax.mistake(
    "Right in float32, but float16 can't hold -1e9.",
    "float16 ends at 65504. -inf exists in every dtype; with it no hidden key gets any weight.",
)
def minus_a_billion_in_half(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -1e9).softmax(-1) * mask


@softmax.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query shares its budget among its keys: the last axis, dim=-1.",
)
def masked_softmax_over_queries(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(-2)


@softmax.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query shares its budget among its keys: the last axis, dim=-1, in the softmax as well.",
)
def masked_softmax_over_queries_with_zeros(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-2).masked_fill(empty, 0.0)


@softmax.mistake(COUNTED_FROM_THE_FRONT, LAST_AXIS + " And an empty row has to come out as zeros.")
def softmax_counted_from_the_front(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf).softmax(1)


@softmax.mistake(COUNTED_FROM_THE_FRONT, LAST_AXIS)
def softmax_counted_from_the_front_with_zeros(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Only the visible scores were kept, so that the table has lost its shape.",
    "Indexing with a mask gives one long row of what is visible. masked_fill keeps every place.",
)
def visible_scores_alone(scores: Tensor, mask: Tensor) -> Tensor:
    return scores[mask].softmax(-1)


@softmax.mistake(
    "Everything is nan: 0 · ∞ is no number.",
    "`~mask * -inf` is nan where the mask says yes, because it multiplies 0 by -inf there. "
    "masked_fill writes -inf where it is wanted, and touches nothing else.",
)
def zero_times_infinity(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores + ~mask * -torch.inf).softmax(-1)


@softmax.mistake(
    "The mask was added to the scores, where True counts as 1.",
    "That prefers the visible keys a little, and hides none. Write -inf where the mask says no.",
)
def mask_added(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores + mask).softmax(-1)


@softmax.mistake(
    "`keepdim=True` is missing where the empty rows are found.",
    "mask.any(dim=-1) loses the axis of the keys, so that its numbers are lined up with the keys. "
    "With keepdim=True the last axis stays, with length 1.",
)
def keepdim_missing(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "These are the masked scores; the softmax is missing.",
    "-inf stands where it should. Now softmax along the last axis, with the empty rows made "
    "harmless before it.",
)
def scores_alone(scores: Tensor, mask: Tensor) -> Tensor:
    return scores.masked_fill(~mask, -torch.inf)


@softmax.mistake(
    "These are the masked scores; the softmax is missing.",
    "-inf stands where it should, and the empty rows are harmless. Now softmax along the last "
    "axis, and 0 into the empty rows of the weights.",
)
def harmless_scores_alone(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)


@softmax.mistake(
    "Rows that see anything hidden were emptied: `all` in place of `any`.",
    "A row is empty if none of its keys is visible: ~mask.any(dim=-1, keepdim=True).",
)
def all_in_place_of_any(scores: Tensor, mask: Tensor) -> Tensor:
    empty = ~mask.all(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


# 04.4: how strongly each output depends on each token

detector = Exercise(
    "04.4",
    returns="influence",
    right="Whoever sees the future, you will notice.",
    forbids=BUILT_HERE,
)


def future(n: int, first: int = 1) -> Tensor:
    """Row by row: True where key j stands `first` or more places after query i."""
    return torch.tensor([[j - i >= first for j in range(n)] for i in range(n)])


def colleague(name: str, x: Tensor) -> Tensor:
    """What the colleagues of the lesson compute, for tokens that attend to themselves."""
    n, d = x.shape
    scores = x @ x.mT / math.sqrt(d)
    if name == "Ben":
        return (scores.softmax(-1) * ~future(n)) @ x
    weights = scores.masked_fill(future(n, 2 if name == "Cleo" else 1), -torch.inf).softmax(-1)
    return weights @ (x - x.mean(0) if name == "Dora" else x)


@detector.case("Ann, two tokens with two features")
def two_tokens_of_ann(draw: Draw) -> Call:
    return Call("Ann", torch.tensor([[1.0, 0.0], [2.0, 1.0]]))


@detector.case("Cleo, as many tokens as features")
def cleo_square(draw: Draw) -> Call:
    return Call("Cleo", draw.tensor(3, 3))


@detector.case("Ben, five tokens with three features")
def tokens_of_ben(draw: Draw) -> Call:
    return Call("Ben", draw.tensor(5, 3))


@detector.case("Dora, four tokens with six features")
def tokens_of_dora(draw: Draw) -> Call:
    return Call("Dora", draw.tensor(4, 6))


@detector.reference
def influence_by_jacobian(name: str, x: Tensor) -> Tensor:
    """PyTorch's own Jacobian, in float64: (n, n, d), then the length of each gradient."""
    summed = torch.autograd.functional.jacobian(lambda x: colleague(name, x).sum(-1), x.double())
    return summed.square().sum(-1).sqrt()


def gradients(name: str, x: Tensor) -> list[Tensor]:
    """For each output the gradient of its sum by all tokens, (n, d)."""
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return [torch.autograd.grad(row.sum(), x, retain_graph=True)[0] for row in output]


@detector.right_way
def influence_by_grad(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.norm(dim=-1) for gradient in gradients(name, x)])


@detector.right_way
def influence_by_backward(name: str, x: Tensor) -> Tensor:
    table = torch.zeros(len(x), len(x))
    for i in range(len(x)):
        moved = x.clone().requires_grad_()
        colleague(name, moved)[i].sum().backward()
        assert moved.grad is not None
        for j in range(len(x)):
            table[i, j] = moved.grad[j].norm()
    return table


@detector.right_way
def influence_by_jacrev(name: str, x: Tensor) -> Tensor:
    return torch.func.jacrev(lambda x: colleague(name, x).sum(-1))(x).norm(dim=-1)


@detector.mistake(
    "Rows and columns are exchanged.",
    "Entry [i, j] is how output i depends on token j: the gradients of output i make row i.",
)
def tokens_down(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x).mT


@detector.mistake(
    "Gradients pile up: each row holds the sum of all rows so far.",
    "backward() adds to x.grad each time it is called. torch.autograd.grad gives back the new "
    "gradient alone; or set x.grad to None in each round.",
)
def gradients_pile_up(name: str, x: Tensor) -> Tensor:
    return torch.stack(gradients(name, x)).cumsum(0).norm(dim=-1)


@detector.mistake(
    "The lengths run along the wrong axis: over the tokens, not over the features.",
    "A gradient is (n, d), one row for each token. The length of each row is norm(dim=-1).",
)
def lengths_of_features(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.norm(dim=0) for gradient in gradients(name, x)])


@detector.mistake(
    "One length was taken over the whole gradient, so that all tokens share it.",
    "You want a length for each token: norm(dim=-1) of a gradient (n, d) is (n,).",
)
def one_length(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.norm() for gradient in gradients(name, x)])


@detector.mistake(
    "The features were summed with their signs, so that they may cancel.",
    "A leak could hide there: a gradient of (1, -1) would sum to 0. Take the length, norm(dim=-1).",
)
def signed_sums(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.sum(-1) for gradient in gradients(name, x)])


@detector.mistake(
    "These are sums of absolute values.",
    "That finds the same leaks, but the length of a vector is asked: the root of the sum of the "
    "squares, norm(dim=-1).",
)
def absolute_sums(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.abs().sum(-1) for gradient in gradients(name, x)])


@detector.mistake(
    "These are squared lengths: the root is missing.",
    "norm(dim=-1) takes it for you.",
)
def squared_lengths(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x).square()


@detector.mistake(
    "The entries of an output were averaged, not added up.",
    "The formula has a sum: output[i].sum(). A mean divides by the number of features.",
)
def averaged(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x) / x.shape[-1]


@detector.mistake(
    "All outputs were added up before the gradient, so that nobody can say which one moved.",
    "Ask for one output at a time: output[i].sum(), in a loop over i.",
)
def all_outputs_at_once(name: str, x: Tensor) -> Tensor:
    return torch.stack(gradients(name, x)).sum(0).norm(dim=-1)


@detector.mistake(
    "All outputs were added up before the gradient, so that all rows are alike.",
    "Ask for one output at a time: output[i].sum() in the loop, not output.sum().",
)
def all_outputs_in_each_row(name: str, x: Tensor) -> Tensor:
    return all_outputs_at_once(name, x).repeat(len(x), 1)


@detector.mistake(
    "The output's columns were asked, not its rows.",
    "output is (n, d), and output i is its row i: output[i].sum().",
)
def columns_asked(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    asked = [output[:, i].sum() for i in range(len(x))]
    return torch.stack(
        [torch.autograd.grad(a, x, retain_graph=True)[0].norm(dim=-1) for a in asked]
    )


@detector.mistake(
    "PyTorch does not watch x.",
    "A gradient needs an x that is watched before the output is computed: "
    "x = x.clone().requires_grad_().",
)
def x_not_watched(name: str, x: Tensor) -> Tensor:
    output = colleague(name, x)
    return torch.autograd.grad(output[0].sum(), x, retain_graph=True)[0]


@detector.mistake(
    "PyTorch threw away what it had written down after the first gradient.",
    "Ask with retain_graph=True, as the text does, or compute the output anew in each round.",
)
def graph_thrown_away(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    rows = [torch.autograd.grad(row.sum(), x)[0].norm(dim=-1) for row in output]
    return torch.stack(rows)


@detector.mistake(
    "torch.autograd.grad gives back a tuple, and its one entry was not taken out.",
    "`(gradient,) = torch.autograd.grad(…)`, with the comma, or `[0]` behind the call.",
)
def tuple_not_opened(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    gradient = torch.autograd.grad(output[0].sum(), x, retain_graph=True)
    return gradient.norm(dim=-1)  # type: ignore[attr-defined]


@detector.mistake(
    "torch.autograd.grad gives back a tuple, and the tuple was put into the list.",
    "Take its one entry out, `(gradient,) = torch.autograd.grad(…)`, and keep the length of each "
    "token's row, gradient.norm(dim=-1).",
)
def tuple_kept(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    rows = [torch.autograd.grad(row.sum(), x, retain_graph=True) for row in output]
    return torch.stack(rows)  # type: ignore[arg-type]


@detector.mistake(
    "The gradient was asked by x[i], a new tensor that the output never saw.",
    "Ask for it by the whole of x. It has a row for each token, so one question answers for all.",
)
def by_one_token(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return torch.autograd.grad(output[0].sum(), x[0], retain_graph=True)[0]


@detector.mistake(
    "Each output was asked about its own token alone.",
    "A leak comes from another token. gradient.norm(dim=-1) keeps a length for each of them.",
)
def own_token_alone(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x).diagonal()


@detector.mistake(
    "torch.autograd.grad got a whole table or row where it wants one number.",
    "The order is *of what*, then *by what*: first the sum of output i, one number, "
    "`output[i].sum()`, then x.",
)
def row_not_summed(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return torch.autograd.grad(output[0], x, retain_graph=True)[0]


@detector.mistake(
    "These are the gradients themselves; their lengths are missing.",
    "Each gradient is (n, d). norm(dim=-1) makes one length of each token's d numbers: (n,).",
)
def lengths_missing(name: str, x: Tensor) -> Tensor:
    return torch.stack(gradients(name, x))


@detector.mistake(
    "No row was put into the list.",
    "Whatever a pass through the loop computes is forgotten in the next, unless rows.append(…) "
    "keeps it.",
)
def no_row_kept(name: str, x: Tensor) -> Tensor:
    rows: list[Tensor] = []
    return torch.stack(rows)


@detector.mistake(
    "Only the last output has a row.",
    "The row has to be put into the list inside the loop, once for each output.",
)
def last_row_alone(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x)[-1:]


@detector.mistake(
    "One row came back, not a table.",
    "`return` inside the loop ends it in the first pass. Put the row into the list, "
    "rows.append(…); the last line, outside the loop, gives the table back.",
)
def returned_in_the_loop(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x)[0]


@detector.mistake(
    "All rows are the first one: output 0 was asked each time.",
    "The loop counts i; ask for output[i].",
)
def first_output_each_time(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x)[:1].repeat(len(x), 1)


@detector.mistake(
    "The rows stand in the reverse order.",
    "rows.append(…) puts each row behind those before it; insert(0, …) puts it in front.",
)
def rows_reversed(name: str, x: Tensor) -> Tensor:
    return influence_by_grad(name, x).flip(0)


@detector.mistake(
    "Of each gradient only token i's share was kept, and not its length.",
    "A leak comes from another token, so keep all of them: gradient.norm(dim=-1) is one length for "
    "each token, (n,).",
)
def own_share_alone(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient[i] for i, gradient in enumerate(gradients(name, x))])


@detector.mistake(
    "The gradient was taken of the length of output i, not of its sum.",
    "The formula adds up the entries of output i, output[i].sum(). The length comes after the "
    "gradient.",
)
def length_of_the_output(name: str, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    asked = [row.norm() for row in colleague(name, x)]
    return torch.stack(
        [torch.autograd.grad(a, x, retain_graph=True)[0].norm(dim=-1) for a in asked]
    )


@detector.mistake(
    "The name has no effect: this is Ann's influence, whoever is asked.",
    "colleagues[name] is the attention to look at.",
)
def always_ann(name: str, x: Tensor) -> Tensor:
    return influence_by_grad("Ann", x)


# 04.5: documents packed in one row, causal, with padding

packed = Exercise(
    "04.5",
    returns="mask",
    right="Each document is alone with its own past.",
    forbids=BUILT_HERE,
)


@packed.case("one row: two documents and one padding")
def one_row(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 2, 2, 0]]))


@packed.case("padding that does not stand at the end")
def padding_in_between(draw: Draw) -> Call:
    return Call(torch.tensor([[0, 1, 1, 0, 2]]))


@packed.case("a document that goes on behind another")
def document_in_two_parts(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 2, 1, 0]]))


@packed.case("as many rows as tokens")
def as_many_rows_as_tokens(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 1, 2, 0], [1, 2, 2, 2], [1, 1, 1, 3], [1, 2, 0, 0]]))


@packed.case("two rows of fourteen tokens")
def two_rows_of_documents(draw: Draw) -> Call:
    cuts = [(draw.integer(1, 6), draw.integer(7, 12)) for _ in range(2)]
    rows = [[1 + (j >= a) + (j >= b) if j < 13 else 0 for j in range(14)] for a, b in cuts]
    return Call(torch.tensor(rows))


@packed.reference
def packed_by_loop(ids: Tensor) -> Tensor:
    rows = [
        [[row[i] == row[j] and j <= i and row[j] != 0 for j in range(len(row))] for i in places]
        for row in ids.tolist()
        for places in [range(len(row))]
    ]
    return torch.tensor(rows)[:, None]


def packing(ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three rules: same document and key is real (batch, n, n), not later (n, n)."""
    same = ids[:, :, None] == ids[:, None, :]
    real = (ids != 0)[:, None, :].expand_as(same)
    return same, real, causal_by_triangle(ids.shape[1], ids.shape[1])


@packed.right_way
def packed_by_and(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same & real & past)[:, None]


@packed.right_way
def packed_with_padded_queries_hidden(ids: Tensor) -> Tensor:
    # A query of the same document as a real key is real itself, so this hides the same places.
    same, _, past = packing(ids)
    return (same & (ids > 0)[:, :, None] & past).unsqueeze(1)


@packed.right_way
def packed_by_multiplying(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same.int() * real.int() * past.int()).bool()[:, None, :, :]


@packed.mistake(
    "Padding was counted, not found: it need not stand at the end.",
    "A key is real where its own id is not 0: compare the ids with 0, key by key.",
)
def padding_counted(ids: Tensor) -> Tensor:
    same, _, causal = packing(ids)
    real = torch.arange(ids.shape[1]) < (ids != 0).sum(dim=1)[:, None]  # (batch, n)
    return (same & causal & real[:, None, :])[:, None]


@packed.mistake(
    "The padding alone is visible: the third rule is turned around.",
    "A key is real where its id is *not* 0: ids != 0, or ids > 0.",
)
def padding_alone(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same & ~real & past)[:, None]


@packed.mistake(
    "The padding alone is visible: the third rule is turned around.",
    "A key is real where its id is *not* 0, and the rule is about keys: (ids != 0)[:, None, :] is "
    "(batch, 1, n).",
)
def padding_alone_without_axis(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (same & (ids == 0) & past)[:, None]


@packed.mistake(TURNED_AROUND, MAY_ATTEND)
def packed_turned_around(ids: Tensor) -> Tensor:
    return ~packed_by_loop(ids)


@packed.mistake(
    "Later tokens of the same document are visible.",
    "The second rule is missing: a key must not come later. Your causal_mask(n, n) says so.",
)
def not_causal(ids: Tensor) -> Tensor:
    same, real, _ = packing(ids)
    return (same & real)[:, None]


@packed.mistake(
    "The future of each document is visible, and its past is hidden.",
    "Hand the sizes to your causal_mask, and use it as it is: it says yes on and below the "
    "diagonal.",
)
def only_the_future(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same & real & past.mT)[:, None]


@packed.mistake(
    "Documents see each other.",
    "A query and a key must carry the same number: compare ids[:, :, None] with ids[:, None, :].",
)
def documents_together(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    return (real & past)[:, None]


@packed.mistake(
    "Padding attends to padding.",
    "All padding has the number 0, so it looks like one document. A key is real only if its number "
    "is above 0.",
)
def padding_sees_padding(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (same & past)[:, None]


@packed.mistake(
    "The rules are joined with |, where one of them is enough.",
    "All three have to say yes: &.",
)
def joined_by_or(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same | real | past)[:, None]


@packed.mistake(
    "The axis of the heads is missing.",
    "(batch, n, n) would be lined up with (heads, n_q, n_k). Put an axis of length 1 behind the "
    "batch: mask[:, None].",
)
def packed_without_heads(ids: Tensor) -> Tensor:
    return packed_by_loop(ids)[:, 0]


@packed.mistake(
    "The axis of the heads is missing.",
    "Put an axis of length 1 behind the batch at the end: mask[:, None]. And the third rule is "
    "about keys: (ids != 0)[:, None, :] is (batch, 1, n).",
)
def packed_without_heads_and_real_without_axis(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return same & (ids != 0) & past


@packed.mistake(
    "The causal mask is as large as the batch.",
    "It needs the number of tokens, ids.shape[-1]; len(ids) counts the rows of the batch.",
)
def causal_over_the_batch(ids: Tensor) -> Tensor:
    same, real, _ = packing(ids)
    return (same & real & causal_by_triangle(len(ids), len(ids)))[:, None]


ZERO_COMPARED = (
    "& binds tighter than !=: `c & ids != 0 & d` is read as `(c & ids) != (0 & d)`. Put each "
    "comparison in brackets of its own."
)


@packed.mistake("Brackets are missing around the comparison with 0.", ZERO_COMPARED)
def brackets_missing_first(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (ids[:, None, :] != 0 & same & past)[:, None]


@packed.mistake("Brackets are missing around the comparison with 0.", ZERO_COMPARED)
def brackets_missing_in_between(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (same & ids[:, None, :] != 0 & past)[:, None]


@packed.mistake(
    "Either `and` was used between tables, or brackets are missing around a comparison.",
    "`and` wants a single yes or no, and a whole table is none; `&` works place by place. Without "
    "brackets `a == b & c != 0` is a chain, `a == (b & c)` and `(b & c) != 0`, and a chain uses "
    "`and`. Put each comparison in brackets of its own.",
)
def joined_by_python_and(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same and real and past)[:, None]


@packed.mistake(
    "Documents with an even number vanish: brackets are missing around the comparison with 0.",
    "& binds tighter than != and >, so that `same & ids != 0` is read as `(same & ids) != 0`, bit "
    "by bit. Put each comparison in brackets of its own.",
)
def brackets_missing(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (past & same & ids[:, None, :] > 0)[:, None]


@packed.mistake(
    "Brackets are missing around the comparison with ==.",
    "& binds tighter than ==, so that `a == b & c` is read as `a == (b & c)`, bit by bit. Put each "
    "comparison in brackets of its own.",
)
def brackets_missing_around_same(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    return (ids[:, :, None] == ids[:, None, :] & real & past)[:, None]


def compared_last(left: Tensor, ids: Tensor, right: Tensor | int = -1) -> Tensor:
    """`left & ids[:, :, None] == ids[:, None, :] & right`, as Python reads it."""
    return ((left & ids[:, :, None]) == (ids[:, None, :] & right))[:, None]  # -1 has all bits


LAST_COMPARISON = (
    "& binds tighter than ==, so that `c & a == b` is read as `(c & a) == b`, bit by bit. Put each "
    "comparison in brackets of its own."
)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_last_with_causal(ids: Tensor) -> Tensor:
    _, _, past = packing(ids)
    return compared_last(past, ids)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_last_with_both(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    return compared_last(real & past, ids)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_between(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    return compared_last(real, ids, past)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_between_turned(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    return compared_last(past, ids, real)


@packed.mistake(
    "The new axis stands before the batch, not behind it.",
    "The batch stays first, (batch, 1, n, n): mask[:, None] puts the axis of the heads behind it.",
)
def packed_axis_before_the_batch(ids: Tensor) -> Tensor:
    return packed_by_loop(ids)[:, 0][None]


@packed.mistake(
    "Only the first row of the batch has a mask.",
    "Each row of the batch has documents of its own. ids[:, :, None] == ids[:, None, :] compares "
    "all rows at once, and keeps the batch as axis 0.",
)
def first_row_alone(ids: Tensor) -> Tensor:
    return packed_by_loop(ids[:1])


@packed.mistake(
    "Only the first row of the batch has a mask.",
    "ids is (batch, n), and each of its rows has documents of its own. ids[:, :, None] == "
    "ids[:, None, :] compares all rows at once, and the mask is (batch, 1, n, n).",
)
def first_row_alone_as_a_table(ids: Tensor) -> Tensor:
    return packed_by_loop(ids[:1])[0, 0]


@packed.mistake(
    "A document that goes on behind another was taken for a new one.",
    "The number alone says which document a token belongs to: compare ids with ids, for every pair "
    "of places.",
)
def same_run(ids: Tensor) -> Tensor:
    _, real, past = packing(ids)
    begins = torch.diff(ids, prepend=ids[:, :1]) != 0  # (batch, n)
    run = begins.cumsum(-1)  # (batch, n)
    return ((run[:, :, None] == run[:, None, :]) & real & past)[:, None]


@packed.mistake(
    "Right for a batch of one. `ids > 0` is (batch, n), and was lined up with queries and keys.",
    "It says which *keys* are real, of each row of the batch: (ids > 0)[:, None, :] is "
    "(batch, 1, n).",
)
def real_without_axis(ids: Tensor) -> Tensor:
    same, _, past = packing(ids)
    return (same & (ids > 0) & past)[:, None]


@packed.mistake(
    "`.T` exchanges tokens and batch: rows of the batch are compared with each other.",
    "Each token is compared with the tokens of its own row: ids[:, :, None] == ids[:, None, :] "
    "keeps the batch as axis 0.",
)
def compared_with_turned_batch(ids: Tensor) -> Tensor:
    past = causal_by_triangle(ids.shape[1], ids.shape[1])
    return ((ids == ids.T) & (ids > 0) & past)[:, None]


@packed.mistake(
    "Rows of the batch are compared with each other.",
    "Each token is compared with the tokens of its own row: ids[:, :, None] == ids[:, None, :] "
    "keeps the batch as axis 0.",
)
def rows_compared(ids: Tensor) -> Tensor:
    same = ids[:, None, :] == ids[None, :, :]
    return (same & (ids > 0)[:, None, :] & causal_by_triangle(ids.shape[1], ids.shape[1]))[:, None]


@packed.mistake(
    "A token does not see itself.",
    "j <= i, not j < i. Otherwise the first token of every document may see nothing.",
)
def packed_not_itself(ids: Tensor) -> Tensor:
    same, real, past = packing(ids)
    return (same & real & past.tril(-1))[:, None]
