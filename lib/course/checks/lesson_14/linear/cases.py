"""14.1: linear attention with the brackets moved. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_14.shared import LINEAR

linear = Exercise(
    "14.1",
    returns="output",
    right="The keys and values wait in one small table, and each query reads from it.",
    forbids=LINEAR,
)


@linear.case("the numbers of the text: features (1, 2) and (1, 1), (2, 1), (1, 3)")
def by_hand(draw: Draw) -> Call:
    key = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    return Call(torch.tensor([[0.0, 1.0]]), key, torch.tensor([[10.0], [20.0], [30.0]]))


@linear.case("three of everything")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3))


@linear.case("batch 2, heads 3, n_q=4, n_k=5, d=6, d_v=7")
def all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


@linear.never_holds(
    61,
    509,
    what="The numbers are right, but a table of all queries by all keys was there at once.",
    way_out="That is the left side of the formula. Let the keys and values make s and z first, "
    "without any query; then each query reads from those.",
)
def many_queries_many_keys(draw: Draw) -> Call:
    return Call(draw.tensor(61, 4), draw.tensor(509, 4), draw.tensor(509, 3))
