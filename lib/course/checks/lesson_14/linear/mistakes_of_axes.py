"""14.1: mistakes with axes, the column of z, and brackets."""

from torch import Tensor

from course.checks.lesson_14.linear.cases import linear
from course.checks.lesson_14.shared import NO_KEEPDIM, phi

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
NO_COLUMN = "z is no column: the divisors were lined up with the wrong axis."
COLUMN = (
    "`query @ z` with z of shape (d,) gives (n_q,), and that is lined up with the features of the "
    "blend. Make z a column, `[..., None]`, and each row meets its own divisor."
)


def reversed_axes(x: Tensor) -> Tensor:
    """What .T does, of which torch warns."""
    return x.permute(*range(x.dim() - 1, -1, -1))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2))


@linear.mistake(
    "z is a sum over the features, not over the keys.",
    "z keeps one number for each feature, (d,): sum over the axis of the keys, dim=-2.",
)
def linear_z_over_features(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-1)[..., None])


@linear.mistake(
    "The keys were not transposed.",
    "s sums over the keys: from (n_k, d) and (n_k, d_v) to (d, d_v). `key.mT` is (d, n_k).",
)
def linear_keys_not_transposed(query, key, value):
    query, key = phi(query), phi(key)
    s = key @ value
    z = key.sum(dim=-2)[..., None]
    return (query @ s) / (query @ z)


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_from_the_front(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (reversed_axes(key) @ value)) / (query @ key.sum(dim=0))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_along_the_batch(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0))


@linear.mistake(
    "Right without a batch, not with one: .T turns all the axes around.",
    "Only the last two may change places, whatever stands before them: `.mT`.",
)
def linear_all_axes_transposed(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (reversed_axes(key) @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "Right without a batch, not with one: the axes to exchange were counted from the front.",
    "With a batch, 0 and 1 are batch and heads. Count from the end, -2 and -1, or take `.mT`.",
)
def linear_front_axes_transposed(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.transpose(0, 1) @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(
    "Right without a batch, not with one: .t() takes single tables only.",
    "`.mT` exchanges the last two axes, whatever stands before them.",
)
def linear_t_of_a_batch(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.t() @ value)) / (query @ key.sum(dim=-2)[..., None])


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_front_axes(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.transpose(0, 1) @ value)) / (query @ key.sum(dim=0))


@linear.mistake(NO_COLUMN, COLUMN)
def linear_no_column_t_of_a_batch(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.t() @ value)) / (query @ key.sum(dim=0))


@linear.mistake(*NO_KEEPDIM)
def linear_no_keepdim(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2, keepdim=True)).sum(dim=-1)


@linear.mistake(
    "Right without a batch, not with one: z was lined up with the queries.",
    "`query * z` meets every query only if z keeps the axis of the keys, with length 1: sum with "
    "keepdim=True.",
)
def linear_z_lost_its_axis(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2)).sum(dim=-1, keepdim=True)


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch_front_column(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0)[:, None])


@linear.mistake(*NO_BRACKETS)
def linear_without_brackets_and_column(query, key, value):
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / query @ key.sum(dim=-2)


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0)[..., None])


@linear.mistake(*Z_ALONG_BATCH)
def linear_z_along_the_batch_column_later(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=0))[..., None]


@linear.mistake(
    "Right without a batch, not with one: the new axis of a column was counted from the front.",
    "`[:, None]` adds an axis after the first, which is the batch. `[..., None]` adds it at the "
    "end.",
)
def linear_column_from_the_front(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2)[:, None])


@linear.mistake(*NO_BRACKETS)
def linear_without_brackets(query, key, value):
    query, key = phi(query), phi(key)
    return query @ (key.mT @ value) / query @ key.sum(dim=-2)[..., None]


@linear.mistake(
    "The queries met z as a table of one row, (1, d): that product does not fit.",
    "Each query needs one divisor: (n_q, d) times a *column* (d, 1) gives (n_q, 1). The sum over "
    "the keys, without keepdim, is a column with `[..., None]`, and is taken as it is.",
)
def linear_z_is_a_row(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query @ key.sum(dim=-2, keepdim=True))


@linear.mistake(
    "Query and z were multiplied entry by entry, and not summed.",
    "phi(q)·z is a dot product, one number for each query: `query @ z` with z as a column.",
)
def linear_divisor_not_summed(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (key.mT @ value)) / (query * key.sum(dim=-2))


@linear.mistake(
    "The table s is transposed: values down, keys across.",
    "s is (d, d_v): a row for each feature of the keys, so that (n_q, d) times s gives (n_q, d_v). "
    "The keys stand on the left, transposed, and s is read as it is.",
)
def linear_table_transposed(query, key, value):
    query, key = phi(query), phi(key)
    return (query @ (value.mT @ key)) / (query @ key.sum(dim=-2)[..., None])
