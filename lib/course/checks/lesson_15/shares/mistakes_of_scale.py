"""15.4: mistakes of the mean, the scale, the axis, and of sizes written in."""

from course.checks.lesson_15.shares.mistakes import (
    A_ROW,
    MEAN_OF_BATCH,
    SUM,
    declare,
    parts_of,
    stacked,
)


def summed(look, sizes):
    return stacked(p.sum(-1) for p in parts_of(look, sizes))


def scaled_to_1(numbers):
    return numbers / numbers.sum(-1, keepdim=True)


NO_AVERAGE = SUM + " The sums of a head are 1 together without more ado."
for name, way in {
    "last": lambda w, row, sizes: scaled_to_1(
        stacked(p.mean(-1) for p in parts_of(w[:, :, row].mean(0), sizes))
    ),
    "first": lambda w, row, sizes: scaled_to_1(
        stacked(p.mean(-1) for p in parts_of(w[:, :, row], sizes))
    ).mean(0),
}.items():
    declare(
        "The weights on a sense were averaged over its tokens, and scaled so that they sum to 1.",
        NO_AVERAGE,
        f"means_scaled_{name}",
        way,
    )
declare(
    "The strongest weights on each sense were taken, and scaled so that they sum to 1.",
    NO_AVERAGE,
    "strongest_scaled",
    lambda w, row, sizes: scaled_to_1(
        stacked(p.amax(-1) for p in parts_of(w[:, :, row].mean(0), sizes))
    ),
)
SOFTMAX = "The weights sum to 1 already, so their parts do, too."
declare(
    "The weights were sent through a softmax once more.",
    SOFTMAX,
    "softmax_of_weights",
    lambda w, row, sizes: summed(w.softmax(-1)[:, :, row].mean(0), sizes),
)
declare(
    "The mean of the weights was sent through a softmax.",
    SOFTMAX,
    "softmax_of_mean",
    lambda w, row, sizes: summed(w[:, :, row].mean(0).softmax(-1), sizes),
)
declare(
    "The shares of each picture were sent through a softmax.",
    SOFTMAX,
    "softmax_of_each",
    lambda w, row, sizes: summed(w[:, :, row], sizes).softmax(-1).mean(0),
)
declare(
    "The weights on a sense were averaged over its tokens, and sent through a softmax.",
    SUM + " " + SOFTMAX,
    "softmax_of_means",
    lambda w, row, sizes: stacked(
        p.mean(-1) for p in parts_of(w[:, :, row].mean(0), sizes)
    ).softmax(-1),
)
for name, way in {
    "first": lambda w, row, sizes: summed(w[:, :, row].median(0).values, sizes),
    "last": lambda w, row, sizes: summed(w[:, :, row], sizes).median(0).values,
}.items():
    declare("It was the median over the batch, not the mean.", MEAN_OF_BATCH, f"median_{name}", way)
declare(
    "The row was taken on the axis of heads.",
    "The axes are (batch, heads, queries, keys). " + A_ROW,
    "row_of_heads",
    lambda w, row, sizes: summed(w[:, row].mean(0), sizes),
)
declare(
    "The row was taken on the axis of the batch.",
    "The axes are (batch, heads, queries, keys). " + A_ROW,
    "row_of_batch",
    lambda w, row, sizes: summed(w[row], sizes),
)


def at_places(look, begins, ends):
    return stacked(look[:, b:e].sum(-1) for b, e in zip(begins, ends, strict=True))


declare(
    "The sizes of the lesson are written in: senses of 16, 9 and 3 tokens.",
    "`sizes` holds how many tokens each sense has, and how many senses there are.",
    "slices_written_in",
    lambda w, row, sizes: at_places(w[:, :, row].mean(0), (0, 16, 25), (16, 25, 28)),
)
declare(
    "The sizes of the lesson are written in: senses of 16, 9 and 3 tokens.",
    "`sizes` holds how many tokens each sense has, and how many senses there are.",
    "split_written_in",
    lambda w, row, sizes: summed(w[:, :, row].mean(0), [16, 9, 3]),
)
declare(
    "The row was cut evenly, whatever the sizes are.",
    "split(sizes, dim=-1) cuts pieces of the sizes given; chunk cuts pieces of one length.",
    "chunks",
    lambda w, row, sizes: stacked(
        p.sum(-1) for p in w[:, :, row].mean(0).chunk(len(sizes), dim=-1)
    ),
)
declare(
    "From the third sense on, the tokens begin too early.",
    "A sense begins where the one before ends: after *all* sizes before it, added up.",
    "begin_after_one_size",
    lambda w, row, sizes: at_places(
        w[:, :, row].mean(0),
        (0, *sizes[:-1]),
        [b + size for b, size in zip((0, *sizes[:-1]), sizes, strict=True)],
    ),
)
declare(
    "The axis of heads was cut into senses, not that of the tokens.",
    "split(sizes, dim=-1): without dim it cuts axis 0.",
    "heads_cut",
    lambda w, row, sizes: stacked(p.sum(-1) for p in w[:, :, row].mean(0).split(sizes)),
)
declare(
    "The axis of the batch was cut into senses, not that of the tokens.",
    "split(sizes, dim=-1): without dim it cuts axis 0.",
    "batch_cut",
    lambda w, row, sizes: stacked(p.sum(-1).mean(0) for p in w[:, :, row].split(sizes)),
)
declare(
    "The heads were summed up as well: a number for each sense is left.",
    "Sum over the tokens alone, sum(dim=-1): each head keeps its own row.",
    "sum_of_heads",
    lambda w, row, sizes: stacked(p.sum() for p in parts_of(w[:, :, row].mean(0), sizes)),
)
declare(
    "From the second sense on, each begins one token after the sense before begins.",
    "A sense begins where the one before ends: after *all* sizes before it, added up.",
    "begin_one_later",
    lambda w, row, sizes: at_places(
        w[:, :, row].mean(0), range(len(sizes)), [k + size for k, size in enumerate(sizes)]
    ),
)
declare(
    "The last token of each sense is left out.",
    "A slice leaves its end out by itself: begin : begin + size.",
    "last_token_left_out",
    lambda w, row, sizes: stacked(p[:, :-1].sum(-1) for p in parts_of(w[:, :, row].mean(0), sizes)),
)
