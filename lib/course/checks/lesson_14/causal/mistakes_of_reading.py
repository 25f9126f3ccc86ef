"""14.2: mistakes with the features, the reading and the division."""

import torch
import torch.nn.functional as F

from course.checks.lesson_14.causal.cases import causal
from course.checks.lesson_14.causal.right import causal_by_running_sum
from course.checks.lesson_14.shared import (
    DIVIDED,
    NO_FEATURES,
    NO_KEEPDIM,
    SOFTMAX,
    phi,
    share,
    weigh,
)

EVERY_TABLE = (
    "Every query read from every token's table.",
    "`query @ s` multiplies the whole table of queries with each s. Query i reads from s_i alone: "
    "stand each query as a column beside its table, multiply, and sum over the features.",
)


@causal.mistake(*DIVIDED)
def causal_not_divided(query, key, value):
    return weigh(query, key, causal=True) @ value


@causal.mistake(
    "The blend was divided by the number of tokens seen.",
    "Not every key weighs the same. The divisor of token i is phi(q_i)·z_i.",
)
def causal_divided_by_count(query, key, value):
    seen = torch.arange(1, query.shape[-2] + 1)[:, None]
    return weigh(query, key, causal=True) @ value / seen


@causal.mistake(
    "This is the running mean of the values: all keys weigh the same.",
    "The values are collected together with their keys' features, and the query reads from that. "
    "It decides how much each of them weighs.",
)
def causal_mean_of_values(query, key, value):
    return value.cumsum(-2) / torch.arange(1, query.shape[-2] + 1)[:, None]


@causal.mistake(*NO_FEATURES)
def causal_without_features(query, key, value):
    return share((query @ key.mT).tril()) @ value


@causal.mistake(
    "Only the query went through the feature map.",
    "A weight is phi(q)·phi(k): the keys need their features too, in s and in z.",
)
def causal_raw_keys(query, key, value):
    return share((phi(query) @ key.mT).tril()) @ value


@causal.mistake(
    "Only the keys went through the feature map.",
    "A weight is phi(q)·phi(k): the query needs its features too, above and below the fraction.",
)
def causal_raw_queries(query, key, value):
    return share((query @ phi(key).mT).tril()) @ value


@causal.mistake(*SOFTMAX)
def causal_softmax(query, key, value):
    return F.scaled_dot_product_attention(query, key, value, is_causal=True)


@causal.mistake(
    "What the queries read was summed over the tokens, not over the features of the keys.",
    "Sum over d, the axis of the features: dim=-2 of (..., n, d, d_v). The tokens stay.",
)
def causal_summed_over_tokens(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-3) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(*NO_KEEPDIM)
def causal_no_keepdim(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key.cumsum(-2)).sum(-1)


@causal.mistake(*EVERY_TABLE)
def causal_every_table(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "Every query was given a divisor from every token's z.",
    "`query @ z.mT` is a table of all pairs. Query i needs z_i alone: multiply entry by entry, and "
    "sum over the features, with keepdim=True.",
)
def causal_every_divisor(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query @ key.cumsum(-2).mT)


@causal.mistake(
    "The blend was summed over the features of the values.",
    "What has to vanish is d, the axis that query and key share: dim=-2 of (..., n, d, d_v).",
)
def causal_summed_over_values(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-1) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The blend was divided by z itself.",
    "z_i is a row of d numbers. The divisor is what the query reads from it: their dot product.",
)
def causal_divided_by_z(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / key.cumsum(-2)


@causal.mistake(*EVERY_TABLE)
def causal_every_table_and_divisor(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query @ key.cumsum(-2).mT)


@causal.mistake(*EVERY_TABLE)
def causal_every_table_and_column(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query @ s) / (query @ key.cumsum(-2)[..., None])


@causal.mistake(
    "Each table is transposed: values down, keys across.",
    "The tables are (..., n, d, d_v): the key is the column, `key[..., :, None]`, the value the "
    "row, `value[..., None, :]`.",
)
def causal_table_transposed(query, key, value):
    query, key = phi(query), phi(key)
    s = (value[..., :, None] * key[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "z was collected from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def causal_z_from_raw_keys(query, key, value):
    s = (phi(key)[..., None] * value[..., None, :]).cumsum(-3)
    query, z = phi(query), key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(
    "The tables were made from raw keys.",
    "s and z collect the same keys, so both need their features: phi(key).",
)
def causal_s_from_raw_keys(query, key, value):
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    query, z = phi(query), phi(key).cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(
    "Query and key went through phi twice.",
    "Once is enough: either when the features are made, or where they are used.",
)
def causal_features_twice(query, key, value):
    return causal_by_running_sum(phi(query), phi(key), value)


@causal.mistake(
    "The answer was divided by √d as well.",
    "There is no softmax to be kept from saturating: dividing by phi(q)·z is all that is needed.",
)
def causal_divided_by_root(query, key, value):
    return causal_by_running_sum(query, key, value) / query.shape[-1] ** 0.5


@causal.mistake(
    "The values went through the feature map too.",
    "Only what is compared needs features: query and key. Values are handed on as they are.",
)
def causal_value_features(query, key, value):
    return causal_by_running_sum(query, key, phi(value))
