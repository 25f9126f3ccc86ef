"""17.2: the mistakes that people make."""

import torch
import torch.nn.functional as F

from course.checks.lesson_17.temperature.cases import temperature
from course.checks.lesson_17.temperature.right import by_exponents

FIRST_DIVIDE = "Divide the logits, then take the softmax: softmax(logits / temperature)."
BEST = "At 0 the best token gets 1 and all others 0: F.one_hot of the argmax."


def declare(what, way_out, name, answer):
    answer.__name__ = name
    temperature.mistake(what, way_out)(answer)


def hot(logits, t):
    return by_exponents(logits, t)


def warm_only(formula):
    """A mistake in the formula alone: at 0 it answers as it should."""
    return lambda logits, t: formula(logits, t) if t else hot(logits, t)


declare(
    "The logits were multiplied by the temperature: above 1 it plays safe, below 1 it dares.",
    FIRST_DIVIDE,
    "multiplied",
    warm_only(lambda x, t: torch.softmax(x * t, -1)),
)
declare(
    "The logits were multiplied by the temperature, also at 0: there all tokens are alike.",
    FIRST_DIVIDE + " " + BEST,
    "multiplied_at_zero_too",
    lambda x, t: torch.softmax(x * t, -1),
)
declare(
    "The probabilities were divided, behind the softmax, and sum to 1 at temperature 1 alone.",
    FIRST_DIVIDE,
    "divided_behind",
    warm_only(lambda x, t: torch.softmax(x, -1) / t),
)
declare(
    "The probabilities were divided and went through a second softmax.",
    FIRST_DIVIDE,
    "softmax_twice",
    warm_only(lambda x, t: torch.softmax(torch.softmax(x, -1) / t, -1)),
)
declare(
    "The temperature changes nothing but at 0, as if the probabilities were divided and made to "
    "sum to 1 again.",
    FIRST_DIVIDE,
    "no_temperature_at_all",
    warm_only(lambda x, t: torch.softmax(x, -1)),
)
declare(
    "At temperature 0 NaN came: 0 divided by 0, or infinite logits in a softmax.",
    BEST,
    "divided_by_zero",
    lambda x, t: torch.softmax(x / t, -1) if t else torch.full_like(x, torch.nan),
)
declare(
    "At temperature 0 these are the probabilities at 1.",
    BEST,
    "zero_is_one",
    lambda x, t: torch.softmax(x / t, -1) if t else torch.softmax(x, -1),
)
declare(
    "At temperature 0 the number of the best token came back, not probabilities.",
    BEST,
    "argmax",
    lambda x, t: torch.softmax(x / t, -1) if t else x.argmax(-1),
)
declare(
    "At temperature 0 all tokens got the same probability.",
    "That is what an endless temperature does. " + BEST,
    "uniform_at_zero",
    lambda x, t: torch.softmax(x / t, -1) if t else torch.full_like(x, 1 / x.shape[-1]),
)
declare(
    "At temperature 0 the logits came back.",
    BEST,
    "logits_at_zero",
    lambda x, t: torch.softmax(x / t, -1) if t else x,
)
declare(
    "At temperature 0 the best token of the whole table got 1, not the best of each row.",
    "The vocabulary is the last axis: argmax(dim=-1).",
    "best_of_all",
    lambda x, t: torch.softmax(x / t, -1) if t else (x == x.max()).to(x.dtype),
)
declare(
    "At temperature 0 the best row of each token got 1.",
    "The vocabulary is the last axis: argmax(dim=-1).",
    "best_of_each_column",
    lambda x, t: torch.softmax(x / t, -1) if t else (x == x.amax(0)).to(x.dtype),
)
declare(
    "At temperature 0 the worst token got all.",
    "The best has the largest logit: argmax, not argmin.",
    "worst",
    lambda x, t: by_exponents(x, t) if t else by_exponents(-x, 0),
)
declare(
    "The softmax ran over the first axis.",
    "The vocabulary is the last axis: dim=-1.",
    "first_axis",
    warm_only(lambda x, t: torch.softmax(x / t, 0)),
)
declare(
    "The softmax is missing: these are logits, divided.",
    FIRST_DIVIDE,
    "no_softmax",
    warm_only(lambda x, t: x / t),
)
declare(
    "These are logarithms of probabilities.",
    "softmax, not log_softmax.",
    "logarithms",
    warm_only(lambda x, t: torch.log_softmax(x / t, -1)),
)
declare(
    "These are exponentials, not divided by their sum.",
    "Probabilities sum to 1 along the last axis: a softmax does it.",
    "no_sum",
    warm_only(lambda x, t: torch.exp(x / t)),
)
declare(
    "The logits were divided by the root of the temperature.",
    "That was √d_k, in attention. Here: logits / temperature.",
    "root",
    warm_only(lambda x, t: torch.softmax(x / t**0.5, -1)),
)
declare(
    "The temperature changes nothing, at 0 neither: these are the probabilities at 1.",
    FIRST_DIVIDE + " " + BEST,
    "subtracted",
    lambda x, t: torch.softmax(x - t, -1),
)


