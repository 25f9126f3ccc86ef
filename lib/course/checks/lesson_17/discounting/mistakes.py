"""17.5: the mistakes that people make."""

import torch

from course.checks.lesson_17.discounting.cases import discounting
from course.checks.lesson_17.discounting.right import number_by_number

EMPTY = "A context that never came has N = 0: its row is `below`, by torch.where(total > 0, …)."
HANDED = "What is handed on is D · t / N of the guess below; t counts the different tokens."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    discounting.mistake(what, way_out)(answer)


def filled(answer):
    """A mistake in the formula alone: empty rows are as they should be."""
    return lambda c, q, d: torch.where(c.sum(-1, keepdim=True) > 0, answer(c, q, d), q)


def n(c):
    return c.sum(-1, keepdim=True).clamp(min=1)


def t(c):
    return (c > 0).sum(-1, keepdim=True)


def own(c, d):
    return (c - d).clamp(min=0)


declare(
    "A context that never came gives NaN, as 0 divided by 0 does.",
    EMPTY,
    "nan",
    lambda c, q, d: (own(c, d) + d * t(c) * q) / c.sum(-1, keepdim=True),
)
declare(
    "A context that never came gives zeros.",
    EMPTY,
    "zeros",
    lambda c, q, d: (own(c, d) + d * t(c) * q) / n(c),
)
declare(
    "A context that never came gives all tokens the same.",
    "The guess below knows more. " + EMPTY,
    "uniform",
    lambda c, q, d: torch.where(
        c.sum(-1, keepdim=True) > 0, number_by_number(c, q, d), 1 / c.shape[-1]
    ),
)
declare(
    "What was taken off is handed on to nobody: the rows sum to less than 1.",
    HANDED,
    "nothing_handed_on",
    filled(lambda c, q, d: own(c, d) / n(c)),
)
declare(
    "These are the plain shares, c / N: what never came has 0.",
    "D is taken off each count above 0. " + HANDED,
    "plain_shares",
    filled(lambda c, q, d: c / n(c)),
)
declare(
    "Nothing was taken off, but the guess below was added: the rows sum to more than 1.",
    "max(c - D, 0) stands in the formula, not c.",
    "not_taken_off",
    filled(lambda c, q, d: (c + d * t(c) * q) / n(c)),
)
declare(
    "Counts of 0 went below 0.",
    "max(c - D, 0): clamp(min=0) lifts what is below.",
    "negative",
    filled(lambda c, q, d: (c - d + d * t(c) * q) / n(c)),
)
declare(
    "Too little is handed on: D once, not D for each different token.",
    HANDED,
    "once",
    filled(lambda c, q, d: (own(c, d) + d * q) / n(c)),
)
declare(
    "t counts all tokens of the vocabulary, not only those that came.",
    "t is the number of counts above 0: (counts > 0).sum(dim=-1, keepdim=True).",
    "whole_vocabulary",
    filled(lambda c, q, d: (own(c, d) + d * c.shape[-1] * q) / n(c)),
)
declare(
    "t counts the tokens that never came.",
    "t is the number of counts above 0: (counts > 0).sum(dim=-1, keepdim=True).",
    "those_that_never_came",
    filled(lambda c, q, d: (own(c, d) + d * (c == 0).sum(-1, keepdim=True) * q) / n(c)),
)
declare(
    "D · q is handed on, whatever came, as if t were N.",
    HANDED,
    "all_counts",
    filled(lambda c, q, d: own(c, d) / n(c) + d * q),
)
declare(
    "The guess below was not divided by N.",
    "Both parts of the formula stand over N.",
    "below_not_divided",
    filled(lambda c, q, d: own(c, d) / n(c) + d * t(c) * q),
)
declare(
    "The guess below is missing: what was taken off is shared out evenly.",
    "What is handed on is multiplied by q, the guess below.",
    "shared_evenly",
    filled(lambda c, q, d: (own(c, d) + d * t(c) / c.shape[-1]) / n(c)),
)
declare(
    "The guess below is there only for tokens that were not counted.",
    "All tokens get their part of what was handed on, those that came too.",
    "only_where_nothing",
    filled(lambda c, q, d: (own(c, d) + d * t(c) * q * (c == 0)) / n(c)),
)
declare(
    "N was summed over the contexts: each token's column, not each context's row.",
    "A context is a row: sum(dim=-1, keepdim=True).",
    "columns",
    lambda c, q, d: (own(c, d) + d * t(c) * q) / c.sum(0, keepdim=True).clamp(min=1),
)
declare(
    "N is the sum of the whole table.",
    "A context is a row: sum(dim=-1, keepdim=True).",
    "whole_table",
    filled(lambda c, q, d: (own(c, d) + d * t(c) * q) / c.sum()),
)
declare(
    "N was summed behind the discount.",
    "N is the sum of the counts as they were.",
    "sum_behind_the_discount",
    filled(
        lambda c, q, d: (own(c, d) + d * t(c) * q) / own(c, d).sum(-1, keepdim=True).clamp(min=1e-9)
    ),
)
declare(
    "The plain shares were mixed with the guess below, with D as the share.",
    "D is taken off *counts*. " + HANDED,
    "mixed",
    filled(lambda c, q, d: (1 - d) * c / n(c) + d * q),
)
declare(
    "These are the guesses below, for all contexts.",
    "Where a context came, its counts speak: the formula.",
    "below_for_all",
    lambda c, q, d: q.expand_as(c).clone(),
)
declare(
    "1 was added to all counts, and the guess below is not used.",
    "That is add-one smoothing, which gives far too much to what never came.",
    "add_one",
    lambda c, q, d: (c + 1) / (c + 1).sum(-1, keepdim=True),
)


