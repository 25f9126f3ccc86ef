"""18.5: cut heads, where their findings are mixed."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

cutting = Exercise(
    "18.5",
    returns="cut_weight",
    right="What a cut head finds reaches nobody; all other heads speak as before.",
    forbids=("course.models",),
)


@cutting.case("two heads of one feature, the first is cut")
def two_heads(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 2, [0])


@cutting.case("two heads of three features, the second is cut")
def wider_heads(draw: Draw) -> Call:
    return Call(draw.tensor(6, 6), 2, [1])


@cutting.case("four heads of three features, two are cut")
def four_heads(draw: Draw) -> Call:
    return Call(draw.tensor(12, 12), 4, [2, 0])


@cutting.case("six heads of two features, three are cut")
def six_heads(draw: Draw) -> Call:
    return Call(draw.tensor(12, 12), 6, [1, 4, 5])


@cutting.case("three heads, none is cut")
def none_cut(draw: Draw) -> Call:
    return Call(draw.tensor(6, 6), 3, [])


@cutting.reference
def number_by_number(weight: Tensor, num_heads: int, cut: list[int]) -> Tensor:
    d_head = weight.shape[1] // num_heads
    kept = [column // d_head not in cut for column in range(weight.shape[1])]
    return weight * torch.tensor(kept).to(weight.dtype)


@cutting.right_way
def slice_by_slice(weight: Tensor, num_heads: int, cut: list[int]) -> Tensor:
    cut_weight, d_head = weight.clone(), weight.shape[1] // num_heads
    for head in cut:
        cut_weight[:, head * d_head : (head + 1) * d_head] = 0
    return cut_weight


@cutting.right_way
def by_heads(weight: Tensor, num_heads: int, cut: list[int]) -> Tensor:
    kept = torch.ones(num_heads, 1, dtype=weight.dtype)
    for head in cut:
        kept[head] = 0
    return (weight.unflatten(1, (num_heads, -1)) * kept).flatten(1)


@cutting.right_way
def heads_laid_side_by_side(weight: Tensor, num_heads: int, cut: list[int]) -> Tensor:
    parts = weight.chunk(num_heads, dim=1)
    return torch.cat([0 * p if head in cut else p for head, p in enumerate(parts)], dim=1)


# The mistakes

COLUMNS = (
    "nn.Linear keeps its weight as (d_out, d_in), and the heads' findings come in: head h has the "
    "columns from h · d_head up to (h + 1) · d_head."
)


def declare(what, way_out, name, columns, *, turned=False, fill=0.0):
    """Declare a mistake; `columns` says which are cut, from (d_model, num_heads, cut)."""

    def answer(weight, num_heads, cut):
        changed = weight.clone()
        which = columns(weight.shape[1], num_heads, cut)
        if turned:
            changed[which] = fill
        else:
            changed[:, which] = fill
        return changed

    answer.__name__ = name
    cutting.mistake(what, way_out)(answer)


def own(d_model, num_heads, cut):
    d_head = d_model // num_heads
    return [column for column in range(d_model) if column // d_head in cut]


declare("The heads' rows were cut, not their columns.", COLUMNS, "rows", own, turned=True)
declare(
    "The heads' columns were taken by turns: one of each head, then the next of each.",
    COLUMNS,
    "interleaved",
    lambda d, h, cut: [column for column in range(d) if column % h in cut],
)
declare(
    "Rows were cut, and by turns: one of each head, then the next of each.",
    COLUMNS,
    "interleaved_rows",
    lambda d, h, cut: [column for column in range(d) if column % h in cut],
    turned=True,
)
declare(
    "One column was cut for each head.",
    "A head has d_head = d_model / num_heads columns. " + COLUMNS,
    "one_column_each",
    lambda d, h, cut: list(cut),
)
declare(
    "The first column of each head was cut, and the others were left.",
    "A head has d_head = d_model / num_heads columns. " + COLUMNS,
    "first_column_of_each",
    lambda d, h, cut: [head * (d // h) for head in cut],
)
declare(
    "The last column of each head was left.",
    "A slice stops before its end by itself: no - 1.",
    "last_column_left",
    lambda d, h, cut: [c for c in own(d, h, cut) if (c + 1) % (d // h)],
)
declare(
    "One column too many was cut for each head: that one belongs to the next.",
    "A slice stops before its end by itself: no + 1.",
    "one_column_too_many",
    lambda d, h, cut: sorted(
        {c for head in cut for c in range(head * (d // h), min(d, (head + 1) * (d // h) + 1))}
    ),
)
declare(
    "The other heads were cut, and those to cut were kept.",
    "`cut` names the heads that are to fall silent.",
    "others_cut",
    lambda d, h, cut: [c for c in range(d) if c not in own(d, h, cut)],
)
declare(
    "Heads were counted from 1.",
    "Head 0 is the first, as everywhere here.",
    "from_one",
    lambda d, h, cut: own(d, h, [head - 1 for head in cut]),
)
declare(
    "The head after each one was cut.",
    "Head h has the columns from h · d_head, not from (h + 1) · d_head.",
    "next_head",
    lambda d, h, cut: own(d, h, [head + 1 for head in cut]),
)
declare(
    "Only the first head of the list was cut.",
    "Go through all of `cut`.",
    "first_of_the_list",
    lambda d, h, cut: own(d, h, cut[:1]),
)
declare(
    "Only the last head of the list was cut.",
    "Begin with one copy before the loop, and cut in that copy again and again.",
    "last_of_the_list",
    lambda d, h, cut: own(d, h, cut[-1:]),
)
declare(
    "Everything up to the last head that is cut was silenced.",
    "A slice begins at h · d_head, not at 0.",
    "all_before",
    lambda d, h, cut: list(range((max(cut, default=-1) + 1) * (d // h))),
)
declare(
    "Everything from the first head that is cut on was silenced.",
    "A slice ends at (h + 1) · d_head.",
    "all_behind",
    lambda d, h, cut: list(range(min(cut, default=h) * (d // h), d)),
)
declare(
    "All heads between the first and the last that are cut were silenced as well.",
    "Each head in `cut` has a slice of its own; those between keep theirs.",
    "all_between",
    lambda d, h, cut: list(
        range(min(cut, default=0) * (d // h), (max(cut, default=-1) + 1) * (d // h))
    ),
)
declare(
    "The slice ends at h + 1, not at (h + 1) · d_head.",
    "Both ends of the slice count columns: h · d_head and (h + 1) · d_head.",
    "end_counts_heads",
    lambda d, h, cut: [c for head in cut for c in range(head * (d // h), head + 1)],
)
declare(
    "The number of heads was taken for a head's width.",
    "d_head = d_model / num_heads.",
    "width_is_number",
    lambda d, h, cut: [c for head in cut for c in range(head * h, (head + 1) * h) if c < d],
)
declare(
    "The heads' columns hold 1, not 0.",
    "What is multiplied by 0 is silent.",
    "ones",
    own,
    fill=1.0,
)
declare(
    "All heads were cut.",
    "Only those that `cut` names.",
    "all_cut",
    lambda d, h, cut: list(range(d)) if cut else [],
)
declare(
    "The heads' columns are -inf.",
    "-inf is for scores before a softmax. Here a sum follows: silent is 0.",
    "minus_infinity",
    own,
    fill=-torch.inf,
)


@cutting.mistake(
    "One slice was cut, from the first head of the list to its last.",
    "The heads in `cut` need not be neighbours, nor in order, and there may be none: each has a "
    "slice of its own.",
)
def one_slice(weight, num_heads, cut):
    changed, d_head = weight.clone(), weight.shape[1] // num_heads
    changed[:, cut[0] * d_head : (cut[-1] + 1) * d_head] = 0
    return changed


@cutting.mistake("Nothing was cut.", "Put 0 into the columns of each head that `cut` names.")
def nothing(weight, num_heads, cut):
    return weight.clone()


@cutting.mistake(
    "The columns were taken away, so that the matrix became narrower.",
    "The heads' findings still come in d_model wide. Put 0 there, and keep the shape.",
)
def taken_away(weight, num_heads, cut):
    gone = own(weight.shape[1], num_heads, cut)
    return weight[:, [column for column in range(weight.shape[1]) if column not in gone]]


@cutting.mistake(
    "The heads' columns *and* their rows are 0.",
    "Rows are what goes out, to the residual stream, and it belongs to all heads. " + COLUMNS,
)
def rows_too(weight, num_heads, cut):
    kept = torch.ones(weight.shape[1])
    kept[own(weight.shape[1], num_heads, cut)] = 0
    return weight * kept * kept[:, None]
