"""01.2: mistakes that show where scores are large, and others about what is taken away."""

import numpy as np

from course.checks.lesson_01.shared import softmax_rows
from course.checks.lesson_01.weights import weights, weights_shifted

OWN_MAXIMUM = (
    "Take the largest score of each row away from that row before exp. Both the numerator and "
    "the sum change by the same factor, so the weights stay what they were."
)


def weights_less(scores: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The softmax with something else taken away before exp than each row's maximum."""
    with np.errstate(all="ignore"):
        powers = np.exp(scores - taken)
        return powers / powers.sum(axis=-1, keepdims=True)


@weights.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    OWN_MAXIMUM,
)
def no_maximum(scores):
    return weights_less(scores, 0)


@weights.mistake(
    "Right for small scores. For others exp is inf or 0, and what would be nan became 0.",
    "Then no key gets any weight. " + OWN_MAXIMUM,
)
def nan_replaced(scores):
    return np.nan_to_num(no_maximum(scores))


@weights.mistake(
    "One maximum was taken for the whole matrix, so a row far below it vanishes: 0 / 0 is nan.",
    "Each row needs its own maximum: scores.max(axis=-1, keepdims=True).",
)
def one_maximum(scores):
    return weights_less(scores, scores.max())


@weights.mistake(
    "What was taken away is the largest score without its sign, so a row far below 0 vanishes: "
    "0 / 0 is nan.",
    "The largest of -1000, -1001, -1000 is -1000, and that has to go: no abs.",
)
def largest_in_size(scores):
    return weights_less(scores, abs(scores).max(axis=-1, keepdims=True))


@weights.mistake(
    "The row's smallest score was taken away, so exp still overflows where another is far above.",
    OWN_MAXIMUM,
)
def minimum_taken_away(scores):
    return weights_less(scores, scores.min(axis=-1, keepdims=True))


@weights.mistake(
    "The row's mean was taken away, so exp still overflows where a score is far above it.",
    OWN_MAXIMUM,
)
def mean_taken_away(scores):
    return weights_less(scores, scores.mean(axis=-1, keepdims=True))


@weights.mistake(
    "The row's first score was taken away, so exp still overflows where another is far above.",
    OWN_MAXIMUM,
)
def first_taken_away(scores):
    return weights_less(scores, scores[:, :1])


@weights.mistake(
    "The row's last score was taken away, so exp still overflows where another is far above.",
    OWN_MAXIMUM,
)
def last_taken_away(scores):
    return weights_less(scores, scores[:, -1:])


@weights.mistake(
    "The maximum was added, not taken away.",
    OWN_MAXIMUM,
)
def maximum_added(scores):
    return weights_less(scores, -scores.max(axis=-1, keepdims=True))


@weights.mistake(
    "The maximum was taken along the columns, but the sum along the rows.",
    "Both belong to a query, and queries are rows: axis=-1 in both places.",
)
def maximum_over_queries(scores):
    return weights_less(scores, scores.max(axis=0))


@weights.mistake(
    "The scores were divided by their largest one, not shifted.",
    "A softmax looks at differences of scores. Taking the same number away from all of a row "
    "keeps them; dividing does not.",
)
def divided_by_maximum(scores):
    return softmax_rows(scores / scores.max(axis=-1, keepdims=True))


CUT = "Scores beyond a limit were cut to it, so that they no longer differ."


@weights.mistake(CUT, OWN_MAXIMUM)
def cut_from_both_sides(scores):
    return softmax_rows(scores.clip(-500, 500))


@weights.mistake(CUT, OWN_MAXIMUM)
def cut_from_above(scores):
    return weights_less(scores.clip(max=500), 0)


@weights.mistake(
    "The maximum was taken away in the numerator alone.",
    "Both the numerator and the sum must change by the same factor. Shift the scores once, take "
    "exp once, and use that in both places.",
)
def maximum_above_alone(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return powers / np.exp(scores).sum(axis=-1, keepdims=True)


@weights.mistake(
    "The maximum was taken away in the sum alone.",
    "Both the numerator and the sum must change by the same factor. Shift the scores once, take "
    "exp once, and use that in both places.",
)
def maximum_below_alone(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.exp(scores) / powers.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The softmax was taken twice.",
    "Its result is the weights already.",
)
def softmax_twice(scores):
    return weights_shifted(weights_shifted(scores))


@weights.mistake(
    "These are the logarithms of the weights.",
    "One exp is missing, or one logarithm too many was taken.",
)
def logarithms(scores):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@weights.mistake(
    "The exponentials were divided by their mean: a row sums to the number of keys, not to 1.",
    "A blend needs shares that sum to 1 in each row: divide by the row's sum.",
)
def divided_by_mean(scores):
    return weights_shifted(scores) * scores.shape[-1]


@weights.mistake(
    "It is the squares of the weights that sum to 1: the exponentials were divided by the root of "
    "the sum of their squares.",
    "A blend needs shares that sum to 1 in each row: divide by the row's plain sum.",
)
def divided_by_length(scores):
    return weights_shifted(scores) / np.linalg.norm(weights_shifted(scores), axis=1, keepdims=True)


@weights.mistake(
    "The maximum was taken away after exp, from the exponentials.",
    OWN_MAXIMUM,
)
def maximum_after_exp(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores) - scores.max(axis=-1, keepdims=True)
        return powers / powers.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The largest exponential was taken away, after exp: the largest score then weighs nothing.",
    OWN_MAXIMUM,
)
def largest_exponential_taken_away(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        powers = powers - powers.max(axis=-1, keepdims=True)
        return powers / powers.sum(axis=-1, keepdims=True)


SIGNS_TURNED = "The signs of the scores are turned: the largest score has the smallest share."
LARGEST_LAST = "Scores minus their row's maximum, not the maximum minus the scores."


@weights.mistake(SIGNS_TURNED, LARGEST_LAST)
def maximum_less_scores(scores):
    return weights_less(-scores, -scores.max(axis=-1, keepdims=True))


@weights.mistake(SIGNS_TURNED, "A large score has to become a large weight: exp(score).")
def signs_turned(scores):
    return softmax_rows(-scores)
