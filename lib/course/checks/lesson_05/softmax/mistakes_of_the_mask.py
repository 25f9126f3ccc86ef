"""05.3: mistakes with the mask, before the softmax."""

import torch

from course.checks.lesson_05.softmax.cases import softmax
from course.checks.lesson_05.softmax.mistakes_of_the_softmax import POWERS_OVERFLOW
from course.checks.lesson_05.softmax.right import softmax_with_harmless_rows

NEW_TENSOR = (
    "Either the mask was not used, or what came of it was dropped: masked_fill gives back a new "
    "tensor, so give it a name, `scores = scores.masked_fill(…)`."
)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask.",
)
def mask_turned_around(scores, mask):
    return scores.masked_fill(mask, -torch.inf).softmax(-1)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask. And a row "
    "that sees something is not empty.",
)
def mask_turned_around_with_zeros(scores, mask):
    return softmax_with_harmless_rows(scores, ~mask)


@softmax.mistake(
    "The mask is turned around: the visible keys were hidden.",
    "True says may attend. masked_fill writes where its mask is True, so hand it ~mask.",
)
def mask_turned_around_beside_empty(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "The scores have the wrong sign: the lowest score got the largest weight.",
    "Nothing has to be turned around. -inf is written into hidden places alone, and the other "
    "scores stay as they are.",
)
def scores_with_a_minus(scores, mask):
    return softmax_with_harmless_rows(-scores, mask)


@softmax.mistake(
    "Only the empty rows kept their weights.",
    "`empty` is True where a row sees nothing, and those weights have to be 0: "
    "masked_fill(empty, 0.0), or times ~empty.",
)
def empty_rows_alone(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1) * empty


@softmax.mistake(
    "The mask has no effect: this is the softmax of all scores.",
    NEW_TENSOR,
)
def mask_without_effect(scores, mask):
    return scores.softmax(-1)


@softmax.mistake(
    "Hidden keys get weight: only the empty rows are right.",
    NEW_TENSOR,
)
def mask_without_effect_beside_empty_rows(scores, mask):
    return scores.softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake(
    "A single yes or no was asked of a whole table.",
    "`not`, `and`, `or` and `if` ask for one, and Python can't make it of a whole table. `~` "
    "exchanges yes and no place by place, and masked_fill looks at each place.",
)
def turned_by_python_not(scores, mask):
    return scores.masked_fill(not mask, -torch.inf).softmax(-1)  # type: ignore[call-overload]


ONE_COLUMN = (
    "`empty` is (…, 1). masked_fill stretches it along each row, indexing does not: "
    "scores.masked_fill(empty, 0.0)."
)


@softmax.mistake("A table was indexed with `empty`, which is one column wide.", ONE_COLUMN)
def scores_indexed_with_empty(scores, mask):
    scores[~mask.any(-1, keepdim=True)] = 0.0
    return scores.softmax(-1)


@softmax.mistake("A table was indexed with `empty`, which is one column wide.", ONE_COLUMN)
def indexed_with_empty(scores, mask):
    weights = scores.softmax(-1)
    weights[~mask.any(-1, keepdim=True)] = 0.0
    return weights


@softmax.mistake(
    "Hidden scores were set to +inf: the minus is missing.",
    "e to the power of +inf is infinite, and infinity divided by itself is nan. -inf counts 0.",
)
def plus_infinity(scores, mask):
    return scores.masked_fill(~mask, torch.inf).softmax(-1)


@softmax.mistake(
    "Hidden scores were set to +inf: the minus is missing.",
    "e to the power of +inf is infinite, and infinity divided by itself is nan. -inf counts 0. "
    "(The empty rows are right.)",
)
def plus_infinity_beside_empty_rows(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, torch.inf).softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Each row that sees something was made harmless: all its weights are equal.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is.",
)
def all_but_the_empty_made_harmless(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Each row that sees something was made harmless: all its weights are equal.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is, before the "
    "softmax and after it.",
)
def all_but_the_empty_made_harmless_without_zeros(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0).softmax(-1)


@softmax.mistake(
    "Only the empty rows kept their weights, and these are nan: `empty` is turned around.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is, twice.",
)
def empty_turned_around_twice(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0)
    return scores.softmax(-1).masked_fill(~empty, 0.0)


