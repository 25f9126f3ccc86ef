"""00.1: the dot product."""

import math

import numpy as np

from course.checking import Call, Draw, Exercise

dot = Exercise(
    "00.1",
    returns="agreement",
    right="Large when two vectors point the same way, 0 at a right angle, negative beyond.",
)


@dot.case("two entries")
def two_entries(draw: Draw) -> Call:
    return Call(np.array([2.0, 3.0]), np.array([4.0, -1.0]))


@dot.case("a right angle")
def right_angle(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([-2.0, 1.0]))


@dot.case("five entries")
def five_entries(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5))


@dot.reference
def dot_by_fsum(a: np.ndarray, b: np.ndarray) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


@dot.right_way
def dot_by_operator(a: np.ndarray, b: np.ndarray) -> float:
    return a @ b


@dot.right_way
def dot_by_sum(a: np.ndarray, b: np.ndarray) -> float:
    return (a * b).sum()


@dot.mistake(
    "The products were not added up.",
    "One number is asked for: how much the two vectors agree in all. Sum over the entries.",
)
def products_alone(a, b):
    return a * b


@dot.mistake(
    "Each vector was added up first, and then the sums multiplied.",
    "Entry meets entry: multiply the first with the first, the second with the second, then add.",
)
def product_of_sums(a, b):
    return a.sum() * b.sum()


@dot.mistake(
    "The mean of the products was taken.",
    "Add them up; a vector with more entries may agree more.",
)
def mean_of_products(a, b):
    return (a * b).mean()


@dot.mistake(
    "This is the cosine: the lengths were divided out.",
    "The plain dot product keeps them: a longer vector agrees more. Leave the division out.",
)
def cosine_of_angle(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@dot.mistake(
    "The entries were added where they should be multiplied.",
    "Multiply entry by entry, then add up the products.",
)
def sum_of_everything(a, b):
    return (a + b).sum()
