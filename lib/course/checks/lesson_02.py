"""The exercises of lesson 02: heads split, merged, computed at once, projected, and compared."""

import math
from collections.abc import Callable
from itertools import permutations
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import scaled_dot_product_attention
from course.checking import Built, Call, Draw, Exercise, Subject, Trouble
from course.checking.compare import difference

BUILT_HERE = (
    "attn.heads",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.multi_head_attention_forward",
)
AXES_BY_NAME = (
    "view and reshape only draw new borders in the same row of numbers. To exchange two axes, "
    "use transpose."
)
WHOLE_NUMBER = (
    "One slash divides to a float, and a size has to be a whole number: d_model // num_heads."
)

# 02.1: cut the features into heads

split = Exercise(
    "02.1",
    returns="heads",
    right="Each head holds its slice of the features of every token.",
    forbids=BUILT_HERE,
)


@split.case("four tokens, six features, two heads (23 is the third feature of the second token)")
def four_tokens(draw: Draw) -> Call:
    tokens, features = torch.tensor([10.0, 20.0, 30.0, 40.0]), torch.arange(1.0, 7.0)
    return Call((tokens[:, None] + features)[None], 2)


@split.case("batch, tokens, heads and d_head all 2")
def split_equal_sizes(draw: Draw) -> Call:
    return Call(draw.tensor(2, 2, 4), 2)


@split.case("batch=2, n=5, d_model=12, num_heads=3")
def split_all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 5, 12), 3)


