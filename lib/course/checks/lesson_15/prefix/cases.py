"""15.3: the exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

prefix = Exercise(
    "15.3",
    returns="mask",
    right="What is given sees all that is given; what is said sees what came before.",
    forbids=("course.senses",),
)


@prefix.case("two given, two said")
def two_and_two(draw: Draw) -> Call:
    return Call(2, 2)


@prefix.case("three given, one said")
def three_and_one(draw: Draw) -> Call:
    return Call(3, 1)


@prefix.case("one given, four said")
def one_and_four(draw: Draw) -> Call:
    return Call(1, 4)


@prefix.case("three given, nothing said yet")
def nothing_said(draw: Draw) -> Call:
    return Call(3, 0)


@prefix.case("more given, more said")
def more(draw: Draw) -> Call:
    return Call(draw.integer(4, 12), draw.integer(13, 24))


@prefix.case("about as many as in the lesson")
def as_in_the_lesson(draw: Draw) -> Call:
    return Call(draw.integer(20, 34), draw.integer(2, 8))


def table(n_given, n_said, sees):
    """sees(i, j) for each pair of places: (n, n)"""
    n = n_given + n_said
    rows = [[bool(sees(i, j)) for j in range(n)] for i in range(n)]
    return torch.tensor(rows, dtype=torch.bool).view(n, n)
