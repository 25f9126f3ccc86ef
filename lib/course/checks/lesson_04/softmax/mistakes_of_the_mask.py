"""04.3: mistakes with the mask, before the softmax."""

import torch

from course.checks.lesson_04.softmax.cases import softmax
from course.checks.lesson_04.softmax.right import softmax_with_harmless_rows

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
    "`not` was used on a table.",
    "`not` wants a single yes or no, and Python can't make one of a whole table. `~` exchanges yes "
    "and no place by place. (Nor does `if` go with a table; masked_fill looks at each place.)",
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
    "Each row that sees something was made harmless: `empty` is turned around.",
    "`empty` is True already where a row sees nothing. Hand it to masked_fill as it is.",
)
def all_but_the_empty_made_harmless(scores, mask):
    empty = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(~empty, 0.0)
    return scores.softmax(-1).masked_fill(empty, 0.0)


@softmax.mistake(
    "Each row that sees something was made harmless: `empty` is turned around.",
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
