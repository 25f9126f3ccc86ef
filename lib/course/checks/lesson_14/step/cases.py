"""14.3: the same layer, one token at a time. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_14.shared import LINEAR

step = Exercise(
    "14.3",
    returns=("output", "s", "z"),
    right="Trained as attention, used as an RNN: one layer.",
    forbids=LINEAR,
)


@step.case("one feature, one value: a state that has seen 10 and 20 with weight 1")
def third_token(draw: Draw) -> Call:
    one = torch.zeros(1)  # its feature is 1
    return Call(one, one, torch.tensor([30.0]), torch.tensor([[30.0]]), torch.tensor([2.0]))


@step.case("the first token: an empty state")
def first_token(draw: Draw) -> Call:
    return Call(draw.tensor(3), draw.tensor(3), draw.tensor(2), torch.zeros(3, 2), torch.zeros(3))


@step.case("a batch of three, d=3, d_v=3")
def step_cube(draw: Draw) -> Call:
    s, z = draw.tensor(3, 3, 3), draw.tensor(3, 3).abs() + 1
    return Call(draw.tensor(3, 3), draw.tensor(3, 3), draw.tensor(3, 3), s, z)


@step.case("batch 2, heads 3, d=4, d_v=5")
def step_all_different(draw: Draw) -> Call:
    s, z = draw.tensor(2, 3, 4, 5), draw.tensor(2, 3, 4).abs() + 1
    return Call(draw.tensor(2, 3, 4), draw.tensor(2, 3, 4), draw.tensor(2, 3, 5), s, z)
