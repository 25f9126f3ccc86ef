"""15.4: how much of a look falls on each sense."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

shares = Exercise(
    "15.4",
    returns="shares",
    right="For each head, its look was shared out among the senses.",
    forbids=("course.senses",),
)


def looks(draw: Draw, batch: int, heads: int, n: int) -> Tensor:
    """Drawn weights: (batch, heads, n, n), rows that sum to 1."""
    return (2 * draw.tensor(batch, heads, n, n)).softmax(dim=-1)


@shares.case("one picture, one head, two senses of one token")
def by_hand(draw: Draw) -> Call:
    return Call(torch.tensor([[[[0.8, 0.2], [0.3, 0.7]]]]), 0, [1, 1])


@shares.case("one picture, one head, three senses of 2, 1 and 1 tokens")
def three_senses(draw: Draw) -> Call:
    weights = torch.tensor([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25] * 4, [0.7, 0.1] * 2])
    weights[3] = torch.tensor([0.5, 0.1, 0.1, 0.3])
    return Call(weights[None, None], 3, [2, 1, 1])


@shares.case("three of everything")
def cube(draw: Draw) -> Call:
    return Call(looks(draw, 3, 3, 3), 1, [1, 1, 1])


@shares.case("two pictures, three heads, senses of 5, 3 and 2 tokens")
def many(draw: Draw) -> Call:
    return Call(looks(draw, 2, 3, 10), draw.integer(1, 8), [5, 3, 2])


@shares.case("four pictures, two heads, four senses")
def four_senses(draw: Draw) -> Call:
    return Call(looks(draw, 4, 2, 9), draw.integer(1, 7), [1, 4, 2, 2])


@shares.reference
def head_by_head(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    batch, heads = weights.shape[:2]
    found = []
    for head in range(heads):
        begin = 0
        for size in sizes:
            columns = range(begin, begin + size)
            of_all = [weights[b, head, row, j] for b in range(batch) for j in columns]
            found.append(torch.stack(of_all).sum() / batch)
            begin += size
    return torch.stack(found).view(heads, len(sizes))


@shares.right_way
def shares_by_split(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    look = weights[:, :, row].mean(dim=0)  # (heads, n)
    return torch.stack([part.sum(dim=-1) for part in look.split(sizes, dim=-1)], dim=-1)


@shares.right_way
def shares_by_slices(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    begin, found = 0, []
    for size in sizes:
        found.append(weights[:, :, row, begin : begin + size].sum(dim=-1).mean(dim=0))
        begin += size
    return torch.stack(found, dim=1)


@shares.right_way
def shares_by_product(weights: Tensor, row: int, sizes: list[int]) -> Tensor:
    of = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    belongs = (of[:, None] == torch.arange(len(sizes))).to(weights.dtype)  # (n, senses)
    return (weights[:, :, row] @ belongs).mean(dim=0)


# The mistakes

A_ROW = "Queries are rows: weights[:, :, row] says whom the token at `row` looks at."
SUM = "A sense's share is the sum of the weights on its tokens."
MEAN_OF_BATCH = "The mean goes over the batch, dim=0: each head keeps its own row."


def parts_of(look, sizes):
    return look.split(list(sizes), dim=-1)


def stacked(parts, dim=-1):
    return torch.stack(list(parts), dim=dim)


def declare(what, way_out, name, share):
    """Declare a mistake: share(weights, row, sizes) -> what comes back."""
    share.__name__ = name
    shares.mistake(what, way_out)(share)


declare(
    "It was asked who looks at the token, not whom it looks at: a column, not a row.",
    A_ROW,
    "a_column",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[..., row].mean(0), sizes)),
)
declare(
    "The weights on a sense were averaged over its tokens, not summed.",
    SUM + " Then the shares of a head sum to 1.",
    "means",
    lambda w, row, sizes: stacked(p.mean(-1) for p in parts_of(w[:, :, row].mean(0), sizes)),
)
declare(
    "The strongest weight on each sense came back, not the sum.",
    SUM,
    "strongest",
    lambda w, row, sizes: stacked(p.amax(-1) for p in parts_of(w[:, :, row].mean(0), sizes)),
)
declare(
    "It was summed over the batch, not averaged.",
    MEAN_OF_BATCH,
    "sum_over_batch",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].sum(0), sizes)),
)
declare(
    "Only the first picture of the batch counts.",
    MEAN_OF_BATCH,
    "first_picture",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[0, :, row], sizes)),
)
declare(
    "Only the last picture of the batch counts.",
    MEAN_OF_BATCH,
    "last_picture",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[-1, :, row], sizes)),
)
declare(
    "The batch is still there.",
    MEAN_OF_BATCH,
    "batch_kept",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row], sizes)),
)
declare(
    "The mean went over the heads, not over the batch.",
    MEAN_OF_BATCH,
    "mean_of_heads",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(1), sizes)),
)
declare(
    "The heads were averaged as well.",
    MEAN_OF_BATCH,
    "mean_of_all",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean((0, 1)), sizes)),
)
declare(
    "Senses go down and heads across.",
    "The shape is (heads, senses): stack along the last axis.",
    "turned",
    lambda w, row, sizes: stacked(
        (p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)), dim=0
    ),
)
declare(
    "The mean of all rows came back: `row` plays no part.",
    A_ROW,
    "all_rows",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w.mean((0, 2)), sizes)),
)
declare(
    "It is always the last row.",
    A_ROW,
    "last_row",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, -1].mean(0), sizes)),
)
declare(
    "It is always the first row.",
    A_ROW,
    "first_row",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, 0].mean(0), sizes)),
)
declare(
    "It is the row before: places count from 0.",
    A_ROW,
    "row_before",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row - 1].mean(0), sizes)),
)
declare(
    "Each share counts those before it, too.",
    "A sense's tokens begin where those of the sense before end.",
    "running_sum",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)).cumsum(
        -1
    ),
)
declare(
    "Each sense was taken to begin at place 0.",
    "A sense's tokens begin where those of the sense before end: add up the sizes.",
    "all_begin_at_0",
    lambda w, row, sizes: stacked(w[:, :, row, :size].sum(-1).mean(0) for size in sizes),
)
declare(
    "The sizes were taken in reverse order.",
    "The first size belongs to the first tokens.",
    "reversed_sizes",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes[::-1])),
)
declare(
    "The senses came back in reverse order.",
    "Column 0 belongs to the first sense.",
    "senses_reversed",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)).flip(
        -1
    ),
)
declare(
    "The row was cut into senses, but nothing was summed: only the first token of each came back.",
    SUM,
    "first_tokens",
    lambda w, row, sizes: stacked(p[:, 0] for p in parts_of(w[:, :, row].mean(0), sizes)),
)
declare(
    "The shares were sent through a softmax.",
    "The weights sum to 1 already, so their parts do, too.",
    "softmax_again",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)).softmax(
        -1
    ),
)
declare(
    "Where most of the look falls came back, not how much.",
    "Leave argmax to the reader: the shares are asked.",
    "largest",
    lambda w, row, sizes: stacked(p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)).argmax(
        -1
    ),
)


def sizes_as_ends(weights, row, sizes):
    """Slices from one size to the next, as if sizes were places."""
    begins = [0, *sizes[:-1]]
    look = weights[:, :, row].mean(dim=0)
    return stacked(look[:, b:e].sum(-1) for b, e in zip(begins, sizes, strict=True))


declare(
    "The sizes were taken for the places where the senses end.",
    "A sense's tokens begin where those of the sense before end: add up the sizes, or use split.",
    "sizes_are_ends",
    sizes_as_ends,
)
declare(
    "The shares were joined on the heads: there is no axis for the senses.",
    "torch.cat makes no new axis; torch.stack(…, dim=-1) makes one for the senses.",
    "joined_on_the_heads",
    lambda w, row, sizes: torch.cat([p.sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)]),
)
