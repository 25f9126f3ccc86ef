"""08.1: only the best k of each row."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise, Gradient
from course.checks.lesson_08.shared import ALONG_THE_KEYS, BUILT_HERE, keeps

BEFORE = (
    "Hide the other scores with -inf first, and take the softmax of the rest: then they are in "
    "neither the numerator nor the sum."
)
top_k = Exercise(
    "08.1",
    returns="weights",
    right="The best k share the whole budget, and nobody else has any.",
    forbids=BUILT_HERE,
)


@top_k.case("one query, four keys, k = 2")
def one_query(draw: Draw) -> Call:
    return Call(torch.tensor([[8.0, 1.0, 4.0, 2.0]]).log(), 2)


@top_k.case("as many queries as keys")
def square_scores(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), 2)


@top_k.case("k = 1: one key takes all")
def only_the_best(draw: Draw) -> Call:
    return Call(draw.tensor(3, 5), 1)


@top_k.case("k is the number of keys: plain attention")
def all_keys(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), 4)


@top_k.case("a batch of 2, 3 heads, 4 queries, 7 keys")
def many_scores(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 7), draw.integer(3, 5))


@top_k.case("the gradient by the scores")
def gradient_of_the_best(draw: Draw) -> Gradient:
    return Gradient(draw.tensor(3, 6), 3)


def softmax(row: list[Tensor]) -> list[Tensor]:
    powers = [torch.exp(score - max(row)) for score in row]
    return [power / sum(powers) for power in powers]


@top_k.reference
def best_by_sorting(scores: Tensor, k: int) -> Tensor:
    rows = []
    for row in scores.reshape(-1, scores.shape[-1]):
        best = sorted(range(len(row)), key=lambda j: -row[j].item())[:k]
        shares = dict(zip(best, softmax([row[j] for j in best]), strict=True))
        rows.append(torch.stack([shares.get(j, row[j] * 0) for j in range(len(row))]))
    return torch.stack(rows).view(scores.shape)


@top_k.right_way
def best_by_scatter(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)


@top_k.right_way
def best_renormalised(scores: Tensor, k: int) -> Tensor:
    weights = scores.softmax(dim=-1)
    kept = torch.where(keeps(scores, k), weights, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)


@top_k.right_way
def best_by_bar(scores: Tensor, k: int) -> Tensor:
    bar = scores.sort(dim=-1, descending=True).values[..., k - 1, None]
    return torch.where(scores >= bar, scores, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The softmax came before the choice, and nothing was renormalised: mass is lost.",
    "The kept weights were divided by a sum in which all keys count, so they sum to less than 1. "
    + BEFORE,
)
def not_renormalised(scores, k):
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)


@top_k.mistake(
    "The k best were taken over the wrong axis: each key chose its queries.", ALONG_THE_KEYS
)
def wrong_axis(scores, k):
    return scores.masked_fill(~keeps(scores, k, dim=-2), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The softmax runs over the wrong axis: columns sum to 1.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_queries(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2).nan_to_num(0.0)


@top_k.mistake(
    "The softmax runs over the wrong axis: a column where all is hidden becomes nan.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_down_the_columns(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2)


@top_k.mistake(
    "One bar for the whole table: the k best of all scores were kept.",
    "Each query has a bar of its own, the k-th best of its row: topk(k, dim=-1) of the table, and "
    "nothing flattened.",
)
def one_bar_for_all(scores, k):
    bar = scores.flatten().topk(k).values[-1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "One bar for the whole table: the lowest bar of all rows, or the highest.",
    "`values[..., -1:]` keeps one bar for each row. A min or max over everything keeps only one.",
)
def lowest_bar_for_all(scores, k):
    bar = scores.topk(k, dim=-1).values.min()
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The weights were divided by k: a row no longer sums to 1.",
    "A blend divides by the sum of what was kept, not by how many were kept. " + BEFORE,
)
def kept_divided_by_k(scores, k):
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0) / k


@top_k.mistake(
    "topk gives back two things, and they were cut as if they were one table.",
    "Ask for the values first: scores.topk(k, dim=-1).values[..., -1:].",
)
def pair_of_topk_cut(scores, k):
    bar = scores.topk(k, dim=-1)[..., -1:]  # type: ignore[call-overload]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "topk gives back two things, and the scores were compared with both.",
    "Ask for the values, and take the last of each row: scores.topk(k, dim=-1).values[..., -1:].",
)
def pair_of_topk_compared(scores, k):
    return scores.masked_fill(scores < scores.topk(k, dim=-1), -torch.inf)  # type: ignore[operator]


@top_k.mistake(
    "The other scores became 0, not -inf.",
    "e to the power of 0 is 1: a score of 0 still gets weight. Write -torch.inf.",
)
def others_at_zero(scores, k):
    return scores.masked_fill(~keeps(scores, k), 0.0).softmax(dim=-1)


@top_k.mistake(
    "The k worst scores were kept.",
    "The bar is the k-th best score. Hide what lies below it (<), and keep what reaches it.",
)
def worst_kept(scores, k):
    return scores.masked_fill(~keeps(scores, k, largest=False), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The best k were hidden, and the rest kept.",
    "masked_fill writes where it finds True, so ask for the scores below the bar: scores < bar.",
)
def best_hidden(scores, k):
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores >= bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar itself was hidden too, so only k - 1 keys are left.",
    "The k-th best score belongs to the kept ones: hide where scores < bar, not <=.",
)
def bar_hidden(scores, k):
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores <= bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar is the best score, so only one key is left.",
    "topk puts the largest first. The bar is the last of the k: values[..., -1:].",
)
def bar_too_high(scores, k):
    bar = scores.topk(k, dim=-1).values[..., :1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "These are the weights of the k kept keys alone: their places are lost.",
    "Weights are shaped as the scores, with 0 where a key was left out. Compare all scores with "
    "the k-th best, and hide those below it.",
)
def places_lost(scores, k):
    return scores.topk(k, dim=-1).values.softmax(dim=-1)


@top_k.mistake(
    "These are all the weights: nothing was left out.",
    "Only the k best scores of each row take part. Hide the others with -inf before the softmax.",
)
def nothing_left_out(scores, k):
    return scores.softmax(dim=-1)


@top_k.mistake(
    "The bar lost its axis, and was lined up with the keys.",
    "`[..., -1]` gives (n_q,), which PyTorch lines up with the columns. `[..., -1:]` keeps the "
    "axis, (n_q, 1), and each row meets its own bar.",
)
def bar_along_the_keys(scores, k):
    bar = scores.topk(k, dim=-1).values[..., -1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bars of the last query were taken, not the last bar of each query.",
    "`values[-1:]` is the last row. The last *column*, for any axes before it, is "
    "`values[..., -1:]`.",
)
def bars_of_the_last_query(scores, k):
    bar = scores.topk(k, dim=-1).values[-1:]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "Right for one table of scores, but not with axes for batch and heads before it.",
    "`[:, -1:]` counts axes from the front. `[..., -1:]` takes the last column whatever stands "
    "before it.",
)
def bar_counted_from_the_front(scores, k):
    bar = scores.topk(k, dim=-1).values[:, -1:]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "topk gives back two things, the values and their places.",
    "Ask for one of them: scores.topk(k, dim=-1).values.",
)
def both_of_topk(scores, k):
    return scores.topk(k, dim=-1).softmax(dim=-1)  # type: ignore[attr-defined]


@top_k.mistake(
    "All queries share one budget: everything together sums to 1.",
    "Each row has a budget of its own. If you divide by a sum, take it along the row, "
    ".sum(dim=-1, keepdim=True); a softmax of the kept scores needs no division at all.",
)
def one_budget(scores, k):
    kept = torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)
    return kept / kept.sum()


@top_k.mistake(
    "The softmax was taken twice.",
    "Weights are no scores. " + BEFORE,
)
def softmax_twice(scores, k):
    weights = scores.softmax(dim=-1)
    return weights.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The scores themselves came back, with -inf: the softmax is missing.",
    "Turn what is left into weights that sum to 1: softmax(dim=-1).",
)
def no_softmax(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf)
