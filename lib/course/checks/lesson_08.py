"""The exercises of lesson 08: the best keys, the best blocks, patterns, a kernel for a window."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise, Gradient

BUILT_HERE = ("attn",)
BEFORE = (
    "Hide the other scores with -inf first, and take the softmax of the rest: then they are in "
    "neither the numerator nor the sum."
)
ALONG_THE_KEYS = (
    "Each query chooses among its keys. Queries are rows, so the choice runs along a row: dim=-1."
)
FLOATS = "A mask of this course holds True and False, so that masks combine with & and |."

# 08.1: only the best k of each row

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


def keeps(scores: Tensor, k: int, dim: int = -1, largest: bool = True) -> Tensor:
    """True at the k best scores along one axis, shaped as the scores."""
    best = scores.topk(min(k, scores.shape[dim]), dim=dim, largest=largest).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter(dim, best, True)


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
def not_renormalised(scores: Tensor, k: int) -> Tensor:
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)


@top_k.mistake(
    "The k best were taken over the wrong axis: each key chose its queries.", ALONG_THE_KEYS
)
def wrong_axis(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k, dim=-2), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The softmax runs over the wrong axis: columns sum to 1.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_queries(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2).nan_to_num(0.0)


@top_k.mistake(
    "The softmax runs over the wrong axis: a column where all is hidden becomes nan.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_down_the_columns(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-2)


@top_k.mistake(
    "One bar for the whole table: the k best of all scores were kept.",
    "Each query has a bar of its own, the k-th best of its row: topk(k, dim=-1) of the table, and "
    "nothing flattened.",
)
def one_bar_for_all(scores: Tensor, k: int) -> Tensor:
    bar = scores.flatten().topk(k).values[-1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "One bar for the whole table: the lowest bar of all rows, or the highest.",
    "`values[..., -1:]` keeps one bar for each row. A min or max over everything keeps only one.",
)
def lowest_bar_for_all(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values.min()
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The weights were divided by k: a row no longer sums to 1.",
    "A blend divides by the sum of what was kept, not by how many were kept. " + BEFORE,
)
def kept_divided_by_k(scores: Tensor, k: int) -> Tensor:
    return torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0) / k


@top_k.mistake(
    "topk gives back two things, and they were cut as if they were one table.",
    "Ask for the values first: scores.topk(k, dim=-1).values[..., -1:].",
)
def pair_of_topk_cut(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1)[..., -1:]  # type: ignore[call-overload]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "topk gives back two things, and the scores were compared with both.",
    "Ask for the values, and take the last of each row: scores.topk(k, dim=-1).values[..., -1:].",
)
def pair_of_topk_compared(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(scores < scores.topk(k, dim=-1), -torch.inf)  # type: ignore[operator]


@top_k.mistake(
    "The other scores became 0, not -inf.",
    "e to the power of 0 is 1: a score of 0 still gets weight. Write -torch.inf.",
)
def others_at_zero(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), 0.0).softmax(dim=-1)


@top_k.mistake(
    "The k worst scores were kept.",
    "The bar is the k-th best score. Hide what lies below it (<), and keep what reaches it.",
)
def worst_kept(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k, largest=False), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The best k were hidden, and the rest kept.",
    "masked_fill writes where it finds True, so ask for the scores below the bar: scores < bar.",
)
def best_hidden(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores >= bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar itself was hidden too, so only k - 1 keys are left.",
    "The k-th best score belongs to the kept ones: hide where scores < bar, not <=.",
)
def bar_hidden(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[..., -1:]
    return scores.masked_fill(scores <= bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bar is the best score, so only one key is left.",
    "topk puts the largest first. The bar is the last of the k: values[..., -1:].",
)
def bar_too_high(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[..., :1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "These are the weights of the k kept keys alone: their places are lost.",
    "Weights are shaped as the scores, with 0 where a key was left out. Compare all scores with "
    "the k-th best, and hide those below it.",
)
def places_lost(scores: Tensor, k: int) -> Tensor:
    return scores.topk(k, dim=-1).values.softmax(dim=-1)


@top_k.mistake(
    "These are all the weights: nothing was left out.",
    "Only the k best scores of each row take part. Hide the others with -inf before the softmax.",
)
def nothing_left_out(scores: Tensor, k: int) -> Tensor:
    return scores.softmax(dim=-1)


@top_k.mistake(
    "The bar lost its axis, and was lined up with the keys.",
    "`[..., -1]` gives (n_q,), which PyTorch lines up with the columns. `[..., -1:]` keeps the "
    "axis, (n_q, 1), and each row meets its own bar.",
)
def bar_along_the_keys(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[..., -1]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The bars of the last query were taken, not the last bar of each query.",
    "`values[-1:]` is the last row. The last *column*, for any axes before it, is "
    "`values[..., -1:]`.",
)
def bars_of_the_last_query(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[-1:]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "Right for one table of scores, but not with axes for batch and heads before it.",
    "`[:, -1:]` counts axes from the front. `[..., -1:]` takes the last column whatever stands "
    "before it.",
)
def bar_counted_from_the_front(scores: Tensor, k: int) -> Tensor:
    bar = scores.topk(k, dim=-1).values[:, -1:]
    return scores.masked_fill(scores < bar, -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "topk gives back two things, the values and their places.",
    "Ask for one of them: scores.topk(k, dim=-1).values.",
)
def both_of_topk(scores: Tensor, k: int) -> Tensor:
    return scores.topk(k, dim=-1).softmax(dim=-1)  # type: ignore[attr-defined]


@top_k.mistake(
    "All queries share one budget: everything together sums to 1.",
    "Each row has a budget of its own. If you divide by a sum, take it along the row, "
    ".sum(dim=-1, keepdim=True); a softmax of the kept scores needs no division at all.",
)
def one_budget(scores: Tensor, k: int) -> Tensor:
    kept = torch.where(keeps(scores, k), scores.softmax(dim=-1), 0.0)
    return kept / kept.sum()


@top_k.mistake(
    "The softmax was taken twice.",
    "Weights are no scores. " + BEFORE,
)
def softmax_twice(scores: Tensor, k: int) -> Tensor:
    weights = scores.softmax(dim=-1)
    return weights.masked_fill(~keeps(scores, k), -torch.inf).softmax(dim=-1)


@top_k.mistake(
    "The scores themselves came back, with -inf: the softmax is missing.",
    "Turn what is left into weights that sum to 1: softmax(dim=-1).",
)
def no_softmax(scores: Tensor, k: int) -> Tensor:
    return scores.masked_fill(~keeps(scores, k), -torch.inf)


# 08.2: choose whole blocks by their mean keys

blocks = Exercise(
    "08.2",
    returns="chosen",
    right="One dot product for each pair of blocks, and the choice is made.",
    forbids=BUILT_HERE,
)


@blocks.case("three blocks of 2 tokens, k = 2")
def three_blocks(draw: Draw) -> Call:
    query = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1], [2, 1], [1, 0]])
    key = torch.tensor([[0.0, 1], [0, 1], [3, 0], [1, 0], [1, 3], [1, 0]])
    return Call(query, key, 2, 2)


@blocks.case("k = 1: each block reads itself")
def only_itself(draw: Draw) -> Call:
    return Call(draw.tensor(8, 3), draw.tensor(8, 3), 2, 1)


@blocks.case("as many blocks as tokens in a block")
def as_many_blocks_as_tokens(draw: Draw) -> Call:
    return Call(draw.tensor(16, 4), draw.tensor(16, 4), 4, 2)


@blocks.case("seven blocks of 4 tokens")
def seven_blocks(draw: Draw) -> Call:
    return Call(draw.tensor(28, 5), draw.tensor(28, 5), 4, draw.integer(3, 4))


@blocks.reference
def blocks_by_loop(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    count = len(query) // block_size
    chosen = torch.zeros(count, count, dtype=torch.bool)
    for a in range(count):
        asking = query[a * block_size : (a + 1) * block_size].double().mean(dim=0)
        agreement = {}
        for b in range(count):
            label = key[b * block_size : (b + 1) * block_size].double().mean(dim=0)
            agreement[b] = math.inf if a == b else float((asking * label).sum())
        for b in sorted(agreement, key=lambda b: -agreement[b])[:k]:
            chosen[a, b] = True
    return chosen


def mean_of_blocks(x: Tensor, block_size: int) -> Tensor:
    return x.unflatten(0, (-1, block_size)).mean(dim=1)


def best_blocks(agreement: Tensor, k: int) -> Tensor:
    """The own block and the k - 1 best others."""
    return keeps(agreement.clone().fill_diagonal_(torch.inf), k)


@blocks.right_way
def blocks_by_means(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).T, k)


@blocks.right_way
def blocks_by_all_scores(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    # The mean of all scores of a pair of blocks is the score of the means, but costs B² times more.
    scores = (query @ key.mT).unflatten(0, (-1, block_size)).unflatten(-1, (-1, block_size))
    return best_blocks(scores.mean(dim=(1, 3)), k)


@blocks.right_way
def blocks_by_others(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    own = torch.eye(len(agreement), dtype=torch.bool)
    return own | keeps(agreement.masked_fill(own, -torch.inf), k - 1) if k > 1 else own


@blocks.mistake(
    "The own block is not always among the chosen.",
    "Write infinity on the diagonal of the agreement before you look for the k best.",
)
def own_block_forgotten(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return keeps(mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT, k)


@blocks.mistake(
    "The own block came on top: some rows have k + 1 blocks.",
    "The own block is one of the k. With infinity on the diagonal *before* the choice it takes one "
    "of the k places.",
)
def own_block_on_top(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    chosen = own_block_forgotten(query, key, block_size, k)
    return chosen | torch.eye(len(chosen), dtype=torch.bool)


@blocks.mistake(
    "Every row has k + 1 blocks: its own, and k others.",
    "The own block is one of the k: look for the k best of the table, infinity on its diagonal.",
)
def one_block_too_many(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(agreement, k + 1)


@blocks.mistake(
    "The k best were taken over the wrong axis: each block of keys chose its queries.",
    ALONG_THE_KEYS,
)
def blocks_over_wrong_axis(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(mean_of_blocks(key, block_size) @ mean_of_blocks(query, block_size).mT, k).mT


@blocks.mistake(
    "Rows and columns are exchanged: blocks of keys go down.",
    "chosen[a, b] says whether the queries of block a read the keys of block b. Queries are rows, "
    "so they stand on the left of the product.",
)
def blocks_exchanged(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(mean_of_blocks(key, block_size) @ mean_of_blocks(query, block_size).mT, k)


@blocks.mistake(
    "Keys were compared with keys: the queries do not come into it.",
    "A block of queries asks with its mean *query*: mean queries on the left of the product, mean "
    "keys on the right.",
)
def keys_against_keys(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    mean_key = mean_of_blocks(key, block_size)
    return best_blocks(mean_key @ mean_key.mT, k)


@blocks.mistake(
    "Queries were compared with queries: the keys do not come into it.",
    "The label of a block is its mean *key*: mean queries on the left of the product, mean keys on "
    "the right.",
)
def queries_against_queries(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    mean_query = mean_of_blocks(query, block_size)
    return best_blocks(mean_query @ mean_query.mT, k)


@blocks.mistake(
    "The tokens of a block are not neighbours: every so-many-th token was taken together.",
    "A block is a run of block_size tokens: x.view(-1, block_size, d), and its mean along dim=1.",
)
def tokens_far_apart(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    mean_query, mean_key = (x.view(block_size, -1, x.shape[-1]).mean(dim=0) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, k)


@blocks.mistake(
    "The mean was taken over the blocks, not over the tokens of a block.",
    "x.view(-1, block_size, d) is (blocks, block_size, d). The tokens of a block stand in dim=1.",
)
def mean_over_the_blocks(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    mean_query, mean_key = (x.view(-1, block_size, x.shape[-1]).mean(dim=0) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, min(k, block_size))


@blocks.mistake(
    "Each block is judged by its first token alone.",
    "The label of a block is the mean of its keys, and it asks with the mean of its queries.",
)
def first_token_alone(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(query[::block_size] @ key[::block_size].mT, k)


@blocks.mistake(
    "Each block is labelled by its largest entries, not by its mean key.",
    "With means, the agreement is the mean of all the dot products. With maxima it is not.",
)
def labelled_by_maximum(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    return best_blocks(
        mean_of_blocks(query, block_size) @ key.unflatten(0, (-1, block_size)).amax(dim=1).mT, k
    )


@blocks.mistake(
    "The blocks that agree least were chosen.",
    "The bar is the k-th best agreement: keep what reaches it (>=), with infinity on the diagonal.",
)
def least_agreement(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(-agreement, k)


@blocks.mistake(
    "The bar itself was left out, so only k - 1 blocks are chosen.",
    "The k-th best belongs to the chosen ones: agreement >= bar, not >.",
)
def bar_left_out(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement > agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "These are the numbers of the chosen blocks.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def numbers_of_blocks(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).indices


@blocks.mistake(
    "These are the agreements of the chosen blocks, not where they stand.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def agreements_of_blocks(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).values


@blocks.mistake(
    "The mean was taken over the features of each token.",
    "x.view(-1, block_size, d) is (blocks, block_size, d). Its tokens are averaged, along dim=1, "
    "and the features stay: (blocks, d).",
)
def mean_over_the_features(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    mean_query, mean_key = (x.view(-1, block_size, x.shape[-1]).mean(dim=-1) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, k)


@blocks.mistake(
    "The own block is never chosen.",
    "A block always reads itself: +infinity on the diagonal, and k places.",
)
def own_block_never(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(-torch.inf)
    return agreement >= agreement.topk(k - 1, dim=-1).values[..., -1:]


@blocks.mistake(
    "Nothing is chosen: a softmax of a row with infinity in it is nan.",
    "No weights are needed here. Compare the agreement with the k-th best of its row: `>=`.",
)
def softmax_of_infinity(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_by_scatter(agreement.fill_diagonal_(torch.inf), k) > 0


@blocks.mistake(
    "This is a table of tokens, not of blocks.",
    "The choice is made once for each pair of blocks: (blocks, blocks).",
)
def spread_over_tokens(query: Tensor, key: Tensor, block_size: int, k: int) -> Tensor:
    chosen = blocks_by_loop(query, key, block_size, k)
    return chosen.repeat_interleave(block_size, dim=0).repeat_interleave(block_size, dim=1)


# 08.3: a window and global tokens

longformer = Exercise(
    "08.3",
    returns="mask",
    right="Everybody sees the neighbours and the notice board, and the board sees everybody.",
    forbids=BUILT_HERE,
)


@longformer.case("five tokens, a window of 2, no global token")
def window_alone(draw: Draw) -> Call:
    return Call(5, 2, 0)


@longformer.case("five tokens, a window of 1, two global tokens")
def two_global_tokens(draw: Draw) -> Call:
    return Call(5, 1, 2)


@longformer.case("more of everything")
def window_and_global_tokens(draw: Draw) -> Call:
    return Call(draw.integer(10, 60), 4, draw.integer(2, 9))  # even: see `brackets_missing`


def table(n: int, visible: Callable[[int, int], bool]) -> Tensor:
    return torch.tensor([[visible(i, j) for j in range(n)] for i in range(n)])


@longformer.reference
def longformer_by_loop(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) < global_tokens)


@longformer.right_way
def longformer_by_triangles(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.ones(n, n, dtype=torch.bool).triu(1 - window).tril(window - 1)
    mask[:global_tokens] = True
    mask[:, :global_tokens] = True
    return mask


@longformer.right_way
def longformer_by_slices(n: int, window: int, global_tokens: int) -> Tensor:
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, max(0, i - window + 1) : i + window] = True
        mask[i, : n if i < global_tokens else global_tokens] = True
    return mask


@longformer.mistake(
    "The window is off by one: it reaches one place too far.",
    "A window of 1 is the token itself, so the distance has to be *below* the window: <, not <=.",
)
def one_place_too_far(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) <= window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is off by one: it ends one place too early.",
    "A window of 2 holds the token and one neighbour on each side: distances below 2, so 0 and 1.",
)
def one_place_too_early(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window - 1 or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is open on one side: all later keys are visible.",
    "i - j is negative for later keys, and so below any window. Take the distance: (i - j).abs().",
)
def open_to_the_right(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: i - j < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window is open on one side: all earlier keys are visible.",
    "j - i is negative for earlier keys, and so below any window. Take the distance, with .abs().",
)
def open_to_the_left(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: j - i < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window looks to the past only.",
    "Here a token sees its neighbours on both sides: (i - j).abs() is below the window.",
)
def past_only(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: 0 <= i - j < window or min(i, j) < global_tokens)


@longformer.mistake(
    "The window was counted over both sides together.",
    "Some papers count so. Here the distance is below the window, on each side: |i - j| < window.",
)
def both_sides_together(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) <= window // 2 or min(i, j) < global_tokens)


@longformer.mistake(
    "Everybody sees the global tokens, but they do not see everybody.",
    "A board that reads nothing has nothing to tell. Its rows are full, too: i < global_tokens.",
)
def board_that_reads_nothing(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or j < global_tokens)


@longformer.mistake(
    "The global tokens see everybody, but nobody sees them.",
    "A notice board is there to be read. Its columns are full, too: j < global_tokens.",
)
def board_that_nobody_reads(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or i < global_tokens)


@longformer.mistake(
    "The three reasons were joined with &: all of them had to hold.",
    "One reason is enough to see a key. Join them with |.",
)
def joined_with_and(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window and i < global_tokens and j < global_tokens)


@longformer.mistake(
    "Among the global tokens only: query *and* key had to be global.",
    "One of the two is enough: (i < global_tokens) | (j < global_tokens).",
)
def only_among_global(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or (i < global_tokens and j < global_tokens))


@longformer.mistake(
    "Window and global tokens were joined with &: both had to hold.",
    "Near is one reason to see a key, global is another, and one is enough. Join them with |.",
)
def near_and_global(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window and min(i, j) < global_tokens)


@longformer.mistake(
    "Only token 0 is global, whatever global_tokens says.",
    "The first global_tokens places are global, and there may be none: i < global_tokens, not "
    "i == 0.",
)
def only_token_0_is_global(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) == 0)


@longformer.mistake(
    "One global token too many.",
    "Places count from 0: the first two are 0 and 1. So i < global_tokens, not <=.",
)
def one_global_too_many(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window or min(i, j) <= global_tokens)


@longformer.mistake(
    "The global tokens are forgotten: this is the window alone.",
    "A query that is global sees everybody, and a key that is global is seen by everybody.",
)
def global_forgotten(n: int, window: int, global_tokens: int) -> Tensor:
    return table(n, lambda i, j: abs(i - j) < window)


@longformer.mistake(
    "Yes and no are exchanged: True stands where a key is hidden.",
    "In this course True says: this query may attend to this key.",
)
def longformer_turned_around(n: int, window: int, global_tokens: int) -> Tensor:
    return ~longformer_by_loop(n, window, global_tokens)


@longformer.mistake("The mask holds numbers.", FLOATS)
def longformer_as_numbers(n: int, window: int, global_tokens: int) -> Tensor:
    return longformer_by_loop(n, window, global_tokens).float()


@longformer.mistake(
    "Without brackets, | is taken before the comparison.",
    "In Python `a < b | c` means `a < (b | c)`. Put each comparison in brackets of its own.",
)
def brackets_missing(n: int, window: int, global_tokens: int) -> Tensor:
    i, j = torch.arange(n)[:, None], torch.arange(n)
    return (i - j).abs() < window | (i < global_tokens) | (j < global_tokens)


@longformer.mistake(
    "Tables were joined with `or`, or with | between comparisons that have no brackets.",
    "`or` joins single truths; tables are joined place by place, with |. And | binds before <, so "
    "each comparison needs brackets of its own: (a < b) | (c < d).",
)
def joined_with_or(n: int, window: int, global_tokens: int) -> Tensor:
    i, j = torch.arange(n)[:, None], torch.arange(n)
    return ((i - j).abs() < window) or (i < global_tokens) or (j < global_tokens)


@longformer.mistake(
    "The places of the queries do not stand in a column.",
    "Two rows of numbers are compared number by number. A column (n, 1) against a row (n,) gives "
    "the table: [:, None] behind torch.arange(n).",
)
def no_column(n: int, window: int, global_tokens: int) -> Tensor:
    i = j = torch.arange(n)
    return ((i - j).abs() < window) | (i < global_tokens) | (j < global_tokens)


# 08.4: who hears of whom

word_of_mouth = Exercise(
    "08.4",
    returns="heard",
    right="Each layer carries the news one mask further.",
    forbids=BUILT_HERE,
)


@word_of_mouth.case("four tokens in a chain: each hears itself and the one before; 2 layers")
def chain(draw: Draw) -> Call:
    return Call(table(4, lambda i, j: 0 <= i - j < 2), 2)


@word_of_mouth.case("one layer: the mask itself")
def one_layer(draw: Draw) -> Call:
    return Call(table(5, lambda i, j: abs(i - j) < 2), 1)


@word_of_mouth.case("a chain of nine, four layers")
def long_chain(draw: Draw) -> Call:
    return Call(table(9, lambda i, j: 0 <= j - i < 2), 4)


@word_of_mouth.case("some links at random, three layers")
def random_links(draw: Draw) -> Call:
    links = draw.tensor(11, 11) > 1.3
    return Call(links | torch.eye(11, dtype=torch.bool), 3)


@word_of_mouth.reference
def reach_by_walking(mask: Tensor, layers: int) -> Tensor:
    n = len(mask)
    heard = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        told = {i}
        for _ in range(layers):
            told = {j for m in told for j in range(n) if mask[m, j]}
        heard[i, list(told)] = True
    return heard


@word_of_mouth.right_way
def reach_by_power(mask: Tensor, layers: int) -> Tensor:
    return torch.linalg.matrix_power(mask.double(), layers) > 0


@word_of_mouth.right_way
def reach_by_any(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = (mask[:, :, None] & heard[None]).any(dim=1)
    return heard


@word_of_mouth.mistake(
    "One layer too many.",
    "One layer is the mask itself, so only `layers - 1` more steps follow.",
)
def one_layer_too_many(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, layers + 1)


@word_of_mouth.mistake(
    "One layer is missing.",
    "One layer is the mask itself, and each of the `layers - 1` others is one more step. (In a "
    "loop, range(1, layers) has layers - 1 steps already.)",
)
def one_layer_missing(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, max(1, layers - 1))


@word_of_mouth.mistake(
    "The reach doubles in each round: the table was multiplied with itself.",
    "A layer adds one step: the mask stands on one side of the product, what was heard so far on "
    "the other.",
)
def doubled(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, 2 ** (layers - 1))


@word_of_mouth.mistake(
    "This is the mask: no layer was added.",
    "Either no step was taken, or a step that changes nothing. Entry by entry, "
    "True times True or True & True stays as it was. The product that goes through all m in "
    "between is the matrix product, @.",
)
def entry_by_entry(mask: Tensor, layers: int) -> Tensor:
    return mask


@word_of_mouth.mistake(
    "** takes the power of each entry by itself, and 1 to any power is 1.",
    "The product that goes through all m in between is the matrix product, @, once for each "
    "further layer.",
)
def power_of_each_entry(mask: Tensor, layers: int) -> Tensor:
    return mask**layers


@word_of_mouth.mistake(
    "This counts the ways, as numbers.",
    "At least one way is enough: `> 0` makes yes and no of it.",
)
def counted_ways(mask: Tensor, layers: int) -> Tensor:
    return torch.linalg.matrix_power(mask.float(), layers)


@word_of_mouth.mistake(
    "Yes and no as the numbers 1 and 0.",
    FLOATS + " Leave the last .float() out.",
)
def yes_as_numbers(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, layers).float()


@word_of_mouth.mistake(
    "More than one way was asked for.",
    "One way is enough: `> 0`. The product counts the tokens m in between.",
)
def more_than_one_way(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float() > 1
    return heard


@word_of_mouth.mistake(
    "Tellers and hearers are exchanged.",
    "heard[i, j] says that i hears of j, as mask[i, j] says that i may attend to j. Nothing needs "
    "to be turned.",
)
def exchanged(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, layers).mT


@word_of_mouth.mistake(
    "One of the two tables was turned: this asks who reads the same token.",
    "A key of the first step is the query of the second, and `mask @ heard` lines them up as they "
    "are, without .T.",
)
def turned(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float().mT > 0
    return heard


@word_of_mouth.mistake(
    "The mask was turned: it asks who may attend to me, not to whom I may attend.",
    "`mask @ heard` lines the tables up as they are, without .T: mask[i, m] meets heard[m, j].",
)
def mask_turned(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float().T @ heard.float() > 0
    return heard


@word_of_mouth.mistake(
    "Exactly one way was asked for.",
    "The product counts the tokens m in between, and there may be several: `> 0`, not `== 1`.",
)
def exactly_one_way(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard.float() == 1
    return heard


@word_of_mouth.mistake(
    "Always two layers, whatever `layers` says.",
    "The step has to be taken `layers - 1` times, so put it in a loop. For one layer there is "
    "none.",
)
def always_two_layers(mask: Tensor, layers: int) -> Tensor:
    return reach_by_power(mask, 2)


@word_of_mouth.mistake(
    "Everybody hears of everybody from the start.",
    "Begin with what one layer hears, the mask. (Begun from nothing at all, it would be the token "
    "itself: torch.eye.)",
)
def started_from_all(mask: Tensor, layers: int) -> Tensor:
    heard = torch.ones_like(mask)
    for _ in range(layers):
        heard = mask.float() @ heard.float() > 0
    return heard


@word_of_mouth.mistake(
    "Two tables of True and False were multiplied with @.",
    "PyTorch multiplies numbers: mask.float() @ heard.float(), and `> 0` turns the counts back.",
)
def product_of_booleans(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask @ heard
    return heard


@word_of_mouth.mistake(
    "The table was made of numbers for the first product only.",
    "`> 0` turns what was heard back into True and False, so each round needs .float() on both "
    "sides.",
)
def numbers_on_one_side(mask: Tensor, layers: int) -> Tensor:
    heard = mask
    for _ in range(layers - 1):
        heard = mask.float() @ heard > 0
    return heard


# 08.5: a sliding window that forms no table

sliding = Exercise(
    "08.5",
    returns="output",
    right="The same numbers as with the mask, and no far value was read.",
    forbids=BUILT_HERE,
)

NO_MASK = "The mask inside of a block is missing: its queries read all keys of the slice."
ITS_OWN_WINDOW = (
    "The slice serves the whole block. Each query in it has its own window: hide where "
    "|i - j| >= window."
)
PLACES = (
    "Compare places in the text: torch.arange(start, stop)[:, None] for the queries, and "
    "torch.arange(first, last) for the keys."
)


@sliding.case("four tokens, a window of 2")
def four_tokens(draw: Draw) -> Call:
    value = torch.tensor([[1.0], [2.0], [4.0], [8.0]])
    return Call(torch.tensor([[1.0], [0.0], [1.0], [2.0]]), torch.ones(4, 1).cumsum(0), value, 2)


@sliding.case("six tokens of 4 features, a window of 3: two whole blocks")
def two_whole_blocks(draw: Draw) -> Call:
    return Call(draw.tensor(6, 4), draw.tensor(6, 4), draw.tensor(6, 3), 3)


@sliding.case("eleven tokens: the last block is short")
def short_last_block(draw: Draw) -> Call:
    return Call(draw.tensor(11, 4), draw.tensor(11, 4), draw.tensor(11, 5), 4)


@sliding.case("a window that is longer than the text")
def window_longer_than_the_text(draw: Draw) -> Call:
    return Call(draw.tensor(5, 4), draw.tensor(5, 4), draw.tensor(5, 3), 9)


@sliding.case("a batch of 2, 3 heads, 13 tokens")
def batch_and_heads(draw: Draw) -> Call:
    q, k = draw.tensor(2, 3, 13, 6), draw.tensor(2, 3, 13, 6)
    return Call(q, k, draw.tensor(2, 3, 13, 7), draw.integer(3, 5))


@sliding.case("a window of 1, inf in the last value: the first six queries may not read it")
def value_that_nobody_reads(draw: Draw) -> Call:
    query, value = draw.tensor(12, 4), draw.tensor(12, 3)
    value[-1] = torch.inf
    # A block may read a few keys more than it needs, and hide them. So the queries close to that
    # value are inf themselves: their rows are nan in any kernel, and say nothing.
    query[-6:] = torch.inf
    return Call(query, draw.tensor(12, 4), value, 1)


@sliding.reference
def window_query_by_query(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    rows = []
    for i in range(query.shape[-2]):
        near = slice(max(0, i - window + 1), i + window)
        scores = (query[..., i : i + 1, :] * key[..., near, :]).sum(-1) / math.sqrt(query.shape[-1])
        rows.append((scores.softmax(dim=-1)[..., None] * value[..., near, :]).sum(dim=-2))
    return torch.stack(rows, dim=-2)


def window_in_blocks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    window: int,
    *,
    left: int = 1,
    right: int = 1,
    hide: Callable[[Tensor, Tensor], Tensor] | None = None,
    from_zero: bool = False,
    scale: float | None = None,
    dim: int = -1,
) -> Tensor:
    """The loop of the exercise, with a place for each mistake.

    left, right: how many windows to read on each side; hide(i, j): which places are hidden
    """
    n, output = query.shape[-2], []
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    for start in range(0, n, window):
        stop = min(start + window, n)
        first = max(0, start - left * (window - 1))
        last = min(n, stop + right * (window - 1))
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT * scale
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        if from_zero:
            i, j = i - start, j - first
        hidden = (i - j).abs() >= window if hide is None else hide(i, j)
        weights = scores.masked_fill(hidden, -torch.inf).softmax(dim=dim)
        output.append(weights @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.right_way
def window_by_blocks(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window)


@sliding.right_way
def window_by_whole_blocks(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        i = torch.arange(start, min(start + window, n))[:, None]
        j = torch.arange(n)[max(0, start - window + 1) : start + 2 * window - 1]
        bias = torch.zeros(len(i), len(j)).masked_fill((i - j).abs() >= window, -torch.inf)
        rows = query[..., i[:, 0], :] * query.shape[-1] ** -0.5
        weights = torch.softmax(torch.einsum("...id,...jd->...ij", rows, key[..., j, :]) + bias, -1)
        output.append(torch.einsum("...ij,...jd->...id", weights, value[..., j, :]))
    return torch.cat(output, dim=-2)


@sliding.right_way
def window_with_a_wide_slice(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - 2 * window), min(n, stop + 2 * window)
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The window is off by one: each query reads one key too many on each side.",
    "Visible is what lies closer than the window, |i - j| < window, so hide where the distance is "
    ">= window. And a block needs window - 1 further keys on each side, not window.",
)
def window_off_by_one(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    def hide(i: Tensor, j: Tensor) -> Tensor:
        return (i - j).abs() > window

    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        near = slice(max(0, start - window), min(n, stop + window))
        i, j = torch.arange(start, stop)[:, None], torch.arange(n)[near]
        scores = query[..., start:stop, :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        weights = scores.masked_fill(hide(i, j), -torch.inf).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The mask is off by one: a key at the distance `window` is read.",
    "Visible is |i - j| < window, so hide where the distance is >= window, not only > window.",
)
def mask_off_by_one(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() > window)


@sliding.mistake(NO_MASK, ITS_OWN_WINDOW)
def no_mask(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: torch.zeros_like(i + j, dtype=torch.bool)
    )


@sliding.mistake(
    "Each block reads its own keys only, and nothing beyond its border.",
    "The first query of a block also sees window - 1 keys before it, and the last one window - 1 "
    "after it: start - window + 1 to stop + window - 1.",
)
def own_block_only(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, left=0, right=0)


@sliding.mistake(
    "The keys after the block are missing.",
    "The last query of a block sees window - 1 keys after it, so the slice ends at "
    "min(n, stop + window - 1).",
)
def nothing_after_the_block(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, right=0)


@sliding.mistake(
    "The keys before the block are missing.",
    "The first query of a block sees window - 1 keys before it, so the slice begins at "
    "max(0, start - window + 1).",
)
def nothing_before_the_block(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, left=0)


@sliding.mistake(
    "The queries look to the past only.",
    "Here the window is open on both sides: hide where (i - j).abs() >= window, and nothing else.",
)
def looks_back_only(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(
        query, key, value, window, hide=lambda i, j: (i - j >= window) | (j > i)
    )


@sliding.mistake(
    "The distance has no absolute value, so later keys are not hidden.",
    "i - j is negative for later keys: hide where (i - j).abs() >= window.",
)
def later_keys_not_hidden(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, hide=lambda i, j: i - j >= window)


@sliding.mistake(
    "The mask counts places from 0 in each block.", "The slices begin elsewhere. " + PLACES
)
def places_from_zero(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, from_zero=True)


@sliding.mistake(
    "The mask is turned around: the neighbours are hidden, and the others visible.",
    "masked_fill writes where it finds True, so ask for the far ones: (i - j).abs() >= window.",
)
def neighbours_hidden(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, hide=lambda i, j: (i - j).abs() < window)


@sliding.mistake(
    "The scores were not divided by √d_k.",
    "Scaled dot-product attention, as in lesson 01: divide by query.shape[-1] ** 0.5.",
)
def not_scaled(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, scale=1.0)


@sliding.mistake(
    "The scores were divided by d_k, not by its root.",
    "Divide by query.shape[-1] ** 0.5.",
)
def divided_by_d(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, scale=1 / query.shape[-1])


@sliding.mistake(
    "The scores were divided by the root of the values' width.",
    "A score is a sum over the features of query and key: divide by query.shape[-1] ** 0.5.",
)
def scaled_by_the_values(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, scale=value.shape[-1] ** -0.5)


@sliding.mistake(
    "The softmax is missing: the values were weighed with the scores themselves.",
    "Turn the scores of each query into weights that sum to 1: softmax(dim=-1).",
)
def softmax_forgotten(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.masked_fill(far, -torch.inf) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The slice begins one key too late.",
    "The first query of a block stands at start, and sees back to start - window + 1.",
)
def begins_one_key_late(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 2), min(n, stop + window - 1)
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The blocks came back as a list.",
    "Leave the last line as it was: torch.cat(output, dim=-2) puts the blocks one behind "
    "the other.",
)
def list_of_blocks(query: Tensor, key: Tensor, value: Tensor, window: int) -> list[Tensor]:
    return list(window_query_by_query(query, key, value, window).split(window, dim=-2))


@sliding.mistake(
    "The softmax runs over the wrong axis: the queries of a block share a budget.",
    "Each query has one budget for its keys: softmax(dim=-1).",
)
def softmax_over_the_block(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_in_blocks(query, key, value, window, dim=-2)


@sliding.mistake(
    "The far keys were hidden after the softmax: the weights sum to less than 1.",
    "Hide the scores with -inf before the softmax. After it they still count in the sum.",
)
def hidden_after_the_softmax(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.softmax(dim=-1).masked_fill(far, 0.0) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The far keys got a score of 0, not -inf.",
    "e to the power of 0 is 1: a score of 0 still gets weight. Write -torch.inf.",
)
def far_keys_at_zero(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window + 1), start + 2 * window - 1)
        i = torch.arange(n)[start : start + window, None]
        far = (i - torch.arange(n)[near]).abs() >= window
        scores = query[..., i[:, 0], :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        output.append(scores.masked_fill(far, 0.0).softmax(dim=-1) @ value[..., near, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The numbers are right, but some query multiplied a value far outside of its window.",
    "A mask multiplies what is hidden by 0, and 0 · inf is nan. Cut the slice of keys and values "
    "for each block of queries *before* the product.",
)
def whole_table(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    i = torch.arange(query.shape[-2])
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    far = (i[:, None] - i).abs() >= window
    return scores.masked_fill(far, -torch.inf).softmax(dim=-1) @ value


@sliding.mistake(NO_MASK, ITS_OWN_WINDOW)
def no_mask_and_a_wide_slice(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        near = slice(max(0, start - window), start + 2 * window)
        scores = query[..., start : start + window, :] @ key[..., near, :].mT
        weights = (scores / math.sqrt(query.shape[-1])).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


def window_until(
    query: Tensor, key: Tensor, value: Tensor, window: int, end: Callable[[int, int], int]
) -> Tensor:
    """The loop of the exercise, with keys up to end(start, stop)."""
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        near = slice(max(0, start - window + 1), min(n, end(start, stop)))
        i, j = torch.arange(start, stop)[:, None], torch.arange(n)[near]
        scores = query[..., start:stop, :] @ key[..., near, :].mT / math.sqrt(query.shape[-1])
        weights = scores.masked_fill((i - j).abs() >= window, -torch.inf).softmax(dim=-1)
        output.append(weights @ value[..., near, :])
    return torch.cat(output, dim=-2)


ONE_KEY_SHORT = "The slice ends one key too early."
END_LEFT_OUT = (
    "The last query stands at stop - 1 and sees up to stop + window - 2. A slice leaves its end "
    "out, so it ends at stop + window - 1."
)


@sliding.mistake(ONE_KEY_SHORT, END_LEFT_OUT)
def slice_one_key_short(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_until(query, key, value, window, lambda start, stop: stop + window - 2)


@sliding.mistake(
    "The slice ends inside of the block: its last query does not see itself.",
    END_LEFT_OUT,
)
def end_inside_of_the_block(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    return window_until(query, key, value, window, lambda start, stop: start + window - 1)


@sliding.mistake(
    "Right for one head. With axes for batch and heads, the wrong axis is cut.",
    "query[start:stop] cuts the first axis. query[..., start:stop, :] cuts the last but one, "
    "whatever stands before it.",
)
def first_axis_cut(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[start:stop] @ key[first:last].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[first:last])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The places of the queries do not stand in a column.",
    "A column (rows, 1) against a row (columns,) gives the table: [:, None] behind "
    "torch.arange(start, stop).",
)
def places_without_a_column(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop), torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The values were not cut: the weights belong to the keys of the slice only.",
    "Take the same slice of key and value: value[..., first:last, :].",
)
def values_not_cut(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value)
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The slice runs off the beginning: a negative first place counts from the end.",
    "key[..., -3:2, :] is empty, as -3 means the third from the end. Stop at 0: "
    "max(0, start - window + 1).",
)
def off_the_beginning(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = start - window + 1, min(n, stop + window - 1)
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)


@sliding.mistake(
    "The places run off the end: there are fewer keys than places.",
    "A slice stops at the end of the text by itself, torch.arange does not. End both at "
    "min(n, stop + window - 1).",
)
def off_the_end(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    n, output = query.shape[-2], []
    for start in range(0, n, window):
        stop = min(start + window, n)
        first, last = max(0, start - window + 1), stop + window - 1
        scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5
        i, j = torch.arange(start, stop)[:, None], torch.arange(first, last)
        scores = scores.masked_fill((i - j).abs() >= window, -torch.inf)
        output.append(scores.softmax(dim=-1) @ value[..., first:last, :])
    return torch.cat(output, dim=-2)
