"""17.5: a fair guess out of counts, and of a shorter context. The exercise and its cases."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

discounting = Exercise(
    "17.5",
    returns="probs",
    right="Apply it from no context to three tokens of context: the rival of a small GPT.",
    forbids=("course.writing",),
)


@discounting.case("sea, sun and sky")
def by_hand(draw: Draw) -> Call:
    return Call(torch.tensor([[3.0, 1.0, 0.0]]), torch.full((3,), 1 / 3), 0.75)


@discounting.case("a context that never came")
def empty(draw: Draw) -> Call:
    counts = torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    return Call(counts, torch.tensor([0.5, 0.25, 0.25]), 0.5)


def below(draw: Draw, vocab: int) -> Tensor:
    return draw.tensor(vocab).softmax(dim=-1)


def counts(draw: Draw, contexts: int, vocab: int) -> Tensor:
    rows = [[max(0, draw.integer(-3, 6)) for _ in range(vocab - 1)] for _ in range(contexts)]
    return torch.tensor([[*row, 1.0 + i] for i, row in enumerate(rows)])


@discounting.case("four contexts, four tokens")
def square(draw: Draw) -> Call:
    return Call(counts(draw, 4, 4), below(draw, 4), draw.number(0.5, 0.9))


@discounting.case("five contexts, one of them empty, seven tokens")
def table(draw: Draw) -> Call:
    drawn = counts(draw, 5, 7)
    drawn[2] = 0.0
    return Call(drawn, below(draw, 7), draw.number(0.5, 0.9))


@discounting.case("nothing is taken off")
def no_discount(draw: Draw) -> Call:
    return Call(counts(draw, 2, 5), below(draw, 5), 0.0)
