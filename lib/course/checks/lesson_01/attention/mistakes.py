"""01.4: mistakes with the scale, the roles, and what comes back."""

import math

from course.checks.lesson_01.attention.cases import attention
from course.checks.lesson_01.shared import SOFTMAX_FIRST, attend


@attention.mistake(
    "The scores are not scaled.",
    "Divide them by √d_k before the softmax, or a large d_k leaves nearly all weight to one key.",
)
def not_scaled(query, key, value):
    return attend(query, key, value, scale=1.0)


@attention.mistake(
    "The scores were divided by d_k in all, not by its square root.",
    "Either the root is missing, or the scores were divided by it twice, as where both query and "
    "key are divided. Their spread grows with √d_k: divide once, by that.",
)
def divided_by_d(query, key, value):
    return attend(query, key, value, scale=1 / query.shape[-1])


@attention.mistake(
    "The scores were divided by d_k and by 2: `d_k ** 1 / 2` is (d_k ** 1) / 2.",
    "`**` is reckoned before `/`. Write d_k ** 0.5, or math.sqrt(d_k).",
)
def divided_by_power_and_two(query, key, value):
    return attend(query, key, value, scale=1 / query.shape[-1] / 2)


@attention.mistake(
    "The scores were multiplied by √d_k.",
    "Their spread is too large already: divide.",
)
def multiplied(query, key, value):
    return attend(query, key, value, scale=math.sqrt(query.shape[-1]))


@attention.mistake(
    "The scores were divided by √d_v, the width of the values.",
    "Their spread comes from the dot product of query and key: use the width of those, "
    "query.shape[-1].",
)
def scaled_by_values(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(value.shape[-1]))


@attention.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Blend the values.",
)
def keys_blended(query, key, value):
    _, weights = attend(query, key, value)
    return weights @ key, weights


@attention.mistake("The values were blended with raw scores, before the softmax.", SOFTMAX_FIRST)
def scores_blended(query, key, value):
    _, weights = attend(query, key, value)
    return query @ key.mT / math.sqrt(query.shape[-1]) @ value, weights


@attention.mistake(
    "The second thing given back are the scores, not the weights.",
    "Give back what comes out of the softmax: rows that sum to 1.",
)
def scores_given_back(query, key, value):
    output, _ = attend(query, key, value)
    return output, query @ key.mT / math.sqrt(query.shape[-1])


@attention.mistake(
    "The scale comes after the softmax, so that the weights no longer sum to 1.",
    "Divide the scores, then take the softmax.",
)
def scaled_too_late(query, key, value):
    _, weights = attend(query, key, value, scale=1.0)
    weights = weights / math.sqrt(query.shape[-1])
    return weights @ value, weights


@attention.mistake(
    "Output and weights are exchanged.",
    "Give back the blend first: return output, weights.",
)
def exchanged(query, key, value):
    output, weights = attend(query, key, value)
    return weights, output


@attention.mistake(
    "The scores were divided by 8, whatever d_k is.",
    "8 is √64, the width in the paper. Take the root of the width at hand, query.shape[-1].",
)
def divided_by_eight(query, key, value):
    return attend(query, key, value, scale=1 / 8)


@attention.mistake(
    "The scores were divided by 2, whatever d_k is.",
    "2 is √4, which fits d_k = 4 alone. Take the root of the width at hand, query.shape[-1].",
)
def divided_by_two(query, key, value):
    return attend(query, key, value, scale=1 / 2)


WHOLE_ROOT = "The root of d_k was made a whole number."
KEEP_THE_ROOT = "√10 is 3.16…, not 3: no int(…), no `//`, no rounding."


@attention.mistake(WHOLE_ROOT, KEEP_THE_ROOT)
def rounded_root(query, key, value):
    return attend(query, key, value, scale=1 / round(math.sqrt(query.shape[-1])))


@attention.mistake(WHOLE_ROOT, KEEP_THE_ROOT)
def whole_root(query, key, value):
    return attend(query, key, value, scale=1 / math.isqrt(query.shape[-1]))


