"""14.2: mistakes that begin with the table of 14.1, in which all tokens are summed."""

from course.checks.lesson_14.causal.cases import causal
from course.checks.lesson_14.shared import phi

SUMMED_AWAY = (
    "All tokens were summed into one table, as `key.mT @ value` does: nothing is left to run along "
    "them.",
    "It is 14.1's table of all keys: the future is in it. Each token needs a table of its own, a "
    "column of its key times a row of its value, and those run.",
)


@causal.mistake(*SUMMED_AWAY)
def causal_product_and_whole_z(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.sum(-2)[..., None]
    return (query @ s) / (query @ z)


@causal.mistake(*SUMMED_AWAY)
def causal_product_and_z_runs_in_it(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.sum(-2)[..., None].cumsum(-2)
    return (query @ s) / (query @ z)


@causal.mistake(*SUMMED_AWAY)
def causal_product_read_as_tables(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(*SUMMED_AWAY)
def causal_product_and_z_for_each(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.cumsum(-2)
    return (query @ s) / (query @ z.mT)


@causal.mistake(*SUMMED_AWAY)
def causal_product_along_tables(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-3), key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(*SUMMED_AWAY)
def causal_product_not_run(query, key, value):
    query, key = phi(query), phi(key)
    s, z = key.mT @ value, key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(*SUMMED_AWAY)
def causal_product_along_values(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-1), key.cumsum(-2)
    return (query @ s) / (query * z).sum(-1, keepdim=True)


@causal.mistake(*SUMMED_AWAY)
def causal_product_and_column_of_z(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.cumsum(-2)[..., None]
    return (query @ s) / (query @ z)


@causal.mistake(*SUMMED_AWAY)
def causal_product_read_as_tables_by_all(query, key, value):
    query, key = phi(query), phi(key)
    s, z = (key.mT @ value).cumsum(-2), key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query @ z.mT)


@causal.mistake(
    "The values run by themselves, before they meet their keys.",
    "Which key a value came with is lost so. Make the table of each token first, a column of its "
    "key times a row of its value; then let the tables run, with `cumsum`.",
)
def causal_values_run_alone(query, key, value):
    query, key = phi(query), phi(key)
    s, z = key[..., None] * value.cumsum(-2)[..., None, :], key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)


@causal.mistake(
    "z does not run: each blend is divided by what the token's own key weighs.",
    "The divisor is the sum of the weights that went into the blend, so z runs along the tokens as "
    "s does: key.cumsum(dim=-2).",
)
def causal_z_does_not_run(query, key, value):
    query, key = phi(query), phi(key)
    s = (key[..., None] * value[..., None, :]).cumsum(-3)
    return (query[..., None] * s).sum(-2) / (query * key).sum(-1, keepdim=True)


@causal.mistake(
    "The tables do not run: each query reads the table of its own token alone.",
    "Token i reads what was collected up to i: the tables (..., n, d, d_v) run along the tokens, "
    "axis -3, as the keys do in z.",
)
def causal_s_does_not_run(query, key, value):
    query, key = phi(query), phi(key)
    s, z = key[..., None] * value[..., None, :], key.cumsum(-2)
    return (query[..., None] * s).sum(-2) / (query * z).sum(-1, keepdim=True)
