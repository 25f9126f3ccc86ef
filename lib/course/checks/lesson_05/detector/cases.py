"""05.4: how strongly each output depends on each token. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_05.shared import BUILT_HERE

detector = Exercise(
    "05.4",
    returns="influence",
    right="Whoever sees the future, you will notice.",
    forbids=BUILT_HERE,
    without=dict.fromkeys(
        ("gradient", "float64", "int64", "large", "long"),
        "a right way, torch.func's, takes seconds to load",
    ),
    given=(
        "x = x.clone().requires_grad_()",
        "output = colleagues[name](x, x, x)",
        "rows = []",
        "for i in range(len(x)):",
        "return torch.stack(rows)",
    ),
)


@detector.case("Ann, two tokens with two features")
def two_tokens_of_ann(draw: Draw) -> Call:
    return Call("Ann", torch.tensor([[1.0, 0.0], [2.0, 1.0]]))


@detector.case("Cleo, as many tokens as features")
def cleo_square(draw: Draw) -> Call:
    return Call("Cleo", draw.tensor(3, 3))


@detector.case("Ben, five tokens with three features")
def tokens_of_ben(draw: Draw) -> Call:
    return Call("Ben", draw.tensor(5, 3))


@detector.case("Dora, four tokens with six features")
def tokens_of_dora(draw: Draw) -> Call:
    return Call("Dora", draw.tensor(4, 6))
