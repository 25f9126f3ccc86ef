"""02.3: mistakes in the way of the heads: cut, kept apart, and put together again."""

import math

import torch

from attn import scaled_dot_product_attention
from course.checks.lesson_02.merge import interleaved, merge_by_flatten
from course.checks.lesson_02.shared import attend
from course.checks.lesson_02.split.mistakes import every_other_feature, not_moved
from course.checks.lesson_02.split.right import split_by_transpose
from course.checks.lesson_02.together.cases import together
from course.checks.lesson_02.together.right import attend_split, together_by_parts


def attend_by(query, key, value, num_heads, shares):
    """The right way with another step from scores to weights."""
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    weights = shares(query @ key.mT / math.sqrt(query.shape[-1]))
    return merge_by_flatten(weights @ value), weights


CALL_ATTENTION = "A right `attention` does that, with the three split ones."


NO_NUMBER = (
    "attention takes no number of heads.",
    "Split first: after split_heads, the heads are a batch axis, and it goes through those itself.",
)


@together.mistake(*NO_NUMBER)
def number_of_heads_given_on(query, key, value, num_heads):
    return scaled_dot_product_attention(query, key, value, num_heads)


@together.mistake(*NO_NUMBER)
def number_of_heads_given_on_by_name(query, key, value, num_heads):
    return scaled_dot_product_attention(query, key, value, num_heads=num_heads)


@together.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    "A right `attention` has a softmax that is safe.",
)
def heads_overflow(query, key, value, num_heads):
    def shares(scores):
        return scores.exp() / scores.exp().sum(-1, keepdim=True)

    return attend_by(query, key, value, num_heads, shares)


@together.mistake(
    "The softmax runs over the queries.",
    "Each query hands out a budget of 1 over its keys, the last axis. " + CALL_ATTENTION,
)
def softmax_over_queries(query, key, value, num_heads):
    return attend_by(query, key, value, num_heads, lambda scores: scores.softmax(-2))


@together.mistake(
    "The softmax runs over the heads.",
    "Each head has a budget of its own, over the keys: the last axis. " + CALL_ATTENTION,
)
def softmax_over_heads(query, key, value, num_heads):
    return attend_by(query, key, value, num_heads, lambda scores: scores.softmax(1))


@together.mistake(
    "The scores were divided by the root of the number of heads.",
    "Each head's dot product runs over d_head features, so √d_head is its spread. A right "
    "`attention` divides by that.",
)
def scaled_by_num_heads(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads, scale=1 / math.sqrt(num_heads))
    return merge_by_flatten(output), weights


@together.mistake(
    "Right for a batch of one, not for more: sentences and heads were mixed.",
    "Pieces joined or stacked along axis 0 lay all sentences of the first head first, then those "
    "of the second: a view that counts sentences first takes one for the other. A right "
    "split_heads keeps them apart.",
)
def pieces_joined_in_front(query, key, value, num_heads):
    query, key, value = (
        torch.cat(x.chunk(num_heads, dim=-1)).view(len(x), num_heads, x.shape[1], -1)
        for x in (query, key, value)
    )
    output, weights = attend(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "Keys or values were cut with the number of queries.",
    "Often there are as many keys as queries, but not always. A right split_heads reads the size "
    "off the tensor that it is given.",
)
def cut_with_the_number_of_queries(query, key, value, num_heads):
    batch, n_q, d_model = query.shape
    query, key, value = (
        x.view(batch, n_q, num_heads, d_model // num_heads).transpose(1, 2)
        for x in (query, key, value)
    )
    output, weights = attend(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "Heads attended to heads, inside each token.",
    "Attention runs over the last axis but one. After the cut that is num_heads; bring the tokens "
    "there: split_heads ends in (…, n, d_head).",
)
def heads_attend_to_heads_by_hand(query, key, value, num_heads):
    query, key, value = (not_moved(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return output.flatten(2), weights


@together.mistake(
    "Head i took every num_heads-th feature from i on, where d_head features in a row belong to "
    "it.",
    "Head 0 takes the first d_head features, head 1 the next: a right split_heads cuts them so.",
)
def cut_the_other_way_round(query, key, value, num_heads):
    query, key, value = (every_other_feature(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "Every head took features from all over the row, and put its answer back there.",
    "Head 0 takes the first d_head features, head 1 the next, and merge_heads lays the answers in "
    "the same places.",
)
def cut_and_merged_the_other_way_round(query, key, value, num_heads):
    query, key, value = (every_other_feature(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return interleaved(output), weights


@together.mistake(
    "The weights are right, but the features of the heads were interleaved in the output.",
    "Head 0 comes whole, then head 1: a right merge_heads does that.",
)
def merged_interleaved(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return interleaved(output), weights


@together.mistake(
    "All heads looked at the same slice, the first.",
    "Head i begins where head i − 1 ended, at feature i · d_head. A right split_heads cuts them "
    "all.",
)
def first_slice_for_all(query, key, value, num_heads):
    first = (x.chunk(num_heads, dim=-1)[0].repeat(1, 1, num_heads) for x in (query, key, value))
    return together_by_parts(*first, num_heads)


@together.mistake(
    "Only the output and the weights of the last head came back.",
    "In a loop, keep what each head gives, and lay all of it side by side at the end.",
)
def last_head_alone(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return output[:, -1], weights[:, -1]


@together.mistake(
    "Only the output and the weights of the first head came back.",
    "Does `return` stand inside a loop? All heads are laid side by side.",
)
def first_head_alone(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return output[:, 0], weights[:, 0]


@together.mistake(
    "Every head blended all features of the values, not its slice.",
    "The values are cut like queries and keys, so that the output is d_model wide again.",
)
def whole_values_for_each_head(query, key, value, num_heads):
    _, weights = attend_split(query, key, value, num_heads)
    return merge_by_flatten(weights @ value[:, None]), weights


@together.mistake(
    "The weights of the heads were added up.",
    "Give back one table for each head, (batch, num_heads, n_q, n_k): a sum hides who looked "
    "where.",
)
def weights_added(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, weights.sum(dim=1)


@together.mistake(
    "The tables of weights stand one below the other, as if there were more queries.",
    "Each head's table has a place in an axis of its own: torch.stack(tables, dim=1), where "
    "torch.cat lengthens an axis that is there.",
)
def weights_one_below_the_other(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, weights.flatten(1, 2)


@together.mistake(
    "In the weights the heads stand in front of the batch.",
    "The order asked for is (batch, num_heads, n_q, n_k): torch.stack(tables, dim=1).",
)
def weights_with_heads_in_front(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, weights.transpose(0, 1)


@together.mistake(
    "The weights are right, but the outputs of the heads stand in reverse order.",
    "Head 0 comes first.",
)
def heads_in_reverse(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return merge_by_flatten(output.flip(1)), weights


@together.mistake(
    "Nothing was split, and yet the output was merged. Was what split_heads gives back not kept?",
    "split_heads leaves its argument as it is: query = split_heads(query, num_heads), and so on.",
)
def merged_without_a_split(query, key, value, num_heads):
    output, weights = attend(query, key, value)
    return output.transpose(1, 2).flatten(2), weights