declare(
    "Too little is handed on, D once, and a context that never came gives zeros.",
    HANDED + " " + EMPTY,
    "once_and_zeros",
    lambda c, q, d: (own(c, d) + d * q) / n(c),
)
declare(
    "Counts of 0 went below 0, and a context that never came does not get the guess below.",
    "max(c - D, 0): clamp(min=0) lifts what is below. " + EMPTY,
    "negative_everywhere",
    lambda c, q, d: (c - d + d * t(c) * q) / n(c),
)
declare(
    "What is handed on was multiplied by N / t, not by t / N.",
    HANDED,
    "turned_share",
    filled(lambda c, q, d: own(c, d) / n(c) + d * n(c) / t(c).clamp(min=1) * q),
)
declare(
    "q is missing: all of D · t / N was added to each token, so the rows sum to more than 1.",
    "What is handed on is multiplied by q, the guess below.",
    "q_forgotten",
    filled(lambda c, q, d: (own(c, d) + d * t(c)) / n(c)),
)
declare(
    "q is missing: all of D · t / N was added to each token, and an empty context gives zeros.",
    "What is handed on is multiplied by q, the guess below. " + EMPTY,
    "q_forgotten_and_zeros",
    lambda c, q, d: (own(c, d) + d * t(c)) / n(c),
)
declare(
    "t leaves out the tokens that came once: less is handed on than was taken off.",
    "t is the number of counts above 0: (counts > 0).sum(dim=-1, keepdim=True).",
    "above_one",
    filled(lambda c, q, d: (own(c, d) + d * (c > 1).sum(-1, keepdim=True) * q) / n(c)),
)
declare(
    "D is missing in what is handed on: more than was taken off.",
    HANDED,
    "d_forgotten",
    filled(lambda c, q, d: (own(c, d) + t(c) * q) / n(c)),
)
declare(
    "N was summed behind the discount, and a context that never came gives NaN.",
    "N is the sum of the counts as they were. " + EMPTY,
    "sum_behind_the_discount_nan",
    lambda c, q, d: (own(c, d) + d * t(c) * q) / own(c, d).sum(-1, keepdim=True),
)

declare(
    "Counts of 0 became D: c - D without its sign.",
    "max(c - D, 0): what is below 0 becomes 0.",
    "without_sign",
    filled(lambda c, q, d: ((c - d).abs() + d * t(c) * q) / n(c)),
)
declare(
    "c - D was lifted to 1 at least, so that what never came counts too.",
    "max(c - D, 0): clamp(min=0).",
    "at_least_one",
    filled(lambda c, q, d: ((c - d).clamp(min=1) + d * t(c) * q) / n(c)),
)
declare(
    "t was counted in the whole table.",
    "Each context has its own t: (counts > 0).sum(dim=-1, keepdim=True).",
    "different_in_the_table",
    filled(lambda c, q, d: (own(c, d) + d * (c > 0).sum() * q) / n(c)),
)
declare(
    "t was counted over the contexts: each token's column, not each context's row.",
    "Each context has its own t: (counts > 0).sum(dim=-1, keepdim=True).",
    "different_in_the_columns",
    filled(lambda c, q, d: (own(c, d) + d * (c > 0).sum(0, keepdim=True) * q) / n(c)),
)
