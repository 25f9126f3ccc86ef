"""08.4: a state that need not wait. The exercise and its cases."""

from typing import Any

import torch

from course.checking import Call, Draw, Exercise, Subject

scan = Exercise(
    "08.4",
    returns="states",
    right="Steps were joined to steps: nobody had to wait for all the others.",
    given=(
        "shift = 1",
        "while shift < a.shape[1]:",
        "b = torch.cat([b[:, :shift], added], dim=1)",
        "a = torch.cat([a[:, :shift], kept], dim=1)",
        "shift *= 2",
        "return b",
    ),
)


class CountsOn:
    """Whether 2048 and fifteen ones come to more than 2056 in float16, which can't add 1 to 2048.

    A loop over the tokens has the same states as a scan, and only rounding tells them apart: it
    stays at 2048, where pieces that are joined first, to 2, 4 and 8, come to 2062.
    """

    arguments: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}

    def ask(self, subject: Subject) -> str:
        ones = torch.ones(1, 16, 1, dtype=torch.float16)
        first = torch.arange(16)[:, None] == 0  # (n=16, 1)
        states = subject.call(ones, ones.masked_fill(first, 2048.0))
        goes_on = isinstance(states, torch.Tensor) and bool((states[:, -1] > 2056).all())
        return "beyond 2056" if goes_on else "not beyond 2056"


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


@scan.case("a token that keeps nothing of the state before")
def forgets_all(draw: Draw) -> Call:
    a, b = draw.tensor(2, 5, 3), draw.tensor(2, 5, 3)
    a[:, 2] = 0.0
    return Call(a, b)


@scan.case("2048 and fifteen ones, all kept, in float16: it can't add 1 to 2048, but 2 or 4")
def counts_on(draw: Draw) -> CountsOn:
    return CountsOn()
