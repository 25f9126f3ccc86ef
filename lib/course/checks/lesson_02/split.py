"""02.1: cut the features into heads."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_02.shared import AXES_BY_NAME, BUILT_HERE

WHOLE_NUMBER = (
    "One slash divides to a float, and a size has to be a whole number: d_model // num_heads."
)
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
def renamed_axes(x, num_heads):
    batch, n, d_model = x.shape
    return x.reshape(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The heads still stand behind the tokens.",
    "The features are cut as they should be. One step is left: exchange the axes n and num_heads.",
)
def not_moved(x, num_heads):
    return x.unflatten(-1, (num_heads, -1))


@split.mistake(
    "Every head took features from all over the row: the last axis was cut the other way round.",
    "Head 0 takes the first d_head features, head 1 the next d_head. So num_heads comes first, and "
    "d_head behind it: (batch, n, num_heads, d_head).",
)
def every_other_feature(x, num_heads):
    return x.unflatten(-1, (-1, num_heads)).permute(0, 3, 1, 2)


@split.mistake(
    "The number of heads and the width of a head are exchanged.",
    "num_heads is how many heads there are; each is d_model // num_heads wide. (x.split wants "
    "a width, x.chunk a number of pieces.)",
)
def sizes_exchanged(x, num_heads):
    return x.unflatten(-1, (-1, num_heads)).transpose(1, 2)


@split.mistake(
    "The axes of heads and features were exchanged; the tokens have not moved.",
    "After the cut the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def last_axes_exchanged(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).transpose(2, 3)


@split.mistake(
    "The axis of the batch was moved.",
    "Sentences stay apart: the batch stays in front. After the cut the axes are 0: batch, 1: n, "
    "2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def batch_moved(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).transpose(0, 1)


@split.mistake(
    "Tokens and features of each head are exchanged.",
    "The order asked for is (batch, num_heads, n, d_head): exchange n and num_heads, and leave "
    "d_head at the end.",
)
def head_turned(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).permute(0, 2, 3, 1)


@split.mistake(
    "The heads came back one by one, not as one tensor.",
    "All heads in one tensor, in an axis of their own: torch.stack(pieces, dim=1) would do it, "
    "or cut the last axis by view.",
)
def loose_heads(x, num_heads):
    return x.chunk(num_heads, dim=-1)


@split.mistake(
    "The pieces are num_heads wide, and they came back one by one.",
    "x.split wants the width of a piece, x.chunk the number of pieces. And all heads belong in one "
    "tensor, in an axis of their own: cut the last axis by view.",
)
def loose_pieces(x, num_heads):
    return x.split(num_heads, dim=-1)


@split.mistake(
    "The last size is num_heads where the width of a head should stand.",
    "Each head gets d_model // num_heads features.",
)
def heads_as_wide_as_many(x, num_heads):
    batch, n, _ = x.shape
    return x.view(batch, n, num_heads, num_heads).transpose(1, 2)


@split.mistake(
    "The heads stand in front of the batch.",
    "The order asked for is (batch, num_heads, n, d_head): the batch stays the first axis.",
)
def heads_in_front(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=-1))


@split.mistake("The width of a head is a float.", WHOLE_NUMBER)
def float_width_in_view(x, num_heads):
    batch, n, d_model = x.shape
    return x.view(batch, n, num_heads, d_model / num_heads).transpose(1, 2)  # type: ignore[call-overload]


@split.mistake("The width of a head is a float.", WHOLE_NUMBER)
def float_width_in_reshape(x, num_heads):
    batch, n, d_model = x.shape
    return x.reshape(batch, n, num_heads, d_model / num_heads).transpose(1, 2)  # type: ignore[call-overload]


@split.mistake(
    "The sizes are those of the example, as fixed numbers.",
    "Other inputs have other sizes: batch, n, d_model = x.shape, and d_head is "
    "d_model // num_heads.",
)
def sizes_of_the_example(x, num_heads):
    return x.view(2, 5, 3, 4).transpose(1, 2)


@split.mistake(
    "The sizes are those of the example, as fixed numbers, and the heads still stand behind the "
    "tokens.",
    "Other inputs have other sizes: batch, n, d_model = x.shape. And exchange n and num_heads "
    "after the cut.",
)
def sizes_of_the_example_not_moved(x, num_heads):
    return x.view(2, 5, 3, 4)


@split.mistake(
    "view was asked for the final shape of the example, as fixed numbers.",
    "Other inputs have other sizes: batch, n, d_model = x.shape. And first cut the last axis, "
    "(batch, n, num_heads, d_head); then exchange n and num_heads.",
)
def final_shape_of_the_example(x, num_heads):
    return x.view(2, 3, 5, 4)


AXES_IN_ORDER = (
    "The shape is (batch, n, d_model): batch, n, d_model = x.shape names the sizes in this order."
)


@split.mistake("The names batch and n are exchanged, where x.shape is taken apart.", AXES_IN_ORDER)
def batch_and_n_exchanged(x, num_heads):
    n, batch, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


@split.mistake(
    "The names n and d_model are exchanged, where x.shape is taken apart.", AXES_IN_ORDER
)
def n_and_features_exchanged(x, num_heads):
    batch, d_model, n = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


CUT_FIRST = (
    "Cut the features while they are the last axis: (batch, n, num_heads, d_head). Exchange axes "
    "1 and 2 only then."
)


@split.mistake("The axes were exchanged before the features were cut.", CUT_FIRST)
def exchanged_before_the_cut(x, num_heads):
    batch, n, d_model = x.shape
    return x.transpose(1, 2).reshape(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The axes were exchanged before the features were cut, and n stands before the heads.",
    CUT_FIRST,
)
def exchanged_before_a_cut_in_place(x, num_heads):
    batch, n, d_model = x.shape
    return x.transpose(1, 2).reshape(batch, n, num_heads, d_model // num_heads)


@split.mistake("The axes were exchanged before the cut, and view can't cut them there.", CUT_FIRST)
def view_after_exchange(x, num_heads):
    batch, n, d_model = x.shape
    return x.transpose(1, 2).view(batch, num_heads, n, d_model // num_heads)


@split.mistake(
    "The axes 1 and 3 were exchanged: features stand where the heads should.",
    "After the cut the axes are 0: batch, 1: n, 2: num_heads, 3: d_head. Exchange 1 and 2.",
)
def features_of_heads_in_front(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).transpose(1, 3)


@split.mistake(
    "The tokens were dealt out to the heads, not their features.",
    "Every head sees all tokens, and a slice of each: chunk(num_heads, dim=-1) cuts the features.",
)
def tokens_dealt_out(x, num_heads):
    return torch.stack(x.chunk(num_heads, dim=1), dim=1)
