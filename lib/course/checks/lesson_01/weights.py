"""01.2: a softmax along each row, safe for large scores."""

import math

import numpy as np

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.shared import softmax_rows

ROWS = (
    "Each query hands out a budget of 1 over its keys. Queries are rows, so the sum runs along a "
    "row: axis=-1, with keepdims=True so that it still divides row by row."
)
ONE_BUDGET = "The sum was taken over the whole matrix, so that all rows share one budget."
WRONG_AXIS = "The softmax runs over the wrong axis: the columns sum to 1."
NO_KEEPDIMS = (
    "A number for each row was lined up with the columns, as where keepdims=True is missing."
)
KEEPDIMS = (
    "Without it the maximum and the sum have shape (n_q,), and NumPy lines that up with the last "
    "axis, the keys. With keepdims=True it is (n_q, 1), and each row meets its own number."
)
weights = Exercise(
    "01.2",
    returns="weights",
    right="Rows sum to 1, and no score is too large for it.",
    forbids=("torch.softmax", "torch.nn.functional.softmax", "torch.Tensor.softmax"),
)


@weights.case("one query, three keys")
def one_row(draw: Draw) -> Call:
    return Call(np.array([[0.0, 1.0, 2.0]]))


@weights.case("two queries, two keys")
def two_rows(draw: Draw) -> Call:
    return Call(np.array([[0.0, 1.0], [3.0, 1.0]]))


@weights.case("four queries, five keys")
def many_rows(draw: Draw) -> Call:
    return Call(draw.array(4, 5))


@weights.case("scores far below 0")
def scores_far_below(draw: Draw) -> Call:
    # What takes sizes for scores falls here already, and one maximum for all rows does not.
    return Call(np.array([[-400.0, -401.0, -399.0], [0.0, 1.0, -1.0]]))


@weights.case("scores of a thousand, too large for exp")
def large_scores(draw: Draw) -> Call:
    return Call(np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1000.0]]))


@weights.case("scores a thousand apart, in one row")
def scores_far_apart(draw: Draw) -> Call:
    return Call(
        np.array(
            [[0.0, 1000.0, 0.0], [2000.0, 0.0, 0.0], [0.0, 0.0, 1000.0], [0.0, 1000.0, 1000.0]]
        )
    )


weights.reference(softmax_rows)


@weights.right_way
def weights_shifted(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@weights.right_way
def weights_by_loop(scores: np.ndarray) -> np.ndarray:
    rows = []
    for row in scores:
        powers = [math.exp(score - max(row)) for score in row]
        rows.append([power / sum(powers) for power in powers])
    return np.array(rows)


@weights.right_way
def weights_by_logarithm(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


@weights.right_way
def weights_in_place_of_a_copy(scores: np.ndarray) -> np.ndarray:
    powers = scores.astype(float)
    powers -= powers.max(axis=1)[:, None]
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=1)[:, None]
    return powers


@weights.right_way
def weights_turned_twice(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores.T - scores.max(axis=-1))
    return (powers / powers.sum(axis=0)).T


@weights.mistake(WRONG_AXIS, ROWS)
def softmax_over_queries(scores):
    return softmax_rows(scores.T).T


@weights.mistake(WRONG_AXIS, ROWS)
def softmax_over_queries_unsafe(scores):
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum(axis=0)


@weights.mistake(WRONG_AXIS, ROWS)
def softmax_over_queries_one_maximum(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum(axis=0)


@weights.mistake(
    "The maximum was taken along the rows, but the sum along the columns.",
    "Both belong to a query, and queries are rows: axis=-1 in both places.",
)
def sum_over_queries(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=0)


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything(scores):
    return softmax_rows(scores.reshape(-1)).reshape(scores.shape)


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything_unsafe(scores):
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum()


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything_row_maximum(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum()


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def sum_without_keepdims(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def maximum_without_keepdims(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=-1))
        return powers / powers.sum(axis=-1, keepdims=True)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def nowhere_keepdims(scores):
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max(axis=-1))
        return powers / powers.sum(axis=-1)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def unsafe_and_without_keepdims(scores):
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum(axis=-1)


@weights.mistake(
    "The exponential is missing: the scores were divided by their sum.",
    "Scores may be negative or sum to 0. exp makes every one of them positive first.",
)
def no_exponential(scores):
    with np.errstate(all="ignore"):
        return scores / scores.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The exponential is missing: the shifted scores were divided by their sum.",
    "Between taking the maximum away and dividing comes exp. It makes every number positive.",
)
def no_exponential_shifted(scores):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted / shifted.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The exponentials are not divided by their sum.",
    "A blend needs shares that sum to 1 in each row: divide by the row's sum of exponentials.",
)
def not_divided(scores):
    return np.exp(scores - scores.max(axis=-1, keepdims=True))
