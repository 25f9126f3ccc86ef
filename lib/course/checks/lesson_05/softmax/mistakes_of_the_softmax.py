"""05.3: mistakes in the softmax, and in what is done with empty rows."""

import torch

from course.checks.lesson_05.softmax.cases import softmax

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
DROWNED = (
    "The visible scores were measured against a hidden one: in a softmax over all scores, by a "
    "peak that is taken over all, or in a power that overflowed. Write -inf over hidden scores "
    "first."
)


@softmax.mistake("The mask comes after the softmax.", AFTER_IT)
def mask_after_softmax(scores, mask):
    return scores.softmax(-1) * mask


@softmax.mistake(
    "Hidden scores were set to 0.",
    "e to the power of 0 is 1, so a hidden key still counts. A score of -inf counts 0.",
)
def scores_to_zero(scores, mask):
    return (scores * mask).softmax(-1)


@softmax.mistake(
    "Hidden scores were set to 0.",
    "e to the power of 0 is 1, so a hidden key still counts. A score of -inf counts 0. (The empty "
    "rows are right.)",
)
def scores_to_zero_and_empty_rows(scores, mask):
    return (scores * mask).softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake(
    "Right where a row sees something; an empty row gives nan.",
    NAN + " Find the rows without a visible key, make them harmless before the softmax, and set "
    "their weights to 0 after it.",
)
def nan_in_empty_rows(scores, mask):
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


@softmax.mistake(
    "Empty rows give nan, and so does a row with a hidden score that is very large.",
    NAN + " " + DROWNED + " And an empty row needs a rule of its own.",
)
def divided_again(scores, mask):
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True)


POWERS_OVERFLOW = (
    "e to the power of a large score fits into no float, and e to the power of one far below 0 is "
    "rounded to 0. A softmax takes the largest *visible* score of the row away first; "
    "softmax(dim=-1) does it for you."
)


@softmax.mistake(
    "Scores far from 0, visible or hidden, give nan or lose their weight.", POWERS_OVERFLOW
)
def powers_overflow(scores, mask):
    powers = scores.exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


@softmax.mistake(
    "Right for small scores. A row with scores far from 0 gives nan, or loses all its weight.",
    POWERS_OVERFLOW,
)
def visible_powers_overflow(scores, mask):
    powers = scores.float().masked_fill(~mask, -torch.inf).exp()
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


@softmax.mistake(
    "A hidden score that is very large leaves the visible keys without any weight.",
    DROWNED + " Then no hidden score can do anything.",
)
def peak_over_hidden_keys(scores, mask):
    powers = (scores - scores.amax(-1, keepdim=True)).exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


@softmax.mistake(
    "A hidden score that is very large leaves the visible keys without any weight.",
    DROWNED,
)
def divided_again_by_more_than_0(scores, mask):
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)


@softmax.mistake(
    "Scores far from 0, visible or hidden, give nan or lose their weight.", POWERS_OVERFLOW
)
def powers_overflow_but_in_empty_rows(scores, mask):
    powers = scores.exp() * mask
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(~mask.any(-1, keepdim=True), 1.0)


@softmax.mistake(
    "As soon as one row is empty, all rows come out as 0.",
    "`if` decides once for the whole table. Each row has an answer of its own: masked_fill with "
    "`empty` writes into the empty ones alone.",
)
def one_empty_row_for_all(scores, mask):
    if (~mask.any(-1)).any():
        return torch.zeros_like(scores)
    return scores.masked_fill(~mask, -torch.inf).softmax(-1)


@softmax.mistake(
    "The output is right, but the gradient of an empty row is nan.",
    "A nan was computed and replaced afterwards; the gradient still walks through it, because an "
    "addition hands every gradient on. Write -inf with masked_fill, or a harmless number into the "
    "empty rows before the softmax.",
)
def nan_replaced_after_a_bias(scores, mask):
    bias = torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -torch.inf)
    return (scores + bias).softmax(-1).nan_to_num(0.0)


@softmax.mistake(
    EQUAL_WEIGHTS,
    "Where all scores of a row are equal, whether -1e9, the lowest number or 0, the softmax shares "
    "equally. Set the weights of rows without a visible key to 0 at the end, and keep what comes "
    "of it: masked_fill gives back a new tensor.",
)
def equal_weights(scores, mask):
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)


