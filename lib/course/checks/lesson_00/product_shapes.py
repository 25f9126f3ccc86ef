"""00.3: mistakes with the shape of the table."""

import numpy as np

from course.checks.lesson_00.dot import dot_by_sum
from course.checks.lesson_00.product import product, product_of_torch


@product.mistake(
    "The table has d rows and d columns: these are the inner sizes, which vanish.",
    "A row for each row of a, a column for each column of b: (n, m).",
)
def table_of_inner_sizes(a, b):
    c = np.zeros((a.shape[1], b.shape[0]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "The table has the shape of a.",
    "A row for each row of a, a column for each column of b: (n, m).",
)
def table_like_a(a, b):
    c = np.zeros(a.shape)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "c has d columns; it needs one for each column of b.",
    "d is the inner size, which vanishes. The columns of c are those of b: b.shape[1].",
)
def columns_of_a_in_table_and_loop(a, b):
    c = np.zeros((a.shape[0], a.shape[1]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "The loop over columns has d rounds: as many as a has columns, and b rows.",
    "The columns of c are those of b: b.shape[1].",
)
def columns_of_a_counted(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "The table has as many columns as a has rows.",
    "A row for each row of a, a column for each column of b: (n, m).",
)
def columns_for_rows(a, b):
    c = np.zeros((a.shape[0], a.shape[0]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "Two sizes came where one shape is wanted, as in np.zeros(n, m).",
    "A second pair of brackets makes a shape of two sizes: np.zeros((n, m)).",
)
def zeros_of_two_sizes(a, b):
    return np.zeros(a.shape[0], b.shape[1])


@product.mistake(
    "The places came back in one long row, not as a table.",
    "c has two axes, (n, m): begin with np.zeros((n, m)) and fill c[i, j].",
)
def one_long_row(a, b):
    return product_of_torch(a, b).flatten()
