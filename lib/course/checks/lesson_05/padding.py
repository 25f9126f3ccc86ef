"""05.1: hide the padding."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_05.shared import BUILT_HERE, FLOATS, MAY_ATTEND, TURNED_AROUND

LENGTHS_ALONG_KEYS = "The lengths stand along the keys."
DOWN_THE_BATCH = (
    "Each sentence has its own length, so the lengths go down the batch: lengths[:, None] is "
    "(batch, 1), and meets every place of a row."
)
padding = Exercise(
    "05.1",
    returns="mask",
    right="Padding is hidden, for every head and every query at once.",
    forbids=BUILT_HERE,
    given=("return visible[:, None, None, :]",),
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


@padding.right_way
def padding_row_by_row(lengths: Tensor, n_k: int) -> Tensor:
    rows = [torch.arange(n_k) < length for length in lengths]  # (n_k,) each
    return torch.stack(rows).unsqueeze(1).unsqueeze(1)


@padding.mistake(TURNED_AROUND, MAY_ATTEND)
def padding_turned_around(lengths, n_k):
    return ~padding_by_loop(lengths, n_k)


@padding.mistake(
    TURNED_AROUND,
    "In this course True says: this query may attend to this key. The places *below* the length "
    "are real: `<`, and place `length` itself is padding.",
)
def padding_turned_around_without_one(lengths, n_k):
    return (lengths[:, None] < torch.arange(n_k))[:, None, None, :]


@padding.mistake(
    "One key too many is visible: place `length` itself is padding already.",
    "Places count from 0. A sentence of length 3 has its tokens at 0, 1 and 2: `<`, not `<=`.",
)
def one_key_too_many(lengths, n_k):
    return (torch.arange(n_k) <= lengths[:, None])[:, None, None, :]


@padding.mistake(
    "The last token of each sentence is hidden.",
    "Places count from 0: a sentence of length 3 has tokens at 0, 1 and 2. torch.arange(n_k) "
    "begins at 0, and all places below the length are real.",
)
def last_token_hidden(lengths, n_k):
    return (torch.arange(1, n_k + 1) < lengths[:, None])[:, None, None, :]


@padding.mistake(
    "The mask has no axes for heads and queries.",
    "(batch, n_k) would be lined up with the last two axes, (n_q, n_k). Put two axes of length 1 "
    "in the middle: mask[:, None, None, :].",
)
def padding_without_axes(lengths, n_k):
    return torch.arange(n_k) < lengths[:, None]


@padding.mistake(
    "One axis of length 1 is missing: heads and queries need one each.",
    "Scores are (batch, heads, n_q, n_k), so the mask is (batch, 1, 1, n_k), with two axes of "
    "length 1.",
)
def padding_without_heads(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[:, None]


@padding.mistake(
    "The new axes stand before the batch, not behind it.",
    "The batch stays first: mask[:, None, None, :] adds two axes between the batch and the keys.",
)
def axes_before_the_batch(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[None, None]


@padding.mistake(
    LENGTHS_ALONG_KEYS,
    DOWN_THE_BATCH,
)
def lengths_along_the_keys(lengths, n_k):
    return (torch.arange(n_k) < lengths)[:, None, None, :]


@padding.mistake(LENGTHS_ALONG_KEYS, DOWN_THE_BATCH)
def lengths_along_the_keys_without_axes(lengths, n_k):
    return torch.arange(n_k) < lengths


@padding.mistake(LENGTHS_ALONG_KEYS, DOWN_THE_BATCH)
def lengths_along_the_keys_on_the_left(lengths, n_k):
    return (lengths > torch.arange(n_k))[:, None, None, :]


@padding.mistake(
    LENGTHS_ALONG_KEYS,
    DOWN_THE_BATCH,
)
def places_down_the_batch(lengths, n_k):
    return (torch.arange(n_k)[:, None] < lengths)[:, None, None, :]


@padding.mistake(
    "The keys stand where the queries belong.",
    "Scores are (batch, heads, n_q, n_k): the keys are the last axis. Both axes of length 1 stand "
    "before it: mask[:, None, None, :].",
)
def keys_in_place_of_queries(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[:, None, :, None]


ROW_FOR_EACH_QUERY = (
    "The mask has a row for each of n_k queries; the axis of the queries is to be 1."
)
ANY_QUERY = (
    "Which query asks does not matter, and with a cache there are fewer queries than keys. An axis "
    "of length 1 stretches to any number of them: mask[:, None, None, :]."
)


@padding.mistake(ROW_FOR_EACH_QUERY, ANY_QUERY)
def row_for_each_query(lengths, n_k):
    return padding_by_loop(lengths, n_k).expand(-1, 1, n_k, n_k)


@padding.mistake(
    ROW_FOR_EACH_QUERY, "Whether a query is padding does not matter, either. " + ANY_QUERY
)
def queries_of_padding_hidden(lengths, n_k):
    mask = padding_by_loop(lengths, n_k)
    return mask & mask.mT


@padding.mistake(
    "The mask is as wide as the longest sentence, not n_k wide.",
    "The scores have n_k keys, and the mask needs a place for each of them, even if every sentence "
    "is shorter: torch.arange(n_k).",
)
def as_wide_as_the_longest(lengths, n_k):
    return (torch.arange(int(lengths.max())) < lengths[:, None])[:, None, None, :]


@padding.mistake(
    "Every place says yes: nothing is hidden.",
    "Key j of a sentence is real only if j < its length: compare torch.arange(n_k) with the "
    "lengths.",
)
def no_padding_hidden(lengths, n_k):
    return torch.ones(len(lengths), 1, 1, n_k, dtype=torch.bool)


@padding.mistake("The mask holds numbers.", FLOATS)
def padding_as_numbers(lengths, n_k):
    return padding_by_loop(lengths, n_k).float()


@padding.mistake(
    "The mask is already a bias of 0 and -inf.",
    FLOATS + " The -inf comes later, in the softmax.",
)
def padding_as_bias(lengths, n_k):
    return torch.zeros(len(lengths), 1, 1, n_k).masked_fill(
        ~padding_by_loop(lengths, n_k), -torch.inf
    )


@padding.mistake(
    "The padding was expected before the tokens.",
    "Here the tokens come first and the padding follows: key j is real if j < length.",
)
def padding_on_the_left(lengths, n_k):
    return padding_by_loop(lengths, n_k).flip(-1)


@padding.mistake(
    "Places were counted from 1: place 0 is hidden, and place `length` is visible.",
    "A sentence of length 3 has its tokens at 0, 1 and 2. torch.arange(n_k) begins at 0 too.",
)
def places_from_one(lengths, n_k):
    place = torch.arange(n_k)
    return ((place >= 1) & (place <= lengths[:, None]))[:, None, None, :]


@padding.mistake(
    "The lengths were taken for the number of padding places.",
    "`lengths` counts the real tokens, so that many places are visible in each row, from 0 on.",
)
def lengths_of_the_padding(lengths, n_k):
    return (torch.arange(n_k) < n_k - lengths[:, None])[:, None, None, :]


@padding.mistake(
    "Only the last token of each sentence is visible.",
    "A query may attend to every real token, so all places *below* the length say yes: `<`.",
)
def last_token_alone(lengths, n_k):
    return (torch.arange(n_k) == lengths[:, None] - 1)[:, None, None, :]


FIRST_LENGTH_FOR_ALL = "The first sentence's length was taken for the whole batch."


@padding.mistake(FIRST_LENGTH_FOR_ALL, DOWN_THE_BATCH)
def first_length_for_all(lengths, n_k):
    return padding_by_loop(lengths[:1], n_k).expand(len(lengths), -1, -1, -1)


@padding.mistake(FIRST_LENGTH_FOR_ALL, DOWN_THE_BATCH)
def first_length_alone(lengths, n_k):
    return padding_by_loop(lengths[:1], n_k)


@padding.mistake(
    "Every sentence was taken to be as long as the longest.",
    "A maximum over the batch forgets whose length it was. " + DOWN_THE_BATCH,
)
def longest_length_for_all(lengths, n_k):
    return padding_by_loop(lengths.max().expand(len(lengths)), n_k)


@padding.mistake(
    "The new axes stand behind the keys, not before them.",
    "Scores are (batch, heads, n_q, n_k): the keys stay last. mask[:, None, None, :] puts two axes "
    "between the batch and the keys.",
)
def axes_behind_the_keys(lengths, n_k):
    return (torch.arange(n_k) < lengths[:, None])[..., None, None]


@padding.mistake("The last sentence's length was taken for the whole batch.", DOWN_THE_BATCH)
def last_length_for_all(lengths, n_k):
    return padding_by_loop(lengths[-1:], n_k).expand(len(lengths), -1, -1, -1)


@padding.mistake(
    "`visible` has one axis: it can't differ from sentence to sentence and from key to key.",
    "The line that is given is fine. " + DOWN_THE_BATCH,
)
def visible_without_batch(lengths, n_k):
    return (torch.arange(n_k) < lengths.max())[:, None, None, :]


@padding.mistake(
    "Only place `length` is visible, the first of the padding.",
    "All places below the length are real: `<`, not `==`.",
)
def place_length_alone(lengths, n_k):
    return (torch.arange(n_k) == lengths[:, None])[:, None, None, :]


@padding.mistake(
    "The last line uses a table called `visible`, and there is none of this name.",
    "Call what comes of the comparison `visible`.",
)
def table_of_another_name(lengths, n_k):
    raise NameError("name 'visible' is not defined")
