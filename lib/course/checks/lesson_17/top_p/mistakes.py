"""17.3: the mistakes that people make."""

import torch

from course.checks.lesson_17.top_p.cases import top_p

BEFORE = (
    "A token is needed as long as those before it have not reached p: ask the sum before it, "
    "ranked.cumsum(dim=-1) - ranked."
)
INFINITY = "-inf belongs before a softmax, among logits; among probabilities, 0 leaves out."
OWN = "Each row has its own count of tokens that it needs: sum(dim=-1, keepdim=True)."
AGAIN = "Divide each row by what is left in it: kept / kept.sum(dim=-1, keepdim=True)."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    top_p.mistake(what, way_out)(answer)


def sums_to_one(kept):
    return kept / kept.sum(-1, keepdim=True)


def only(keeps):
    return lambda r, p: sums_to_one(torch.where(keeps(r, p), r, 0.0))


declare(
    "The token that crosses p was dropped, so less than p is left: of a sure row, nothing.",
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
    "A softmax made them sum to 1, and tokens that were left out got a chance again.",
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
    "Which tokens are kept came back, as True and False.",
    "torch.where(needed, ranked, 0.0), then " + AGAIN[0].lower() + AGAIN[1:],
    "the_mask",
    lambda r, p: r.cumsum(-1) - r < p,
)
declare(
    "NaN, as -inf brings where a token is left out and the row is divided by its sum.",
    INFINITY,
    "minus_infinity",
    lambda r, p: sums_to_one(torch.where(r.cumsum(-1) - r < p, r, -torch.inf)),
)
declare(
    "-inf stands where a token was left out.",
    INFINITY + " " + AGAIN,
    "minus_infinity_left",
    lambda r, p: torch.where(r.cumsum(-1) - r < p, r, -torch.inf),
)
declare(
    "The kept probabilities went through a softmax, which makes them nearly alike.",
    "They are probabilities already, no logits: 0 for what is left out. " + AGAIN,
    "minus_infinity_softmax",
    lambda r, p: torch.softmax(torch.where(r.cumsum(-1) - r < p, r, -torch.inf), -1),
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
    "What is kept came back in one flat row, as indexing with a mask gives it.",
    "torch.where(needed, ranked, 0.0) keeps the shape.",
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
    OWN,
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
declare(
    "Every row keeps as many tokens as one row needs, such as the first.",
    OWN,
    "count_of_one_row",
    only(lambda r, p: torch.arange(r.shape[-1]) <= (r.cumsum(-1) < p).sum(-1).flatten()[0]),
)
declare(
    "What the others had was dealt out evenly among the kept.",
    "They keep what they had, up to a common factor. " + AGAIN,
    "dealt_out_evenly",
    lambda r, p: torch.where(
        k := r.cumsum(-1) - r < p, r + (1 - (r * k).sum(-1, keepdim=True)) / k.sum(-1, True), 0.0
    ),
)
declare(
    "What the others had was given to the best token.",
    "The kept ones keep what they had, up to a common factor. " + AGAIN,
    "given_to_the_best",
    lambda r, p: (
        (k := torch.where(r.cumsum(-1) - r < p, r, 0.0))
        + (1 - k.sum(-1, keepdim=True)) * (torch.arange(r.shape[-1]) == 0)
    ),
)
declare(
    "What is kept came back in one flat row, as indexing with a mask gives it, undivided.",
    "torch.where(needed, ranked, 0.0) keeps the shape. " + AGAIN,
    "flattened_undivided",
    lambda r, p: r[r.cumsum(-1) - r < p],
)
declare(
    "Tokens are kept up to 1 - p, not up to p.",
    BEFORE,
    "up_to_the_rest",
    only(lambda r, p: r.cumsum(-1) - r < 1 - p),
)
