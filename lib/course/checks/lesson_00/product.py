"""00.3: the matrix product, one dot product at a time."""

import numpy as np
import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_00.dot import dot_by_sum

product = Exercise(
    "00.3",
    returns="c",
    right="A matrix product is a table of dot products: rows of a with columns of b.",
)


@product.case("two rows, two columns")
def two_by_two(draw: Draw) -> Call:
    return Call(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [0.0, 2.0]]))


@product.case("one row, two columns")
def one_by_two(draw: Draw) -> Call:
    return Call(draw.array(1, 3), draw.array(3, 2))


@product.case("a (3, 2), b (2, 4)")
def three_by_four(draw: Draw) -> Call:
    return Call(draw.array(3, 2), draw.array(2, 4))


@product.reference
def product_of_torch(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return torch.from_numpy(a).matmul(torch.from_numpy(b)).numpy()


@product.right_way
def product_by_three_loops(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@product.right_way
def product_by_broadcasting(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, :, None] * b[None, :, :]).sum(axis=1)


@product.mistake(
    "Rows of a met rows of b.",
    "The second partner is a column of b: b[:, j].",
)
def rows_with_rows(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[j])
    return c


@product.mistake(
    "The table is turned: c[j, i] stands where c[i, j] should.",
    "Row i of c belongs to row i of a; column j of c belongs to column j of b.",
)
def table_turned(a, b):
    return product_of_torch(a, b).T


@product.mistake(
    "The matrices were multiplied entry by entry.",
    "Each entry of c is a whole dot product: a row of a with a column of b.",
)
def entry_by_entry(a, b):
    return a * b


@product.mistake(
    "The order is exchanged: this is b times a.",
    "a @ b and b @ a differ. Rows come from a, columns from b.",
)
def order_exchanged(a, b):
    return product_of_torch(b, a)


@product.mistake(
    "Only the first place is filled.",
    "Does `return` stand inside a loop? It belongs behind both.",
)
def first_place_only(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    c[0, 0] = dot_by_sum(a[0], b[:, 0])
    return c


@product.mistake(
    "The last row and the last column stay empty.",
    "range(n) counts from 0 to n − 1 already: no − 1 is needed.",
)
def last_places_empty(a, b):
    c = product_of_torch(a, b)
    c[-1], c[:, -1] = 0, 0
    return c


@product.mistake(
    "Columns of a met columns of b.",
    "The first partner is a row of a: a[i].",
)
def columns_with_columns(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[:, i], b[:, j])
    return c
