"""The exercises of lesson 01: from agreement to batched scaled dot-product attention."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise

BUILT_HERE = (
    "attn",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
)
ROWS = (
    "Each query hands out a budget of 1 over its keys. Queries are rows, so the sum runs along a "
    "row: axis=-1, with keepdims=True so that it still divides row by row."
)
ONE_BUDGET = "One softmax was taken over the whole matrix, so that all rows share one budget."
WRONG_AXIS = "The softmax runs over the wrong axis: the columns sum to 1."
NO_KEEPDIMS = "A number for each row was lined up with the columns: keepdims=True is missing."
KEEPDIMS = (
    "Without it the maximum and the sum have shape (n_q,), and NumPy lines that up with the last "
    "axis, the keys. With keepdims=True it is (n_q, 1), and each row meets its own number."
)
SOFTMAX_FIRST = (
    "Scores can be negative and sum to anything, so they are no shares of a blend. "
    "Turn them into weights with your softmax first."
)


def softmax_rows(scores: np.ndarray) -> np.ndarray:
    """PyTorch's own softmax, as the oracle: rows sum to 1."""
    return torch.from_numpy(scores).softmax(dim=-1).numpy()


# 01.1: every query meets every key

agreement = Exercise(
    "01.1",
    returns="scores",
    right="One matrix product, and every query has met every key.",
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


@agreement.mistake(
    "The keys were not turned.",
    "A matrix product sums over the last axis of the left side and the first axis of the right. "
    "You want both sums over d_k, so turn the keys: `keys.T` is (d_k, n_k).",
)
def keys_not_turned(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries @ keys


@agreement.mistake(
    "Rows and columns are exchanged: these are keys by queries.",
    "scores[i, j] belongs to query i and key j, so the queries stand on the left of the product.",
)
def keys_by_queries(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return keys @ queries.T


@agreement.mistake(
    "The rows were scaled to length 1 first (cosine similarity).",
    "Attention uses the plain dot product: a long key may speak louder. Leave the normalisation "
    "out.",
)
def cosine(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    unit_queries = queries / np.linalg.norm(queries, axis=-1, keepdims=True)
    return unit_queries @ (keys / np.linalg.norm(keys, axis=-1, keepdims=True)).T


@agreement.mistake(
    "These are distances between queries and keys, not agreement.",
    "A distance is small where two vectors agree; the score should be large there. Multiply entry "
    "by entry and add up: that is the dot product.",
)
def distances(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return np.linalg.norm(queries[:, None] - keys[None], axis=-1)


@agreement.mistake(
    "The keys were reshaped, not turned.",
    "reshape only deals the same numbers out anew, row after row. `.T` turns rows into columns.",
)
def keys_reshaped(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries @ keys.reshape(keys.shape[1], keys.shape[0])


@agreement.mistake(
    "Queries and keys were multiplied entry by entry.",
    "Each score is a whole dot product, of one query with one key: a matrix product, `@`.",
)
def entries_multiplied(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries * keys


@agreement.mistake(
    "The scores are already divided by √d_k.",
    "That comes later in the lesson, when you have seen why. Here the plain dot product is asked.",
)
def scaled_already(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries @ keys.T / np.sqrt(queries.shape[-1])


# 01.2: a softmax along each row, safe for large scores

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


@weights.case("scores of a thousand, too large for exp")
def large_scores(draw: Draw) -> Call:
    return Call(np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1001.0, -1000.0]]))


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


@weights.mistake(WRONG_AXIS, ROWS)
def softmax_over_queries(scores: np.ndarray) -> np.ndarray:
    return softmax_rows(scores.T).T


@weights.mistake(WRONG_AXIS, ROWS)
def softmax_over_queries_unsafe(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum(axis=0)


@weights.mistake(
    "The maximum was taken along the rows, but the sum along the columns.",
    "Both belong to a query, and queries are rows: axis=-1 in both places.",
)
def sum_over_queries(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=0)


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything(scores: np.ndarray) -> np.ndarray:
    return softmax_rows(scores.reshape(-1)).reshape(scores.shape)


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything_unsafe(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum()


@weights.mistake(ONE_BUDGET, ROWS)
def softmax_over_everything_row_maximum(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum()


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def sum_without_keepdims(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def maximum_without_keepdims(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1))
    return powers / powers.sum(axis=-1, keepdims=True)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def nowhere_keepdims(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1))
    return powers / powers.sum(axis=-1)


@weights.mistake(NO_KEEPDIMS, KEEPDIMS)
def unsafe_and_without_keepdims(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum(axis=-1)


@weights.mistake(
    "Right for small scores, but exp overflows for large ones: inf / inf is nan.",
    "Take the largest score of each row away from that row before exp. Both the numerator and "
    "the sum shrink by the same factor, so the weights stay what they were.",
)
def no_maximum(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


@weights.mistake(
    "One maximum was taken for the whole matrix, so a row far below it vanishes: 0 / 0 is nan.",
    "Each row needs its own maximum: scores.max(axis=-1, keepdims=True).",
)
def one_maximum(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        powers = np.exp(scores - scores.max())
        return powers / powers.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The exponential is missing: the scores were divided by their sum.",
    "Scores may be negative or sum to 0. exp makes every one of them positive first.",
)
def no_exponential(scores: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return scores / scores.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The exponential is missing: the shifted scores were divided by their sum.",
    "Between taking the maximum away and dividing comes exp. It makes every number positive.",
)
def no_exponential_shifted(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted / shifted.sum(axis=-1, keepdims=True)


@weights.mistake(
    "The exponentials are not divided by their sum.",
    "A blend needs shares that sum to 1 in each row: divide by the row's sum of exponentials.",
)
def not_divided(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - scores.max(axis=-1, keepdims=True))


# 01.3: the whole look-up in NumPy

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
def blend_of_scores(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return queries @ keys.T @ values


@look_up.mistake(
    "The weights were not made row by row: each column sums to 1.",
    "agreement_scores wants the queries first, then the keys, and attention_weights wants queries "
    "as rows. Is one of the two turned?",
)
def look_up_wrong_axis(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows((queries @ keys.T).T).T @ values


@look_up.mistake(
    "The weights were turned before they met the values.",
    "weights is (n_q, n_k) and values is (n_k, d_v): the product sums over the keys as they stand.",
)
def weights_turned(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows(queries @ keys.T).T @ values


@look_up.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Blend the values.",
)
def blend_of_keys(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows(queries @ keys.T) @ keys


@look_up.mistake(
    "These are the weights; the blend is missing.",
    "One step is left: weights and values make the answers.",
)
def weights_alone(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows(queries @ keys.T)


@look_up.mistake(
    "Weights and values were multiplied entry by entry.",
    "weights @ values sums over the keys: one blend for each query.",
)
def blend_entry_by_entry(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows(queries @ keys.T) * values


@look_up.mistake(
    "Values and weights stand in the wrong order.",
    "The weights are (n_q, n_k) and stand on the left, so that the product sums over the keys.",
)
def values_first(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values @ softmax_rows(queries @ keys.T)


@look_up.mistake(
    "This takes the value of the best key alone: a hard look-up.",
    "A soft look-up blends all the values by their weights: weights @ values.",
)
def hard_look_up(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values[(queries @ keys.T).argmax(axis=-1)]


@look_up.mistake(
    "The scores are already divided by √d_k.",
    "That comes in the next section, when you have seen why. Here the plain dot product is asked.",
)
def look_up_scaled(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return softmax_rows(queries @ keys.T / np.sqrt(queries.shape[-1])) @ values


# 01.4: scaled dot-product attention in PyTorch, for any number of axes before the last two

attention = Exercise(
    "01.4",
    returns=("output", "weights"),
    right="This is equation 1 of the Transformer paper, and it runs for any batch.",
    forbids=BUILT_HERE,
)


@attention.case("no batch: one query, two keys, d_k=4")
def attention_without_batch(draw: Draw) -> Call:
    key = torch.tensor([[4.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    return Call(torch.tensor([[1.0, 2.0, 0.0, 0.0]]), key, torch.tensor([[1.0], [0.0]]))


@attention.case("a batch of two, with n_q=3, n_k=4, d_k=5, d_v=6")
def attention_with_batch(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5), draw.tensor(2, 4, 5), draw.tensor(2, 4, 6))


@attention.case("batch=2, heads=3, n_q=4, n_k=5, d_k=6, d_v=7")
def attention_with_heads(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


def attend(
    query: Tensor, key: Tensor, value: Tensor, *, scale: float | None = None, dim: int = -1
) -> tuple[Tensor, Tensor]:
    """Attention with one thing changed: the mistakes below are made of it."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    weights = (query @ key.mT * scale).softmax(dim)
    return weights @ value, weights


@attention.reference
def fused_attention(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    query, key, value = query.double(), key.double(), value.double()
    # PyTorch's own function gives no weights back; blending the identity matrix shows them.
    identity = torch.eye(key.shape[-2], dtype=key.dtype).expand(*key.shape[:-1], key.shape[-2])
    return (
        F.scaled_dot_product_attention(query, key, value),
        F.scaled_dot_product_attention(query, key, identity),
    )


@attention.right_way
def attention_by_einsum(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    scores = torch.einsum("...id,...jd->...ij", query, key) / query.shape[-1] ** 0.5
    powers = torch.exp(scores - scores.amax(-1, keepdim=True))
    weights = powers / powers.sum(-1, keepdim=True)
    return torch.einsum("...ij,...jv->...iv", weights, value), weights


@attention.right_way
def attention_query_scaled(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    weights = F.softmax((query / query.size(-1) ** 0.5).matmul(key.transpose(-2, -1)), dim=-1)
    return weights.matmul(value), weights


@attention.mistake(
    "The scores are not scaled.",
    "Divide them by √d_k before the softmax, or large d_k will make it choose a single key.",
)
def not_scaled(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, scale=1.0)


@attention.mistake(
    "The scores were divided by d_k; its square root is missing.",
    "The spread of the scores grows with √d_k. Divided by d_k they nearly vanish, and every key "
    "gets about the same weight.",
)
def divided_by_d(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, scale=1 / query.shape[-1])


@attention.mistake(
    "The scores were multiplied by √d_k.",
    "Their spread is too large already: divide.",
)
def multiplied(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, scale=math.sqrt(query.shape[-1]))


@attention.mistake(
    "The scores were divided by √d_v, the width of the values.",
    "Their spread comes from the dot product of query and key: use the width of those, "
    "query.shape[-1].",
)
def scaled_by_values(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, scale=1 / math.sqrt(value.shape[-1]))


@attention.mistake(
    "The softmax runs over the queries, dim=-2.",
    "Each query hands out a budget of 1 over its keys: the last axis, dim=-1.",
)
def softmax_over_queries_torch(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, dim=-2)


@attention.mistake(
    "The softmax runs over the first axis, over the batch.",
    "With dim=0 unrelated sentences share one budget. Count from the end, dim=-1, and any number "
    "of batch axes may stand before.",
)
def softmax_over_batch(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, dim=0)


@attention.mistake(
    "Right without a batch, not with one: the softmax counts its axis from the front.",
    "dim=1 is the keys in a table, but the queries as soon as a batch stands before. Count from "
    "the end: dim=-1.",
)
def softmax_counts_from_the_front(
    query: Tensor, key: Tensor, value: Tensor
) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, dim=1)


@attention.mistake(
    "Right without a batch, not with one: d_k was counted from the front.",
    "query.shape[1] is d_k in a table, but the number of queries as soon as a batch stands before. "
    "Count from the end: query.shape[-1].",
)
def width_counts_from_the_front(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return attend(query, key, value, scale=1 / math.sqrt(query.shape[1]))


@attention.mistake(
    "The keys were blended instead of the values.",
    "Keys decide who is heard; values are what is said. Blend the values.",
)
def keys_blended(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    _, weights = attend(query, key, value)
    return weights @ key, weights


@attention.mistake("The values were blended with raw scores, before the softmax.", SOFTMAX_FIRST)
def scores_blended(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    _, weights = attend(query, key, value)
    return query @ key.mT / math.sqrt(query.shape[-1]) @ value, weights


@attention.mistake(
    "The second thing given back are the scores, not the weights.",
    "Give back what comes out of the softmax: rows that sum to 1.",
)
def scores_given_back(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    output, _ = attend(query, key, value)
    return output, query @ key.mT / math.sqrt(query.shape[-1])


@attention.mistake(
    "NumPy's attention_weights was called with a tensor.",
    "In PyTorch, scores.softmax(dim=-1) does the same, and follows the gradient.",
)
def numpy_softmax_of_a_tensor(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = weights_shifted(scores)  # type: ignore[arg-type]
    return weights @ value, weights  # type: ignore[operator, return-value]


@attention.mistake(
    "The scale comes after the softmax, so that the weights no longer sum to 1.",
    "Divide the scores, then take the softmax.",
)
def scaled_too_late(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    _, weights = attend(query, key, value, scale=1.0)
    weights = weights / math.sqrt(query.shape[-1])
    return weights @ value, weights


@attention.mistake(
    "Output and weights are exchanged.",
    "Give back the blend first: return output, weights.",
)
def exchanged(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    output, weights = attend(query, key, value)
    return weights, output


@attention.mistake(
    "`.T` turns all axes of a batch around, not only the last two.",
    "Turn the last two with key.mT, or key.transpose(-2, -1).",
)
def all_axes_turned(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    # torch warns of .T on a batch; permute is what .T does
    turned = key.permute(*range(key.dim() - 1, -1, -1))
    weights = (query @ turned / math.sqrt(query.shape[-1])).softmax(-1)
    return weights @ value, weights


# 01.5: query, key and value from one sentence

self_attention = Exercise(
    "01.5",
    returns=("output", "weights"),
    right="The sentence has looked at itself: this is self-attention.",
    forbids=BUILT_HERE,
)


@self_attention.case("two tokens, d_model=2, d_k=1, d_v=1")
def two_tokens(draw: Draw) -> Call:
    w_q, w_k, w_v = (
        torch.tensor(rows) for rows in ([[1.0], [0.0]], [[0.0], [1.0]], [[2.0], [3.0]])
    )
    return Call(torch.tensor([[1.0, 0.0], [1.0, 2.0]]), w_q, w_k, w_v)


@self_attention.case("four tokens, all widths three")
def equal_widths(draw: Draw) -> Call:
    return Call(draw.tensor(4, 3), draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3))


@self_attention.case("a batch of two, n=3, d_model=4, d_k=5, d_v=6")
def batch_of_sentences(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4), draw.tensor(4, 5), draw.tensor(4, 5), draw.tensor(4, 6))


@self_attention.reference
def projected_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    x, w_q, w_k, w_v = x.double(), w_q.double(), w_k.double(), w_v.double()
    return fused_attention(F.linear(x, w_q.T), F.linear(x, w_k.T), F.linear(x, w_v.T))


@self_attention.right_way
def self_attention_by_matrices(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor
) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, x @ w_k, x @ w_v)


@self_attention.right_way
def self_attention_by_einsum(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor
) -> tuple[Tensor, Tensor]:
    query, key, value = (torch.einsum("...nd,dk->...nk", x, w) for w in (w_q, w_k, w_v))
    return attention_by_einsum(query, key, value)


@self_attention.mistake(
    "Queries and keys are exchanged.",
    "Asking and being found are different roles: queries come from w_q, keys from w_k.",
)
def roles_exchanged(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_k, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The tokens themselves were blended: w_v is not used.",
    "What a token hands on is x @ w_v, which may differ from what it is.",
)
def values_not_projected(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, x @ w_k, x)


@self_attention.mistake(
    "The keys come from w_q as well: w_k is not used.",
    "With one matrix for both, every token is made to look for what it is itself. Use x @ w_k.",
)
def one_matrix_for_both(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The scores were divided by √d_model, the width of the tokens.",
    "The dot product runs over d_k entries, the width after the projection. Your function of 01.4 "
    "takes care of that: call it.",
)
def scaled_by_d_model(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1 / math.sqrt(x.shape[-1]))


@self_attention.mistake(
    "The scores are not scaled.",
    "Your function of 01.4 divides by √d_k: call it with the three projections.",
)
def self_attention_not_scaled(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor
) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1.0)


@self_attention.mistake(
    "Output and weights are exchanged.",
    "Your function of 01.4 gives back both in the right order: hand on what it returns.",
)
def self_attention_exchanged(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor
) -> tuple[Tensor, Tensor]:
    output, weights = attend(x @ w_q, x @ w_k, x @ w_v)
    return weights, output


@self_attention.mistake(
    "Only the queries were made from x; keys and values are the bare matrices.",
    "All three come from the tokens: x @ w_q, x @ w_k, x @ w_v.",
)
def bare_matrices(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q, w_k, w_v)


@self_attention.mistake(
    "The projection matrices were turned.",
    "They are stored as (d_model, d_k), so that x @ w_q fits as it stands.",
)
def matrices_turned(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x @ w_q.mT, x @ w_k.mT, x @ w_v.mT)


@self_attention.mistake(
    "The tokens attend as they are: no projection was used.",
    "Make three sets first: x @ w_q asks, x @ w_k answers to a question, x @ w_v is handed on.",
)
def no_projections(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor) -> tuple[Tensor, Tensor]:
    return attend(x, x, x)
