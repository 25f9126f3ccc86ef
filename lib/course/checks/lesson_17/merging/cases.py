"""17.4: a pair of neighbours becomes one token, everywhere. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

merging = Exercise(
    "17.4",
    returns="tokens",
    right="Do it 300 times, the commonest pair each time, and you have a tokenizer.",
    forbids=("course.writing", "course.models"),
)


@merging.case("one pair in the middle")
def in_the_middle(draw: Draw) -> Call:
    return Call(torch.tensor([4, 5, 7, 6]), (5, 7), 9)


@merging.case("three of the same")
def three_alike(draw: Draw) -> Call:
    return Call(torch.tensor([7, 7, 7]), (7, 7), 9)


@merging.case("a pair at the end, and its first half behind it")
def at_the_end(draw: Draw) -> Call:
    return Call(torch.tensor([5, 7, 3, 5, 7, 5]), (5, 7), 9)


@merging.case("only the other way around")
def turned(draw: Draw) -> Call:
    return Call(torch.tensor([7, 5, 3]), (5, 7), 9)


@merging.case("a single token")
def single(draw: Draw) -> Call:
    return Call(torch.tensor([5]), (5, 7), 9)


@merging.case("thirty tokens out of three")
def many(draw: Draw) -> Call:
    tokens = [draw.integer(0, 2) for _ in range(30)] + [1, 2, 1, 2, 0, 2, 2, 2, 2, 1]
    return Call(torch.tensor(tokens), (1, 2), 3)


@merging.case("thirty tokens out of two, a pair of the same")
def many_alike(draw: Draw) -> Call:
    tokens = [draw.integer(0, 1) for _ in range(30)] + [0, 1, 1, 1, 1, 1, 0, 1, 1, 1]
    return Call(torch.tensor(tokens), (1, 1), 8)
