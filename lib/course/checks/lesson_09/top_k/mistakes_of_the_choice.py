"""09.1: mistakes in which keys are kept."""

import torch

from course.checks.lesson_09.shared import ALONG_THE_KEYS, keeps
from course.checks.lesson_09.top_k.cases import top_k

OVER_WRONG_AXIS = "The k best were taken over the wrong axis: each key chose its queries."


@top_k.mistake(OVER_WRONG_AXIS, ALONG_THE_KEYS)
def wrong_axis(scores, k):
    return scores.masked_fill(~keeps(scores, k, dim=-2), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "One bar for the whole table: the k best of all scores were kept.",
    "Each query has a bar of its own, the k-th best of its row: topk(k, dim=-1) of the table, and "
    "nothing flattened.",
)
def one_bar_for_all(scores, k):
    bar = scores.flatten().topk(k).values[-1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "One bar for the whole table: the lowest of all rows' bars.",
    "`values[..., -1:]` keeps one bar for each row. A min or max over everything keeps only one.",
)
def lowest_bar_for_all(scores, k):
    bar = scores.topk(k, dim=-1).values.min()
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "topk gives back two things, as sort does, and they were cut as if they were one table.",
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
    "The comparison is turned round: what lies above the bar was hidden.",
    "Keep the scores that reach the bar, and hide those below it: scores < bar.",
)
def hidden_above_the_bar(scores, k):
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores > bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar itself was hidden too, so only k - 1 keys are left.",
    "The k-th best score belongs to the kept ones: hide where scores < bar, not <=.",
)
def bar_hidden(scores, k):
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores <= bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "Only the best key is kept, whatever k says.",
    "topk puts the largest first. The bar is the last of the k: values[..., -1:].",
)
def bar_too_high(scores, k):
    bar = scores.topk(k, dim=-1).values[..., :1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


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


@top_k.mistake(OVER_WRONG_AXIS, ALONG_THE_KEYS + " (There may be fewer queries than k.)")
def best_of_a_column(scores, k):
    bar = scores.topk(k, dim=-2).values[..., -1:, :]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    OVER_WRONG_AXIS, ALONG_THE_KEYS + " And its bar is the last column of what it gives."
)
def last_bar_of_a_column(scores, k):
    bar = scores.topk(k, dim=-2).values[..., -1:]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "argsort's answer was taken for ranks: it holds *places*, the place of the best key first.",
    "The key at the front of argsort is the best one; the number at key j is not the rank of j. "
    "Compare the scores with the k-th best score, and no order is needed.",
)
def argsort_taken_for_ranks(scores, k):
    kept = scores.argsort(dim=-1, descending=True) < k
    return scores.masked_fill(~kept, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar was counted from the worst score, not from the best.",
    "`sort` and `kthvalue` begin with the smallest; `topk` puts the largest first.",
)
def sorted_upwards(scores, k):
    bar = scores.sort(dim=-1).values[..., k - 1, None]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar is one place too low, so k + 1 keys are kept, and there is none where k is all.",
    "Places count from 0: the k-th best stands at place k - 1.",
)
def bar_too_low(scores, k):
    bar = scores.sort(dim=-1, descending=True).values[..., k, None]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar is the mean of the row, whatever k says.",
    "How many keys lie above their mean differs from row to row. The bar is the k-th best score.",
)
def mean_as_bar(scores, k):
    return scores.masked_fill(scores < scores.mean(-1, keepdim=True), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The best were chosen by size, without the sign: one far below 0 counts as one of the best.",
    "The k best are the largest scores themselves, without abs.",
)
def best_in_size(scores, k):
    bar = scores.abs().topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores.abs() < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The softmax counts its axis from the front: dim=1.",
    "dim=1 is the keys in a table, and another axis as soon as a batch stands before. Count from "
    "the end: dim=-1.",
)
def softmax_counts_from_the_front(scores, k):
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=1)