@attention.mistake(
    "The scores were divided by the root of the number of keys.",
    "Their spread comes from the dot product, which runs over d_k entries: the last axis, "
    "query.shape[-1].",
)
def scaled_by_number_of_keys(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(key.shape[-2]))


@attention.mistake(
    "The scores were divided by the root of the number of queries.",
    "Their spread comes from the dot product, which runs over d_k entries: the last axis, "
    "query.shape[-1].",
)
def scaled_by_number_of_queries(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(query.shape[-2]))


@attention.mistake(
    "The scores were divided by d_k squared, or by d_k twice.",
    "Divide once, by its square root: `d_k ** 0.5`, where `** 2` is a square.",
)
def divided_by_square(query, key, value):
    return attend(query, key, value, scale=1 / query.shape[-1] ** 2)


@attention.mistake(
    "Queries and keys are exchanged.",
    "Each row of scores belongs to a query: the queries stand on the left of the product.",
)
def queries_and_keys_exchanged(query, key, value):
    return attend(key, query, value)


@attention.mistake(
    "Keys and values are exchanged.",
    "Queries meet keys, and the values are blended.",
)
def keys_and_values_exchanged(query, key, value):
    return attend(query, value, key)


@attention.mistake(
    "The queries met the values in place of the keys.",
    "Keys decide who is heard: the scores come from query and key.",
)
def values_asked(query, key, value):
    return attend(query, value, value)


@attention.mistake(
    "The queries were blended instead of the values.",
    "Queries ask; values are what is said. Blend the values.",
)
def queries_blended(query, key, value):
    _, weights = attend(query, key, value)
    return weights @ query, weights


@attention.mistake(
    "This takes the value of the best key alone: a hard look-up.",
    "A soft look-up blends all the values by their weights.",
)
def hard_look_up(query, key, value):
    scores = query @ key.mT
    weights = (scores == scores.amax(-1, keepdim=True)).to(value.dtype)
    return weights @ value, weights


@attention.mistake(
    "The output was divided by √d_k, and the scores were not.",
    "It is the scores that are scaled, before the softmax. The blend stays as it is.",
)
def output_scaled_in_place_of_scores(query, key, value):
    output, weights = attend(query, key, value, scale=1.0)
    return output / query.shape[-1] ** 0.5, weights


@attention.mistake(
    "The output was divided by √d_k as well.",
    "It is the scores that are scaled, before the softmax. The blend stays as it is.",
)
def output_scaled(query, key, value):
    output, weights = attend(query, key, value)
    return output / math.sqrt(query.shape[-1]), weights


@attention.mistake(
    "The weights were turned before they met the values.",
    "weights is (..., n_q, n_k) and value is (..., n_k, d_v): the product sums over the keys as "
    "they stand.",
)
def weights_turned(query, key, value):
    _, weights = attend(query, key, value)
    return weights.mT @ value, weights


@attention.mistake(
    "The scores were divided by the root of the first axis, as in len(query).",
    "Their spread comes from the dot product, which runs over d_k entries: the last axis, "
    "query.shape[-1].",
)
def scaled_by_first_axis(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(len(query)))


@attention.mistake(
    "The scores were divided by the root of the key's first axis, as in key.shape[0].",
    "Their spread comes from the dot product, which runs over d_k entries: the last axis, "
    "query.shape[-1].",
)
def scaled_by_first_axis_of_key(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(len(key)))


def declare_fixed_width(d_k):
    """A d_k that is written out, or left over from a cell above."""

    def fixed_width(query, key, value):
        return attend(query, key, value, scale=d_k**-0.5)

    fixed_width.__name__ = f"fixed_width_{d_k}"
    attention.mistake(
        f"The scores were divided by √{d_k}, whatever the width of the queries is.",
        "Read d_k off the query that comes in: query.shape[-1]. A d_k that stands above the "
        "function belongs to something else.",
    )(fixed_width)


for d_k in (128, 256, 512):
    declare_fixed_width(d_k)
