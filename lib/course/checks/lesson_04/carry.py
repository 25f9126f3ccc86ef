"""04.3: carry a projection from one pairing to the other."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_04.shared import BUILT_HERE

carry = Exercise(
    "04.3",
    returns="reordered",
    right="So trained weights are carried from one pairing to the other.",
    forbids=BUILT_HERE,
)


@carry.case("one head of width 6, d_model=1")
def one_head_of_six(draw: Draw) -> Call:
    return Call(torch.arange(6.0)[:, None], 1)


@carry.case("two heads of width 4, d_model=1")
def two_heads_of_four(draw: Draw) -> Call:
    return Call(torch.arange(8.0)[:, None], 2)


@carry.case("two heads of width 6, d_model=12")
def square_weight(draw: Draw) -> Call:
    return Call(draw.tensor(12, 12), 2)


@carry.case("three heads of width 8, d_model=5")
def three_heads_of_eight(draw: Draw) -> Call:
    return Call(draw.tensor(24, 5), 3)


def order_of(num_heads: int, d_head: int) -> list[int]:
    """Where each row of the half-split pairing stands in the interleaved one."""
    within = [*range(0, d_head, 2), *range(1, d_head, 2)]
    return [head * d_head + row for head in range(num_heads) for row in within]


@carry.reference
def carried_row_by_row(weight: Tensor, num_heads: int) -> Tensor:
    return torch.stack([weight[row] for row in order_of(num_heads, len(weight) // num_heads)])


@carry.right_way
def carried_by_view(weight: Tensor, num_heads: int) -> Tensor:
    rows, columns = weight.shape
    pairs = weight.view(num_heads, rows // num_heads // 2, 2, columns)
    return pairs.transpose(1, 2).reshape(rows, columns)


@carry.right_way
def carried_head_by_head(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.chunk(num_heads)
    return torch.cat([torch.cat((head[0::2], head[1::2])) for head in heads])


@carry.right_way
def carried_by_index(weight: Tensor, num_heads: int) -> Tensor:
    d_head = len(weight) // num_heads
    rows = torch.arange(len(weight)).view(num_heads, d_head // 2, 2)
    return weight[rows.mT.flatten()]


@carry.right_way
def carried_into_an_empty_one(weight: Tensor, num_heads: int) -> Tensor:
    carried, d_head = torch.empty_like(weight), len(weight) // num_heads
    for head in range(num_heads):
        first, middle = head * d_head, head * d_head + d_head // 2
        carried[first:middle] = weight[first : first + d_head : 2]
        carried[middle : first + d_head] = weight[first + 1 : first + d_head : 2]
    return carried


@carry.mistake(
    "All even rows of all heads stand first: right with one head, not with several.",
    "Every head has its own pairs. Either the rows were not cut into heads, or the halves were "
    "joined along axis 0: after unflatten, the rows of a head are axis 1.",
)
def heads_mixed(weight, num_heads):
    return torch.cat((weight[0::2], weight[1::2]))


@carry.mistake(
    "This is the way back, from half-split to interleaved.",
    "Given are pairs of neighbours, (0, 1), (2, 3), …; wanted are all firsts, then all seconds.",
)
def carried_back(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, 2, -1))
    return heads.transpose(1, 2).flatten(0, 2)


@carry.mistake(
    "This is the way back, from half-split to interleaved, and across all heads at once.",
    "Cut into heads first. Then, within each: the rows 0, 2, 4, … first, then 1, 3, 5, …",
)
def carried_back_across_heads(weight, num_heads):
    return torch.stack(weight.chunk(2), dim=1).flatten(0, 1)


@carry.mistake(
    "The odd rows stand first.",
    "The firsts of the pairs are rows 0, 2, 4, …: they come first.",
)
def odd_rows_first(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[:, 1::2], heads[:, 0::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "The rows were cut the wrong way round: into d_head heads of num_heads rows.",
    "The heads come first: unflatten(0, (num_heads, -1)) gives (num_heads, d_head, d_model).",
)
def cut_the_wrong_way(weight, num_heads):
    heads = weight.unflatten(0, (-1, num_heads))
    return torch.cat((heads[:, 0::2], heads[:, 1::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "Whole heads were reordered, not the rows within them.",
    "After the cut, heads[0::2] takes every second head. The rows of a head are axis 1: "
    "heads[:, 0::2].",
)
def heads_reordered(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[0::2], heads[1::2])).flatten(0, 1)


@carry.mistake(
    "Whole heads were taken apart, even heads and odd heads, not the rows within them.",
    "After the cut, heads[0::2] takes every second head. The rows of a head are axis 1: "
    "heads[:, 0::2].",
)
def heads_taken_apart(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[0::2], heads[1::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "The columns were reordered, not the rows.",
    "nn.Linear computes x @ weight.T: each row of the weight makes one feature of a head.",
)
def columns_reordered(weight, num_heads):
    return torch.cat((weight[:, 0::2], weight[:, 1::2]), dim=1)


@carry.mistake(
    "The halves were joined along the columns: features stand beside features.",
    "After unflatten, the rows of a head are axis 1: join with dim=1.",
)
def joined_along_columns(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[:, 0::2], heads[:, 1::2]), dim=2).flatten(0, 1)


@carry.mistake(
    "The heads are still an axis of their own.",
    "One step is left: .flatten(0, 1) lays the heads one after the other again.",
)
def heads_not_joined(weight, num_heads):
    return carried_row_by_row(weight, num_heads).unflatten(0, (num_heads, -1))


@carry.mistake(
    "The heads are still apart, in a Python list.",
    "Each head is right. torch.cat(…) lays them one after the other, as one tensor.",
)
def list_of_heads(weight, num_heads):
    heads = weight.chunk(num_heads)
    return [torch.cat((head[0::2], head[1::2])) for head in heads]


@carry.mistake(
    "The order has not changed.",
    "Within each head, the even rows come first and the odd rows after them.",
)
def nothing_carried(weight, num_heads):
    return weight.clone()


@carry.mistake(
    "Only the even rows came back.",
    "The odd rows follow them, within each head.",
)
def even_rows_alone(weight, num_heads):
    return weight.unflatten(0, (num_heads, -1))[:, 0::2].flatten(0, 1)


@carry.mistake(
    "Only the first head came back.",
    "Every head is reordered, and all come back, one after the other. Does `return` stand inside "
    "the loop?",
)
def first_head_alone(weight, num_heads):
    head = weight[: len(weight) // num_heads]
    return torch.cat((head[0::2], head[1::2]))


@carry.mistake(
    "The heads are right, but stand in reverse order.",
    "Head 0 stays first.",
)
def heads_in_reverse(weight, num_heads):
    return carried_row_by_row(weight, num_heads).unflatten(0, (num_heads, -1)).flip(0).flatten(0, 1)


@carry.mistake(
    "The two halves of each head were stacked, and a reshape then mixed their columns.",
    "torch.stack makes a new axis. The rows of a head stay one axis: torch.cat(…, dim=1), after "
    "the cut into heads.",
)
def stacked_pairs(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.stack((heads[:, 0::2], heads[:, 1::2]), dim=-1).reshape(weight.shape)


@carry.mistake(
    "The rows of each head stand in reverse order.",
    "Even rows first, from 0 upwards, then the odd ones.",
)
def rows_in_reverse(weight, num_heads):
    return weight.unflatten(0, (num_heads, -1)).flip(1).flatten(0, 1)


@carry.mistake(
    "Even and odd rows are an axis of their own still.",
    "torch.stack adds an axis: torch.cat(…, dim=1) needs none, or .flatten(0, 2) joins all three.",
)
def halves_not_joined(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.stack((heads[:, 0::2], heads[:, 1::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "The rows of different heads alternate.",
    "Head 0 comes whole, then head 1: heads stay the first axis until .flatten(0, 1).",
)
def heads_alternate(weight, num_heads):
    heads = carried_row_by_row(weight, num_heads).unflatten(0, (num_heads, -1))
    return heads.transpose(0, 1).flatten(0, 1)


@carry.mistake(
    "The two halves of each head are exchanged; even and odd rows still alternate.",
    "Take every second row, heads[:, 0::2], and then the others, heads[:, 1::2].",
)
def halves_exchanged(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, 2, -1))
    return heads.flip(1).flatten(0, 2)


@carry.mistake(
    "The even rows came back twice.", "The second half are the odd rows: heads[:, 1::2]."
)
def even_rows_twice(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[:, 0::2], heads[:, 0::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "All rows of each head came back twice.",
    "Before the halves are joined, take every second row: heads[:, 0::2], and heads[:, 1::2].",
)
def whole_heads_twice(weight, num_heads):
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads, heads), dim=1).flatten(0, 1)


@carry.mistake(
    "The columns were cut into heads, not the rows.",
    "The rows are axis 0, and the heads lie one after the other in them: "
    "weight.unflatten(0, (num_heads, -1)).",
)
def columns_cut_into_heads(weight, num_heads):
    heads = weight.unflatten(-1, (num_heads, -1))
    return torch.cat((heads[:, 0::2], heads[:, 1::2]), dim=1).flatten(0, 1)
