"""The exercises of lesson 10: linear attention three ways, the bytes of a cache, a cached step."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

import attn
from course.checking import Call, Draw, Exercise

LINEAR = ("attn.efficient.linear",)
NO_FEATURES = (
    "Raw queries and keys were multiplied: the feature map is missing.",
    "Their products may be negative, or sum to 0, and then they are no weights. Give query and key "
    "to phi first.",
)
DIVIDED = (
    "The blend is not divided by the sum of its weights.",
    "Weights phi(q)·phi(k) do not sum to 1 by themselves. Each query reads its divisor from z, as "
    "it reads its blend from s.",
)
VALUE_FEATURES = (
    "The values went through the feature map too.",
    "Only what is compared needs features: query and key. Values are handed on as they are.",
)
Z_ALONG_BATCH = (
    "Right without a batch, not with one: z is a sum over the batch.",
    "dim=0 are the keys in a table, but the batch as soon as one stands before. Count from the "
    "end: the keys are dim=-2.",
)
NO_BRACKETS = (
    "The divisor needs brackets of its own.",
    "Python works from left to right: `a @ s / a @ z` divides by a, and then multiplies by z. "
    "Write `(…) / (query @ z)`.",
)
NO_COLUMN = "z has no column: the divisors were lined up with the wrong axis."
COLUMN = (
    "`query @ z` with z of shape (d,) gives (n_q,), and that is lined up with the features of the "
    "blend. Make z a column, `[..., None]`, and each row meets its own divisor."
)
NO_KEEPDIM = (
    "The divisors were lined up with the wrong axis: keepdim=True is missing.",
    "Summed over the features, (..., d) becomes (...). With keepdim=True it is (..., 1), and each "
    "token meets its own divisor.",
)
SOFTMAX = (
    "This is softmax attention.",
    "Here a weight is phi(q)·phi(k), divided by the sum of the row. That is what lets the brackets "
    "move.",
)


def phi(x: Tensor) -> Tensor:
    return F.elu(x) + 1


def weigh(query: Tensor, key: Tensor, causal: bool = False) -> Tensor:
    """The weights of each query, not yet divided: (..., n_q, n_k)."""
    scores = torch.einsum("...id,...jd->...ij", phi(query), phi(key))
    return scores.tril() if causal else scores


def share(scores: Tensor) -> Tensor:
    return scores / scores.sum(-1, keepdim=True)


EVERY_TABLE = (
    "Every query read from every token's table.",
    "`query @ s` multiplies the whole table of queries with each s. Query i reads from s_i alone: "
    "stand each query as a column beside its table, multiply, and sum over the features.",
)
READ_BY_PRODUCT = (
    "Right without a batch, not with one: `query @ s` lets every query read from every table.",
    "Query and s belong together token by token. Stand each query as a column beside its own "
    "table, multiply, and sum over the features, as in 10.2.",
)


# 10.1: linear attention with the brackets moved

linear = Exercise(
    "10.1",
    returns="output",
    right="The keys and values wait in one small table, and each query reads from it.",
    forbids=LINEAR,
)


@linear.case("the numbers of the text: features (1, 2) and (1, 1), (2, 1), (1, 3)")
def by_hand(draw: Draw) -> Call:
    key = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    return Call(torch.tensor([[0.0, 1.0]]), key, torch.tensor([[10.0], [20.0], [30.0]]))


@linear.case("three of everything")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3))


@linear.case("batch 2, heads 3, n_q=4, n_k=5, d=6, d_v=7")
def all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


@linear.reference
def linear_pair_by_pair(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key, value = query.double(), key.double(), value.double()
    rows = []
    for i in range(query.shape[-2]):
        weights = (phi(query[..., i : i + 1, :]) * phi(key)).sum(-1, keepdim=True)  # (..., n_k, 1)
        rows.append((weights * value).sum(-2) / weights.sum(-2))
    return torch.stack(rows, dim=-2)


@linear.right_way
def linear_by_brackets(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return query @ (key.transpose(-2, -1) @ value) / (query @ key.sum(-2).unsqueeze(-1))


@linear.right_way
def linear_by_einsum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s = torch.einsum("...jd,...jv->...dv", phi(key), value)
    total = torch.einsum("...id,...jd->...i", phi(query), phi(key))
    return torch.einsum("...id,...dv->...iv", phi(query), s) / total[..., None]


@linear.right_way
def linear_by_the_large_table(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(weigh(query, key)) @ value


@linear.mistake(*NO_FEATURES)
def linear_without_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return query @ (key.mT @ value) / (query @ key.sum(-2)[..., None])


@linear.mistake(
    "Only the query went through the feature map.",
    "A weight is phi(q)·phi(k): the keys need their features too, in s and in z.",
)
def linear_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (key.mT @ value) / (phi(query) @ key.sum(-2)[..., None])


@linear.mistake(
    "Only the keys went through the feature map.",
    "A weight is phi(q)·phi(k): the query needs its features too, above and below the fraction.",
)
def linear_raw_queries(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return query @ (phi(key).mT @ value) / (query @ phi(key).sum(-2)[..., None])


@linear.mistake(*DIVIDED)
def linear_not_divided(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (phi(key).mT @ value)


@linear.mistake(
    "The blend was divided by the number of keys.",
    "Not every key weighs the same. The divisor is the sum of this query's weights: phi(q)·z.",
)
def linear_divided_by_n(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (phi(key).mT @ value) / key.shape[-2]


@linear.mistake(
    "The divisor is the sum of the keys' features alone: the query has no part in it.",
    "Each query weighs the keys in its own way, so it has a divisor of its own: phi(q)·z.",
)
def linear_divided_without_query(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (phi(key).mT @ value) / phi(key).sum((-2, -1), keepdim=True)


@linear.mistake(
    "s was divided by z before any query read from it.",
    "A ratio of sums is not a sum of ratios. First the query reads from s and from z, then the one "
    "is divided by the other.",
)
def linear_table_divided(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (phi(key).mT @ value / phi(key).sum(-2)[..., None])


@linear.mistake(
    "The feature map was applied to the scores, after the product.",
    "phi works on query and key each by itself, before they meet. After the product it needs the "
    "whole table of pairs again.",
)
def linear_features_of_scores(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(phi(query @ key.mT)) @ value


@linear.mistake(*SOFTMAX)
def linear_softmax(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value)


@linear.mistake(*VALUE_FEATURES)
def linear_value_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return linear_by_brackets(query, key, phi(value))


@linear.mistake(
    "A softmax stands where the division should be.",
    "The weights phi(q)·phi(k) are positive already. They only have to be divided by their sum.",
)
def linear_softmax_of_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return weigh(query, key).softmax(-1) @ value


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2))


@linear.mistake(
    "z is a sum over the features, not over the keys.",
    "z keeps one number for each feature, (d,): sum over the axis of the keys, dim=-2.",
)
def linear_z_over_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-1)[..., None])


@linear.mistake(
    "The keys were not transposed.",
    "s sums over the keys: from (n_k, d) and (n_k, d_v) to (d, d_v). `key.mT` is (d, n_k).",
)
def linear_keys_not_transposed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = key @ value
    z = key.sum(dim=-2)[..., None]
    return (query @ s) / (query @ z)


def reversed_axes(x: Tensor) -> Tensor:
    """What .T does, of which torch warns."""
    return x.permute(*range(x.dim() - 1, -1, -1))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_from_the_front(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (reversed_axes(key) @ value)) / (query @ key.sum(dim=0))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_along_the_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0))


@linear.mistake(
    "Right without a batch, not with one: .T turns all the axes around.",
    "Only the last two may change places, whatever stands before them: `.mT`.",
)
def linear_all_axes_transposed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (reversed_axes(key) @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "Right without a batch, not with one: the axes to exchange were counted from the front.",
    "With a batch, 0 and 1 are batch and heads. Count from the end, -2 and -1, or take `.mT`.",
)
def linear_front_axes_transposed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.transpose(0, 1) @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "Right without a batch, not with one: .t() takes single tables only.",
    "`.mT` exchanges the last two axes, whatever stands before them.",
)
def linear_t_of_a_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.t() @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_front_axes(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.transpose(0, 1) @ value)) / (query @ key.sum(dim=0))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_t_of_a_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.t() @ value)) / (query @ key.sum(dim=0))


@linear.mistake(*NO_KEEPDIM)
def linear_no_keepdim(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2, keepdim=True)).sum(dim=-1)


@linear.mistake(
    "Right without a batch, not with one: z was lined up with the queries.",
    "`query * z` meets every query only if z keeps the axis of the keys, with length 1: sum with "
    "keepdim=True.",
)
def linear_z_lost_its_axis(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2)).sum(dim=-1, keepdim=True)


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch_front_column(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0)[:, None])


@linear.mistake(*NO_BRACKETS)
def linear_without_brackets_and_column(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / query @ key.sum(dim=-2)


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0)[..., None])


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch_column_later(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0))[..., None]


@linear.mistake(
    "Right without a batch, not with one: the divisors were made a column from the front.",
    "`[:, None]` adds an axis after the first, which is the batch. `[..., None]` adds it at the "
    "end.",
)
def linear_column_from_the_front(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2)[:, None])


@linear.mistake(
    "z was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def linear_z_from_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query = phi(query)
    return (query @ (phi(key).mT @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "s was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def linear_s_from_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query = phi(query)
    return (query @ (key.mT @ value)) / (query @ phi(key).sum(dim=-2)[..., None])


@linear.mistake(
    "z is the mean of the keys, where a sum is asked for.",
    "s sums over the keys, so its divisor has to sum as well, or every answer is n_k times too "
    "large.",
)
def linear_z_is_a_mean(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.mean(dim=-2)[..., None])


@linear.mistake(*NO_BRACKETS)
def linear_without_brackets(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / query @ key.sum(dim=-2)[..., None]


@linear.mistake(
    "The answer was divided by √d as well.",
    "There is no softmax to be kept from saturating: dividing by phi(q)·z is all that is needed.",
)
def linear_divided_by_root(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return linear_by_brackets(query, key, value) / query.shape[-1] ** 0.5


@linear.mistake(
    "Other features than those of phi: everything below 0 was set to 0.",
    "Two vectors without a common feature would weigh 0, and a row may sum to 0. Use the phi of "
    "the text.",
)
def linear_by_relu(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = query.relu(), key.relu()
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "z is a table of one row, (1, d): the product with it does not fit.",
    "Each query needs one divisor: (n_q, d) times a *column* (d, 1) gives (n_q, 1). Sum without "
    "keepdim, and add the axis at the end: `[..., None]`.",
)
def linear_z_is_a_row(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2, keepdim=True))


@linear.mistake(
    "Query and z were multiplied entry by entry, and not summed.",
    "phi(q)·z is a dot product, one number for each query: `query @ z` with z as a column.",
)
def linear_divisor_not_summed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2))


@linear.mistake(
    "One divisor was made for all queries.",
    "Every query has a sum of weights of its own: one divisor for each row.",
)
def linear_one_divisor(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = weigh(query, key)
    return scores @ value / scores.sum()


@linear.mistake(
    "The divisor is the sum of all the keys' features: the query has no part in it.",
    "Each query weighs the keys in its own way, so it has a divisor of its own: phi(q)·z.",
)
def linear_divided_by_one_number(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ (phi(key).mT @ value) / phi(key).sum()


@linear.mistake(
    "The feature map was applied to the table s, and nothing was divided.",
    "phi works on the keys before they meet the values. Then each query reads from s and divides "
    "by what it reads from z.",
)
def linear_features_of_the_table(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return phi(query) @ phi(key.mT @ value)


# 10.2: causal, by a running sum

causal = Exercise(
    "10.2",
    returns="output",
    right="A mask has become a running sum, above and below the fraction.",
    forbids=LINEAR,
)


@causal.case("three tokens of equal weight: 10, 20, 30")
def running_mean(draw: Draw) -> Call:
    return Call(torch.zeros(3, 1), torch.zeros(3, 1), torch.tensor([[10.0], [20.0], [30.0]]))


@causal.case("three tokens, d=3, d_v=3")
def causal_square(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3))


@causal.case("a batch of three, n=3, d=3, d_v=3")
def causal_cube(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), draw.tensor(3, 3, 3), draw.tensor(3, 3, 3))


@causal.case("batch 2, heads 3, n=5, d=6, d_v=7")
def causal_all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


@causal.reference
def causal_by_masked_weights(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(weigh(query.double(), key.double(), causal=True)) @ value.double()


@causal.right_way
def causal_by_running_sum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value)


@causal.right_way
def causal_by_loop(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s: Tensor | int = 0
    z: Tensor | int = 0
    rows = []
    for q, k, v in zip(phi(query).unbind(-2), phi(key).unbind(-2), value.unbind(-2), strict=True):
        s, z = s + k[..., None] * v[..., None, :], z + k
        rows.append(torch.einsum("...d,...dv->...v", q, s) / (q * z).sum(-1, keepdim=True))
    return torch.stack(rows, dim=-2)


@causal.right_way
def causal_by_beginnings(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    rows = [
        linear_by_brackets(query[..., i : i + 1, :], key[..., : i + 1, :], value[..., : i + 1, :])
        for i in range(query.shape[-2])
    ]
    return torch.cat(rows, dim=-2)


def total(x: Tensor, dim: int) -> Tensor:
    """The whole sum at every token, where a running sum is asked for."""
    return x.sum(dim, keepdim=True).expand_as(x)


def read_running(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    sum_tables: Callable[[Tensor, int], Tensor] = torch.cumsum,
    sum_keys: Callable[[Tensor, int], Tensor] = torch.cumsum,
    axis: int = -3,
) -> Tensor:
    """Causal linear attention, with other sums than the right ones."""
    query, key = phi(query), phi(key)
    s = sum_tables(key[..., None] * value[..., None, :], axis)
    z = sum_keys(key, -2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(
    "The future is in the sum: every token reads from the same s and z.",
    "Token i may only read what was collected up to i. `sum` has to become `cumsum`, a sum that "
    "runs along the tokens.",
)
def causal_sees_all(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(weigh(query, key)) @ value


@causal.mistake(
    "The future is in the divisor: z is the sum over all keys.",
    "The divisor is the sum of the weights that went into the blend, so it has to run as s does: "
    "key.cumsum(dim=-2).",
)
def causal_z_sees_all(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, sum_keys=total)


@causal.mistake(
    "The future is in the blend: s is the sum over all tokens, only z runs.",
    "Both sums run. The tables (..., n, d, d_v) run along the tokens, axis -3.",
)
def causal_s_sees_all(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, sum_tables=total)


@causal.mistake(
    "The sums do not run: each token reads its own table alone.",
    "Then every token gets its own value back. Let the tables and the keys run: `cumsum`.",
)
def causal_no_sum(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return value.clone()


@causal.mistake(
    "The sum of the tables runs along the features of the keys, not along the tokens.",
    "In (..., n, d, d_v) the tokens are the third axis from the end: dim=-3.",
)
def causal_runs_along_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, axis=-2)


@causal.mistake(
    "The sum of the tables runs along the features of the values, not along the tokens.",
    "In (..., n, d, d_v) the tokens are the third axis from the end: dim=-3.",
)
def causal_runs_along_values(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, axis=-1)


@causal.mistake(
    "Right without a batch, not with one: the sums count their axis from the front.",
    "dim=0 are the tokens in a table, but the sentences as soon as a batch stands before. Count "
    "from the end: -3 for the tables, -2 for the keys.",
)
def causal_runs_along_the_batch(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, axis=0, sum_keys=lambda x, _: x.cumsum(0))


@causal.mistake(
    "A token does not see itself: the sums stop one token too early.",
    "Token i may see the tokens up to itself, so its own key and value belong to its sums. That is "
    "what cumsum gives.",
)
def causal_without_self(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    scores = weigh(query, key).tril(-1)
    return scores @ value / scores.sum(-1, keepdim=True)


@causal.mistake(
    "The sums run backwards: each token sees itself and what comes later.",
    "cumsum begins at the first token, and that is the right direction. Is something flipped, or "
    "the larger half of a mask kept?",
)
def causal_backwards(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share(weigh(query, key).triu()) @ value


@causal.mistake(*DIVIDED)
def causal_not_divided(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return weigh(query, key, causal=True) @ value


@causal.mistake(
    "The blend was divided by the number of tokens seen.",
    "Not every key weighs the same. The divisor of token i is phi(q_i)·z_i.",
)
def causal_divided_by_count(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    seen = torch.arange(1, query.shape[-2] + 1)[:, None]
    return weigh(query, key, causal=True) @ value / seen


@causal.mistake(
    "This is the running mean of the values: all keys weigh the same.",
    "The values are collected together with their keys' features, and the query reads from that. "
    "It decides how much each of them weighs.",
)
def causal_mean_of_values(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return value.cumsum(-2) / torch.arange(1, query.shape[-2] + 1)[:, None]


@causal.mistake(*NO_FEATURES)
def causal_without_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share((query @ key.mT).tril()) @ value


@causal.mistake(
    "Only the query went through the feature map.",
    "A weight is phi(q)·phi(k): the keys need their features too, in s and in z.",
)
def causal_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share((phi(query) @ key.mT).tril()) @ value


@causal.mistake(
    "Only the keys went through the feature map.",
    "A weight is phi(q)·phi(k): the query needs its features too, above and below the fraction.",
)
def causal_raw_queries(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return share((query @ phi(key).mT).tril()) @ value


@causal.mistake(*SOFTMAX)
def causal_softmax(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, is_causal=True)


@causal.mistake(
    "The running tables were summed over all tokens, so that one row comes back.",
    "Sum over d, the axis of the features: dim=-2 of (..., n, d, d_v). The tokens stay.",
)
def causal_summed_over_tokens(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-3) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(*NO_KEEPDIM)
def causal_no_keepdim(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key.cumsum(-2)).sum(-1)


@causal.mistake(*EVERY_TABLE)
def causal_every_table(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "Every query was given a divisor from every token's z.",
    "`query @ z.mT` is a table of all pairs. Query i needs z_i alone: multiply entry by entry, and "
    "sum over the features, with keepdim=True.",
)
def causal_every_divisor(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query @ key.cumsum(-2).mT)


@causal.mistake(
    "The sums run along the wrong axis: their axis was counted from the front.",
    "dim=1 is another axis with a batch than without. Count from the end: the tokens are -3 in the "
    "tables, -2 in the keys.",
)
def causal_runs_along_axis_one(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, axis=1, sum_keys=lambda x, _: x.cumsum(1))


@causal.mistake(
    "z runs along the features, not along the tokens.",
    "In (..., n, d) the tokens are the second axis from the end: dim=-2.",
)
def causal_z_along_features(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return read_running(query, key, value, sum_keys=lambda x, _: x.cumsum(-1))


@causal.mistake(
    "The blend was summed over the features of the values.",
    "What has to vanish is d, the axis that query and key share: dim=-2 of (..., n, d, d_v).",
)
def causal_summed_over_values(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-1) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The sum over all tokens was made first, and then let run along the features.",
    "`key.mT @ value` has summed over the tokens already: the future is in it. Make one table for "
    "each token, a column of its key times a row of its value, and let those run.",
)
def causal_product_first(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key.mT @ value).cumsum(-2)
    return (query @ s) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The blend was divided by z itself.",
    "z_i is a row of d numbers. The divisor is what the query reads from it: their dot product.",
)
def causal_divided_by_z(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / key.cumsum(-2)


@causal.mistake(
    "Right without a batch, not with one: the axes were counted from the front.",
    "Count from the end, with `...` for whatever stands before: `key[..., :, None]`, and the "
    "tokens are -3 in the tables, -2 in the keys.",
)
def causal_from_the_front(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[:, :, None] * value[:, None, :]).cumsum(0)
    return (query[:, :, None] * s).sum(1) / (query * key.cumsum(0)).sum(1, keepdim=True)


@causal.mistake(*EVERY_TABLE)
def causal_every_table_and_divisor(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query @ key.cumsum(-2).mT)


@causal.mistake(*EVERY_TABLE)
def causal_every_table_and_column(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query @ key.cumsum(-2)[..., None])


@causal.mistake(
    "Each table is transposed: values down, keys across.",
    "The tables are (..., n, d, d_v): the key is the column, `key[..., :, None]`, the value the "
    "row, `value[..., None, :]`.",
)
def causal_table_transposed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    s = (value[..., :, None] * key[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The sums ran after the reading: each query read its own table alone, and the answers were "
    "added up.",
    "Query i asks everything up to i in its own words. So first the tables and the keys run, then "
    "query i reads from s_i and z_i.",
)
def causal_runs_after_reading(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key)
    blend = (query * key).sum(-1, keepdim=True) * value
    return blend.cumsum(-2) / (query * key).sum(-1, keepdim=True).cumsum(-2)


@causal.mistake(
    "This is the running sum of the values: the keys have cancelled.",
    "Did keys and values run each by themselves, before they were multiplied? Or did the finished "
    "answers run? First make the table of each token, then let the tables and the keys run.",
)
def causal_product_of_sums(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    query, key = phi(query), phi(key).cumsum(-2)
    s = key[..., None] * value.cumsum(-2)[..., None, :]
    return (query[..., None] * s).sum(-2) / (query * key).sum(-1, keepdim=True)


@causal.mistake(
    "z was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def causal_z_from_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s = (phi(key)[..., None] * value[..., None, :]).cumsum(-3)
    query, z = phi(query), key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(
    "The tables were made from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def causal_s_from_raw_keys(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    query, z = phi(query), phi(key).cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


# 10.3: the same layer, one token at a time

step = Exercise(
    "10.3",
    returns=("output", "s", "z"),
    right="Trained as attention, used as an RNN: one layer.",
    forbids=LINEAR,
)
Step = tuple[Tensor, Tensor, Tensor]


@step.case("one feature, one value: a state that has seen 10 and 20 with weight 1")
def third_token(draw: Draw) -> Call:
    one = torch.zeros(1)  # its feature is 1
    return Call(one, one, torch.tensor([30.0]), torch.tensor([[30.0]]), torch.tensor([2.0]))


@step.case("the first token: an empty state")
def first_token(draw: Draw) -> Call:
    return Call(draw.tensor(3), draw.tensor(3), draw.tensor(2), torch.zeros(3, 2), torch.zeros(3))


@step.case("a batch of three, d=3, d_v=3")
def step_cube(draw: Draw) -> Call:
    s, z = draw.tensor(3, 3, 3), draw.tensor(3, 3).abs() + 1
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3), s, z)


@step.case("batch 2, heads 3, d=4, d_v=5")
def step_all_different(draw: Draw) -> Call:
    s, z = draw.tensor(2, 3, 4, 5), draw.tensor(2, 3, 4).abs() + 1
    return Call(draw.tensor(2, 3, 4), draw.tensor(2, 3, 4), draw.tensor(2, 3, 5), s, z)


@step.reference
def step_number_by_number(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    query, key, value, s, z = phi(query), phi(key), value.double(), s.double(), z.double()
    s, z = s.clone(), z.clone()
    d, d_v = s.shape[-2:]
    for a in range(d):
        z[..., a] += key[..., a]
        for b in range(d_v):
            s[..., a, b] += key[..., a] * value[..., b]
    divisor = torch.stack([query[..., a] * z[..., a] for a in range(d)]).sum(0)
    blend = torch.stack([query[..., a, None] * s[..., a, :] for a in range(d)]).sum(0)
    output = blend / divisor[..., None]
    return output, s, z


@step.right_way
def step_by_einsum(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    return take_and_read(query, key, value, s, z)


@step.right_way
def step_by_matrix_products(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    query, key = phi(query)[..., None, :], phi(key)[..., None]  # (..., 1, d) and (..., d, 1)
    s = s + key @ value[..., None, :]
    z = z + key.squeeze(-1)
    return (query @ s / (query @ z[..., None])).squeeze(-2), s, z


def read(query: Tensor, s: Tensor, z: Tensor) -> Tensor:
    return torch.einsum("...d,...dv->...v", query, s) / (query * z).sum(-1, keepdim=True)


def outer(key: Tensor, value: Tensor) -> Tensor:
    return torch.einsum("...d,...v->...dv", key, value)


def take_and_read(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(phi(key), value), z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The query read before the token was taken in.",
    "A token may see itself, so its key and value join the state first. At the first token there "
    "would be nothing to read, and 0 / 0.",
)
def step_reads_first(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    return read(phi(query), s, z), new_s, new_z


@step.mistake(
    "The state was replaced by the newest token, so everything before is forgotten.",
    "A state collects: the new s is the old s plus one table, the new z the old z plus one key.",
)
def step_forgets(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = outer(phi(key), value), phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The old state was given back.",
    "The next step has to know this token: give back the new s and the new z.",
)
def step_old_state(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    output, _, _ = take_and_read(query, key, value, s, z)
    return output, s.clone(), z.clone()


@step.mistake(
    "s has taken the token in, z has not.",
    "Both are sums over all tokens so far, above and below the fraction: z = z + phi(key).",
)
def step_z_stays(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s = s + outer(phi(key), value)
    return read(phi(query), s, z), s, z.clone()


@step.mistake(
    "The raw key was stored: the feature map is missing.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw_key(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(key, value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "Raw queries and keys were used: the feature map is missing.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(key, value), z + key
    return read(query, s, z), s, z


@step.mistake(
    "The raw query reads: the feature map is missing there.",
    "Query and key are compared as features: phi(query) reads from s and from z.",
)
def step_raw_query(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(phi(key), value), z + phi(key)
    return read(query, s, z), s, z


@step.mistake(
    "The query was stored where the key belongs.",
    "Keys are what can be found, so they join the state. The query only reads.",
)
def step_stores_query(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    return take_and_read(query, query, value, s, z)


@step.mistake(*DIVIDED)
def step_not_divided(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    _, s, z = take_and_read(query, key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s), s, z


@step.mistake(
    "Each table is transposed: values down, keys across.",
    "s is (..., d, d_v): a row for each feature of the keys. The key is the column, "
    "`key[..., :, None]`, the value the row.",
)
def step_table_transposed(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + value[..., :, None] * phi(key)[..., None, :], z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "Right without a batch, not with one: the axes were counted from the front.",
    "key[:, None] is a column only without a batch. Count from the end: `key[..., :, None]`, and "
    "sum over dim=-2.",
)
def step_from_the_front(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    query, key = phi(query), phi(key)
    s, z = s + key[:, None] * value[None, :], z + key
    return (query[:, None] * s).sum(0) / (query * z).sum(), s, z


@step.mistake(
    "s and z are exchanged.",
    "Give back the output, then the table s, then the vector z.",
)
def step_exchanged(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    output, s, z = take_and_read(query, key, value, s, z)
    return output, z, s


@step.mistake(*NO_KEEPDIM)
def step_no_keepdim(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    _, s, z = take_and_read(query, key, value, s, z)
    query = phi(query)
    return torch.einsum("...d,...dv->...v", query, s) / (query * z).sum(-1), s, z


@step.mistake(
    "The answer was summed over the features of the values.",
    "What has to vanish is d, the axis that query and key share: dim=-2 of (..., d, d_v).",
)
def step_summed_over_values(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    _, s, z = take_and_read(query, key, value, s, z)
    query = phi(query)
    return (query[..., None] * s).sum(-1) / (query * z).sum(-1, keepdim=True), s, z


@step.mistake(
    "Key and value were multiplied with @: that is no table of each with each.",
    "One key (d,) and one value (d_v,) make a table (d, d_v): a column, `key[..., :, None]`, times "
    "a row, entry by entry.",
)
def step_dot_product(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + phi(key) @ value, z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "A single token was transposed with .mT, but it is a row of numbers, not a table.",
    "Make a column of the key, `key[..., :, None]`, and a row of the value, and multiply.",
)
def step_key_transposed(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + phi(key).mT @ value, z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "Right without a batch, not with one: torch.outer takes single vectors only.",
    "A column, `key[..., :, None]`, times a row makes the same table, for any batch.",
)
def step_by_outer(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + torch.outer(phi(key), value), z + phi(key)
    return read(phi(query), s, z), s, z


def take(key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    return s + outer(phi(key), value), z + phi(key)


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(-1, keepdim=True), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_both_read_by_product(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_no_keepdim(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(-1), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_column(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z)[..., None], s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_column_of_z(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z[..., None]), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_one_divisor(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(), s, z


@step.mistake(
    "Right without a batch, not with one: `query @ z` is no longer one dot product for each token.",
    "Multiply entry by entry and sum over the features, with keepdim=True.",
)
def step_divisor_by_product(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    s, z = take(key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s) / (phi(query) @ z), s, z


@step.mistake(
    "Right without a batch, not with one: one divisor was made for all tokens of the batch.",
    "`.sum()` adds up everything. Sum over the features alone: dim=-1, with keepdim=True.",
)
def step_one_divisor(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = take(key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s) / (phi(query) * z).sum(), s, z


@step.mistake(
    "The raw key joined z: the feature map is missing there.",
    "s and z collect the same keys, so both need their features: z = z + phi(key).",
)
def step_raw_key_in_z(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(phi(key), value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "The raw key joined s: the feature map is missing there.",
    "s and z collect the same keys, so both need their features. Phi first, then the table.",
)
def step_raw_key_in_s(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(key, value), z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The output was given back last.",
    "Whoever calls it expects the output first, then the new s, then the new z.",
)
def step_output_last(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    output, s, z = take_and_read(query, key, value, s, z)
    return s, z, output


# 10.4: the bytes of a cache

size = Exercise(
    "10.4",
    returns="bytes",
    right="The kv heads count, the query heads do not.",
)


@size.case("the numbers of the text")
def size_by_hand(draw: Draw) -> Call:
    return Call(1, 10, 16, 4, 2, 2, 2)


@size.case("a batch of three, 6 query heads on 3 kv heads, 4 bytes per number")
def size_of_a_batch(draw: Draw) -> Call:
    return Call(3, draw.integer(11, 4000), 96, 6, 3, 5, 4)


@size.case("multi-query attention, 2 bytes per number unless given")
def size_of_mqa(draw: Draw) -> Call:
    return Call(2, draw.integer(11, 4000), 80, 5, 1, 7)


@size.reference
def size_by_making_it(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    one = torch.empty(batch, num_kv_heads, n, d_model // num_heads, dtype=torch.uint8)
    return sum(one.nbytes * bytes_per_number for _ in range(num_layers) for _ in ("key", "value"))


@size.right_way
def size_by_formula(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> int:
    d_head = d_model // num_heads
    return 2 * num_layers * batch * n * num_kv_heads * d_head * bytes_per_number


@size.right_way
def size_by_share_of_heads(
    batch: int,
    n: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    bytes_per_number: int = 2,
) -> float:
    width = d_model * num_kv_heads / num_heads
    return math.prod((2, num_layers, batch, n, width, bytes_per_number))


def size_mistake(what: str, way_out: str, name: str, count: Callable[..., int]) -> None:
    """Declare a mistake in the formula; `count` has the arguments of the exercise."""

    def answer(
        batch: int,
        n: int,
        d_model: int,
        num_heads: int,
        num_kv_heads: int,
        num_layers: int,
        bytes_per_number: int = 2,
    ) -> int:
        return count(batch, n, d_model, num_heads, num_kv_heads, num_layers, bytes_per_number)

    answer.__name__ = name
    size.mistake(what, way_out)(answer)


size_mistake(
    "Only the keys were counted.",
    "A cache holds keys and values: twice as much.",
    "keys_only",
    lambda b, n, d, h, kv, layers, size: layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "Only one layer was counted.",
    "Each layer has keys and values of its own.",
    "one_layer",
    lambda b, n, d, h, kv, layers, size: 2 * b * n * kv * (d // h) * size,
)
size_mistake(
    "Each key takes d_model numbers here, as if no heads were shared.",
    "Was d_model divided by num_kv_heads? A head stays d_model / num_heads wide. Or were the query "
    "heads counted? What is kept are num_kv_heads heads.",
    "query_heads",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * h * (d // h) * size,
)
size_mistake(
    "Each head was taken to be d_model wide.",
    "The heads share out d_model among them: one is d_model / num_heads wide.",
    "head_as_wide_as_the_model",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * d * size,
)
size_mistake(
    "Only one kv head was counted.",
    "There are num_kv_heads of them.",
    "one_head",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * (d // h) * size,
)
size_mistake(
    "The batch is missing.",
    "Every row of the batch has a text, and so a cache, of its own.",
    "no_batch",
    lambda b, n, d, h, kv, layers, size: 2 * layers * n * kv * (d // h) * size,
)
size_mistake(
    "These are numbers, not bytes.",
    "Each number takes bytes_per_number bytes.",
    "numbers",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * (d // h),
)
size_mistake(
    "These are bits: the bytes were multiplied by 8.",
    "bytes_per_number is in bytes already.",
    "bits",
    lambda b, n, d, h, kv, layers, size: 16 * layers * b * n * kv * (d // h) * size,
)
size_mistake(
    "The tokens were counted twice: n times n.",
    "The table of scores grows with n², a cache does not: one key and one value for each token.",
    "squared",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * n * kv * (d // h) * size,
)
size_mistake(
    "The queries were counted too.",
    "Old queries have got their answer and are never needed again: 2 things are kept, not 3.",
    "queries_too",
    lambda b, n, d, h, kv, layers, size: 3 * layers * b * n * kv * (d // h) * size,
)

size_mistake(
    "The width of a head is missing.",
    "A key is not one number: each head has d_model / num_heads of them.",
    "no_width",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * size,
)
size_mistake(
    "These are MiB, not bytes.",
    "Give back the bytes as they are, without dividing by 2**20.",
    "mebibytes",
    lambda b, n, d, h, kv, layers, size: 2 * layers * b * n * kv * (d // h) * size / 2**20,
)
size_mistake(
    "bytes_per_number is not used: 2 stands in its place.",
    "Models keep their numbers in 4, 2 or 1 bytes. Multiply by bytes_per_number.",
    "two_bytes_always",
    lambda b, n, d, h, kv, layers, size: 4 * layers * b * n * kv * (d // h),
)
size_mistake(
    "These are the numbers of the keys alone.",
    "Values are kept too, and each number takes bytes_per_number bytes.",
    "numbers_of_keys",
    lambda b, n, d, h, kv, layers, size: layers * b * n * kv * (d // h),
)


# 10.5: one step of decoding with a cache

decode = Exercise(
    "10.5",
    returns=("output", "key", "value"),
    right="Read one token, remember it, and go on counting places.",
    forbids=("attn.cache", "attn.MultiHeadAttention"),
)
PLACE = (
    "Places count from 0, and as many tokens came before as the cache holds. Give apply_rotary the "
    "place that comes next, for the query and for the new key."
)
WRONG_AXIS = (
    "The caches are (batch, n_past, features), and only the number of tokens may grow: dim=1, or "
    "dim=-2, counted from the end."
)

ROTATED_TOO_EARLY = (
    "x was rotated, before the projections.",
    "A projection mixes the features, and then a rotation no longer tells distances. Project "
    "first, then rotate the query and the new key.",
)
OTHER_ORDER = (
    "The three results come back in another order.",
    "Whoever calls it expects the output first, then the longer key, then the longer value.",
)


def decoding(draw: Draw, batch: int, n_past: int, d_model: int, d_k: int, d_v: int) -> Call:
    return Call(
        draw.tensor(batch, 1, d_model),
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_v) / d_model**0.5,
        draw.tensor(batch, n_past, d_k),
        draw.tensor(batch, n_past, d_v),
    )


@decode.case("two tokens before, d_model=2, d_k=2, d_v=2")
def two_before(draw: Draw) -> Call:
    eye = torch.eye(2)
    x, past_key = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    w_v, past_value = (
        torch.tensor([[1.0, 1.0], [1.0, 0.0]]),
        torch.tensor([[[1.0, 0.0], [2.0, 1.0]]]),
    )
    return Call(x, eye, eye, w_v, past_key, past_value)


@decode.case("the first token: an empty cache")
def none_before(draw: Draw) -> Call:
    return decoding(draw, 2, 0, 4, 4, 4)


@decode.case("four of everything")
def four_before(draw: Draw) -> Call:
    return decoding(draw, 4, 4, 4, 4, 4)


@decode.case("batch 2, five tokens before, d_model=8, d_k=6, d_v=10")
def five_before(draw: Draw) -> Call:
    return decoding(draw, 2, 5, 8, 6, 10)  # even, so that the value can be rotated by mistake


def rotate(x: Tensor, places: Tensor) -> Tensor:
    """Rotary positions as complex numbers: each pair of features is rotated by its angle."""
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    rates = 10000.0 ** (-torch.arange(0, x.shape[-1], 2, dtype=torch.float64) / x.shape[-1])
    rotated = pairs * torch.exp(1j * places.double()[..., None] * rates)
    return torch.view_as_real(rotated).flatten(-2).to(x.dtype)


@decode.reference
def decode_in_float64(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    x, w_q, w_k, w_v = x.double(), w_q.double(), w_k.double(), w_v.double()
    return place_and_append(x, w_q, w_k, w_v, past_key.double(), past_value.double())


def place_and_append(
    x: Tensor,
    w_q: Tensor,
    w_k: Tensor,
    w_v: Tensor,
    past_key: Tensor,
    past_value: Tensor,
    query_shift: int | None = 0,
    key_shift: int | None = 0,
) -> Step:
    """One step; a shift moves the place of query or key, and None restarts it at 0."""
    n_past = past_key.shape[1]
    places = [
        torch.tensor([0 if shift is None else n_past + shift]) for shift in (query_shift, key_shift)
    ]
    query, new_key = rotate(x @ w_q, places[0]), rotate(x @ w_k, places[1])
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.right_way
def decode_by_softmax(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.size(-2)])
    key = torch.cat((past_key, rotate(x @ w_k, place)), dim=-2)
    value = torch.cat((past_value, x @ w_v), dim=-2)
    scores = rotate(x @ w_q, place) @ key.mT / math.sqrt(key.shape[-1])
    return scores.softmax(-1) @ value, key, value


@decode.right_way
def decode_by_writing(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    batch, n_past, d_k = past_key.shape
    key, value = x.new_zeros(batch, n_past + 1, d_k), x.new_zeros(batch, n_past + 1, w_v.shape[1])
    place = torch.full((1,), n_past)
    key[:, :n_past], key[:, n_past:] = past_key, rotate(F.linear(x, w_k.T), place)
    value[:, :n_past], value[:, n_past:] = past_value, F.linear(x, w_v.T)
    query = rotate(F.linear(x, w_q.T), place)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The positions restart at 0, as if no token came before. (Rotating nothing comes to the same.)",
    PLACE,
)
def decode_restarted(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, None, None)


@decode.mistake(
    "The new key stands at place 0, only the query at its own. (Not rotating it comes to the "
    "same.)",
    PLACE,
)
def decode_key_restarted(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 0, None)


@decode.mistake(
    "The query stands at place 0, only the new key at its own. (Not rotating it comes to the "
    "same.)",
    PLACE,
)
def decode_query_restarted(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, None, 0)


@decode.mistake("The new token stands one place too far.", PLACE)
def decode_one_too_far(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, 1, 1)


@decode.mistake("The new token stands one place too early, where the last one stood.", PLACE)
def decode_one_too_early(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, -1, -1)


@decode.mistake(
    "All keys were rotated, the old ones for a second time.",
    "The cache holds keys that are rotated already. Rotate the new key alone, then append it.",
)
def decode_rotated_twice(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    n_past = past_key.shape[1]
    key = rotate(torch.cat([past_key, x @ w_k], 1), torch.arange(n_past + 1))
    value = torch.cat([past_value, x @ w_v], 1)
    query = rotate(x @ w_q, torch.tensor([n_past]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The value was rotated as well.",
    "Places matter where query and key are compared. Values are handed on as they are.",
)
def decode_value_rotated(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    query, new_key, new_value = (rotate(x @ w, place) for w in (w_q, w_k, w_v))
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, new_value], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake("The place was read from the features: it is the width of a key.", PLACE)
def decode_place_from_features(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    shift = past_key.shape[-1] - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake("The place was read from the batch: it is the number of rows.", PLACE)
def decode_place_from_batch(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    shift = past_key.shape[0] - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake(
    "Every new token stands at place 1: the length of x was taken for its place.", PLACE
)
def decode_always_at_one(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    shift = 1 - past_key.shape[1]
    return place_and_append(x, w_q, w_k, w_v, past_key, past_value, shift, shift)


@decode.mistake("The cache was appended on the wrong axis: along the batch.", WRONG_AXIS)
def decode_along_batch(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    key = torch.cat([past_key, rotate(x @ w_k, place)], dim=0)
    value = torch.cat([past_value, x @ w_v], dim=0)
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake("The cache was appended on the wrong axis: along the features.", WRONG_AXIS)
def decode_along_features(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    key = torch.cat([past_key, rotate(x @ w_k, place)], dim=-1)
    value = torch.cat([past_value, x @ w_v], dim=-1)
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake(
    "The new token was put before the old ones.",
    "The output is the same, but the cache is read by place later on: oldest first, so the new "
    "one comes last.",
)
def decode_new_first(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, key.roll(1, dims=1), value.roll(1, dims=1)


@decode.mistake(
    "The new token does not see itself: it attended before it was appended.",
    "A causal token may see itself. Append key and value first, then attend to all of them.",
)
def decode_without_self(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, past_key, past_value), key, value


@decode.mistake(
    "The new token sees itself alone: the cache was not used.",
    "Attend to all keys and values, the old ones and the new one.",
)
def decode_self_alone(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return x @ w_v, key, value


@decode.mistake(
    "Only the new key and value were given back.",
    "The next step needs all of them: give back the longer cache.",
)
def decode_gives_new_alone(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, key[:, -1:], value[:, -1:]


@decode.mistake(
    "The old cache was given back.",
    "The next step has to find this token there: give back the longer key and value.",
)
def decode_gives_old(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    output, _, _ = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, past_key.clone(), past_value.clone()


@decode.mistake(
    "Queries and keys are exchanged.",
    "The query comes from w_q, the key that is appended from w_k.",
)
def decode_roles_exchanged(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    return place_and_append(x, w_k, w_q, w_v, past_key, past_value)


@decode.mistake(
    "Old and new were added, number by number.",
    "Appending keeps every token apart and makes the axis of tokens longer: "
    "`torch.cat([old, new], dim=1)`.",
)
def decode_added(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    key, value = past_key + rotate(x @ w_k, place), past_value + x @ w_v
    return F.scaled_dot_product_attention(rotate(x @ w_q, place), key, value), key, value


@decode.mistake(
    "The first thing given back is the pair of output and weights.",
    "scaled_dot_product_attention gives back both. Take the output alone: "
    "`output, _ = scaled_dot_product_attention(...)`.",
)
def decode_gives_weights_too(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    weights = (query @ key.mT / math.sqrt(key.shape[-1])).softmax(-1)
    return (output, weights), key, value


@decode.mistake(
    "The new key was put before the old ones, but the new value after them.",
    "Key and value of a token have to stand at the same place. Both caches are oldest first.",
)
def decode_new_key_first(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    key = key.roll(1, dims=1)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(
    "The newest token sees the oldest alone: a causal mask was counted from the first place.",
    "There is one query, the newest, and all that the cache holds came before it. No mask is "
    "needed.",
)
def decode_masked(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return value[:, :1].clone(), key, value


@decode.mistake(
    "A mask for as many queries as keys was given.",
    "There is one query, the newest, and all that the cache holds came before it. No mask is "
    "needed.",
)
def decode_masked_for_all(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query, n = rotate(x @ w_q, torch.tensor([past_key.shape[1]])), key.shape[1]
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    output, _ = attn.scaled_dot_product_attention(query, key, value, mask)
    return output, key, value


@decode.mistake(
    "The scores were not divided by √d_k.",
    "It is attention as in lesson 01: divide by the root of a key's width before the softmax.",
)
def decode_without_root(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    _, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    query = rotate(x @ w_q, torch.tensor([past_key.shape[1]]))
    return (query @ key.mT).softmax(-1) @ value, key, value


@decode.mistake(*ROTATED_TOO_EARLY)
def decode_input_rotated(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    query, new_key = rotate(x, place) @ w_q, rotate(x, place) @ w_k
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.mistake(*ROTATED_TOO_EARLY)
def decode_input_rotated_for_all(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    x = rotate(x, torch.tensor([past_key.shape[1]]))
    key, value = torch.cat([past_key, x @ w_k], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(x @ w_q, key, value), key, value


@decode.mistake(*OTHER_ORDER)
def decode_output_last(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return key, value, output


@decode.mistake(*OTHER_ORDER)
def decode_value_before_key(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    output, key, value = place_and_append(x, w_q, w_k, w_v, past_key, past_value)
    return output, value, key
