"""01.1: every query meets every key."""

import math

import numpy as np

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.shared import softmax_rows

agreement = Exercise(
    "01.1",
    returns="scores",
    right="Every query has met every key: one matrix product does it.",
)


@agreement.case("one query, two keys")
def one_query(draw: Draw) -> Call:
    return Call(np.array([[1.0, 2.0]]), np.array([[3.0, 1.0], [0.0, 2.0]]))


@agreement.case("as many queries as keys as features")
def square(draw: Draw) -> Call:
    return Call(draw.array(3, 3), draw.array(3, 3))


@agreement.case("four queries, five keys, three features")
def many_queries(draw: Draw) -> Call:
    return Call(draw.array(4, 3), draw.array(5, 3))


@agreement.reference
def each_with_each(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return np.array([[math.fsum(query * key) for key in keys] for query in queries])


@agreement.right_way
def agreement_by_einsum(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return np.einsum("id,jd->ij", queries, keys)


@agreement.right_way
def agreement_by_broadcasting(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return (queries[:, None, :] * keys[None, :, :]).sum(axis=-1)


@agreement.right_way
def agreement_by_inner(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return np.inner(queries, keys)


@agreement.right_way
def agreement_by_two_loops(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    scores = np.empty((len(queries), len(keys)))
    for i in range(len(queries)):
        for j in range(len(keys)):
            scores[i, j] = np.dot(queries[i], keys[j])
    return scores


NOT_TURNED = "The keys were not turned."
TURN_THE_KEYS = (
    "A matrix product sums over the last axis of the left side and the first axis of the right. "
    "Both of these have to be d_k, so turn the keys: `keys.T` is (d_k, n_k)."
)


@agreement.mistake(NOT_TURNED, TURN_THE_KEYS)
def keys_not_turned(queries, keys):
    return queries @ keys


@agreement.mistake(NOT_TURNED, TURN_THE_KEYS)
def keys_not_turned_in_dot(queries, keys):
    return np.dot(queries, keys)


LEAVE_THE_QUERIES = "The queries stay as they are: their last axis is d_k already. "


@agreement.mistake(
    "The queries were turned, and the keys were not.", LEAVE_THE_QUERIES + TURN_THE_KEYS
)
def queries_turned(queries, keys):
    return queries.T @ keys


@agreement.mistake(
    "Both were turned.", LEAVE_THE_QUERIES + "Turn the keys alone: `keys.T` is (d_k, n_k)."
)
def both_turned(queries, keys):
    return queries.T @ keys.T


@agreement.mistake(
    "The turned keys stand on the left.",
    "A product sums over the last axis of its left side. There the queries belong, whose last axis "
    "is d_k already.",
)
def turned_keys_on_the_left(queries, keys):
    return keys.T @ queries


@agreement.mistake(
    "Rows and columns are exchanged: these are keys by queries.",
    "scores[i, j] belongs to query i and key j, so the queries stand on the left of the product.",
)
def keys_by_queries(queries, keys):
    return keys @ queries.T


@agreement.mistake(
    "This is the cosine: the lengths of queries and keys were divided out.",
    "Attention uses the plain dot product: a long key may speak louder. Leave the normalisation "
    "out.",
)
def cosine(queries, keys):
    unit_queries = queries / np.linalg.norm(queries, axis=-1, keepdims=True)
    return unit_queries @ (keys / np.linalg.norm(keys, axis=-1, keepdims=True)).T


@agreement.mistake(
    "The lengths of the keys were divided out.",
    "Attention uses the plain dot product: a long key may speak louder. Leave them as they are.",
)
def keys_normalised(queries, keys):
    return queries @ (keys / np.linalg.norm(keys, axis=-1, keepdims=True)).T


@agreement.mistake(
    "The lengths of the queries were divided out.",
    "Attention uses the plain dot product: a long query is surer. Leave the queries as they are.",
)
def queries_normalised(queries, keys):
    return queries / np.linalg.norm(queries, axis=-1, keepdims=True) @ keys.T


@agreement.mistake(
    "This is one outer product: every entry met every entry, and nothing was added up.",
    "Each score is a whole dot product, of one query with one key: a matrix product, `@`.",
)
def outer_product(queries, keys):
    return np.outer(queries, keys)


NOT_DISTANCE = (
    "A distance says how far apart two vectors are, not how much they agree. Multiply entry by "
    "entry and add up: that is the dot product."
)


@agreement.mistake(
    "These are distances between queries and keys, not agreement.",
    NOT_DISTANCE,
)
def distances(queries, keys):
    return np.linalg.norm(queries[:, None] - keys[None], axis=-1)


@agreement.mistake(
    "The keys were reshaped, not turned.",
    "reshape only deals the same numbers out anew, row after row. `.T` turns rows into columns.",
)
def keys_reshaped(queries, keys):
    return queries @ keys.reshape(keys.shape[1], keys.shape[0])


@agreement.mistake(
    "Queries and keys were multiplied entry by entry.",
    "Each score is a whole dot product, of one query with one key: a matrix product, `@`.",
)
def entries_multiplied(queries, keys):
    return queries * keys


@agreement.mistake(
    "Queries and turned keys were multiplied entry by entry.",
    "`*` multiplies and adds nothing up. Each score is a whole dot product: a matrix product, `@`.",
)
def entries_multiplied_with_turned_keys(queries, keys):
    return queries * keys.T


@agreement.mistake(
    "The scores are already divided by √d_k.",
    "That comes later in the lesson, when you have seen why. Here the plain dot product is asked.",
)
def scaled_already(queries, keys):
    return queries @ keys.T / np.sqrt(queries.shape[-1])


@agreement.mistake("These are squared distances, not agreement.", NOT_DISTANCE)
def squared_distances(queries, keys):
    return ((queries[:, None] - keys[None]) ** 2).sum(axis=-1)


@agreement.mistake(
    "Rows of queries and of keys were paired, and there is one score for each pair.",
    "Every query meets every key, so there are n_q times n_k scores: a matrix product makes them.",
)
def one_to_one(queries, keys):
    return (queries * keys).sum(axis=-1)


@agreement.mistake(
    "The products were added over the keys, not over the features.",
    "Keys stay, as the columns of the table. What vanishes is the last axis, d_k.",
)
def added_over_keys(queries, keys):
    return (queries[:, None, :] * keys[None, :, :]).sum(axis=1)


@agreement.mistake(
    "The products were added over the queries, not over the features.",
    "Queries stay, as the rows of the table. What vanishes is the last axis, d_k.",
)
def added_over_queries(queries, keys):
    return (queries[:, None, :] * keys[None, :, :]).sum(axis=0)


@agreement.mistake(
    "Every product is there, but the features are not added up.",
    "A score is one number: sum over the last axis, d_k.",
)
def features_not_added(queries, keys):
    return queries[:, None, :] * keys[None, :, :]


@agreement.mistake(
    "The products were averaged over the features.",
    "A dot product is the plain sum.",
)
def averaged(queries, keys):
    return queries @ keys.T / queries.shape[-1]


@agreement.mistake(
    "These are weights already: a softmax was taken.",
    "That is the next exercise. Here the scores are asked, as they are.",
)
def softmax_already(queries, keys):
    return softmax_rows(queries @ keys.T)


@agreement.mistake(
    "Both were turned, and the keys stand on the left.",
    TURN_THE_KEYS,
)
def both_turned_keys_first(queries, keys):
    return keys.T @ queries.T
