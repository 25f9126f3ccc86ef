"""14.3: mistakes with axes, the table of a token, and reading with a batch."""

import torch
from torch import Tensor

from course.checks.lesson_14.shared import NO_KEEPDIM, phi
from course.checks.lesson_14.step.cases import step
from course.checks.lesson_14.step.right import outer, read, take_and_read

READ_BY_PRODUCT = (
    "Right without a batch, not with one: `query @ s` lets every query read from every table.",
    "Query and s belong together token by token. Stand each query as a column beside its own "
    "table, multiply, and sum over the features, as in 14.2.",
)


def take(key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    return s + outer(phi(key), value), z + phi(key)


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
    "Key and value were multiplied entry by entry: that is no table of each with each.",
    "The key is a column, `key[..., :, None]`, the value a row, `value[..., None, :]`: their "
    "product is a table (..., d, d_v).",
)
def step_entry_by_entry(query, key, value, s, z):
    s, z = s + phi(key) * value, z + phi(key)
    return read(phi(query), s, z), s, z


@step.mistake(
    "Right without a batch, not with one: the value is no row beside its key's column.",
    "Shapes are lined up from the last axis, so (..., d_v) meets the features of the keys with its "
    "own batch. `value[..., None, :]` gives it an axis of length 1 there.",
)
def step_value_without_its_axis(query, key, value, s, z):
    s, z = s + phi(key)[..., None] * value, z + phi(key)
    return read(phi(query), s, z), s, z
