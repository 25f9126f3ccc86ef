"""02.2: lay the heads side by side again."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_02.shared import AXES_BY_NAME, BUILT_HERE

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


@merge.right_way
def merge_into_an_empty_one(x: Tensor) -> Tensor:
    batch, num_heads, n, d_head = x.shape
    merged = x.new_empty(batch, n, num_heads * d_head)
    for head in range(num_heads):
        merged[..., head * d_head : (head + 1) * d_head] = x[:, head]
    return merged


@merge.mistake(
    "The axes were renamed, not exchanged: features of different tokens stand in one row.",
    "First bring n in front of num_heads again, with transpose, then join the last two axes. "
    + AXES_BY_NAME,
)
def reshaped_only(x):
    batch, _, n, _ = x.shape
    return x.reshape(batch, n, -1)


@merge.mistake(
    "After an exchange, view can't join the axes: the numbers do not lie side by side in memory.",
    "transpose moves no number, it only reads them in another order. reshape and flatten copy "
    "where they have to; view never does.",
)
def view_after_transpose(x):
    batch, _, n, _ = x.shape
    return x.transpose(1, 2).view(batch, n, -1)


@merge.mistake(
    "The axes were joined before they were exchanged.",
    "Backwards means: first transpose, so that n stands in front of the heads again, then flatten.",
)
def joined_too_soon(x):
    return x.flatten(2).transpose(1, 2)


@merge.mistake(
    "The features of the heads are interleaved: the first of each head, then the second of each.",
    "Head 0 comes whole, then head 1. Before you join the last two axes they must be "
    "(num_heads, d_head), in this order.",
)
def interleaved(x):
    return x.permute(0, 2, 3, 1).flatten(2)


@merge.mistake(
    "The last step is missing: heads and features are still two axes.",
    "The axes are in the right order. Join the last two: .flatten(2) or .reshape(batch, n, -1).",
)
def not_joined(x):
    return x.transpose(1, 2)


@merge.mistake(
    "The mean over the heads was taken.",
    "Each head has found something of its own. Lay the features side by side; the mean would "
    "throw away who found what.",
)
def mean_over_heads(x):
    return x.mean(dim=1)


@merge.mistake(
    "The heads were added up.",
    "Lay their features side by side. How they are mixed is for the output projection to learn.",
)
def sum_over_heads(x):
    return x.sum(dim=1)


@merge.mistake(
    "The heads stand one below the other, as if they were more tokens.",
    "The number of tokens stays n; the features of the heads stand side by side, along the last "
    "axis.",
)
def one_below_the_other(x):
    return x.flatten(1, 2)


@merge.mistake(
    "Features and tokens were exchanged inside each head.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2, and leave d_head at "
    "the end.",
)
def turned_inside(x):
    batch, _, n, _ = x.shape
    return x.transpose(2, 3).reshape(batch, n, -1)


@merge.mistake(
    "Features and tokens were exchanged inside each head, and the heads stayed an axis.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2: then num_heads and "
    "d_head are the last two, and flatten(2) joins them.",
)
def turned_and_joined(x):
    return x.transpose(2, 3).flatten(2)


@merge.mistake(
    "Too many axes were joined: the tokens of a sentence stand in one row.",
    "Only num_heads and d_head become one axis. flatten(2) joins from axis 2 on.",
)
def tokens_joined(x):
    return x.transpose(1, 2).flatten(1)


@merge.mistake(
    "The tokens of each head were joined, and the heads stayed an axis.",
    "The last two axes must be num_heads and d_head before you join them: exchange num_heads and "
    "n first.",
)
def tokens_of_a_head_joined(x):
    return x.flatten(2)


@merge.mistake(
    "Tokens and heads were joined to one axis.",
    "After the exchange the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Join the last two.",
)
def tokens_and_heads_joined(x):
    return x.transpose(1, 2).flatten(1, 2)


@merge.mistake(
    "The axes 1 and 3 were exchanged: features stand where tokens should.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2.",
)
def features_in_front(x):
    return x.transpose(1, 3).flatten(2)


@merge.mistake(
    "The axes 1 and 3 were exchanged before the heads were joined.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2.",
)
def features_in_front_reshaped(x):
    batch, num_heads, n, d_head = x.shape
    return x.transpose(1, 3).reshape(batch, n, num_heads * d_head)


@merge.mistake(
    "The sizes n and num_heads are exchanged, where the axes are joined.",
    "x is (batch, num_heads, n, d_head), and asked is (batch, n, num_heads * d_head).",
)
def names_exchanged(x):
    batch, n, num_heads, d_head = x.shape
    return x.transpose(1, 2).reshape(batch, n, num_heads * d_head)


@merge.mistake(
    "The sentences of the batch were laid side by side.",
    "A loop over x runs over its first axis, the batch. The heads are axis 1: x[:, 0], x[:, 1], …",
)
def batch_side_by_side(x):
    return torch.cat(list(x), dim=-1)


@merge.mistake(
    "Sentences and heads were exchanged, and the tokens of each head joined.",
    "The axes are 0: batch, 1: num_heads, 2: n, 3: d_head. Exchange 1 and 2, then join the last "
    "two.",
)
def batch_and_heads_exchanged(x):
    return x.transpose(0, 1).flatten(2)


@merge.mistake(
    "All sentences stand one below the other: batch and tokens were joined as well.",
    "Only the last two axes become one; the batch stays in front.",
)
def sentences_joined(x):
    return x.transpose(1, 2).flatten(2).flatten(0, 1)


@merge.mistake(
    "Only the first head came back.",
    "All heads are laid side by side. Does `return` stand inside a loop?",
)
def first_head_alone(x):
    return x[:, 0]


@merge.mistake(
    "The heads were laid side by side in reverse order.",
    "Head 0 comes first.",
)
def heads_in_reverse(x):
    return merge_by_flatten(x.flip(1))


@merge.mistake(
    "Of each feature only the largest over the heads was kept.",
    "Each head has found something of its own. Lay the features side by side, all of them.",
)
def largest_over_heads(x):
    return x.amax(dim=1)
