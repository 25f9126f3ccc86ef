"""15.1: the exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

patches = Exercise(
    "15.1",
    returns="patches",
    right="Each patch is a square of the picture, row by row.",
    forbids=("course.senses",),
)


def numbered(height: int, width: int) -> Tensor:
    """A picture whose pixels say where they are: row i, column j holds 10 i + j."""
    return torch.arange(height)[:, None] * 10.0 + torch.arange(width)


@patches.case("a picture of 2 by 4 pixels, in squares of 2 by 2")
def by_hand(draw: Draw) -> Call:
    return Call(numbered(2, 4)[None], 2)


@patches.case("a picture of 4 by 6 pixels, in squares of 2 by 2")
def two_rows(draw: Draw) -> Call:
    return Call(numbered(4, 6)[None], 2)


@patches.case("four pictures of 4 by 4 pixels, in squares of 2 by 2")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4, 4), 2)


@patches.case("a picture of 3 by 5 pixels, each pixel a patch")
def single_pixels(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5), 1)


@patches.case("one patch is the whole picture")
def whole_picture(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 3), 3)


@patches.case("two pictures of 6 by 12 pixels, in squares of 3 by 3")
def larger_squares(draw: Draw) -> Call:
    return Call(draw.tensor(2, 6, 12), 3)
