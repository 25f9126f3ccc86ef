"""03.1: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_03.clocks.cases import clocks
from course.checks.lesson_03.shared import rates


@clocks.reference
def clocks_by_loop(n: int, d_model: int) -> Tensor:
    table = [[0.0] * d_model for _ in range(n)]
    for p in range(n):
        for i, rate in enumerate(rates(d_model)):
            table[p][2 * i], table[p][2 * i + 1] = math.sin(p * rate), math.cos(p * rate)
    return torch.tensor(table)


def waves(n: int, d_model: int, exponent: Tensor, *, start: int = 0) -> Tensor:
    """Sine on even and cosine on odd features, with the exponents given: (d_model / 2,)."""
    return of_angles(torch.arange(start, start + n)[:, None] / 10000.0**exponent)


def of_angles(angle: Tensor) -> Tensor:
    """Sine on even and cosine on odd features: (n, d_model / 2) -> (n, d_model)"""
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


def doubled(d_model: int) -> Tensor:
    return torch.arange(0, d_model, 2) / d_model


@clocks.right_way
def clocks_stacked(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, doubled(d_model))


@clocks.right_way
def clocks_by_outer_product(n: int, d_model: int) -> Tensor:
    rate = torch.exp(-math.log(10000.0) * torch.arange(0, d_model, 2) / d_model)
    angle = torch.outer(torch.arange(n).float(), rate).repeat_interleave(2, dim=1)
    odd = torch.arange(d_model) % 2  # a cosine is a sine a quarter of a turn later
    return torch.sin(angle + odd * math.pi / 2)


@clocks.right_way
def clocks_filled(n: int, d_model: int) -> Tensor:
    table = torch.empty(n, d_model, dtype=torch.float64)
    for hand, rate in enumerate(rates(d_model)):
        angle = torch.arange(n, dtype=torch.float64) * rate
        table[:, 2 * hand] = angle.sin()
        table[:, 2 * hand + 1] = angle.cos()
    return table


@clocks.right_way
def clocks_in_the_complex_plane(n: int, d_model: int) -> Tensor:
    angle = math.pi / 2 - torch.arange(n)[:, None] * torch.tensor(rates(d_model))
    return torch.view_as_real(torch.polar(torch.ones_like(angle), angle)).flatten(1)
