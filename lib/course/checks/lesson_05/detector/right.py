"""05.4: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_05.detector.cases import detector


def future(n: int, first: int = 1) -> Tensor:
    """Row by row: True where key j stands `first` or more places after query i."""
    return torch.tensor([[j - i >= first for j in range(n)] for i in range(n)])


def colleague(name: str, x: Tensor) -> Tensor:
    """What the colleagues of the lesson compute, for tokens that attend to themselves."""
    n, d = x.shape
    scores = x @ x.mT / math.sqrt(d)
    if name == "Ben":
        return (scores.softmax(-1) * ~future(n)) @ x
    weights = scores.masked_fill(future(n, 2 if name == "Cleo" else 1), -torch.inf).softmax(-1)
    return weights @ (x - x.mean(0) if name == "Dora" else x)


@detector.reference
def influence_by_jacobian(name: str, x: Tensor) -> Tensor:
    """PyTorch's own Jacobian, in float64: (n, n, d), then the length of each gradient."""
    summed = torch.autograd.functional.jacobian(lambda x: colleague(name, x).sum(-1), x.double())
    return summed.square().sum(-1).sqrt()


def gradients(name: str, x: Tensor) -> list[Tensor]:
    """For each output the gradient of its sum by all tokens, (n, d)."""
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return [torch.autograd.grad(row.sum(), x, retain_graph=True)[0] for row in output]


@detector.right_way
def influence_by_grad(name: str, x: Tensor) -> Tensor:
    return torch.stack([gradient.norm(dim=-1) for gradient in gradients(name, x)])


@detector.right_way
def influence_by_backward(name: str, x: Tensor) -> Tensor:
    table = torch.zeros(len(x), len(x))
    for i in range(len(x)):
        moved = x.clone().requires_grad_()
        colleague(name, moved)[i].sum().backward()
        assert moved.grad is not None
        for j in range(len(x)):
            table[i, j] = moved.grad[j].norm()
    return table


@detector.right_way
def influence_by_jacrev(name: str, x: Tensor) -> Tensor:
    return torch.func.jacrev(lambda x: colleague(name, x).sum(-1))(x).norm(dim=-1)
