"""01.4: scaled dot-product attention in PyTorch, for any number of axes before the last two."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.shared import BUILT_HERE, SOFTMAX_FIRST, attend
from course.checks.lesson_01.weights import weights_shifted

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
def not_scaled(query, key, value):
    return attend(query, key, value, scale=1.0)


@attention.mistake(
    "The scores were divided by d_k; its square root is missing.",
    "The spread of the scores grows with √d_k. Divided by d_k they nearly vanish, and every key "
    "gets about the same weight.",
)
def divided_by_d(query, key, value):
    return attend(query, key, value, scale=1 / query.shape[-1])


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
    "The softmax runs over the queries, dim=-2.",
    "Each query hands out a budget of 1 over its keys: the last axis, dim=-1.",
)
def softmax_over_queries_torch(query, key, value):
    return attend(query, key, value, dim=-2)


@attention.mistake(
    "The softmax runs over the first axis, over the batch.",
    "With dim=0 unrelated sentences share one budget. Count from the end, dim=-1, and any number "
    "of batch axes may stand before.",
)
def softmax_over_batch(query, key, value):
    return attend(query, key, value, dim=0)


@attention.mistake(
    "Right without a batch, not with one: the softmax counts its axis from the front.",
    "dim=1 is the keys in a table, but the queries as soon as a batch stands before. Count from "
    "the end: dim=-1.",
)
def softmax_counts_from_the_front(query, key, value):
    return attend(query, key, value, dim=1)


@attention.mistake(
    "Right without a batch, not with one: d_k was counted from the front.",
    "query.shape[1] is d_k in a table, but the number of queries as soon as a batch stands before. "
    "Count from the end: query.shape[-1].",
)
def width_counts_from_the_front(query, key, value):
    return attend(query, key, value, scale=1 / math.sqrt(query.shape[1]))


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
    "NumPy's attention_weights was called with a tensor.",
    "In PyTorch, scores.softmax(dim=-1) does the same, and follows the gradient.",
)
def numpy_softmax_of_a_tensor(query, key, value):
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    weights = weights_shifted(scores)  # type: ignore[arg-type]
    return weights @ value, weights  # type: ignore[operator, return-value]


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
    "`.T` turns all axes of a batch around, not only the last two.",
    "Turn the last two with key.mT, or key.transpose(-2, -1).",
)
def all_axes_turned(query, key, value):
    # torch warns of .T on a batch; permute is what .T does
    turned = key.permute(*range(key.dim() - 1, -1, -1))
    weights = (query @ turned / math.sqrt(query.shape[-1])).softmax(-1)
    return weights @ value, weights
