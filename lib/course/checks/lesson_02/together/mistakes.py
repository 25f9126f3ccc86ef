"""02.3: the mistakes that people make."""

import math

from torch import Tensor

from attn import scaled_dot_product_attention
from course.checks.lesson_02.merge import merge_by_flatten, reshaped_only
from course.checks.lesson_02.shared import AXES_BY_NAME, attend
from course.checks.lesson_02.split.mistakes import not_moved, renamed_axes
from course.checks.lesson_02.split.right import split_by_transpose
from course.checks.lesson_02.together.cases import together
from course.checks.lesson_02.together.right import attend_split, together_by_parts


@together.mistake(
    "The scores were divided by √d_model.",
    "Each head's dot product runs over d_head features only, so √d_head is its spread. A right "
    "`attention` divides by that, if it gets the queries after the split.",
)
def scaled_by_d_model(query, key, value, num_heads):
    output, weights = attend_split(
        query, key, value, num_heads, scale=1 / math.sqrt(query.shape[-1])
    )
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores were divided twice, by √d_head and by √d_model.",
    "Once is enough, by √d_head, which a right `attention` does: hand it the queries as they are.",
)
def scaled_twice(query, key, value, num_heads):
    d_model = query.shape[-1]
    scale = math.sqrt(num_heads / d_model) / math.sqrt(d_model)
    output, weights = attend_split(query, key, value, num_heads, scale=scale)
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores are not scaled.",
    "Divide by √d_head before the softmax, or let `attention` do it.",
)
def heads_not_scaled(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads, scale=1.0)
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores were divided by d_head in all, not by its square root.",
    "The spread of a dot product grows with √d_head. A right `attention` divides by that, once: "
    "hand it the queries as they are.",
)
def divided_by_d_head(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads, scale=num_heads / query.shape[-1])
    return merge_by_flatten(output), weights


