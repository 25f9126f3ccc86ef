"""14.2: mistakes in which sums run, in which direction, and how far."""

from torch import Tensor

from course.checks.lesson_14.causal.cases import causal
from course.checks.lesson_14.causal.right import read_running
from course.checks.lesson_14.shared import phi, share, weigh


def total(x: Tensor, dim: int) -> Tensor:
    """The whole sum at every token, where a running sum is asked for."""
    return x.sum(dim, keepdim=True).expand_as(x)


def before(x: Tensor, dim: int) -> Tensor:
    """The running sum without the token itself."""
    return x.cumsum(dim) - x


@causal.mistake(
    "The future is in the answer: every token reads what all tokens have left.",
    "Token i may only read what was collected up to i: s and z both run along the tokens.",
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
    "Each token gets its own value back, as if it read its own table alone.",
    "Token i reads all that was collected up to i: the tables and the keys run along the tokens, "
    "with `cumsum`.",
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
    "A token does not see itself: what it reads ends one token too early.",
    "Token i may see the tokens up to itself, so its own key and value belong to its sums. That is "
    "what cumsum gives.",
)
def causal_without_self(query, key, value):
    scores = weigh(query, key).tril(-1)
    return scores @ value / scores.sum(-1, keepdim=True)


@causal.mistake(
    "It runs backwards: each token sees itself and what comes later.",
    "cumsum begins at the first token, and that is the right direction. Is something flipped, or "
    "the upper half of a table kept?",
)
def causal_backwards(query, key, value):
    return share(weigh(query, key).triu()) @ value


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
    "The sum over all tokens was made first, and then let run along the features.",
    "`key.mT @ value` has summed over the tokens already: the future is in it. Make one table for "
    "each token, a column of its key times a row of its value, and let those run.",
)
def causal_product_first(query, key, value):
    query, key = phi(query), phi(key)
    s = (key.mT @ value).cumsum(-2)
    return (query @ s) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "Right without a batch, not with one: the axes were counted from the front.",
    "Count from the end, with `...` for whatever stands before: `key[..., :, None]`, and the "
    "tokens are -3 in the tables, -2 in the keys.",
)
def causal_from_the_front(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[:, :, None] * value[:, None, :]).cumsum(0)
    return (query[:, :, None] * s).sum(1) / (query * key.cumsum(0)).sum(1, keepdim=True)


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
    "This is the running sum of the values: no key has a part in it.",
    "Did keys and values run each by themselves, before they were multiplied? Or did the finished "
    "answers run? First make the table of each token, then let the tables and the keys run.",
)
def causal_product_of_sums(query, key, value):
    query, key = phi(query), phi(key).cumsum(-2)
    s = key[..., None] * value.cumsum(-2)[..., None, :]
    return (query[..., None] * s).sum(-2) / (query * key).sum(-1, keepdim=True)


@causal.mistake(
    "A token does not see itself: the first one reads nothing, and comes out as 0.",
    "Token i may see the tokens up to itself, so its own key and value belong to its sums. That is "
    "what cumsum gives.",
)
def causal_without_self_first_is_zero(query, key, value):
    scores = weigh(query, key).tril(-1)
    return scores @ value / scores.sum(-1, keepdim=True).clamp(min=1e-6)


@causal.mistake(
    "The token itself is in the blend, but not in the divisor.",
    "The divisor is the sum of the weights that went into the blend: z_i takes in key i, as s_i "
    "takes in its table.",
)
def causal_z_without_self(query, key, value):
    return read_running(query, key, value, sum_keys=before)


@causal.mistake(
    "The token itself is in the divisor, but not in the blend.",
    "The divisor is the sum of the weights that went into the blend: s_i takes in the table of "
    "token i, as z_i takes in its key.",
)
def causal_s_without_self(query, key, value):
    return read_running(query, key, value, sum_tables=before)


@causal.mistake(
    "Each token sees the next one as well.",
    "Token i may read what was collected up to i, and no further: no sum is moved.",
)
def causal_one_too_far(query, key, value):
    return share(weigh(query, key).tril(1)) @ value


@causal.mistake(
    "The queries run too.",
    "A query speaks for its own token alone. Only what it reads from is collected: the tables and "
    "the keys.",
)
def causal_queries_run(query, key, value):
    query, key = phi(query).cumsum(-2), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key.cumsum(-2)).sum(-1, keepdim=True)


@causal.mistake(
    "z is the running sum of the queries, not of the keys.",
    "s and z collect the same keys: what a query reads from z is the sum of its own weights.",
)
def causal_z_of_queries(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * query.cumsum(-2)).sum(-1, keepdim=True)
