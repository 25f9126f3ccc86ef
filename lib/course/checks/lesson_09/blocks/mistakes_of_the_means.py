"""09.2: mistakes in what stands for a block, and how two of them are compared."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_09.blocks.cases import blocks
from course.checks.lesson_09.blocks.right import best_blocks, mean_of_blocks


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
    "The view has its last two axes exchanged, so tokens and features were mixed.",
    "A view cuts in the order of memory, and that is token after token: x.view(-1, block_size, d). "
    "The tokens of a block stand in dim=1.",
)
def features_before_tokens(query, key, block_size, k):
    mean_query, mean_key = (x.view(-1, x.shape[-1], block_size).mean(dim=2) for x in (query, key))
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
    "The mean was taken over the features of each token.",
    "x.view(-1, block_size, d) is (blocks, block_size, d). Its tokens are averaged, along dim=1, "
    "and the features stay: (blocks, d).",
)
def mean_over_the_features(query, key, block_size, k):
    mean_query, mean_key = (x.view(-1, block_size, x.shape[-1]).mean(dim=-1) for x in (query, key))
    return best_blocks(mean_query @ mean_key.mT, k)


@blocks.mistake(
    "Each block asks with its first query alone.",
    "A block asks with the mean of *all* its queries, as the mean of its keys is its label.",
)
def first_query_alone(query, key, block_size, k):
    return best_blocks(query[::block_size] @ mean_of_blocks(key, block_size).mT, k)


@blocks.mistake(
    "Each block is labelled by its first key alone.",
    "The label of a block is the mean of *all* its keys, as it asks with the mean of its queries.",
)
def first_key_alone(query, key, block_size, k):
    return best_blocks(mean_of_blocks(query, block_size) @ key[::block_size].mT, k)


@blocks.mistake(
    "Each block is judged by its last token alone.",
    "The label of a block is the mean of its keys, and it asks with the mean of its queries.",
)
def last_token_alone(query, key, block_size, k):
    last = slice(block_size - 1, None, block_size)
    return best_blocks(query[last] @ key[last].mT, k)


@blocks.mistake(
    "Two blocks are judged by their best pair of tokens.",
    "One lucky pair says little about the rest. The agreement is the mean over all pairs, and that "
    "is the dot product of the means.",
)
def judged_by_the_best_pair(query, key, block_size, k):
    scores = (query @ key.mT).unflatten(0, (-1, block_size)).unflatten(-1, (-1, block_size))
    return best_blocks(scores.amax(dim=(1, 3)), k)


@blocks.mistake(
    "The mean keys were scaled to length 1, so that long ones lost their advantage.",
    "An agreement is a dot product, as a score is: nothing is scaled here.",
)
def keys_of_length_one(query, key, block_size, k):
    mean_query, mean_key = mean_of_blocks(query, block_size), mean_of_blocks(key, block_size)
    return best_blocks(mean_query @ F.normalize(mean_key, dim=-1).mT, k)


@blocks.mistake(
    "The sign of the agreement is lost.",
    "A dot product below 0 says that two blocks disagree. Look for the k largest, not for those "
    "furthest from 0.",
)
def sign_lost(query, key, block_size, k):
    agreement = mean_of_blocks(query, block_size) @ mean_of_blocks(key, block_size).mT
    return best_blocks(agreement.abs(), k)


@blocks.mistake(
    "Queries and keys of a block are represented by their largest entries, not by their mean.",
    "With means, the agreement is the mean of all the dot products. With maxima it is not.",
)
def both_by_maximum(query, key, block_size, k):
    top_query, top_key = (x.unflatten(0, (-1, block_size)).amax(dim=1) for x in (query, key))
    return best_blocks(top_query @ top_key.mT, k)


def own_and_best(agreement: Tensor, k: int) -> Tensor:
    """As the lesson chooses: nothing hides an agreement of another shape."""
    agreement = agreement.fill_diagonal_(torch.inf)
    return agreement >= agreement.topk(k, dim=-1).values[..., -1:]


KEYS_AS_QUERIES = (
    "The mean keys are made as the mean queries are, in the line above: "
    "key.view(-1, block_size, d).mean(dim=1)."
)


@blocks.mistake(
    "The mean keys were taken over the blocks, not over a block's tokens.", KEYS_AS_QUERIES
)
def mean_key_over_the_blocks(query, key, block_size, k):
    mean_key = key.view(-1, block_size, key.shape[-1]).mean(dim=0)
    return own_and_best(mean_of_blocks(query, block_size) @ mean_key.mT, k)


@blocks.mistake("The mean keys were taken over the features of each key.", KEYS_AS_QUERIES)
def mean_key_over_the_features(query, key, block_size, k):
    mean_key = key.view(-1, block_size, key.shape[-1]).mean(dim=-1)
    return own_and_best(mean_of_blocks(query, block_size) @ mean_key.mT, k)


@blocks.mistake(
    "The keys were cut into block_size pieces, not into pieces of block_size.", KEYS_AS_QUERIES
)
def keys_cut_the_other_way(query, key, block_size, k):
    mean_key = key.view(block_size, -1, key.shape[-1]).mean(dim=1)
    return own_and_best(mean_of_blocks(query, block_size) @ mean_key.mT, k)


@blocks.mistake(
    "The tokens of a block of keys are not neighbours: every so-many-th was taken together.",
    KEYS_AS_QUERIES,
)
def keys_far_apart(query, key, block_size, k):
    mean_key = key.view(block_size, -1, key.shape[-1]).mean(dim=0)
    return own_and_best(mean_of_blocks(query, block_size) @ mean_key.mT, k)


ONE_LABEL = "One mean was taken of all keys, so all blocks would have the same label."


@blocks.mistake(ONE_LABEL, KEYS_AS_QUERIES)
def one_label_for_all(query, key, block_size, k):
    return own_and_best(mean_of_blocks(query, block_size) @ key.mean(dim=0).mT, k)


@blocks.mistake(ONE_LABEL, KEYS_AS_QUERIES)
def one_label_in_a_row(query, key, block_size, k):
    return own_and_best(mean_of_blocks(query, block_size) @ key.mean(dim=0, keepdim=True).mT, k)