@split.reference
def slice_by_slice(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    heads = torch.zeros(batch, num_heads, n, d_model // num_heads)
    for head in range(num_heads):
        for feature in range(d_model // num_heads):
            heads[:, head, :, feature] = x[:, :, head * (d_model // num_heads) + feature]
    return heads


@split.right_way
def split_by_transpose(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


@split.right_way
def split_by_stack(x: Tensor, num_heads: int) -> Tensor:
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)


@split.right_way
def split_by_permute(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).permute(0, 2, 1, 3)


@split.mistake(
    "The axes were renamed, not exchanged: each head holds whole tokens, cut into pieces.",
    "First cut the last axis: (batch, n, num_heads, d_head). Then exchange n and num_heads. "
    + AXES_BY_NAME,
)
def renamed_axes(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.reshape(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The heads still stand behind the tokens.",
    "The features are cut as they should be. One step is left: exchange the axes n and num_heads.",
)
def not_moved(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1))


@split.mistake(
    "Every head took features from all over the row: the last axis was cut the other way round.",
    "Head 0 takes the first d_head features, head 1 the next d_head. So num_heads comes first, and "
    "d_head behind it: (batch, n, num_heads, d_head).",
)
def every_other_feature(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, num_heads)).permute(0, 3, 1, 2)


@split.mistake(
    "The number of heads and the width of a head are exchanged.",
    "num_heads is how many heads there are; each is d_model // num_heads wide. (x.split wants "
    "a width, x.chunk a number of pieces.)",
)
def sizes_exchanged(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, num_heads)).transpose(1, 2)


@split.mistake(
    "The axes of heads and features were exchanged; the tokens have not moved.",
    "After the cut the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def last_axes_exchanged(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).transpose(2, 3)


@split.mistake(
    "The axis of the batch was moved.",
    "Sentences stay apart: the batch stays in front. After the cut the axes are 0: batch, 1: n, "
    "2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def batch_moved(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).transpose(0, 1)


@split.mistake(
    "Tokens and features of each head are exchanged.",
    "The order asked for is (batch, num_heads, n, d_head): exchange n and num_heads, and leave "
    "d_head at the end.",
)
def head_turned(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).permute(0, 2, 3, 1)


@split.mistake(
    "The heads came back one by one, not as one tensor.",
    "All heads in one tensor, in an axis of their own: torch.stack(pieces, dim=1) would do it, "
    "or cut the last axis by view.",
)
def loose_heads(x: Tensor, num_heads: int) -> tuple[Tensor, ...]:
    return x.chunk(num_heads, dim=-1)


@split.mistake(
    "The pieces are num_heads wide, and they came back one by one.",
    "x.split wants the width of a piece, x.chunk the number of pieces. And all heads belong in one "
    "tensor, in an axis of their own: cut the last axis by view.",
)
def loose_pieces(x: Tensor, num_heads: int) -> tuple[Tensor, ...]:
    return x.split(num_heads, dim=-1)


@split.mistake(
    "The last size is num_heads where the width of a head should stand.",
    "Each head gets d_model // num_heads features.",
)
def heads_as_wide_as_many(x: Tensor, num_heads: int) -> Tensor:
    batch, n, _ = x.shape
    return x.view(batch, n, num_heads, num_heads).transpose(1, 2)


@split.mistake(
    "The heads stand in front of the batch.",
    "The order asked for is (batch, num_heads, n, d_head): the batch stays the first axis.",
)
def heads_in_front(x: Tensor, num_heads: int) -> Tensor:
    return torch.stack(x.chunk(num_heads, dim=-1))


@split.mistake("The width of a head is a float.", WHOLE_NUMBER)
def float_width_in_view(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.view(batch, n, num_heads, d_model / num_heads).transpose(1, 2)  # type: ignore[call-overload]


@split.mistake("The width of a head is a float.", WHOLE_NUMBER)
def float_width_in_reshape(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.reshape(batch, n, num_heads, d_model / num_heads).transpose(1, 2)  # type: ignore[call-overload]


@split.mistake(
    "The sizes are those of the example, as fixed numbers.",
    "Other inputs have other sizes: batch, n, d_model = x.shape, and d_head is "
    "d_model // num_heads.",
)
def sizes_of_the_example(x: Tensor, num_heads: int) -> Tensor:
    return x.view(2, 5, 3, 4).transpose(1, 2)


@split.mistake(
    "The sizes are those of the example, as fixed numbers, and the heads still stand behind the "
    "tokens.",
    "Other inputs have other sizes: batch, n, d_model = x.shape. And exchange n and num_heads "
    "after the cut.",
)
def sizes_of_the_example_not_moved(x: Tensor, num_heads: int) -> Tensor:
    return x.view(2, 5, 3, 4)


@split.mistake(
    "view was asked for the final shape of the example, as fixed numbers.",
    "Other inputs have other sizes: batch, n, d_model = x.shape. And first cut the last axis, "
    "(batch, n, num_heads, d_head); then exchange n and num_heads.",
)
def final_shape_of_the_example(x: Tensor, num_heads: int) -> Tensor:
    return x.view(2, 3, 5, 4)


AXES_IN_ORDER = (
    "The shape is (batch, n, d_model): batch, n, d_model = x.shape names the sizes in this order."
)


@split.mistake("The names batch and n are exchanged, where x.shape is taken apart.", AXES_IN_ORDER)
def batch_and_n_exchanged(x: Tensor, num_heads: int) -> Tensor:
    n, batch, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


@split.mistake(
    "The names n and d_model are exchanged, where x.shape is taken apart.", AXES_IN_ORDER
)
def n_and_features_exchanged(x: Tensor, num_heads: int) -> Tensor:
    batch, d_model, n = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


CUT_FIRST = (
    "Cut the features while they are the last axis: (batch, n, num_heads, d_head). Exchange axes "
    "1 and 2 only then."
)


@split.mistake("The axes were exchanged before the features were cut.", CUT_FIRST)
def exchanged_before_the_cut(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.transpose(1, 2).reshape(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The axes were exchanged before the features were cut, and n stands before the heads.",
    CUT_FIRST,
)
def exchanged_before_a_cut_in_place(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.transpose(1, 2).reshape(batch, n, num_heads, d_model // num_heads)


@split.mistake("The axes were exchanged before the cut, and view can't cut them there.", CUT_FIRST)
def view_after_exchange(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.transpose(1, 2).view(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The axes 1 and 3 were exchanged: features stand where the heads should.",
    "After the cut the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def features_of_heads_in_front(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 3)


@split.mistake(
    "The tokens were dealt out to the heads, not their features.",
    "Every head sees all tokens, and a slice of each: chunk(num_heads, dim=-1) cuts the features.",
)
def tokens_dealt_out(x: Tensor, num_heads: int) -> Tensor:
    return torch.stack(x.chunk(num_heads, dim=1), dim=1)


# 02.2: lay the heads side by side again

merge = Exercise(
    "02.2",
    returns="merged",
    right="Every token has its features in one row again: the inverse of split_heads.",
    forbids=BUILT_HERE,
)


@merge.case(
    "two heads of three features, four tokens (213: second head, first token, third feature)"
)
def two_heads(draw: Draw) -> Call:
    heads, tokens = torch.tensor([100.0, 200.0]), torch.tensor([10.0, 20.0, 30.0, 40.0])
    return Call((heads[:, None, None] + tokens[:, None] + torch.tensor([1.0, 2.0, 3.0]))[None])


@merge.case("batch, heads, tokens and d_head all 2")
def merge_equal_sizes(draw: Draw) -> Call:
    return Call(draw.tensor(2, 2, 2, 2))


@merge.case("batch=2, num_heads=3, n=5, d_head=4")
def merge_all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5, 4))


@merge.reference
def side_by_side(x: Tensor) -> Tensor:
    return torch.cat([x[:, head] for head in range(x.shape[1])], dim=-1)


@merge.right_way
def merge_by_flatten(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


@merge.right_way
def merge_by_reshape(x: Tensor) -> Tensor:
    batch, num_heads, n, d_head = x.shape
    return x.permute(0, 2, 1, 3).reshape(batch, n, num_heads * d_head)


@merge.right_way
def merge_by_contiguous_view(x: Tensor) -> Tensor:
    batch, _, n, _ = x.shape
    return x.transpose(1, 2).contiguous().view(batch, n, -1)


@merge.mistake(
    "The axes were renamed, not exchanged: features of different tokens stand in one row.",
    "First bring n in front of num_heads again, with transpose, then join the last two axes. "
    + AXES_BY_NAME,
)
def reshaped_only(x: Tensor) -> Tensor:
    batch, _, n, _ = x.shape
    return x.reshape(batch, n, -1)


@merge.mistake(
    "After transpose, view can't join the axes: the numbers do not lie side by side in memory.",
    "transpose moves no number, it only reads them in another order. reshape and flatten copy "
    "where they have to; view never does.",
)
def view_after_transpose(x: Tensor) -> Tensor:
    batch, _, n, _ = x.shape
    return x.transpose(1, 2).view(batch, n, -1)


@merge.mistake(
    "The axes were joined before they were exchanged.",
    "Backwards means: first transpose, so that n stands in front of the heads again, then flatten.",
)
def joined_too_soon(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)


@merge.mistake(
    "The features of the heads are interleaved: the first of each head, then the second of each.",
    "Head 0 comes whole, then head 1. Before you join the last two axes they must be "
    "(num_heads, d_head), in this order.",
)
def interleaved(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(2)


@merge.mistake(
    "The last step is missing: heads and features are still two axes.",
    "The axes are in the right order. Join the last two: .flatten(2) or .reshape(batch, n, -1).",
)
def not_joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2)


@merge.mistake(
    "The mean over the heads was taken.",
    "Each head has found something of its own. Lay the features side by side; the mean would "
    "throw away who found what.",
)
def mean_over_heads(x: Tensor) -> Tensor:
    return x.mean(dim=1)


@merge.mistake(
    "The heads were added up.",
    "Lay their features side by side. How they are mixed is for the output projection to learn.",
)
def sum_over_heads(x: Tensor) -> Tensor:
    return x.sum(dim=1)


@merge.mistake(
    "The heads stand one below the other, as if they were more tokens.",
    "The number of tokens stays n; the features of the heads stand side by side, along the last "
    "axis.",
)
def one_below_the_other(x: Tensor) -> Tensor:
    return x.flatten(1, 2)


@merge.mistake(
    "Features and tokens were exchanged inside each head.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2, and leave d_head at "
    "the end.",
)
def turned_inside(x: Tensor) -> Tensor:
    batch, _, n, _ = x.shape
    return x.transpose(2, 3).reshape(batch, n, -1)


@merge.mistake(
    "Features and tokens were exchanged inside each head, and the heads stayed an axis.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2: then num_heads and "
    "d_head are the last two, and flatten(2) joins them.",
)
def turned_and_joined(x: Tensor) -> Tensor:
    return x.transpose(2, 3).flatten(2)


@merge.mistake(
    "Too many axes were joined: the tokens of a sentence stand in one row.",
    "Only num_heads and d_head become one axis. flatten(2) joins from axis 2 on.",
)
def tokens_joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(1)


@merge.mistake(
    "The tokens of each head were joined, and the heads stayed an axis.",
    "The last two axes must be num_heads and d_head before you join them: exchange num_heads and "
    "n first.",
)
def tokens_of_a_head_joined(x: Tensor) -> Tensor:
    return x.flatten(2)


@merge.mistake(
    "Tokens and heads were joined to one axis.",
    "After the exchange the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Join the last two.",
)
def tokens_and_heads_joined(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(1, 2)


@merge.mistake(
    "The axes 1 and 3 were exchanged: features stand where tokens should.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2.",
)
def features_in_front(x: Tensor) -> Tensor:
    return x.transpose(1, 3).flatten(2)


@merge.mistake(
    "The axes 1 and 3 were exchanged before the heads were joined.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2.",
)
def features_in_front_reshaped(x: Tensor) -> Tensor:
    batch, num_heads, n, d_head = x.shape
    return x.transpose(1, 3).reshape(batch, n, num_heads * d_head)


@merge.mistake(
    "The names n and num_heads are exchanged, where x.shape is taken apart.",
    "The shape is (batch, num_heads, n, d_head): name its sizes in this order.",
)
def names_exchanged(x: Tensor) -> Tensor:
    batch, n, num_heads, d_head = x.shape
    return x.transpose(1, 2).reshape(batch, n, num_heads * d_head)


@merge.mistake(
    "The sentences of the batch were laid side by side.",
    "A loop over x runs over its first axis, the batch. The heads are axis 1: x[:, 0], x[:, 1], …",
)
def batch_side_by_side(x: Tensor) -> Tensor:
    return torch.cat(list(x), dim=-1)


# 02.3: all heads in one batched product

together = Exercise(
    "02.3",
    returns=("output", "weights"),
    right="All heads at once, and each with a budget of its own.",
    forbids=BUILT_HERE,
)


@together.case("three queries, two keys, d_model=4, two heads")
def whole_numbers(draw: Draw) -> Call:
    query = torch.tensor([[[2.0, 0.0, 0.0, 1.0], [0.0, 1.0, 3.0, 0.0], [-1.0, 0.0, 0.0, 2.0]]])
    key = torch.tensor([[[1.0, 0.0, 0.0, 2.0], [0.0, 2.0, 1.0, 0.0]]])
    value = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 9.0]]])
    return Call(query, key, value, 2)


@together.case("three sentences of three tokens, three heads, d_head=3")
def all_three(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 9), draw.tensor(3, 3, 9), draw.tensor(3, 3, 9), 3)


@together.case("batch=2, n_q=4, n_k=5, d_model=18, num_heads=3")
def other_queries(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4, 18), draw.tensor(2, 5, 18), draw.tensor(2, 5, 18), 3)


@together.reference
def head_by_head(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = query.double(), key.double(), value.double()
    d_head, n_k = query.shape[-1] // num_heads, key.shape[1]
    # PyTorch's own function gives no weights back; blending the identity matrix shows them.
    identity = torch.eye(n_k, dtype=key.dtype).expand(key.shape[0], n_k, n_k)
    outputs, weights = [], []
    for head in range(num_heads):
        q, k, v = (x[..., head * d_head : (head + 1) * d_head] for x in (query, key, value))
        outputs.append(F.scaled_dot_product_attention(q, k, v))
        weights.append(F.scaled_dot_product_attention(q, k, identity))
    return torch.cat(outputs, dim=-1), torch.stack(weights, dim=1)


def attend(
    query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """Attention with any scale: the mistakes below are made of it."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = (query @ key.mT * scale).softmax(dim=-1)
    return weights @ value, weights


def attend_split(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int, *, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """The heads' outputs, not merged: (batch, num_heads, n_q, d_head), and their weights."""
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    return attend(query, key, value, scale=scale)


@together.right_way
def together_by_parts(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads)
    return merge_by_flatten(output), weights


@together.right_way
def together_by_loop(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    pieces = (x.chunk(num_heads, dim=-1) for x in (query, key, value))
    heads = [scaled_dot_product_attention(*piece) for piece in zip(*pieces, strict=True)]
    outputs, weights = zip(*heads, strict=True)
    return torch.cat(outputs, dim=-1), torch.stack(weights, dim=1)


@together.mistake(
    "The scores were divided by √d_model.",
    "Each head's dot product runs over d_head features only, so √d_head is its spread. "
    "`attention` does that by itself, if it gets the queries after the split.",
)
def scaled_by_d_model(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(
        query, key, value, num_heads, scale=1 / math.sqrt(query.shape[-1])
    )
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores were scaled twice.",
    "`attention` divides by √d_head already: hand it the queries as they are, without √d_model.",
)
def scaled_twice(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    d_model = query.shape[-1]
    scale = math.sqrt(num_heads / d_model) / math.sqrt(d_model)
    output, weights = attend_split(query, key, value, num_heads, scale=scale)
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores are not scaled.",
    "Divide by √d_head before the softmax, or let `attention` do it.",
)
def heads_not_scaled(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads, scale=1.0)
    return merge_by_flatten(output), weights


@together.mistake(
    "The scores were divided by d_head; its root is missing.",
    "The spread of a dot product grows with √d_head. `attention` divides by that for you.",
)
def divided_by_d_head(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads, scale=num_heads / query.shape[-1])
    return merge_by_flatten(output), weights


@together.mistake(
    "The values were not split.",
    "Each head blends its own slice of the values: give value to split_heads as well.",
)
def values_not_split(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key = split_by_transpose(query, num_heads), split_by_transpose(key, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    assert weights is not None
    return merge_by_flatten(output), weights


@together.mistake(
    "merge_heads was given both results of attention at once.",
    "attention gives back two things: output, weights = attention(…). Merge the output.",
)
def both_merged(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> Tensor:
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    return merge_by_flatten(scaled_dot_product_attention(query, key, value))  # type: ignore[arg-type]


@together.mistake(
    "Nothing was split: this is one head over all features.",
    "Give all three, query, key and value, to split_heads before they attend.",
)
def one_wide_head(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return attend(query, key, value)


@together.mistake(
    "Heads attended to heads, inside each token.",
    "Attention runs over the last axis but one. After the cut that is num_heads; bring the tokens "
    "there. Does split_heads end in (…, n, d_head)?",
)
def heads_attend_to_heads(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = (not_moved(x, num_heads) for x in (query, key, value))
    output, weights = scaled_dot_product_attention(query, key, value)
    assert weights is not None
    return output.flatten(2), weights


@together.mistake(
    "The heads were made by renaming axes: each holds whole tokens, cut into pieces.",
    "Use your split_heads for all three. " + AXES_BY_NAME,
)
def split_by_renaming(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = (renamed_axes(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "The heads were made and merged by renaming axes.",
    "Use your split_heads and your merge_heads. " + AXES_BY_NAME,
)
def renamed_twice(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = (renamed_axes(x, num_heads) for x in (query, key, value))
    output, weights = attend(query, key, value)
    return reshaped_only(output), weights


@together.mistake(
    "The weights are right, but the heads were merged by renaming axes.",
    "The output is (batch, num_heads, n_q, d_head): merge_heads brings the tokens in front first.",
)
def merged_by_renaming(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads)
    return reshaped_only(output), weights


@together.mistake(
    "The weights are right, but the heads' outputs were joined without bringing the tokens in "
    "front.",
    "The output is (batch, num_heads, n_q, d_head), and flatten(2) alone joins n_q and d_head. "
    "merge_heads exchanges two axes first.",
)
def flattened_only(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads)
    return output.flatten(2), weights


@together.mistake(
    "The heads have attended, but they are not merged.",
    "One step is left: merge_heads for the output. The weights stay one table for each head.",
)
def not_merged(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> tuple[Tensor, Tensor]:
    return attend_split(query, key, value, num_heads)


@together.mistake(
    "The weights of the heads were averaged.",
    "Give back one table for each head, (batch, num_heads, n_q, n_k): the mean hides who looked "
    "where.",
)
def weights_averaged(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, weights.mean(dim=1)


@together.mistake(
    "The weights were merged as well.",
    "Only the output is merged. The weights stay one table for each head.",
)
def weights_merged(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = together_by_parts(query, key, value, num_heads)
    return output, merge_by_flatten(weights)


@together.mistake(
    "The outputs of the heads were added up.",
    "Lay them side by side with merge_heads, so that the output is d_model wide again.",
)
def outputs_added(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads)
    return output.sum(dim=1), weights


@together.mistake(
    "Keys and values are exchanged.",
    "`attention` wants query, key, value, in this order.",
)
def keys_as_values(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_parts(query, value, key, num_heads)


@together.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Split value, and blend that.",
)
def keys_blended(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_parts(query, key, key, num_heads)


@together.mistake(
    "Queries and keys are exchanged.",
    "`attention` wants query, key, value, in this order.",
)
def queries_and_keys_exchanged(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_library(key, query, value, num_heads)


SPLIT_ALL = "Each head needs its slice of all three: give query, key and value to split_heads."


@together.mistake("The keys were not split.", SPLIT_ALL)
def keys_not_split(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor | None]:
    query, value = split_by_transpose(query, num_heads), split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake("The queries were not split.", SPLIT_ALL)
def queries_not_split(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor | None]:
    key, value = split_by_transpose(key, num_heads), split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake("Only the values were split.", SPLIT_ALL)
def values_split_alone(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor | None]:
    value = split_by_transpose(value, num_heads)
    output, weights = scaled_dot_product_attention(query, key, value)
    return merge_by_flatten(output), weights


@together.mistake(
    "The number of heads is a fixed 2.",
    "How many heads there are comes in as an argument: split_heads(query, num_heads).",
)
def always_two_heads(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_library(query, key, value, 2)


FROM_QUERY = (
    "Each is split from the argument of its own name: split_heads(key, num_heads), and so on."
)


@together.mistake("Keys and values were taken from the query.", FROM_QUERY)
def all_from_query(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_library(query, query, query, num_heads)


@together.mistake("The keys were taken from the query.", FROM_QUERY)
def keys_from_query(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_library(query, query, value, num_heads)


@together.mistake("The values were taken from the query.", FROM_QUERY)
def values_from_query(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    return together_by_library(query, key, query, num_heads)


@together.mistake(
    "A tensor that is split already was split again.",
    "After `query = split_heads(query, num_heads)` the name query means the split one. Split each "
    "of query, key and value once.",
)
def split_twice(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> tuple[Tensor, Tensor]:
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
def exchanged(query: Tensor, key: Tensor, value: Tensor, num_heads: int) -> tuple[Tensor, Tensor]:
    output, weights = together_by_parts(query, key, value, num_heads)
    return weights, output


# 02.4: the whole module, with its four projections

module = Exercise(
    "02.4",
    returns=("output", "weights"),
    right="Project, split, attend, merge, project: the layer of every Transformer.",
    forbids=BUILT_HERE,
)
PROJECTIONS = ("query_proj", "key_proj", "value_proj", "out_proj")


def drawn_state(draw: Draw, d_model: int) -> dict[str, Tensor]:
    """Weights with which projections of standard normal numbers have a deviation of about 1."""
    state = {}
    for name in PROJECTIONS:
        state[f"{name}.weight"] = draw.tensor(d_model, d_model) / math.sqrt(d_model)
        state[f"{name}.bias"] = draw.tensor(d_model) / 2
    return state


class Steady(Call):
    """A call that is made twice: a layer made anew in each call answers otherwise each time."""

    def ask(self, subject: Subject) -> Any:
        first, second = (subject.call(*self.arguments, **self.options) for _ in range(2))
        if not difference(first, second, "answer", 1e-4):
            return first
        words = "the same input gave another answer when it came again"
        raise Trouble("raised", "RuntimeError", words)


@module.case("one query, two keys, d_model=2, two heads")
def smallest_module(draw: Draw) -> Any:
    rows = {
        "query_proj": [[1.0, 0.0], [1.0, 1.0]],
        "key_proj": [[0.0, 1.0], [2.0, 0.0]],
        "value_proj": [[1.0, 2.0], [3.0, 0.0]],
        "out_proj": [[1.0, -1.0], [0.0, 2.0]],
    }
    state = {f"{name}.weight": torch.tensor(rows[name]) for name in PROJECTIONS}
    state |= {f"{name}.bias": torch.tensor([0.0, 1.0]) for name in PROJECTIONS}
    query, key = torch.tensor([[[1.0, -1.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
    value = torch.tensor([[[2.0, 1.0], [-1.0, 3.0]]])
    return Built({"d_model": 2, "num_heads": 2}, Steady(query, key, value), state)


@module.case("self-attention: three sentences of three tokens, d_model=9, three heads")
def module_looks_at_itself(draw: Draw) -> Any:
    x = draw.tensor(3, 3, 9)
    return Built({"d_model": 9, "num_heads": 3}, Steady(x, x, x), drawn_state(draw, 9))


@module.case("batch=2, n_q=4, n_k=5, d_model=12, num_heads=2")
def module_all_different(draw: Draw) -> Any:
    call = Steady(draw.tensor(2, 4, 12), draw.tensor(2, 5, 12), draw.tensor(2, 5, 12))
    return Built({"d_model": 12, "num_heads": 2}, call, drawn_state(draw, 12))


@module.reference
class PyTorchsOwn(nn.Module):
    """nn.MultiheadAttention under the names of this exercise."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.theirs = nn.MultiheadAttention(d_model, num_heads, batch_first=True).double()

    def load_state_dict(self, state: dict[str, Tensor], **_: Any) -> None:  # type: ignore[override]
        self.theirs.load_state_dict(renamed_by_loop(state))

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        query, key, value = query.double(), key.double(), value.double()
        return self.theirs(query, key, value, average_attn_weights=False)


class Projected(nn.Module):
    """The module with its steps apart, so that one of them can be changed."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query_proj, self.key_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.value_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)

    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), self.value_proj(value)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), weights


@module.right_way
class ByParts(Projected):
    pass


@module.right_way
class ByLoop(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_loop(*self.roles(query, key, value), self.num_heads)
        return F.linear(output, self.out_proj.weight, self.out_proj.bias), weights


@module.mistake(
    "The output projection is missing.",
    "The heads lie side by side, but nothing has mixed them yet: out_proj comes last.",
)
class NoOutputProjection(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        return together_by_parts(*self.roles(query, key, value), self.num_heads)


def declare_without_self(name: str) -> None:
    """Whoever forgets `self.` meets a NameError, which names what Python came upon first."""

    def forward(self: Projected, query: Tensor, key: Tensor, value: Tensor) -> None:
        raise NameError(f"name '{name}' is not defined")

    module.mistake(
        f"`{name}` belongs to the object: `self.` is missing.",
        "Inside forward write self.key_proj, self.num_heads and so on.",
    )(type(f"WithoutSelfAt_{name}", (Projected,), {"forward": forward}))


for missing in (*PROJECTIONS, "num_heads"):
    declare_without_self(missing)


class ByHand(Projected):
    """Some of the layers are multiplied out, in place of being called."""

    layers: tuple[str, ...] = ()
    turned = bias = True

    def project(self, name: str, x: Tensor) -> Tensor:
        layer = getattr(self, f"{name}_proj")
        if name not in self.layers:
            return layer(x)
        x = x @ (layer.weight.mT if self.turned else layer.weight)
        return x + layer.bias if self.bias else x

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        query, key = self.project("query", query), self.project("key", key)
        value = self.project("value", value)
        output, weights = together_by_parts(query, key, value, self.num_heads)
        return self.project("out", output), weights


def _whose(layers: str) -> str:
    return "the output is projected" if layers == "out" else f"{', '.join(layers.split())} are"


def declare_by_hand(layers: str, turned: bool, bias: bool) -> None:
    faults = {
        "the weights were not turned": not turned,
        "the biases are missing": not bias,
    }
    named = " and ".join(fault for fault, made in faults.items() if made)
    name = (
        f"ByHand_{layers.replace(' ', '_')}" + "_NotTurned" * (not turned) + "_NoBias" * (not bias)
    )
    steps = {"layers": tuple(layers.split()), "turned": turned, "bias": bias}
    made = type(name, (ByHand,), steps)
    module.mistake(
        f"{named[0].upper()}{named[1:]}, where {_whose(layers)} by hand.",
        "A layer is called like a function, self.key_proj(key): it computes x @ weight.T + bias.",
    )(made)


for layers in ("out", "key value", "key value out", "query key value", "query key value out"):
    for turned, bias in ((False, False), (False, True), (True, False)):
        declare_by_hand(layers, turned, bias)


@module.mistake(
    "A layer was multiplied as if it were a matrix.",
    "nn.Linear holds a matrix and a bias. Call it like a function: self.key_proj(key).",
)
class LayerAsMatrix(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), key @ self.key_proj, value  # type: ignore[operator]


@module.mistake(
    "The weights went through out_proj as well.",
    "Only the output is projected. The weights say who looked where: hand them back as they are.",
)
class WeightsProjected(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), self.out_proj(weights)


@module.mistake(
    "The weights went through out_proj, and the output did not.",
    "It is the output that is projected: return self.out_proj(output), weights.",
)
class WeightsProjectedOnly(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return output, self.out_proj(weights)


@module.mistake(
    "The weights of the heads were averaged.",
    "Give back one table for each head, (batch, num_heads, n_q, n_k): the mean hides who looked "
    "where.",
)
class WeightsAveraged(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = super().forward(query, key, value)
        return output, weights.mean(dim=1)


@module.mistake(
    "Keys and values are exchanged.",
    "attend_with_heads wants the query, the key and the value, in this order.",
)
class KeysAndValuesExchanged(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.value_proj(value), self.key_proj(key)


@module.mistake(
    "The values went through out_proj, in place of value_proj.",
    "out_proj comes last, on what the heads have found.",
)
class ValuesThroughOutput(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), self.out_proj(value)


@module.mistake(
    "out_proj was given both results of attend_with_heads at once.",
    "It gives back two things: output, weights = attend_with_heads(…). Project the output.",
)
class BothProjected(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        return self.out_proj(together_by_parts(*self.roles(query, key, value), self.num_heads))


@module.mistake(
    "Keys and values were made from the query.",
    "In self-attention that is the same; elsewhere it is not. Keys come from key, values from "
    "value.",
)
class QueryForAll(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(query), self.value_proj(query)


@module.mistake(
    "Keys and values were made from the projected query.",
    "Keys come from key, values from value: self.key_proj(key), self.value_proj(value).",
)
class ProjectedQueryForAll(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query = self.query_proj(query)
        return query, self.key_proj(query), self.value_proj(query)


@module.mistake(
    "The query was projected twice.",
    "Its projection is there already. Project key and value, then attend.",
)
class QueryTwice(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(self.query_proj(query)), self.key_proj(key), self.value_proj(value)


@module.mistake(
    "Key and value were not projected.",
    "Each has a layer of its own, as query has: self.key_proj(key), self.value_proj(value).",
)
class OnlyQueryProjected(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), key, value


@module.mistake(
    "The values were made from key, not from value.",
    "Often the two are the same, but not always: self.value_proj(value).",
)
class ValuesFromKey(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), self.value_proj(key)


@module.mistake(
    "The values went through key_proj.",
    "Each role has a layer of its own: self.value_proj(value).",
)
class KeyProjTwice(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), self.key_proj(value)


@module.mistake(
    "The keys went through query_proj.",
    "Each role has a layer of its own: self.key_proj(key).",
)
class QueryProjTwice(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.query_proj(key), self.value_proj(value)


@module.mistake(
    "Query, key and value were not projected.",
    "Without query_proj, key_proj and value_proj the heads can't choose what to ask for.",
)
class NotProjected(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return query, key, value


@module.mistake(
    "The values were not projected.",
    "What a token hands on is self.value_proj(value).",
)
class ValuesNotProjected(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), value


Roles = Callable[[Any, Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]


def declare_roles(name: str, roles: Roles, what: str) -> None:
    """Another way through the first three layers.

    The heads attend by attn's function, whose words a learner meets where shapes do not fit.
    """

    def forward(
        self: Projected, query: Tensor, key: Tensor, value: Tensor
    ) -> tuple[Tensor, Tensor]:
        output, weights = together_by_library(*roles(self, query, key, value), self.num_heads)
        return self.out_proj(output), weights

    module.mistake(what, "Each role has its own input and its own layer: self.key_proj(key).")(
        type(name, (Projected,), {"forward": forward})
    )


for name, what, roles in (
    (
        "KeysNotProjected",
        "The keys were not projected.",
        lambda m, q, k, v: (m.query_proj(q), k, m.value_proj(v)),
    ),
    (
        "QueryNotProjected",
        "The query was not projected: the line that was there is gone.",
        lambda m, q, k, v: (q, m.key_proj(k), m.value_proj(v)),
    ),
    (
        "LayersExchanged",
        "The layers key_proj and value_proj are exchanged.",
        lambda m, q, k, v: (m.query_proj(q), m.value_proj(k), m.key_proj(v)),
    ),
    (
        "ValueProjTwice",
        "The keys went through value_proj.",
        lambda m, q, k, v: (m.query_proj(q), m.value_proj(k), m.value_proj(v)),
    ),
    (
        "QueryProjForAll",
        "All three went through query_proj.",
        lambda m, q, k, v: (m.query_proj(q), m.query_proj(k), m.query_proj(v)),
    ),
    (
        "ValuesThroughQueryProj",
        "The values went through query_proj.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.query_proj(v)),
    ),
    (
        "KeysFromQuery",
        "The keys were made from query, not from key.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(q), m.value_proj(v)),
    ),
    (
        "KeysFromProjectedQuery",
        "The keys were made from the projected query, not from key.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(m.query_proj(q)), m.value_proj(v)),
    ),
    (
        "ValuesFromQuery",
        "The values were made from query, not from value.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(q)),
    ),
    (
        "ValuesFromProjectedQuery",
        "The values were made from the projected query, not from value.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(m.query_proj(q))),
    ),
    (
        "ValuesFromProjectedKey",
        "The values were made from the projected key, not from value.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.value_proj(m.key_proj(k))),
    ),
    (
        "KeysBlended",
        "The keys were blended instead of the values.",
        lambda m, q, k, v: (m.query_proj(q), m.key_proj(k), m.key_proj(k)),
    ),
    (
        "QueriesAndKeysExchanged",
        "Queries and keys are exchanged: attend_with_heads wants query, key, value.",
        lambda m, q, k, v: (m.key_proj(k), m.query_proj(q), m.value_proj(v)),
    ),
):
    declare_roles(name, roles, what)


@module.mistake(
    "A layer was made anew in forward, with numbers drawn anew in each call.",
    "The four layers are there already, and it is their numbers that are learnt: call "
    "self.key_proj(key), and so on.",
)
class FreshLayers(Projected):
    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        d_model = key.shape[-1]
        fresh = nn.Linear(d_model, d_model)(key), nn.Linear(d_model, d_model)(value)
        return self.query_proj(query), *fresh


@module.mistake(
    "The number of heads is a fixed 1.",
    "How many there are was kept by the constructor: self.num_heads.",
)
class AlwaysOneHead(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), 1)
        return self.out_proj(output), weights


@module.mistake(
    "The number of heads is a fixed 2.",
    "How many there are was kept by the constructor: self.num_heads.",
)
class AlwaysTwoHeads(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), 2)
        return self.out_proj(output), weights


@module.mistake(
    "The heads were split twice.",
    "attend_with_heads splits, attends and merges: hand it what the three layers gave back.",
)
class SplitTwice(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        roles = self.roles(query, key, value)
        split_already = (split_by_transpose(x, self.num_heads) for x in roles)
        output, weights = together_by_parts(*split_already, self.num_heads)
        return self.out_proj(output), weights


@module.mistake(
    "The number of heads and the width of a head are exchanged.",
    "The last argument of attend_with_heads is how many heads there are: self.num_heads.",
)
class SizesExchanged(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        d_head = query.shape[-1] // self.num_heads
        output, weights = together_by_parts(*self.roles(query, key, value), d_head)
        return self.out_proj(output), weights


@module.mistake(
    "One head over all features: nothing was split.",
    "attend_with_heads splits, attends and merges: call it with self.num_heads.",
)
class OneWideHead(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = attend(*self.roles(query, key, value))
        return self.out_proj(output), weights


@module.mistake(
    "The query was added to the output.",
    "That is the residual connection of lesson 05, and it stands outside this layer.",
)
class QueryAdded(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = super().forward(query, key, value)
        return query + output, weights


@module.mistake(
    "Output and weights are exchanged.",
    "Give back the projected output first: return output, weights.",
)
class Exchanged(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = super().forward(query, key, value)
        return weights, output


# 02.5: the same weights under PyTorch's names

PYTORCHS_NAMES = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")

renaming = Exercise(
    "02.5",
    returns=PYTORCHS_NAMES,
    right="PyTorch's module can load them: three projections, fused into one.",
    forbids=BUILT_HERE,
)


class Renamed:
    """What a function makes of a state dict, in the order of PyTorch's names."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.arguments = ()
        self.options = {"state": state}

    def ask(self, subject: Subject) -> tuple[Tensor, ...]:
        renamed = subject.call(**self.options)
        if not isinstance(renamed, dict):
            kind = "nothing (None)" if renamed is None else f"a {type(renamed).__name__}"
            raise Trouble("raised", "TypeError", f"load_state_dict wants a dict, and got {kind}")
        if set(renamed) != set(PYTORCHS_NAMES):
            wanted, found = ", ".join(PYTORCHS_NAMES), ", ".join(sorted(renamed)) or "no name"
            words = f"load_state_dict wants the names {wanted}, and found {found}"
            raise Trouble("raised", "KeyError", words)
        return tuple(renamed[name] for name in PYTORCHS_NAMES)


@renaming.case("d_model=2")
def smallest_state(draw: Draw) -> Renamed:
    state = {}
    for place, name in enumerate(PROJECTIONS, start=1):  # 12 is layer 1, place 2
        state[f"{name}.weight"] = 10.0 * place + torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        state[f"{name}.bias"] = 10.0 * place + torch.tensor([5.0, 6.0])
    return Renamed(state)


@renaming.case("d_model=6")
def larger_state(draw: Draw) -> Renamed:
    return Renamed(drawn_state(draw, 6))


@renaming.reference
def renamed_by_loop(state: dict[str, Tensor]) -> dict[str, Tensor]:
    d_model = len(state["query_proj.bias"])
    weight, bias = torch.zeros(3 * d_model, d_model), torch.zeros(3 * d_model)
    for place, name in enumerate(("query_proj", "key_proj", "value_proj")):
        for row in range(d_model):
            weight[place * d_model + row] = state[f"{name}.weight"][row]
            bias[place * d_model + row] = state[f"{name}.bias"][row]
    return fused(weight, bias, state["out_proj.weight"], state["out_proj.bias"])


def fused(*tensors: Tensor) -> dict[str, Tensor]:
    return dict(zip(PYTORCHS_NAMES, tensors, strict=True))


def joined(state: dict[str, Tensor], kind: str, names: str = "query key value") -> Tensor:
    return torch.cat([state[f"{name}_proj.{kind}"] for name in names.split()])


def renamed_with(state: dict[str, Tensor], **changed: Tensor) -> dict[str, Tensor]:
    """The right answer with some of its tensors exchanged: the mistakes below are made of it."""
    right = {
        "in_proj_weight": joined(state, "weight"),
        "in_proj_bias": joined(state, "bias"),
        "out_proj.weight": state["out_proj.weight"],
        "out_proj.bias": state["out_proj.bias"],
    }
    return right | {name.replace("out_proj_", "out_proj."): x for name, x in changed.items()}


@renaming.right_way
def renamed_by_cat(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return renamed_with(state)


@renaming.right_way
def renamed_by_stack(state: dict[str, Tensor]) -> dict[str, Tensor]:
    names = ("query_proj", "key_proj", "value_proj")
    weight = torch.stack([state[f"{name}.weight"] for name in names]).flatten(0, 1)
    bias = torch.stack([state[f"{name}.bias"] for name in names]).flatten()
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


ORDER = "PyTorch cuts its fused weight into three: query, key, value, in this order."


def declare_order(order: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """The three in another order: the weights, the biases, or both."""

    def reordered(state: dict[str, Tensor]) -> dict[str, Tensor]:
        changed = {f"in_proj_{kind}": joined(state, kind, " ".join(order)) for kind in kinds}
        return renamed_with(state, **changed)

    reordered.__name__ = f"{'_'.join(order)}_in_{'_and_'.join(kinds)}"
    whose = "parts" if len(kinds) == 2 else {"weight": "weights", "bias": "biases"}[kinds[0]]
    first, second, third = (
        f"{name.removesuffix('y')}ies" if name == "query" else f"{name}s" for name in order
    )
    renaming.mistake(
        f"The {whose} are in another order: {first} first, then {second}, then {third}.", ORDER
    )(reordered)


for order in permutations(("query", "key", "value")):
    for kinds in (("weight", "bias"), ("weight",), ("bias",)):
        if order != ("query", "key", "value"):
            declare_order(order, kinds)


@renaming.mistake(
    "The three weights stand side by side, along the last axis.",
    "nn.Linear keeps its weight as (d_out, d_in). Three layers become one with three times as many "
    "outputs, so they stand one below the other: torch.cat(…) along axis 0, as without dim.",
)
def weights_side_by_side(state: dict[str, Tensor]) -> dict[str, Tensor]:
    parts = [state[f"{name}_proj.weight"] for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(parts, dim=-1))


@renaming.mistake(
    "A bias has one axis only, so there is no axis 1 along which to join.",
    "The weights stand one below the other as well: torch.cat(…) along axis 0, as without dim.",
)
def joined_along_axis_1(state: dict[str, Tensor]) -> dict[str, Tensor]:
    parts = ("query", "key", "value")
    bias = torch.cat([state[f"{name}_proj.bias"] for name in parts], dim=1)
    return renamed_with(state, in_proj_bias=bias)


@renaming.mistake(
    "The three were stacked: they got an axis of their own.",
    "in_proj_weight has two axes, (3 · d_model, d_model). torch.cat joins along an axis that is "
    "there already; torch.stack makes a new one.",
)
def stacked(state: dict[str, Tensor]) -> dict[str, Tensor]:
    weight, bias = (joined(state, kind).unflatten(0, (3, -1)) for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "The three were added up.",
    "With Python's lists + joins, with tensors it adds. torch.cat joins.",
)
def added_up(state: dict[str, Tensor]) -> dict[str, Tensor]:
    weight, bias = (joined(state, kind).unflatten(0, (3, -1)).sum(0) for kind in ("weight", "bias"))
    return renamed_with(state, in_proj_weight=weight, in_proj_bias=bias)


@renaming.mistake(
    "The three weights were turned.",
    "Both sides keep a weight as (d_out, d_in): nothing has to be turned.",
)
def weights_turned(state: dict[str, Tensor]) -> dict[str, Tensor]:
    parts = [state[f"{name}_proj.weight"].mT for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(parts))


@renaming.mistake(
    "The output weight was turned.",
    "Both sides keep it as (d_out, d_in), under the same name: hand it on as it is.",
)
def output_turned(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return renamed_with(state, out_proj_weight=state["out_proj.weight"].mT)


@renaming.mistake(
    "torch.cat was given the tensors one by one.",
    "It wants one list or tuple of them: torch.cat([a, b, c]).",
)
def arguments_for_a_list(state: dict[str, Tensor]) -> dict[str, Tensor]:
    parts = [state[f"{name}_proj.weight"] for name in ("query", "key", "value")]
    return renamed_with(state, in_proj_weight=torch.cat(*parts))  # type: ignore[arg-type]


def declare_dotted(*kinds: str) -> None:
    """A dot where PyTorch has an underscore."""

    def dotted(state: dict[str, Tensor]) -> dict[str, Tensor]:
        right = renamed_with(state)
        return {
            f"in_proj.{name[8:]}" if name[8:] in kinds and name.startswith("in") else name: tensor
            for name, tensor in right.items()
        }

    dotted.__name__ = f"dotted_{'_and_'.join(kinds)}"
    names = " and ".join(f"in_proj.{kind}" for kind in kinds)
    renaming.mistake(
        f"{names}: the fused ones are written with an underscore.",
        "They are in_proj_weight and in_proj_bias. The dot belongs to out_proj.weight and "
        "out_proj.bias, which are a layer's.",
    )(dotted)


declare_dotted("weight", "bias")
declare_dotted("weight")
declare_dotted("bias")


@renaming.mistake(
    "The names are still ours.",
    "Make a new dict with PyTorch's four names.",
)
def names_unchanged(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return dict(state)


@renaming.mistake(
    "The old names are still among the new ones.",
    "PyTorch's module knows four names and refuses any other: make a new dict.",
)
def old_names_kept(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return state | renamed_with(state)


@renaming.mistake(
    "Nothing came back.",
    "End it with `return {…}`: a dict with PyTorch's four names.",
)
def nothing_returned(state: dict[str, Tensor]) -> None:
    renamed_with(state)


@renaming.mistake(
    "The tensors came back as a tuple, without their names.",
    'Give back a dict, each tensor under its name: {"in_proj_weight": …, …}.',
)
def loose_tensors(state: dict[str, Tensor]) -> tuple[Tensor, ...]:
    return tuple(renamed_with(state).values())


@renaming.mistake(
    "The tensors came back as a list, without their names.",
    'Give back a dict, each tensor under its name: {"in_proj_weight": …, …}.',
)
def listed_tensors(state: dict[str, Tensor]) -> list[Tensor]:
    return list(renamed_with(state).values())


@renaming.mistake(
    "The output projection is missing.",
    "out_proj.weight and out_proj.bias have the same names on both sides, and must come along.",
)
def output_forgotten(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: renamed_with(state)[name] for name in ("in_proj_weight", "in_proj_bias")}


@renaming.mistake(
    "The biases of query, key and value are missing.",
    "They are fused like the weights, under the name in_proj_bias.",
)
def biases_forgotten(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: x for name, x in renamed_with(state).items() if name != "in_proj_bias"}
