"""01.3: mistakes of 01.1 and 01.2, made in one of the look-up's first two steps."""

from course.checks.lesson_01.agreement import agreement
from course.checks.lesson_01.look_up import look_up
from course.checks.lesson_01.shared import softmax_rows
from course.checks.lesson_01.weights import weights

# Some of the mistakes that are taken over are declared where this comes from.
from course.checks.lesson_01.weights_of_large_scores import one_maximum  # noqa: F401


def with_scores(agree):
    """A look-up by these scores."""

    def answer(queries, keys, values):
        return softmax_rows(agree(queries, keys)) @ values

    return answer


def with_weights(weigh):
    """A look-up by these weights."""

    def answer(queries, keys, values):
        return weigh(queries @ keys.T) @ values

    return answer


SCORES = """
    cosine distances keys_reshaped squared_distances one_to_one averaged
"""
WEIGHTS = """
    softmax_over_everything_row_maximum no_exponential no_exponential_shifted not_divided
    nan_replaced one_maximum maximum_over_queries divided_by_maximum logarithms
    divided_by_mean divided_by_length maximum_after_exp maximum_less_scores
"""
look_up.inherit(agreement, SCORES.split(), with_scores)
look_up.inherit(weights, WEIGHTS.split(), with_weights)