@softmax.mistake(
    "The weights are right, but no gradient comes back to the scores.",
    "detach(), .data, torch.no_grad() or a new torch.tensor(…) cuts the path back. Go from the "
    "scores to the weights with torch's operations alone.",
)
def cut_from_the_scores(scores, mask):
    return softmax_with_harmless_rows(scores.detach(), mask)


DOES_NOT_STRETCH = (
    "A mask for each sentence is (batch, 1, 1, n_k). masked_fill stretches it over heads and "
    "queries, `scores[…]` wants a mask in the shape of the scores: scores.masked_fill(~mask, …)."
)


@softmax.mistake(
    "Right where the mask has the shape of the scores; a narrower one can't stand in `scores[…]`.",
    DOES_NOT_STRETCH,
)
def indexed_with_the_mask(scores, mask):
    scores = scores.clone()
    scores[~mask] = -torch.inf
    empty = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(empty, 0.0).softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "An empty row gives nan, and a mask narrower than the scores can't stand in `scores[…]`.",
    DOES_NOT_STRETCH + " And an empty row needs a rule of its own: harmless before the softmax, 0 "
    "after it.",
)
def indexed_without_empty_rows(scores, mask):
    scores = scores.clone()
    scores[~mask] = -torch.inf
    return scores.softmax(-1)


@softmax.mistake(
    "A large negative number shares an empty row out among what is hidden, float16 can't hold it, "
    "and a mask narrower than the scores can't stand in `scores[…]`.",
    "-inf exists in every dtype, and an empty row needs a rule of its own. " + DOES_NOT_STRETCH,
)
def large_number_by_indexing(scores, mask):
    scores = scores.clone()
    scores[~mask] = -1e6
    return scores.softmax(-1)


@softmax.mistake(
    "The scores of the caller were written over, and a narrower mask can't stand in `scores[…]`.",
    "masked_fill gives back a new tensor and leaves the old one as it was. " + DOES_NOT_STRETCH,
)
def written_into_the_scores(scores, mask):
    scores[~mask] = -torch.inf
    return scores.softmax(-1)


@softmax.mistake(
    "`1 - mask`: nothing can be subtracted from a table of True and False.",
    "`~mask` exchanges yes and no place by place, and masked_fill writes -inf there. Adding -1e9 "
    "is no good in an empty row.",
)
def one_minus_mask(scores, mask):
    return (scores + (1 - mask) * -1e9).softmax(-1)


@softmax.mistake(
    "The mask is turned around: the large negative number was added to the visible keys.",
    "True says may attend, and True counts as 1. Write -inf where the mask says *no*, with "
    "masked_fill and ~mask.",
)
def large_number_added_to_visible(scores, mask):
    return (scores - 1e9 * mask.float()).softmax(-1)


@softmax.mistake(
    "Every row that sees something is nan: 0 · ∞ is no number.",
    "`~mask * -inf` is nan where the mask says yes, because it multiplies 0 by -inf there. "
    "masked_fill writes -inf where it is wanted, and touches nothing else.",
)
def zero_times_infinity_with_harmless_rows(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = (scores + ~mask * -torch.inf).masked_fill(empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "The mask was added to the scores, where True counts as 1.",
    "That prefers the visible keys a little, and hides none. Write -inf where the mask says no. "
    "(The empty rows are right.)",
)
def mask_added_but_in_empty_rows(scores, mask):
    return (scores + mask).softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake(
    "A hidden score that is very large leaves nan: the visible weights are rounded to 0 before "
    "they are divided by their sum, and 0 / 0 is nan.",
    "Write -inf over hidden scores before the softmax, and nothing has to be divided again.",
)
def divided_again_beside_empty_rows(scores, mask):
    weights = scores.softmax(-1) * mask
    weights = weights / weights.sum(-1, keepdim=True)
    return weights.masked_fill(~mask.any(-1, keepdim=True), 0.0)


@softmax.mistake("A row of scores far from 0 gives nan.", POWERS_OVERFLOW)
def powers_of_harmless_rows_overflow(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    powers = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0.0).exp()
    return (powers / powers.sum(-1, keepdim=True)).masked_fill(empty, 0.0)
