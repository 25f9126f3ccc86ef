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
    rests_on={
        "agreement_scores": ("01.1", "agreement_scores"),
        "attention_weights": ("01.2", "attention_weights"),
    },
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


@look_up.case("scores of a thousand")
def look_up_of_large_scores(draw: Draw) -> Call:
    queries, keys = np.array([[1000.0, 0.0], [0.0, -1000.0]]), np.array([[1.0, 0], [0, 1], [1, 2]])
    return Call(queries, keys, np.array([[10.0], [20.0], [40.0]]))


@look_up.reference
def look_up_by_loop(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    answers = np.zeros((len(queries), values.shape[1]))
    for i, query in enumerate(queries):
        scores = [math.fsum(query * key) for key in keys]
        shares = [math.exp(score - max(scores)) for score in scores]
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


@look_up.right_way
def look_up_by_lists(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    rows = softmax_rows(queries @ keys.T)
    return np.array([sum(w * v for w, v in zip(row, values, strict=True)) for row in rows])


@look_up.right_way
def look_up_divided_last(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    scores = queries @ keys.T
    powers = np.exp(scores - scores.max(axis=1)[:, None])
    return powers @ values / powers.sum(axis=1)[:, None]


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


@look_up.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    "A right attention_weights of 01.2 is safe for scores of any size.",
)
def look_up_overflows(queries, keys, values):
    with np.errstate(all="ignore"):
        powers = np.exp(queries @ keys.T)
        return powers / powers.sum(axis=-1, keepdims=True) @ values


@look_up.mistake(
    "The weights of a query do not sum to 1: the exponentials are not divided by their sum.",
    "A blend needs shares: a right attention_weights of 01.2 makes them.",
)
def weights_not_divided(queries, keys, values):
    with np.errstate(all="ignore"):
        return np.exp(queries @ keys.T) @ values


@look_up.mistake(
    "All queries share one budget: one softmax was taken over the whole table of scores.",
    "Each query has a budget of 1 over its keys. A right attention_weights of 01.2 gives it that.",
)
def look_up_with_one_budget(queries, keys, values):
    scores = queries @ keys.T
    return softmax_rows(scores.reshape(-1)).reshape(scores.shape) @ values


@look_up.mistake(
    "The softmax was taken twice.",
    "What attention_weights gives back are the weights already.",
)
def look_up_softmax_twice(queries, keys, values):
    return softmax_rows(softmax_rows(queries @ keys.T)) @ values


@look_up.mistake(
    "Queries and keys are exchanged: each row of weights belongs to a key.",
    "Each query needs a row: agreement_scores wants the queries first, and its table stays as it "
    "is.",
)
def keys_ask(queries, keys, values):
    return softmax_rows(keys @ queries.T) @ values


@look_up.mistake(
    "Keys and values are exchanged.",
    "Queries meet keys, and the values are blended.",
)
def keys_and_values_exchanged(queries, keys, values):
    return softmax_rows(queries @ values.T) @ keys


@look_up.mistake(
    "The queries met the values in place of the keys.",
    "Keys decide who is heard: agreement_scores(queries, keys). Values come in last.",
)
def values_asked(queries, keys, values):
    return softmax_rows(queries @ values.T) @ values


@look_up.mistake(
    "The queries were blended instead of the values.",
    "Queries ask; values are what is said. Blend the values.",
)
def blend_of_queries(queries, keys, values):
    return softmax_rows(queries @ keys.T) @ queries


@look_up.mistake(
    "These are the scores: two steps are missing.",
    "Make weights of them with your attention_weights, then blend the values.",
)
def scores_alone(queries, keys, values):
    return queries @ keys.T


@look_up.mistake(
    "The weighted values were averaged over the keys.",
    "The weights sum to 1 already, so a blend is the plain sum.",
)
def blend_averaged(queries, keys, values):
    return softmax_rows(queries @ keys.T) @ values / len(keys)


@look_up.mistake(
    "Every key was given the same weight.",
    "Who agrees more is heard more: the weights come from the scores.",
)
def all_alike(queries, keys, values):
    return np.ones((len(queries), 1)) * values.mean(axis=0)


@look_up.mistake(
    "The signs of the scores are turned: who agrees least is heard most.",
    "A large score has to become a large weight.",
)
def who_agrees_least(queries, keys, values):
    return softmax_rows(-queries @ keys.T) @ values


@look_up.mistake(
    "The softmax ran over the values, and the scores blended them.",
    "It is the scores that become weights: attention_weights of what agreement_scores gives back.",
)
def softmax_of_the_values(queries, keys, values):
    return queries @ keys.T @ softmax_rows(values)


@look_up.mistake(
    "The keys were not turned.",
    "The scores of queries with keys need `keys.T`: a right agreement_scores of 01.1 takes care "
    "of it.",
)
def look_up_keys_not_turned(queries, keys, values):
    return softmax_rows(queries @ keys) @ values


@look_up.mistake(
    "Weights and values were multiplied entry by entry, and added up along each row.",
    "One blend for each query sums over the keys, for each column of the values: weights @ values.",
)
def entries_added_along_rows(queries, keys, values):
    return (softmax_rows(queries @ keys.T) * values).sum(axis=-1)
