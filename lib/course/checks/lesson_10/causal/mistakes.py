"""10.2: the mistakes that people make."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_10.causal.cases import causal
from course.checks.lesson_10.causal.right import read_running
from course.checks.lesson_10.shared import (
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


def total(x: Tensor, dim: int) -> Tensor:
    """The whole sum at every token, where a running sum is asked for."""
    return x.sum(dim, keepdim=True).expand_as(x)


@causal.mistake(
    "The future is in the sum: every token reads from the same s and z.",
    "Token i may only read what was collected up to i. `sum` has to become `cumsum`, a sum that "
    "runs along the tokens.",
)
def causal_sees_all(query, key, value):
    return share(weigh(query, key)) @ value


@causal.mistake(
    "The future is in the divisor: z is the sum over all keys.",
    "The divisor is the sum of the weights that went into the blend, so it has to run as s does: "
    "key.cumsum(dim=-2).",
)
def causal_z_sees_all(query, key, value):
    return read_running(query, key, value, sum_keys=total)


@causal.mistake(
    "The future is in the blend: s is the sum over all tokens, only z runs.",
    "Both sums run. The tables (..., n, d, d_v) run along the tokens, axis -3.",
)
def causal_s_sees_all(query, key, value):
    return read_running(query, key, value, sum_tables=total)


@causal.mistake(
    "The sums do not run: each token reads its own table alone.",
    "Then every token gets its own value back. Let the tables and the keys run: `cumsum`.",
)
def causal_no_sum(query, key, value):
    return value.clone()


@causal.mistake(
    "The sum of the tables runs along the features of the keys, not along the tokens.",
    "In (..., n, d, d_v) the tokens are the third axis from the end: dim=-3.",
)
def causal_runs_along_features(query, key, value):
    return read_running(query, key, value, axis=-2)


@causal.mistake(
    "The sum of the tables runs along the features of the values, not along the tokens.",
    "In (..., n, d, d_v) the tokens are the third axis from the end: dim=-3.",
)
def causal_runs_along_values(query, key, value):
    return read_running(query, key, value, axis=-1)


@causal.mistake(
    "Right without a batch, not with one: the sums count their axis from the front.",
    "dim=0 are the tokens in a table, but the sentences as soon as a batch stands before. Count "
    "from the end: -3 for the tables, -2 for the keys.",
)
def causal_runs_along_the_batch(query, key, value):
    return read_running(query, key, value, axis=0, sum_keys=lambda x, _: x.cumsum(0))


@causal.mistake(
    "A token does not see itself: the sums stop one token too early.",
    "Token i may see the tokens up to itself, so its own key and value belong to its sums. That is "
    "what cumsum gives.",
)
def causal_without_self(query, key, value):
    scores = weigh(query, key).tril(-1)
    return scores @ value / scores.sum(-1, keepdim=True)


@causal.mistake(
    "The sums run backwards: each token sees itself and what comes later.",
    "cumsum begins at the first token, and that is the right direction. Is something flipped, or "
    "the larger half of a mask kept?",
)
def causal_backwards(query, key, value):
    return share(weigh(query, key).triu()) @ value


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
    "The running tables were summed over all tokens, so that one row comes back.",
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
    "The sums run along the wrong axis: their axis was counted from the front.",
    "dim=1 is another axis with a batch than without. Count from the end: the tokens are -3 in the "
    "tables, -2 in the keys.",
)
def causal_runs_along_axis_one(query, key, value):
    return read_running(query, key, value, axis=1, sum_keys=lambda x, _: x.cumsum(1))


@causal.mistake(
    "z runs along the features, not along the tokens.",
    "In (..., n, d) the tokens are the second axis from the end: dim=-2.",
)
def causal_z_along_features(query, key, value):
    return read_running(query, key, value, sum_keys=lambda x, _: x.cumsum(-1))


@causal.mistake(
    "The blend was summed over the features of the values.",
    "What has to vanish is d, the axis that query and key share: dim=-2 of (..., n, d, d_v).",
)
def causal_summed_over_values(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-1) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The sum over all tokens was made first, and then let run along the features.",
    "`key.mT @ value` has summed over the tokens already: the future is in it. Make one table for "
    "each token, a column of its key times a row of its value, and let those run.",
)
def causal_product_first(query, key, value):
    query, key = phi(query), phi(key)
    s = (key.mT @ value).cumsum(-2)
    return (query @ s) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "The blend was divided by z itself.",
    "z_i is a row of d numbers. The divisor is what the query reads from it: their dot product.",
)
def causal_divided_by_z(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / key.cumsum(-2)


@causal.mistake(
    "Right without a batch, not with one: the axes were counted from the front.",
    "Count from the end, with `...` for whatever stands before: `key[..., :, None]`, and the "
    "tokens are -3 in the tables, -2 in the keys.",
)
def causal_from_the_front(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[:, :, None] * value[:, None, :]).cumsum(0)
    return (query[:, :, None] * s).sum(1) / (query * key.cumsum(0)).sum(1, keepdim=True)


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
    "The sums ran after the reading: each query read its own table alone, and the answers were "
    "added up.",
    "Query i asks everything up to i in its own words. So first the tables and the keys run, then "
    "query i reads from s_i and z_i.",
)
def causal_runs_after_reading(query, key, value):
    query, key = phi(query), phi(key)
    blend = (query * key).sum(-1, keepdim=True) * value
    return blend.cumsum(-2) / (query * key).sum(-1, keepdim=True).cumsum(-2)


@causal.mistake(
    "This is the running sum of the values: the keys have cancelled.",
    "Did keys and values run each by themselves, before they were multiplied? Or did the finished "
    "answers run? First make the table of each token, then let the tables and the keys run.",
)
def causal_product_of_sums(query, key, value):
    query, key = phi(query), phi(key).cumsum(-2)
    s = key[..., None] * value.cumsum(-2)[..., None, :]
    return (query[..., None] * s).sum(-2) / (query * key).sum(-1, keepdim=True)


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