declare(
    "The probabilities were divided, behind the softmax, and at 0 nothing was done.",
    FIRST_DIVIDE + " " + BEST,
    "divided_behind_zero_is_one",
    lambda x, t: torch.softmax(x, -1) / (t or 1),
)
declare(
    "The probabilities were divided, behind the softmax; at 0 the number of the best came back.",
    FIRST_DIVIDE + " " + BEST,
    "divided_behind_and_argmax",
    lambda x, t: torch.softmax(x, -1) / t if t else x.argmax(-1),
)
declare(
    "All goes to the best token at temperatures below 1, not only at 0.",
    "Between 0 and 1 the formula holds: if temperature == 0.",
    "best_below_one",
    lambda x, t: hot(x, 0) if t < 1 else hot(x, t),
)
declare(
    "At temperature 0 the rows are shorter than the vocabulary.",
    "F.one_hot makes rows as long as its largest number needs: say num_classes=logits.shape[-1].",
    "one_hot_too_short",
    lambda x, t: hot(x, t) if t else F.one_hot(x.argmax(-1)).to(x.dtype),
)
declare(
    "At temperature 0 the largest logit came back.",
    BEST,
    "largest_logit",
    lambda x, t: hot(x, t) if t else x.amax(-1),
)
declare(
    "At temperature 0 the best token kept its logit; a probability is 1.",
    BEST,
    "logit_at_its_place",
    lambda x, t: hot(x, t) if t else x * hot(x, 0),
)
declare(
    "The exponentials were divided by the sum of the whole table.",
    "Each row sums to 1 by itself: sum(dim=-1, keepdim=True), or a softmax over dim=-1.",
    "sum_of_all",
    warm_only(lambda x, t: torch.exp(x / t) / torch.exp(x / t).sum()),
)
declare(
    "At temperature 0, of tokens that are alike and best, each got 1: the row sums to more.",
    "One token gets all, the first of them: F.one_hot of the argmax.",
    "all_of_equals",
    lambda x, t: hot(x, t) if t else (x == x.amax(-1, keepdim=True)).to(x.dtype),
)
declare(
    "At temperature 0, tokens that are alike and best share the 1, as at a very small temperature.",
    "0 is a case of its own: of equals the first gets all. F.one_hot of the argmax.",
    "equals_share",
    lambda x, t: torch.softmax(x / (t or 1e-6), -1),
)
declare(
    "At temperature 0 whole numbers came back.",
    "F.one_hot makes int64. Behind it, .to(logits.dtype).",
    "whole_numbers",
    lambda x, t: hot(x, t) if t else hot(x, t).long(),
)
declare(
    "At temperature 0 float32 came back, of float64 logits.",
    "Behind F.one_hot, .to(logits.dtype) keeps their type.",
    "another_float",
    lambda x, t: hot(x, t) if t else hot(x, t).float(),
)

declare(
    "At temperature 0 the best row of each token was looked for, not the best token of each row.",
    "The vocabulary is the last axis: argmax(dim=-1).",
    "argmax_of_columns",
    lambda x, t: hot(x, t) if t else F.one_hot(x.argmax(0), x.shape[-1]).to(x.dtype),
)
declare(
    "At all temperatures the first axis was taken for the vocabulary.",
    "The vocabulary is the last axis: dim=-1 in the softmax, and in the argmax.",
    "first_axis_everywhere",
    lambda x, t: torch.softmax(x / t, 0) if t else F.one_hot(x.argmax(0), x.shape[-1]).to(x.dtype),
)
declare(
    "At temperature 0 these are True and False.",
    "Probabilities are numbers: .to(logits.dtype). And of equals the first alone gets 1.",
    "truths",
    lambda x, t: hot(x, t) if t else x == x.amax(-1, keepdim=True),
)
