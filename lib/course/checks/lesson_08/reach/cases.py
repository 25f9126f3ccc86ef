"""08.1: how far a network's last output moves when its first token moves. Exercise and cases."""

import torch

from course.checking import Call, Draw, Exercise

reach = Exercise(
    "08.1",
    returns="reach",
    right="You can see how much of the first token arrives at the last.",
    given=(
        "x = x.clone().requires_grad_()",
        "outputs = networks[name](x)",
    ),
)


@reach.case("the whisper, three tokens of one feature")
def three_children(draw: Draw) -> Call:
    return Call("whisper", torch.zeros(1, 3, 1), torch.ones(1))


@reach.case("the board, as many rows as tokens and features")
def cube(draw: Draw) -> Call:
    return Call("board", draw.tensor(3, 3, 3) / 2, draw.tensor(3))


@reach.case("the whisper, two rows of four tokens with three features")
def whisper_in_a_batch(draw: Draw) -> Call:
    return Call("whisper", draw.tensor(2, 4, 3) / 2, draw.tensor(3))


@reach.case("the board, four rows of five tokens with six features")
def board_in_a_batch(draw: Draw) -> Call:
    return Call("board", draw.tensor(4, 5, 6) / 2, draw.tensor(6))
