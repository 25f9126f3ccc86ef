"""01.5: query, key and value from one sentence."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.attention.right import attention_by_einsum, fused_attention
from course.checks.lesson_01.shared import BUILT_HERE, attend

self_attention = Exercise(
    "01.5",
    returns=("output", "weights"),
    right="The sentence has looked at itself: this is self-attention.",
    forbids=BUILT_HERE,
    rests_on={"attention": ("01.4", "attention")},
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


@self_attention.case("scores of a thousand")
def self_attention_with_large_scores(draw: Draw) -> Call:
    x = torch.tensor([[100.0, 0.0], [0.0, -100.0], [0.0, 10.0]])
    w_q, w_k = torch.tensor([[1.0], [1.0]]), torch.tensor([[0.0], [1.0]])
    return Call(x, w_q, w_k, torch.tensor([[1.0], [2.0]]))


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


@self_attention.right_way
def self_attention_scores_by_one_matrix(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor
) -> tuple[Tensor, Tensor]:
    scores = x @ (w_q @ w_k.T) @ x.mT / math.sqrt(w_k.shape[1])
    weights = scores.softmax(-1)
    return weights @ x @ w_v, weights


@self_attention.mistake(
    "Queries and keys are exchanged.",
    "Asking and being found are different roles: queries come from w_q, keys from w_k.",
)
def roles_exchanged(x, w_q, w_k, w_v):
    return attend(x @ w_k, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The tokens themselves were blended: w_v has no effect.",
    "What a token hands on is x @ w_v, which may differ from what it is.",
)
def values_not_projected(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x)


@self_attention.mistake(
    "The keys come from w_q as well: w_k has no effect.",
    "With one matrix for both, every token is made to look for what it is itself. Use x @ w_k.",
)
def one_matrix_for_both(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_q, x @ w_v)


@self_attention.mistake(
    "The scores were divided by √d_model, the width of the tokens.",
    "The dot product runs over d_k entries, the width after the projection. A right function of "
    "01.4 takes care of that: hand it the three projections.",
)
def scaled_by_d_model(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1 / math.sqrt(x.shape[-1]))


@self_attention.mistake(
    "The scores are not scaled.",
    "A right function of 01.4 divides by √d_k: hand it the three projections.",
)
def self_attention_not_scaled(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1.0)


@self_attention.mistake(
    "Output and weights are exchanged.",
    "The output comes first, then the weights, as a right function of 01.4 gives them back.",
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
    "The tokens attend as they are: no projection has an effect.",
    "Make three sets first: x @ w_q asks, x @ w_k answers to a question, x @ w_v is handed on.",
)
def no_projections(x, w_q, w_k, w_v):
    return attend(x, x, x)


ROLES = "Queries come from w_q, keys from w_k, values from w_v, and attend in this order."


def declare_roles(name, what, roles):
    """Another way to make the three from the tokens."""

    def attended(x, w_q, w_k, w_v):
        return attend(*roles(x, w_q, w_k, w_v))

    attended.__name__ = name
    self_attention.mistake(what, ROLES)(attended)


for name, what, roles in (
    (
        "keys_and_values_exchanged",
        "Keys and values are exchanged.",
        lambda x, q, k, v: (x @ q, x @ v, x @ k),
    ),
    (
        "queries_and_values_exchanged",
        "Queries and values are exchanged.",
        lambda x, q, k, v: (x @ v, x @ k, x @ q),
    ),
    (
        "queries_not_projected",
        "The queries are the bare tokens: w_q has no effect.",
        lambda x, q, k, v: (x, x @ k, x @ v),
    ),
    (
        "keys_not_projected",
        "The keys are the bare tokens: w_k has no effect.",
        lambda x, q, k, v: (x @ q, x, x @ v),
    ),
    (
        "values_only",
        "Only the values were projected: w_q and w_k have no effect.",
        lambda x, q, k, v: (x, x, x @ v),
    ),
    (
        "keys_blended",
        "The keys were blended instead of the values: w_v has no effect.",
        lambda x, q, k, v: (x @ q, x @ k, x @ k),
    ),
    (
        "queries_blended",
        "The queries were blended instead of the values: w_v has no effect.",
        lambda x, q, k, v: (x @ q, x @ k, x @ q),
    ),
    (
        "keys_from_w_v",
        "The keys come from w_v as well: w_k has no effect.",
        lambda x, q, k, v: (x @ q, x @ v, x @ v),
    ),
    (
        "queries_from_w_k",
        "The queries come from w_k as well: w_q has no effect.",
        lambda x, q, k, v: (x @ k, x @ k, x @ v),
    ),
    (
        "one_matrix_for_all",
        "All three come from w_q: w_k and w_v have no effect.",
        lambda x, q, k, v: (x @ q, x @ q, x @ q),
    ),
    (
        "all_one_on",
        "All three matrices are exchanged: w_k asks, w_v is found, w_q is blended.",
        lambda x, q, k, v: (x @ k, x @ v, x @ q),
    ),
    (
        "all_one_back",
        "All three matrices are exchanged: w_v asks, w_q is found, w_k is blended.",
        lambda x, q, k, v: (x @ v, x @ q, x @ k),
    ),
    (
        "keys_from_queries",
        "The keys were made from the queries, not from the tokens.",
        lambda x, q, k, v: (x @ q, x @ q @ k, x @ v),
    ),
):
    declare_roles(name, what, roles)


@self_attention.mistake(
    "A matrix stands in front of the tokens.",
    "Each row of x is a token, and its d_model entries have to meet the d_model rows of a matrix: "
    "the tokens stand on the left of the product.",
)
def matrices_in_front(x, w_q, w_k, w_v):
    return attend(w_q @ x, w_k @ x, w_v @ x)


@self_attention.mistake(
    "The scores were divided by d_k in all, not by its square root.",
    "A right function of 01.4 divides by √d_k already: hand it the three projections as they are.",
)
def self_attention_scaled_twice(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1 / w_k.shape[-1])


@self_attention.mistake(
    "The scores were divided by √d_v, the width of the values.",
    "The dot product runs over d_k entries. A right function of 01.4 takes care of that: hand it "
    "the three projections.",
)
def self_attention_scaled_by_values(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=1 / math.sqrt(w_v.shape[-1]))


@self_attention.mistake(
    "The softmax runs over the queries.",
    "Each query hands out a budget of 1 over its keys, the last axis. A right function of 01.4 "
    "does that.",
)
def self_attention_over_queries(x, w_q, w_k, w_v):
    return attend(x @ w_q, x @ w_k, x @ w_v, dim=-2)


@self_attention.mistake(
    "Right for small scores. For others exp is inf or 0, and inf / inf and 0 / 0 are nan.",
    "A right function of 01.4 has a softmax that is safe.",
)
def self_attention_overflows(x, w_q, w_k, w_v):
    powers = ((x @ w_q) @ (x @ w_k).mT / math.sqrt(w_k.shape[-1])).exp()
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ (x @ w_v), weights


@self_attention.mistake(
    "The tokens were added to the output.",
    "That is a residual connection, and belongs around attention, in lesson 06. Hand on what a "
    "right function of 01.4 returns.",
)
def tokens_added(x, w_q, w_k, w_v):
    output, weights = attend(x @ w_q, x @ w_k, x @ w_v)
    return x + output, weights


@self_attention.mistake(
    "The scores were divided by √d_model as well.",
    "√d_k is all: a right function of 01.4 divides by it, and the three projections stay as they "
    "are.",
)
def scaled_by_d_model_as_well(x, w_q, w_k, w_v):
    scale = 1 / math.sqrt(x.shape[-1] * w_q.shape[-1])
    return attend(x @ w_q, x @ w_k, x @ w_v, scale=scale)
