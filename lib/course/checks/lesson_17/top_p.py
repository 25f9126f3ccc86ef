"""17.3: the fewest tokens that together are at least this probable."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

top_p = Exercise(
    "17.3",
    returns="kept",
    right="Few where the model is sure, many where it is not.",
    forbids=("attn",),
)


@top_p.case("three tokens, p = 0.6")
def three(draw: Draw) -> Call:
    return Call(torch.tensor([0.5, 0.25, 0.25]), 0.6)


@top_p.case("the best alone has more than p")
def sure(draw: Draw) -> Call:
    return Call(torch.tensor([0.75, 0.25]), 0.5)


@top_p.case("the best has exactly p")
def exactly(draw: Draw) -> Call:
    return Call(torch.tensor([0.5, 0.25, 0.25]), 0.5)


@top_p.case("p = 1")
def all_of_them(draw: Draw) -> Call:
    return Call(torch.tensor([[0.5, 0.25, 0.25], [0.75, 0.25, 0.0]]), 1.0)


def ranked(draw: Draw, *axes: int, sharp: float = 1.5) -> Tensor:
    return (sharp * draw.tensor(*axes)).softmax(dim=-1).sort(dim=-1, descending=True).values


@top_p.case("five rows of five tokens")
def square(draw: Draw) -> Call:
    return Call(ranked(draw, 5, 5), draw.number(0.5, 0.7))


@top_p.case("two batches of three rows, nine tokens")
def batches(draw: Draw) -> Call:
    return Call(ranked(draw, 2, 3, 9), draw.number(0.7, 0.9))


@top_p.case("rows that are nearly even")
def even(draw: Draw) -> Call:
    return Call(ranked(draw, 4, 8, sharp=0.3), draw.number(0.4, 0.6))


@top_p.reference
def one_by_one(ranked: Tensor, p: float) -> Tensor:
    rows = ranked.reshape(-1, ranked.shape[-1])
    kept = []
    for row in rows:
        count, total = 0, 0.0
        while count == 0 or (count < len(row) and total < p):
            total += row[count].item()
            count += 1
        keeps = torch.arange(len(row)) < count
        kept.append(row * keeps.to(row.dtype))
    table = torch.stack(kept).view(ranked.shape)
    return table / table.sum(dim=-1, keepdim=True)


@top_p.right_way
def those_before(ranked: Tensor, p: float) -> Tensor:
    before = ranked.cumsum(dim=-1) - ranked
    kept = torch.where(before < p, ranked, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)


@top_p.right_way
def shifted(ranked: Tensor, p: float) -> Tensor:
    reached = ranked.cumsum(dim=-1) >= p
    gone = torch.cat([torch.zeros_like(reached[..., :1]), reached[..., :-1]], dim=-1)
    kept = ranked.masked_fill(gone, 0.0)
    return kept / kept.sum(-1, keepdim=True)


@top_p.right_way
def counted(ranked: Tensor, p: float) -> Tensor:
    count = (ranked.cumsum(dim=-1) < p).sum(dim=-1, keepdim=True) + 1
    kept = ranked * (torch.arange(ranked.shape[-1]) < count).to(ranked.dtype)
    return kept / kept.sum(dim=-1, keepdim=True)


# The mistakes

BEFORE = (
    "A token is needed as long as those before it have not reached p: ask the sum before it, "
    "ranked.cumsum(dim=-1) - ranked."
)
AGAIN = "Divide each row by what is left in it: kept / kept.sum(dim=-1, keepdim=True)."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    top_p.mistake(what, way_out)(answer)


def sums_to_one(kept):
    return kept / kept.sum(-1, keepdim=True)


def only(keeps):
    return lambda r, p: sums_to_one(torch.where(keeps(r, p), r, 0.0))


declare(
    "The token that crosses p was dropped, so less than p is left; of a sure row, nothing.",
    BEFORE,
    "crossing_dropped",
    only(lambda r, p: r.cumsum(-1) < p),
)
declare(
    "The token that crosses p was dropped unless the sum hits p exactly.",
    BEFORE,
    "crossing_dropped_unless_exact",
    only(lambda r, p: r.cumsum(-1) <= p),
)
declare(
    "One token too many is kept where those before it have exactly p.",
    "Fewest: where p is reached, stop. `<`, not `<=`.",
    "one_too_many_at_p",
    only(lambda r, p: r.cumsum(-1) - r <= p),
)
declare(
    "The kept probabilities don't sum to 1.",
    AGAIN,
    "not_to_one",
    lambda r, p: torch.where(r.cumsum(-1) - r < p, r, 0.0),
)
declare(
    "The token that crosses p was dropped, and the rest doesn't sum to 1.",
    BEFORE + " " + AGAIN,
    "crossing_dropped_not_to_one",
    lambda r, p: torch.where(r.cumsum(-1) < p, r, 0.0),
)
declare(
    "Each token's own probability was compared with p, not the sum.",
    BEFORE,
    "own_probability",
    only(lambda r, p: r >= p),
)
declare(
    "Each token's own probability was compared with p: the small ones are kept.",
    BEFORE,
    "small_ones",
    only(lambda r, p: r < p),
)
declare(
    "The tail is kept and the head is dropped.",
    "Those are kept that stand before p is reached: before < p.",
    "the_tail",
    only(lambda r, p: r.cumsum(-1) - r >= p),
)
declare(
    "The tail is kept, with the token that crosses p.",
    "Those are kept that stand before p is reached: before < p.",
    "the_tail_and_the_crossing",
    only(lambda r, p: r.cumsum(-1) >= p),
)
declare(
    "The sum was taken along the first axis.",
    "The tokens stand along the last axis: cumsum(dim=-1).",
    "first_axis",
    only(lambda r, p: r.cumsum(0) - r < p),
)
declare(
    "What is kept was divided by the sum of the whole table, not of its row.",
    AGAIN,
    "sum_of_all",
    lambda r, p: (k := torch.where(r.cumsum(-1) - r < p, r, 0.0)) / k.sum(),
)
declare(
    "What is kept was divided by p.",
    "The kept ones sum to p or more, hardly ever to p itself. " + AGAIN,
    "divided_by_p",
    lambda r, p: torch.where(r.cumsum(-1) - r < p, r, 0.0) / p,
)
declare(
    "A softmax made them sum to 1: tokens that were left out got a chance again.",
    "e to the power 0 is 1, so a softmax gives back what was cut. " + AGAIN,
    "softmax",
    lambda r, p: torch.softmax(torch.where(r.cumsum(-1) - r < p, r, 0.0), -1),
)
declare(
    "One token too many is kept: the one behind the one that crosses p.",
    "Where those before it have reached p, a token is not needed. " + BEFORE,
    "one_more",
    only(lambda r, p: r.cumsum(-1) - r - r.roll(1, -1) < p),
)
declare(
    "Only the best token is kept.",
    "All that are needed to reach p. " + BEFORE,
    "best_only",
    lambda r, p: torch.zeros_like(r).index_fill(-1, torch.tensor([0]), 1.0),
)
declare(
    "Nothing was cut.",
    BEFORE,
    "nothing_cut",
    lambda r, p: r,
)
declare(
    "The sums came back, not the probabilities.",
    "The sum decides who is kept; what is kept is `ranked`.",
    "sums",
    lambda r, p: sums_to_one(torch.where(r.cumsum(-1) - r < p, r.cumsum(-1), 0.0)),
)
declare(
    "All that are kept got the same probability.",
    "They keep what they had, up to a common factor. " + AGAIN,
    "all_alike",
    lambda r, p: sums_to_one((r.cumsum(-1) - r < p).to(r.dtype)),
)
declare(
    "It was decided which tokens are kept, and that came back: True and False.",
    "torch.where(needed, ranked, 0.0), then " + AGAIN[0].lower() + AGAIN[1:],
    "the_mask",
    lambda r, p: r.cumsum(-1) - r < p,
)
declare(
    "-inf stands where a token was left out.",
    "-inf is for logits, before a softmax. These are probabilities already: 0.",
    "minus_infinity",
    lambda r, p: sums_to_one(torch.where(r.cumsum(-1) - r < p, r, -torch.inf)),
)


def best_always(r, p):
    """The token that crosses p is dropped, but never the best."""
    first = torch.arange(r.shape[-1]) == 0
    return (r.cumsum(-1) < p) | first


declare(
    "The token that crosses p was dropped; the best alone is always kept.",
    BEFORE,
    "crossing_dropped_but_the_best",
    only(best_always),
)
declare(
    "What is kept came back in one flat row: indexing with a mask gives up the shape.",
    "torch.where(needed, ranked, 0.0) keeps it.",
    "flattened",
    lambda r, p: (k := r[r.cumsum(-1) - r < p]) / k.sum(),
)
declare(
    "What stands before each token came back, not the token's own probability.",
    "The sum decides who is kept; what is kept is `ranked`.",
    "sums_before",
    lambda r, p: sums_to_one(torch.where(r.cumsum(-1) - r < p, r.cumsum(-1) - r, 0.0)),
)
declare(
    "The tokens to keep were counted in the whole table, and every row got as many.",
    "Each row has its own count: sum(dim=-1, keepdim=True).",
    "counted_in_all_rows",
    lambda r, p: sums_to_one(
        r * (torch.arange(r.shape[-1]) < (r.cumsum(-1) < p).sum() + 1).to(r.dtype)
    ),
)
declare(
    "1 stands where a token was left out.",
    "What is left out has probability 0: torch.where(needed, ranked, 0.0).",
    "ones_left_out",
    lambda r, p: sums_to_one(torch.where(r.cumsum(-1) - r < p, r, 1.0)),
)
