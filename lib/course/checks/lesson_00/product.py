"""00.3: the matrix product, one dot product at a time."""

from typing import Any

import numpy as np
import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_00.dot import dot_by_sum

product = Exercise(
    "00.3",
    returns="c",
    right="A matrix product is a table of dot products: rows of a with columns of b.",
    rests_on={"dot": ("00.1", "dot")},
)


@product.case("two rows, two columns")
def two_by_two(draw: Draw) -> Call:
    return Call(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [0.0, 2.0]]))


@product.case("one row, two columns")
def one_by_two(draw: Draw) -> Call:
    return Call(draw.array(1, 3), draw.array(3, 2))


@product.case("three rows, three columns")
def three_by_three(draw: Draw) -> Call:
    return Call(draw.array(3, 3), draw.array(3, 3))


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


@product.right_way
def product_by_lists(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([[dot_by_sum(row, column) for column in b.T] for row in a])


@product.right_way
def product_of_layers(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return sum(np.outer(column, row) for column, row in zip(a.T, b, strict=True))  # type: ignore[return-value]


ROWS_WITH_ROWS = "Rows of a met rows of b."
TAKE_A_COLUMN = "The second partner is a column of b: b[:, j]."


@product.mistake(ROWS_WITH_ROWS, TAKE_A_COLUMN)
def rows_with_rows_by_operator(a, b):
    return a @ b.T


@product.mistake(ROWS_WITH_ROWS, TAKE_A_COLUMN)
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
    return product_where(a, b, np.s_[0, 0])


def product_where(a: np.ndarray, b: np.ndarray, *filled: Any) -> np.ndarray:
    """The product, with zeros in all places but these."""
    whole = product_of_torch(a, b)
    c = np.zeros_like(whole)
    for places in filled:
        c[places] = whole[places]
    return c


@product.mistake(
    "Only the first row is filled.",
    "Does `return` stand inside the outer loop? It belongs behind both.",
)
def first_row_only(a, b):
    return product_where(a, b, 0)


@product.mistake(
    "Only the last row is filled.",
    "Is the table of zeros made inside the loop over rows, or does the loop over columns come only "
    "after it? One table, made before both; one loop inside the other.",
)
def last_row_only(a, b):
    return product_where(a, b, -1)


@product.mistake(
    "Only the last place is filled.",
    "Is the table of zeros made inside the loops, or is it filled only behind them? Make it once, "
    "before both, and fill it in the inner one.",
)
def last_place_only(a, b):
    return product_where(a, b, np.s_[-1, -1])


@product.mistake(
    "The first row and the first column stay empty.",
    "Counting begins at 0: range(n), not range(1, n).",
)
def first_places_empty(a, b):
    return product_where(a, b, np.s_[1:, 1:])


@product.mistake(
    "Only places with i equal to j are filled.",
    "Every row of a meets every column of b, so every place (i, j) of c is filled.",
)
def diagonal_only(a, b):
    places = range(min(a.shape[0], b.shape[1]))
    return product_where(a, b, *((i, i) for i in places))


@product.mistake(
    "The last row and the last column stay empty.",
    "range(n) counts from 0 to n − 1 already: no − 1 is needed.",
)
def last_places_empty(a, b):
    return product_where(a, b, np.s_[:-1, :-1])


@product.mistake("Columns of a met rows of b.", "Row i of a is a[i], and column j of b is b[:, j].")
def columns_with_rows(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[:, i], b[j])
    return c


@product.mistake("Columns of a met columns of b.", "The first partner is a row of a: a[i].")
def columns_with_columns(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[:, i], b[:, j])
    return c


@product.mistake(
    "Only the last product of each sum is there.",
    "All d products are added: `=` forgets what stood there before, `+=` adds to it.",
)
def last_products(a, b):
    return np.outer(a[:, -1], b[-1])


@product.mistake(
    "Only the first product of each sum is there.",
    "Every entry of the row meets its partner in the column, and all d products are added.",
)
def first_products(a, b):
    return np.outer(a[:, 0], b[0])


@product.mistake("The products were averaged.", "Each place is a dot product: the plain sum.")
def products_averaged(a, b):
    return product_of_torch(a, b) / len(b)


@product.mistake(
    "All places of a row hold the same number, the one that belongs to the last column.",
    "c[i] is a whole row, and all of it takes the number that is put there. One place has two "
    "numbers: c[i, j].",
)
def rows_overwritten(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i] = dot_by_sum(a[i], b[:, j])
    return c


@product.mistake(
    "The table is turned: c[j, i] stands where c[i, j] should, or a[j] met b[:, i].",
    "Place (i, j) belongs to row i of a and column j of b.",
)
def indices_exchanged(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[j], b[:, i])
    return c
