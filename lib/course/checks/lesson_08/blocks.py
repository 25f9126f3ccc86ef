"""08.2: choose whole blocks by their mean keys."""

import math

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_08.shared import ALONG_THE_KEYS, BUILT_HERE, keeps
from course.checks.lesson_08.top_k import best_by_scatter

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
def own_block_forgotten(query, key, block_size, k):
    return keeps(mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT, k)


@blocks.mistake(
    "The own block came on top: some rows have k + 1 blocks.",
    "The own block is one of the k. With infinity on the diagonal *before* the choice it takes one "
    "of the k places.",
)
def own_block_on_top(query, key, block_size, k):
    chosen = own_block_forgotten(query, key, block_size, k)
    return chosen | torch.eye(len(chosen), dtype=torch.bool)


@blocks.mistake(
    "Every row has k + 1 blocks: its own, and k others.",
    "The own block is one of the k: look for the k best of the table, infinity on its diagonal.",
)
def one_block_too_many(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(agreement, k + 1)


@blocks.mistake(
    "The k best were taken over the wrong axis: each block of keys chose its queries.",
    ALONG_THE_KEYS,
)
def blocks_over_wrong_axis(query, key, block_size, k):
    return best_blocks(mean_of_blocks(key, block_size) @ mean_of_blocks(query, block_size).mT, k).mT


@blocks.mistake(
    "Rows and columns are exchanged: blocks of keys go down.",
    "chosen[a, b] says whether the queries of block a read the keys of block b. Queries are rows, "
    "so they stand on the left of the product.",
)
def blocks_exchanged(query, key, block_size, k):
    return best_blocks(mean_of_blocks(key, block_size) @ mean_of_blocks(query, block_size).mT, k)


@blocks.mistake(
    "Keys were compared with keys: the queries do not come into it.",
    "A block of queries asks with its mean *query*: mean queries on the left of the product, mean "
    "keys on the right.",
)
def keys_against_keys(query, key, block_size, k):
    mean_key = mean_of_blocks(key, block_size)
    return best_blocks(mean_key @ mean_key.mT, k)


@blocks.mistake(
    "Queries were compared with queries: the keys do not come into it.",
    "The label of a block is its mean *key*: mean queries on the left of the product, mean keys on "
    "the right.",
)
def queries_against_queries(query, key, block_size, k):
    mean_query = mean_of_blocks(query, block_size)
    return best_blocks(mean_query @ mean_query.mT, k)


@blocks.mistake(
    "The tokens of a block are not neighbours: every so-many-th token was taken together.",
    "A block is a run of block_size tokens: x.view(-1, block_size, d), and its mean along dim=1.",
)
def tokens_far_apart(query, key, block_size, k):
    mean_query, mean_key = (x.view(block_size, -1, x.shape[-1]).mean(dim=0) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, k)


@blocks.mistake(
    "The mean was taken over the blocks, not over the tokens of a block.",
    "x.view(-1, block_size, d) is (blocks, block_size, d). The tokens of a block stand in dim=1.",
)
def mean_over_the_blocks(query, key, block_size, k):
    mean_query, mean_key = (x.view(-1, block_size, x.shape[-1]).mean(dim=0) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, min(k, block_size))


@blocks.mistake(
    "Each block is judged by its first token alone.",
    "The label of a block is the mean of its keys, and it asks with the mean of its queries.",
)
def first_token_alone(query, key, block_size, k):
    return best_blocks(query[::block_size] @ key[::block_size].mT, k)


@blocks.mistake(
    "Each block is labelled by its largest entries, not by its mean key.",
    "With means, the agreement is the mean of all the dot products. With maxima it is not.",
)
def labelled_by_maximum(query, key, block_size, k):
    return best_blocks(
        mean_of_blocks(query, block_size) @ key.unflatten(0, (-1, block_size)).amax(dim=1).mT, k
    )


@blocks.mistake(
    "The blocks that agree least were chosen.",
    "The bar is the k-th best agreement: keep what reaches it (>=), with infinity on the diagonal.",
)
def least_agreement(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(-agreement, k)


@blocks.mistake(
    "The bar itself was left out, so only k - 1 blocks are chosen.",
    "The k-th best belongs to the chosen ones: agreement >= bar, not >.",
)
def bar_left_out(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement > agreement.topk(k, dim=-1).values[..., -1:]


@blocks.mistake(
    "These are the numbers of the chosen blocks.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def numbers_of_blocks(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).indices


@blocks.mistake(
    "These are the agreements of the chosen blocks, not where they stand.",
    "Give back a table of True and False, (blocks, blocks): where the agreement reaches the k-th "
    "best of its row.",
)
def agreements_of_blocks(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return agreement.fill_diagonal_(torch.inf).topk(k, dim=-1).values


@blocks.mistake(
    "The mean was taken over the features of each token.",
    "x.view(-1, block_size, d) is (blocks, block_size, d). Its tokens are averaged, along dim=1, "
    "and the features stay: (blocks, d).",
)
def mean_over_the_features(query, key, block_size, k):
    mean_query, mean_key = (x.view(-1, block_size, x.shape[-1]).mean(dim=-1) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, k)


@blocks.mistake(
    "The own block is never chosen.",
    "A block always reads itself: +infinity on the diagonal, and k places.",
)
def own_block_never(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    agreement = agreement.fill_diagonal_(-torch.inf)
    return agreement >= agreement.topk(k - 1, dim=-1).values[..., -1:]


@blocks.mistake(
    "Nothing is chosen: a softmax of a row with infinity in it is nan.",
    "No weights are needed here. Compare the agreement with the k-th best of its row: `>=`.",
)
def softmax_of_infinity(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_by_scatter(agreement.fill_diagonal_(torch.inf), k) > 0


@blocks.mistake(
    "This is a table of tokens, not of blocks.",
    "The choice is made once for each pair of blocks: (blocks, blocks).",
)
def spread_over_tokens(query, key, block_size, k):
    chosen = blocks_by_loop(query, key, block_size, k)
    return chosen.repeat_interleave(block_size, dim=0).repeat_interleave(block_size, dim=1)