@together.mistake(
    "The values were not split.",
    "Each head blends its own slice of the values: give value to split_heads as well.",
)
def values_not_split(query, key, value, num_heads):
    query, key = split_by_transpose(query, num_heads), split_by_transpose(key, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    assert weights is not None
    return merge_by_flatten(output), weights


@together.mistake(
    "Both results of attention were taken for one tensor.",
    "attention gives back two things: output, weights = attention(…). Merge the output.",
)
def both_merged(query, key, value, num_heads):
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    return merge_by_flatten(scaled_dot_product_attention(query, key, value))  # type: ignore[arg-type]


@together.mistake(
    "Nothing was split: this is one head over all features.",
    "Give all three, query, key and value, to split_heads before they attend.",
)
def one_wide_head(query, key, value, num_heads):
    return attend(query, key, value)


@together.mistake(
    "Heads attended to heads, inside each token.",
    "Attention runs over the last axis but one. After the cut that is num_heads; bring the tokens "
    "there. Does split_heads end in (…, n, d_head)?",
)
def heads_attend_to_heads(query, key, value, num_heads):
    query, key, value = (not_moved(x, num_heads) for x in (query, key, value))
    output, weights = scaled_dot_product_attention(query, key, value)
    assert weights is not None
    return output.flatten(2), weights


@together.mistake(
    "The heads were made by renaming axes: each holds numbers of some tokens only.",
    "A right split_heads cuts all three. " + AXES_BY_NAME,
)
def split_by_renaming(query, key, value, num_heads):
    query, key, value = (renamed_axes(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "The heads were made and merged by renaming axes.",
    "A right split_heads and a right merge_heads exchange two axes. " + AXES_BY_NAME,
)
def renamed_twice(query, key, value, num_heads):
    query, key, value = (renamed_axes(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return reshaped_only(output), weights


@together.mistake(
    "The weights are right, but the heads were merged by renaming axes.",
    "The output is (batch, num_heads, n_q, d_head): a right merge_heads brings the tokens in "
    "front first.",
)
def merged_by_renaming(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return reshaped_only(output), weights


@together.mistake(
    "The weights are right, but the heads' outputs were joined without bringing the tokens in "
    "front.",
    "The output is (batch, num_heads, n_q, d_head), and flatten(2) alone joins n_q and d_head. "
    "A right merge_heads exchanges two axes first.",
)
def flattened_only(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return output.flatten(2), weights


@together.mistake(
    "The heads have attended, but they are not merged.",
    "One step is left: merge_heads for the output. The weights stay one table for each head.",
)
def not_merged(query, key, value, num_heads):
    return attend_split(query, key, value, num_heads)


@together.mistake(
    "The weights of the heads were averaged.",
    "Give back one table for each head, (batch, num_heads, n_q, n_k): the mean hides who looked "
    "where.",
)
def weights_averaged(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, weights.mean(dim=1)


@together.mistake(
    "The weights were merged as well.",
    "Only the output is merged. The weights stay one table for each head.",
)
def weights_merged(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, merge_by_flatten(weights)


@together.mistake(
    "The outputs of the heads were added up.",
    "Lay them side by side with merge_heads, so that the output is d_model wide again.",
)
def outputs_added(query, key, value, num_heads):
    output, weights = attend_split(query, key, value, num_heads)
    return output.sum(dim=1), weights


@together.mistake(
    "Keys and values are exchanged.",
    "`attention` wants query, key, value, in this order.",
)
def keys_as_values(query, key, value, num_heads):
    return together_by_parts(query, value, key, num_heads)


@together.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Split value, and blend that.",
)
def keys_blended(query, key, value, num_heads):
    return together_by_parts(query, key, key, num_heads)


@together.mistake(
    "Queries and keys are exchanged.",
    "`attention` wants query, key, value, in this order.",
)
def queries_and_keys_exchanged(query, key, value, num_heads):
    return together_by_library(key, query, value, num_heads)


SPLIT_ALL = "Each head needs its slice of all three: give query, key and value to split_heads."


@together.mistake("The keys were not split.", SPLIT_ALL)
def keys_not_split(query, key, value, num_heads):
    query, value = split_by_transpose(query, num_heads), split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake("The queries were not split.", SPLIT_ALL)
def queries_not_split(query, key, value, num_heads):
    key, value = split_by_transpose(key, num_heads), split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake("Only the values were split.", SPLIT_ALL)
def values_split_alone(query, key, value, num_heads):
    value = split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "The number of heads is a fixed 2.",
    "How many heads there are comes in as an argument: split_heads(query, num_heads).",
)
def always_two_heads(query, key, value, num_heads):
    return together_by_library(query, key, value, 2)


FROM_QUERY = (
    "Each is split from the argument of its own name: split_heads(key, num_heads), and so on."
)


@together.mistake("Keys and values were taken from the query.", FROM_QUERY)
def all_from_query(query, key, value, num_heads):
    return together_by_library(query, query, query, num_heads)


@together.mistake("The keys were taken from the query.", FROM_QUERY)
def keys_from_query(query, key, value, num_heads):
    return together_by_library(query, query, value, num_heads)


@together.mistake("The values were taken from the query.", FROM_QUERY)
def values_from_query(query, key, value, num_heads):
    return together_by_library(query, key, query, num_heads)


@together.mistake(
    "A tensor that is split already, with four axes, was taken for one with three. Was it split "
    "again?",
    "After `query = split_heads(query, num_heads)` the name query means the split one. Split each "
    "of query, key and value once.",
)
def split_twice(query, key, value, num_heads):
    query = split_by_transpose(query, num_heads)
    return together_by_library(query, split_by_transpose(query, num_heads), value, num_heads)


def together_by_library(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    """With attn's attention, whose words a learner meets where the shapes do not fit."""
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    output, weights = scaled_dot_product_attention(query, key, value)
    assert weights is not None
    return merge_by_flatten(output), weights


@together.mistake(
    "Output and weights are exchanged.",
    "Give back the blend first: return output, weights.",
)
def exchanged(query, key, value, num_heads):
    output, weights = together_by_parts(query, key, value, num_heads)
    return weights, output
