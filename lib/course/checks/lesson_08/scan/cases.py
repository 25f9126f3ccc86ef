"""08.4: a state that need not wait. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

scan = Exercise(
    "08.4",
    returns="states",
    right="Steps were joined to steps, and nobody had to wait for all the others.",
    given=(
        "shift = 1",
        "while shift < a.shape[1]:",
        "shift *= 2",
        "return b",
    ),
)


@scan.case("three tokens of one feature")
def three_tokens(draw: Draw) -> Call:
    return Call(torch.tensor([[[0.5], [0.25], [2.0]]]), torch.tensor([[[3.0], [1.0], [1.0]]]))


@scan.case("all sizes are 4")
def cube(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4, 4), draw.tensor(4, 4, 4))


@scan.case("a single token")
def one_token(draw: Draw) -> Call:
    return Call(draw.tensor(2, 1, 3), draw.tensor(2, 1, 3))


@scan.case("two rows of 13 tokens, three features")
def in_a_batch(draw: Draw) -> Call:
    return Call(draw.tensor(2, 13, 3), draw.tensor(2, 13, 3))
