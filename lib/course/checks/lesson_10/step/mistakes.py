"""10.3: the mistakes that people make."""

import torch
from torch import Tensor

from course.checks.lesson_10.shared import DIVIDED, NO_KEEPDIM, phi
from course.checks.lesson_10.step.cases import step
from course.checks.lesson_10.step.right import outer, read, take_and_read

READ_BY_PRODUCT = (
    "Right without a batch, not with one: `query @ s` lets every query read from every table.",
    "Query and s belong together token by token. Stand each query as a column beside its own "
    "table, multiply, and sum over the features, as in 10.2.",
)


@step.mistake(
    "The query read before the token was taken in.",
    "A token may see itself, so its key and value join the state first. At the first token there "
    "would be nothing to read, and 0 / 0.",
)
def step_reads_first(query, key, value, s, z):
    _, new_s, new_z = take_and_read(query, key, value, s, z)
    return read(phi(query), s, z), new_s, new_z


@step.mistake(
    "The state was replaced by the newest token, so everything before is forgotten.",
    "A state collects: the new s is the old s plus one table, the new z the old z plus one key.",
)
def step_forgets(query, key, value, s, z):
    s, z = outer(phi(key), value), phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The old state was given back.",
    "The next step has to know this token: give back the new s and the new z.",
)
def step_old_state(query, key, value, s, z):
    output, _, _ = take_and_read(query, key, value, s, z)
    return output, s.clone(), z.clone()


@step.mistake(
    "s has taken the token in, z has not.",
    "Both are sums over all tokens so far, above and below the fraction: z = z + phi(key).",
)
def step_z_stays(query, key, value, s, z):
    s = s + outer(phi(key), value)
    return read(phi(query), s, z), s, z.clone()


@step.mistake(
    "The raw key was stored: the feature map is missing.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw_key(query, key, value, s, z):
    s, z = s + outer(key, value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "Raw queries and keys were used: the feature map is missing.",
    "Query and key are compared as features: phi(key) joins s and z, and phi(query) reads.",
)
def step_raw(query, key, value, s, z):
    s, z = s + outer(key, value), z + key
    return read(query, s, z), s, z


@step.mistake(
    "The raw query reads: the feature map is missing there.",
    "Query and key are compared as features: phi(query) reads from s and from z.",
)
def step_raw_query(query, key, value, s, z):
    s, z = s + outer(phi(key), value), z + phi(key)
    return read(query, s, z), s, z


@step.mistake(
    "The query was stored where the key belongs.",
    "Keys are what can be found, so they join the state. The query only reads.",
)
def step_stores_query(query, key, value, s, z):
    return take_and_read(query, query, value, s, z)


@step.mistake(*DIVIDED)
def step_not_divided(query, key, value, s, z):
    _, s, z = take_and_read(query, key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s), s, z


@step.mistake(
    "Each table is transposed: values down, keys across.",
    "s is (..., d, d_v): a row for each feature of the keys. The key is the column, "
    "`key[..., :, None]`, the value the row.",
)
def step_table_transposed(query, key, value, s, z):
    s, z = s + value[..., :, None] * phi(key)[..., None, :], z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "Right without a batch, not with one: the axes were counted from the front.",
    "key[:, None] is a column only without a batch. Count from the end: `key[..., :, None]`, and "
    "sum over dim=-2.",
)
def step_from_the_front(query, key, value, s, z):
    query, key = phi(query), phi(key)
    s, z = s + key[:, None] * value[None, :], z + key
    return (query[:, None] * s).sum(0) / (query * z).sum(), s, z


@step.mistake(
    "s and z are exchanged.",
    "Give back the output, then the table s, then the vector z.",
)
def step_exchanged(query, key, value, s, z):
    output, s, z = take_and_read(query, key, value, s, z)
    return output, z, s


@step.mistake(*NO_KEEPDIM)
def step_no_keepdim(query, key, value, s, z):
    _, s, z = take_and_read(query, key, value, s, z)
    query = phi(query)
    return torch.einsum("...d,...dv->...v", query, s) / (query * z).sum(-1), s, z


@step.mistake(
    "The answer was summed over the features of the values.",
    "What has to vanish is d, the axis that query and key share: dim=-2 of (..., d, d_v).",
)
def step_summed_over_values(query, key, value, s, z):
    _, s, z = take_and_read(query, key, value, s, z)
    query = phi(query)
    return (query[..., None] * s).sum(-1) / (query * z).sum(-1, keepdim=True), s, z


@step.mistake(
    "Key and value were multiplied with @: that is no table of each with each.",
    "One key (d,) and one value (d_v,) make a table (d, d_v): a column, `key[..., :, None]`, times "
    "a row, entry by entry.",
)
def step_dot_product(query, key, value, s, z):
    s, z = s + phi(key) @ value, z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "A single token was transposed with .mT, but it is a row of numbers, not a table.",
    "Make a column of the key, `key[..., :, None]`, and a row of the value, and multiply.",
)
def step_key_transposed(query, key, value, s, z):
    s, z = s + phi(key).mT @ value, z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "Right without a batch, not with one: torch.outer takes single vectors only.",
    "A column, `key[..., :, None]`, times a row makes the same table, for any batch.",
)
def step_by_outer(query, key, value, s, z):
    s, z = s + torch.outer(phi(key), value), z + phi(key)
    return read(phi(query), s, z), s, z


def take(key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    return s + outer(phi(key), value), z + phi(key)


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(-1, keepdim=True), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_both_read_by_product(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_no_keepdim(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(-1), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_column(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z)[..., None], s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_column_of_z(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) @ z[..., None]), s, z


@step.mistake(*READ_BY_PRODUCT)
def step_read_by_product_one_divisor(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return phi(query) @ s / (phi(query) * z).sum(), s, z


@step.mistake(
    "Right without a batch, not with one: `query @ z` is no longer one dot product for each token.",
    "Multiply entry by entry and sum over the features, with keepdim=True.",
)
def step_divisor_by_product(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s) / (phi(query) @ z), s, z


@step.mistake(
    "Right without a batch, not with one: one divisor was made for all tokens of the batch.",
    "`.sum()` adds up everything. Sum over the features alone: dim=-1, with keepdim=True.",
)
def step_one_divisor(query, key, value, s, z):
    s, z = take(key, value, s, z)
    return torch.einsum("...d,...dv->...v", phi(query), s) / (phi(query) * z).sum(), s, z


@step.mistake(
    "The raw key joined z: the feature map is missing there.",
    "s and z collect the same keys, so both need their features: z = z + phi(key).",
)
def step_raw_key_in_z(query, key, value, s, z):
    s, z = s + outer(phi(key), value), z + key
    return read(phi(query), s, z), s, z


@step.mistake(
    "The raw key joined s: the feature map is missing there.",
    "s and z collect the same keys, so both need their features. Phi first, then the table.",
)
def step_raw_key_in_s(query, key, value, s, z):
    s, z = s + outer(key, value), z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "The output was given back last.",
    "Whoever calls it expects the output first, then the new s, then the new z.",
)
def step_output_last(query, key, value, s, z):
    output, s, z = take_and_read(query, key, value, s, z)
    return s, z, output
