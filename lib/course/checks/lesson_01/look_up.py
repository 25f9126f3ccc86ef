"""01.3: the whole look-up in NumPy."""

import math

import numpy as np

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.shared import BUILT_HERE, SOFTMAX_FIRST, softmax_rows
from course.checks.lesson_01.weights import weights_shifted

look_up = Exercise(
    "01.3",
    returns="answers",
    right="Agree, weigh, blend. That is attention; the rest of the course refines it.",
    forbids=BUILT_HERE,
)


@look_up.case("one query, two keys, one number for each value")
def smallest_look_up(draw: Draw) -> Call:
    return Call(np.array([[0.0, 1.0]]), np.eye(2), np.array([[10.0], [20.0]]))


@look_up.case("three of everything")
def square_look_up(draw: Draw) -> Call:
    return Call(draw.array(3, 3), draw.array(3, 3), draw.array(3, 3))


@look_up.case("four queries, five keys, d_k=3, d_v=2")
def many_look_ups(draw: Draw) -> Call:
    return Call(draw.array(4, 3), draw.array(5, 3), draw.array(5, 2))


@look_up.reference
def look_up_by_loop(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    answers = np.zeros((len(queries), values.shape[1]))
    for i, query in enumerate(queries):
        shares = [math.exp(float(query @ key)) for key in keys]
        for share, value in zip(shares, values, strict=True):
            answers[i] += share / sum(shares) * value
    return answers


@look_up.right_way
def look_up_by_matrices(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights_shifted(queries @ keys.T) @ values


@look_up.right_way
def look_up_by_einsum(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    shares = softmax_rows(np.einsum("id,jd->ij", queries, keys))
    return np.einsum("ij,jv->iv", shares, values)


@look_up.mistake("The values were blended with raw scores: the softmax is missing.", SOFTMAX_FIRST)
def blend_of_scores(queries, keys, values):
    return queries @ keys.T @ values


@look_up.mistake(
    "The weights were not made row by row: each column sums to 1.",
    "agreement_scores wants the queries first, then the keys, and attention_weights wants queries "
    "as rows. Is one of the two turned?",
)
def look_up_wrong_axis(queries, keys, values):
    return softmax_rows((queries @ keys.T).T).T @ values


@look_up.mistake(
    "The weights were turned before they met the values.",
    "weights is (n_q, n_k) and values is (n_k, d_v): the product sums over the keys as they stand.",
)
def weights_turned(queries, keys, values):
    return softmax_rows(queries @ keys.T).T @ values


@look_up.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Blend the values.",
)
def blend_of_keys(queries, keys, values):
    return softmax_rows(queries @ keys.T) @ keys


@look_up.mistake(
    "These are the weights; the blend is missing.",
    "One step is left: weights and values make the answers.",
)
def weights_alone(queries, keys, values):
    return softmax_rows(queries @ keys.T)


@look_up.mistake(
    "Weights and values were multiplied entry by entry.",
    "weights @ values sums over the keys: one blend for each query.",
)
def blend_entry_by_entry(queries, keys, values):
    return softmax_rows(queries @ keys.T) * values


@look_up.mistake(
    "Values and weights stand in the wrong order.",
    "The weights are (n_q, n_k) and stand on the left, so that the product sums over the keys.",
)
def values_first(queries, keys, values):
    return values @ softmax_rows(queries @ keys.T)


@look_up.mistake(
    "This takes the value of the best key alone: a hard look-up.",
    "A soft look-up blends all the values by their weights: weights @ values.",
)
def hard_look_up(queries, keys, values):
    return values[(queries @ keys.T).argmax(axis=-1)]


@look_up.mistake(
    "The scores are already divided by √d_k.",
    "That comes in the next section, when you have seen why. Here the plain dot product is asked.",
)
def look_up_scaled(queries, keys, values):
    return softmax_rows(queries @ keys.T / np.sqrt(queries.shape[-1])) @ values
