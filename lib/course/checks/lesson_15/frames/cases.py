"""15.5: the exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

frames = Exercise(
    "15.5",
    returns="frames",
    right="Each frame tells how strong each frequency was, and when.",
    forbids=("course.senses", "torch.stft"),
)


@frames.case("four numbers, one frame")
def one_frame(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0, 3.0, 1.0]]), 4, 4)


@frames.case("twelve numbers, frames of 4, from one to the next 2")
def half_over(draw: Draw) -> Call:
    return Call(draw.tensor(1, 12), 4, 2)


@frames.case("two waves of 40 numbers, frames of 10, from one to the next 7")
def two_waves(draw: Draw) -> Call:
    return Call(draw.tensor(2, 40), 10, 7)


@frames.case("a wave that is silent at first")
def silent_first(draw: Draw) -> Call:
    wave = draw.tensor(2, 30)
    wave[:, :16] = 0.0
    return Call(wave, 8, 5)


@frames.case("as many frames as frequencies")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(5, 24), 8, 4)
