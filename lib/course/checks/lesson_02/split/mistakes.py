"""02.1: the mistakes that people make."""

import torch

from course.checks.lesson_02.shared import AXES_BY_NAME
from course.checks.lesson_02.split.cases import split
from course.checks.lesson_02.split.right import split_by_stack

WHOLE_NUMBER = (
    "One slash divides to a float, and a size has to be a whole number: d_model // num_heads."
)


@split.mistake(
    "The axes were renamed, not exchanged: each head holds numbers of some tokens only, not a "
    "slice of every token.",
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
    "Head i took every num_heads-th feature from i on, where d_head features in a row belong to "
    "it.",
    "Head 0 takes the first d_head features, head 1 the next d_head. In a cut by view num_heads "
    "comes first, and d_head behind it: (batch, n, num_heads, d_head).",
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
    "The heads are the last axis, behind their features; the tokens have not moved.",
    "The order asked for is (batch, num_heads, n, d_head). After a cut by view the axes are "
    "0: batch, 1: n, 2: num_heads, 3: d_head: exchange 1 and 2. Pieces are stacked along dim=1.",
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


@split.mistake("The sizes batch and n are exchanged in the cut.", AXES_IN_ORDER)
def batch_and_n_exchanged(x, num_heads):
    n, batch, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


@split.mistake("The sizes n and d_model are exchanged in the cut.", AXES_IN_ORDER)
def n_and_features_exchanged(x, num_heads):
    batch, d_model, n = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


CUT_FIRST = (
    "Cut the features while they are the last axis: (batch, n, num_heads, d_head). Exchange axes "
    "1 and 2 only then."
)


@split.mistake(
    "The axes were exchanged before the features were cut, and a row holds numbers of several "
    "tokens.",
    CUT_FIRST,
)
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


@split.mistake(
    "Batch and heads were joined to one axis.",
    "Some code does so, and takes them apart again after attention. Here each has an axis of its "
    "own: (batch, num_heads, n, d_head).",
)
def batch_and_heads_joined(x, num_heads):
    return split_by_stack(x, num_heads).flatten(0, 1)


@split.mistake(
    "Right for a batch of one, not for more: sentences and heads were mixed.",
    "Pieces joined or stacked along axis 0 lay all sentences of the first head first, then those "
    "of the second: a view that counts sentences first takes one for the other. Stack them along "
    "an axis of their own, dim=1, or cut the last axis by view.",
)
def pieces_joined_in_front(x, num_heads):
    batch, n, _ = x.shape
    return torch.cat(x.chunk(num_heads, dim=-1), dim=0).view(batch, num_heads, n, -1)


@split.mistake(
    "The heads stand one below the other, as if they were more tokens.",
    "The heads get an axis of their own: torch.stack(pieces, dim=1), where torch.cat lengthens an "
    "axis that is there.",
)
def pieces_as_tokens(x, num_heads):
    return torch.cat(x.chunk(num_heads, dim=-1), dim=1)


@split.mistake(
    "Only the first head came back.",
    "All heads are asked, in an axis of their own. Does `return` stand inside a loop?",
)
def first_head_alone(x, num_heads):
    return x.chunk(num_heads, dim=-1)[0]


@split.mistake(
    "Each head has all features: the rows were copied, not cut.",
    "A head gets d_model // num_heads features of each token, a slice of its own.",
)
def all_features_for_each(x, num_heads):
    return x[:, None].repeat(1, num_heads, 1, 1)


@split.mistake(
    "All heads hold the same slice, the first.",
    "Head i begins where head i − 1 ended, at feature i · d_head.",
)
def first_slice_for_all(x, num_heads):
    return x.chunk(num_heads, dim=-1)[0][:, None].repeat(1, num_heads, 1, 1)


@split.mistake(
    "The heads stand in reverse order.",
    "Head 0 takes the first d_head features.",
)
def heads_in_reverse(x, num_heads):
    return split_by_stack(x, num_heads).flip(1)


@split.mistake(
    "The width of a head was made of n, the number of tokens.",
    "The features are cut: each head gets d_model // num_heads of them.",
)
def width_from_tokens(x, num_heads):
    batch, n, _ = x.shape
    return x.view(batch, n, num_heads, n // num_heads).transpose(1, 2)
