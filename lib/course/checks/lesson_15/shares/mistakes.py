"""15.4: the mistakes that people make."""

import torch

from course.checks.lesson_15.shares.cases import shares

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
    "It is row - 1, not row: places count from 0.",
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
    "Only the weight on each sense's first token came back.",
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
    "The shares are asked, not the place of the largest.",
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
