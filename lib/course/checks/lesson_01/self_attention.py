"""01.5: query, key and value from one sentence."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.attention import attention_by_einsum, fused_attention
from course.checks.lesson_01.shared import BUILT_HERE, attend

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
def roles_exchanged(x, w_q, w_k, w_v):
    return attend(x @ w_k, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The tokens themselves were blended: w_v is not used.",
    "What a token hands on is x @ w_v, which may differ from what it is.",
)
def values_not_projected(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x)


@self_attention.mistake(
    "The keys come from w_q as well: w_k is not used.",
    "With one matrix for both, every token is made to look for what it is itself. Use x @ w_k.",
)
def one_matrix_for_both(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The scores were divided by √d_model, the width of the tokens.",
    "The dot product runs over d_k entries, the width after the projection. Your function of 01.4 "
    "takes care of that: call it.",
)
def scaled_by_d_model(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1 / math.sqrt(x.shape[-1]))


@self_attention.mistake(
    "The scores are not scaled.",
    "Your function of 01.4 divides by √d_k: call it with the three projections.",
)
def self_attention_not_scaled(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1.0)


@self_attention.mistake(
    "Output and weights are exchanged.",
    "Your function of 01.4 gives back both in the right order: hand on what it returns.",
)
def self_attention_exchanged(x, w_q, w_k, w_v):
    output, weights = attend(x @ w_q, x @ w_k, x @ w_v)
    return weights, output


@self_attention.mistake(
    "Only the queries were made from x; keys and values are the bare matrices.",
    "All three come from the tokens: x @ w_q, x @ w_k, x @ w_v.",
)
def bare_matrices(x, w_q, w_k, w_v):
    return attend(x @ w_q, w_k, w_v)


@self_attention.mistake(
    "The projection matrices were turned.",
    "They are stored as (d_model, d_k), so that x @ w_q fits as it stands.",
)
def matrices_turned(x, w_q, w_k, w_v):
    return attend(x @ w_q.mT, x @ w_k.mT, x @ w_v.mT)


@self_attention.mistake(
    "The tokens attend as they are: no projection was used.",
    "Make three sets first: x @ w_q asks, x @ w_k answers to a question, x @ w_v is handed on.",
)
def no_projections(x, w_q, w_k, w_v):
    return attend(x, x, x)
