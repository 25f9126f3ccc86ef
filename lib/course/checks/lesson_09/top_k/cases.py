"""09.1: only the best k of each row. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise, Gradient
from course.checks.lesson_09.shared import BUILT_HERE

top_k = Exercise(
    "09.1",
    returns="weights",
    right="The best k share the whole budget, and nobody else has any.",
    forbids=BUILT_HERE,
)


@top_k.case("one query, four keys, k = 2")
def one_query(draw: Draw) -> Call:
    return Call(torch.tensor([[8.0, 1.0, 4.0, 2.0]]).log(), 2)


@top_k.case("as many queries as keys")
def square_scores(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), 2)


@top_k.case("k = 1: one key takes all")
def only_the_best(draw: Draw) -> Call:
    return Call(draw.tensor(3, 5), 1)


@top_k.case("k is the number of keys: plain attention")
def all_keys(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), 4)


@top_k.case("a batch of 2, 3 heads, 4 queries, 7 keys")
def many_scores(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 7), draw.integer(3, 5))


@top_k.case("the gradient by the scores")
def gradient_of_the_best(draw: Draw) -> Gradient:
    return Gradient(draw.tensor(3, 6), 3)


@top_k.case("scores far from 0: above 200 in one row, below -200 in the other")
def far_from_zero(draw: Draw) -> Call:
    shift = torch.tensor([[300.0], [-300.0]])  # e to the power of these fits into no float32
    return Call(draw.tensor(2, 5) + shift, 3)
