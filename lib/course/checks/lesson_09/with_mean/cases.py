"""09.3: the best keys, and the mean value for the lost mass. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise, Gradient
from course.checks.lesson_09.shared import BUILT_HERE

with_mean = Exercise(
    "09.3",
    returns="output",
    right="The best keys speak for themselves, and the mean speaks for the rest.",
    forbids=BUILT_HERE,
    given=("weights = scores.softmax(dim=-1)",),
)


@with_mean.case("five thermometers, k = 2: attention says 19, and so does this")
def thermometers(draw: Draw) -> Call:
    weights = torch.tensor([[8.0, 4.0, 2.0, 1.0, 1.0]]) / 16
    return Call(weights.log(), torch.tensor([[16.0], [24.0], [20.0], [12.0], [28.0]]), 2)


@with_mean.case("as many queries as keys and features")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), draw.tensor(4, 4), 2)


@with_mean.case("k is the number of keys: plain attention, and no mass is lost")
def all_keys(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), draw.tensor(4, 2), 4)


@with_mean.case("a batch of 2, 3 heads, 4 queries, 7 keys, values of 5 features")
def many(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 7), draw.tensor(2, 3, 7, 5), draw.integer(2, 5))


@with_mean.case("the gradients by scores and values")
def gradient(draw: Draw) -> Gradient:
    return Gradient(draw.tensor(3, 6), draw.tensor(6, 2), 3)


@with_mean.case("scores far from 0: above 200 in one row, below -200 in the other")
def far_from_zero(draw: Draw) -> Call:
    shift = torch.tensor([[300.0], [-300.0]])  # e to the power of these fits into no float32
    return Call(draw.tensor(2, 5) + shift, draw.tensor(5, 3), 2)
