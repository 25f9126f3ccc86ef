"""17.1: how much a head looks at the token that came next the last time."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

induction = Exercise(
    "17.1",
    returns="score",
    right="With this number you find them in any model.",
    forbids=("course.writing",),
)


@induction.case("a round of three, one map")
def three(draw: Draw) -> Call:
    weights = torch.zeros(6, 6)
    weights[[0, 1, 2], 0] = 1.0
    weights[[3, 4, 5], [1, 2, 3]] = torch.tensor([0.75, 1.0, 0.5])
    weights[[3, 5], [0, 5]] = torch.tensor([0.25, 0.5])
    return Call(weights, 3)


def drawn(draw: Draw, *axes: int, p: int) -> Tensor:
    """Maps of attention that may not look ahead (…, 2 p, 2 p)."""
    scores = 1.5 * draw.tensor(*axes, 2 * p, 2 * p)
    ahead = torch.ones(2 * p, 2 * p).triu(diagonal=1).bool()
    return scores.masked_fill(ahead, -torch.inf).softmax(dim=-1)


@induction.case("four heads, a round of four")
def four_heads(draw: Draw) -> Call:
    return Call(drawn(draw, 4, p=4), 4)


@induction.case("two rows, three layers, five heads, a round of seven")
def layers_and_heads(draw: Draw) -> Call:
    return Call(drawn(draw, 2, 3, 5, p=7), 7)


@induction.case("two rows of two heads, a round of two")
def two(draw: Draw) -> Call:
    return Call(drawn(draw, 2, 2, p=2), 2)


@induction.reference
def cell_by_cell(weights: Tensor, p: int) -> Tensor:
    cells = [weights[..., i, i - p + 1] for i in range(p, 2 * p)]
    total = cells[0]
    for cell in cells[1:]:
        total = total + cell
    return total / p


@induction.right_way
def by_diagonal(weights: Tensor, p: int) -> Tensor:
    return weights.diagonal(1 - p, -2, -1)[..., 1:].mean(-1)


@induction.right_way
def second_round_first(weights: Tensor, p: int) -> Tensor:
    second = weights[..., p:, 1 : p + 1]  # (..., p, p): rows of the second round
    return second.diagonal(dim1=-2, dim2=-1).mean(dim=-1)


@induction.right_way
def by_mask(weights: Tensor, p: int) -> Tensor:
    i = torch.arange(2 * p)
    wanted = (i[:, None] - i == p - 1) & (i[:, None] >= p)
    return (weights * wanted.to(weights.dtype)).sum(dim=(-2, -1)) / p


@induction.right_way
def by_index(weights: Tensor, p: int) -> Tensor:
    rows = torch.arange(p, 2 * p)
    return weights[..., rows, rows - (p - 1)].mean(dim=-1)


# The mistakes

BEHIND = (
    "The token behind the earlier place stands p - 1 back: at place i that is key i - (p - 1), so "
    "the diagonal's offset is -(p - 1)."
)
ALONE = "Each head has its own score: the mean over the diagonal alone, dim=-1."
SECOND = "The diagonal begins at row p - 1, which belongs to the first round: [..., 1:]."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    induction.mistake(what, way_out)(answer)


def diagonal(weights, back):
    return weights.diagonal(-back, -2, -1)  # (..., n - back): from row `back` on


declare(
    "The last row of the first round was counted too.",
    SECOND,
    "first_round_too",
    lambda weights, p: diagonal(weights, p - 1).mean(-1),
)
declare(
    "These are the weights at the same token's earlier place, p back.",
    BEHIND,
    "same_token",
    lambda weights, p: diagonal(weights, p).mean(-1),
)
declare(
    "These are the weights at the token before the earlier place, p + 1 back.",
    BEHIND,
    "before_the_earlier_place",
    lambda weights, p: diagonal(weights, p + 1).mean(-1),
)
declare(
    "The same token's earlier place was taken, p back, and its first row left out.",
    BEHIND,
    "same_token_without_its_first",
    lambda weights, p: diagonal(weights, p)[..., 1:].mean(-1),
)
declare(
    "These are the weights at the token before: that is a previous-token head.",
    BEHIND,
    "token_before",
    lambda weights, p: diagonal(weights, 1).mean(-1),
)
declare(
    "These are the weights at the token before, in the second round: a previous-token head.",
    BEHIND,
    "token_before_in_the_second_round",
    lambda weights, p: diagonal(weights, 1)[..., p - 1 :].mean(-1),
)
declare(
    "These are each token's weights at itself.",
    BEHIND,
    "itself",
    lambda weights, p: diagonal(weights, 0).mean(-1),
)
declare(
    "These are zeros, as they stand right of the main diagonal, at keys that come later.",
    "Rows are queries, columns keys: weights are not turned, and offset=-(p - 1) lies left.",
    "ahead",
    lambda weights, p: diagonal(weights, 1 - p)[..., 1:].mean(-1),
)
declare(
    "These are sums; a score is a mean.",
    "Divide by the p rows of the second round: .mean(dim=-1).",
    "sums",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].sum(-1),
)
declare(
    "The scores are half of what they should be, as if divided by all 2 p rows.",
    "The second round has p rows: the mean over them, .mean(dim=-1).",
    "divided_by_all_rows",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].sum(-1) / (2 * p),
)
declare(
    "The sum over p rows was divided by p + 1, the length of the whole diagonal.",
    "The row of the first round counts neither above nor below: .mean(dim=-1) of what is left.",
    "divided_by_the_diagonal",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].sum(-1) / (p + 1),
)
declare(
    "The last row of the second round is missing, and the first round's is in.",
    "The row to leave out is the first of the diagonal, not the last: [..., 1:].",
    "last_row_left_out",
    lambda weights, p: diagonal(weights, p - 1)[..., :-1].mean(-1),
)
declare(
    "The first row of the second round is missing: it is the diagonal's second entry.",
    SECOND,
    "two_rows_left_out",
    lambda weights, p: diagonal(weights, p - 1)[..., 2:].mean(-1),
)
declare(
    "Only the last row of the second round is in the score.",
    "Of the diagonal, p entries count: all but its first, [..., 1:].",
    "cut_at_p",
    lambda weights, p: diagonal(weights, p - 1)[..., p:].mean(-1),
)
declare(
    "Only the first row of the second round is in the score.",
    "All p rows of the second round count: their mean.",
    "first_row_only",
    lambda weights, p: weights[..., p, 1],
)
declare(
    "The largest weight was taken, not the mean.",
    "A head that looks there once in p rows is no induction head yet: .mean(dim=-1).",
    "largest",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].amax(-1),
)
declare(
    "The mean ran over all heads as well: one number for all.",
    ALONE,
    "one_number",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].mean(),
)
declare(
    "The diagonal came back, a number for each row of the second round.",
    "A head's score is the mean of it: .mean(dim=-1).",
    "no_mean",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:],
)
declare(
    "All the weight that the second round spends on the first round was added up.",
    "One cell of each row counts: that of the token behind the earlier place, p - 1 back.",
    "all_of_the_first_round",
    lambda weights, p: weights[..., p:, :p].sum(-1).mean(-1),
)


@induction.mistake(
    "The diagonal was taken out of the first two axes.",
    "Queries and keys are the last two axes: dim1=-2, dim2=-1.",
)
def first_axes(weights, p):
    return weights.diagonal(1 - p)[..., 1:].mean(-1)


declare(
    "Only the last two rows of the second round are in the score.",
    "Of the diagonal, p entries count: all but its first, [..., 1:].",
    "cut_at_p_minus_1",
    lambda weights, p: diagonal(weights, p - 1)[..., p - 1 :].mean(-1),
)
declare(
    "The last row of the second round is missing, and the sum was divided by all p.",
    "The second round has p rows, from p to 2 p - 1: range(p, 2 * p).",
    "one_row_short",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:-1].sum(-1) / p,
)
declare(
    "The last row of the second round is missing.",
    "The second round has p rows, from p to 2 p - 1: range(p, 2 * p).",
    "without_the_last_row",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:-1].sum(-1) / max(p - 1, 1),
)
declare(
    "These are medians, not means.",
    "A score is the mean of the p weights: .mean(dim=-1).",
    "median",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].median(-1).values,
)
declare(
    "The token before the earlier place was taken, p + 1 back, and its first row left out.",
    BEHIND,
    "before_the_earlier_place_without_its_first",
    lambda weights, p: diagonal(weights, p + 1)[..., 1:].mean(-1),
)
declare(
    "The mean ran over the heads as well: over the axis before the diagonal's, and the diagonal.",
    ALONE,
    "heads_too",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].mean(dim=(-1, -2)),
)
declare(
    "The mean ran over the axis before the diagonal's, the heads, and not over the diagonal.",
    ALONE,
    "heads_not_places",
    lambda weights, p: diagonal(weights, p - 1)[..., 1:].mean(dim=-2),
)
declare(
    "The last row of the first round was added too, and the sum of p + 1 rows divided by p.",
    "The second round has p rows, from p to 2 p - 1: range(p, 2 * p).",
    "first_round_added",
    lambda weights, p: diagonal(weights, p - 1).sum(-1) / p,
)

declare(
    "The mean ran over the square of rows p to 2 p - 1 and keys 1 to p, not over its diagonal.",
    "One cell of each row counts: that of the token behind the earlier place.",
    "whole_square",
    lambda weights, p: weights[..., p:, 1 : p + 1].mean(dim=(-1, -2)),
)