@softmax.mistake(
    EQUAL_WEIGHTS,
    "Where all scores of a row are equal, such as -1e9, the softmax shares equally. Write -inf, "
    "which every dtype holds, and set the weights of empty rows to 0 at the end.",
)
def minus_a_billion(scores, mask):
    return scores.masked_fill(~mask, -1e9).softmax(-1)


@softmax.mistake(
    "Right in float32, but float16 can't hold a number like -1e9.",
    "float16 ends at 65504. -inf exists in every dtype; with it no hidden key gets any weight.",
)
def minus_a_billion_in_half(scores, mask):
    return scores.masked_fill(~mask, -1e9).softmax(-1) * mask


@softmax.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query shares its budget among its keys: the last axis, dim=-1.",
)
def masked_softmax_over_queries(scores, mask):
    return scores.masked_fill(~mask, -torch.inf).softmax(-2)


@softmax.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query shares its budget among its keys: the last axis, dim=-1, in the softmax as well.",
)
def masked_softmax_over_queries_with_zeros(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-2).masked_fill(empty, 0.0)


@softmax.mistake(COUNTED_FROM_THE_FRONT, LAST_AXIS + " And an empty row has to come out as zeros.")
def softmax_counted_from_the_front(scores, mask):
    return scores.masked_fill(~mask, -torch.inf).softmax(1)


@softmax.mistake(COUNTED_FROM_THE_FRONT, LAST_AXIS)
def softmax_counted_from_the_front_with_zeros(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Only the visible scores were kept, so that the table has lost its shape.",
    "Indexing with a mask gives one long row of what is visible. masked_fill keeps every place.",
)
def visible_scores_alone(scores, mask):
    return scores[mask].softmax(-1)


@softmax.mistake(
    "Everything is nan: 0 · ∞ is no number.",
    "`~mask * -inf` is nan where the mask says yes, because it multiplies 0 by -inf there. "
    "masked_fill writes -inf where it is wanted, and touches nothing else.",
)
def zero_times_infinity(scores, mask):
    return (scores + ~mask * -torch.inf).softmax(-1)


@softmax.mistake(
    "Every row that sees something is nan: 0 · ∞ is no number.",
    "`~mask * -inf` is nan where the mask says yes, because it multiplies 0 by -inf there. "
    "masked_fill writes -inf where it is wanted, and touches nothing else.",
)
def zero_times_infinity_beside_empty(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    return (scores + ~mask * -torch.inf).softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "The mask was added to the scores, where True counts as 1.",
    "That prefers the visible keys a little, and hides none. Write -inf where the mask says no.",
)
def mask_added(scores, mask):
    return (scores + mask).softmax(-1)


@softmax.mistake(
    "`keepdim=True` is missing where the empty rows are found.",
    "mask.any(dim=-1) loses the axis of the keys, so that its numbers are lined up with the keys. "
    "With keepdim=True the last axis stays, with length 1.",
)
def keepdim_missing(scores, mask):
    empty = ~mask.any(-1)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "These are the masked scores; the softmax is missing.",
    "-inf stands where it should. Now softmax along the last axis, with the empty rows made "
    "harmless before it.",
)
def scores_alone(scores, mask):
    return scores.masked_fill(~mask, -torch.inf)


@softmax.mistake(
    "These are the masked scores; the softmax is missing.",
    "-inf stands where it should, and the empty rows are harmless. Now softmax along the last "
    "axis, and 0 into the empty rows of the weights.",
)
def harmless_scores_alone(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)


@softmax.mistake(
    "Rows with anything hidden in them were emptied, as with `all` in place of `any`.",
    "A row is empty if none of its keys is visible: ~mask.any(dim=-1, keepdim=True).",
)
def all_in_place_of_any(scores, mask):
    empty = ~mask.all(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "-inf was written into the weights, after the softmax.",
    "-inf is a score: before the softmax it takes a hidden key out of the sum. A hidden weight is "
    "0.",
)
def minus_infinity_after_softmax(scores, mask):
    return scores.softmax(-1).masked_fill(~mask, -torch.inf)


@softmax.mistake(
    "A hidden key counts in the sum with a score of 0, and its weight is taken away afterwards.",
    "e to the power of 0 is 1, so the visible weights no longer sum to 1. A score of -inf counts "
    "0, before the softmax.",
)
def zero_scores_then_zero_weights(scores, mask):
    return (scores * mask).softmax(-1) * mask


@softmax.mistake(
    "The answer was computed in float32, whatever came in.",
    "Weights keep the dtype of their scores, with no .float() and no float32 table on the way. A "
    "float64 can be larger than any float32.",
)
def always_single_precision(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.float().masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)
