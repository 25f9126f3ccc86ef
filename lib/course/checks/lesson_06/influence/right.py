"""06.5: the reference, and other right ways."""

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_06.influence.cases import influence


@influence.reference
def influence_by_formula(mix: Tensor, x: Tensor) -> Tensor:
    """By the derivative of LayerNorm, in float64: (P - c c^T / (d s^2)) / s, with c = P h.

    Behind the tanh each column is as much smaller as its slope there, 1 - tanh²: another factor
    for each feature of each input, so that no wrong length is off by one factor a row.
    """
    table, tokens = mix.double().numpy(), x.double().tanh().numpy()
    d = tokens.shape[-1]
    project = np.eye(d) - 1 / d
    out = np.empty(table.shape)
    for i, row in enumerate(table):
        middle = project @ (row @ tokens)
        size = math.sqrt((middle**2).mean() + 1e-5)
        derivative = (project - np.outer(middle, middle) / (d * size**2)) / size
        for j, share in enumerate(row):
            out[i, j] = abs(share) * math.sqrt(((derivative * (1 - tokens[j] ** 2)) ** 2).sum())
    return torch.from_numpy(out)


def through(mix: Tensor) -> Callable[[Tensor], Tensor]:
    """What the lesson hands to the learner's function."""
    return lambda h: F.layer_norm(mix @ h.tanh(), h.shape[-1:])


def jacobian(mix: Tensor, x: Tensor) -> Tensor:
    """All derivatives: (n_out, d, n_in, d)."""
    return torch.autograd.functional.jacobian(through(mix), x)  # type: ignore[no-untyped-call]


@influence.right_way
def influence_by_jacobian(mix: Tensor, x: Tensor) -> Tensor:
    return jacobian(mix, x).norm(dim=(1, 3))


@influence.right_way
def influence_by_squares(mix: Tensor, x: Tensor) -> Tensor:
    return jacobian(mix, x).square().sum(dim=3).sum(dim=1).sqrt()


@influence.right_way
def influence_feature_by_feature(mix: Tensor, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    rows = []
    for token in through(mix)(x):
        each = [torch.autograd.grad(number, x, retain_graph=True)[0] for number in token]
        rows.append(torch.stack(each).square().sum(dim=(0, 2)).sqrt())  # (n_in,)
    return torch.stack(rows)
