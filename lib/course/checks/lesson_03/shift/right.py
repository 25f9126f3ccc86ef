"""03.2: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_03.clocks.right import clocks_stacked
from course.checks.lesson_03.shared import rates
from course.checks.lesson_03.shift.cases import shift


@shift.reference
def shift_by_exponential(k: int, d_model: int) -> Tensor:
    # A turn is the exponential of its generator, which turns by a quarter.
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    generator = torch.block_diag(*(rate * quarter for rate in rates(d_model)))
    return torch.linalg.matrix_exp(k * generator).float()


def blocks(angles: list[float]) -> Tensor:
    """A block for each angle, along the diagonal."""
    turns = [[[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]] for a in angles]
    return torch.block_diag(*(torch.tensor(turn) for turn in turns))


@shift.right_way
def shift_by_blocks(k: int, d_model: int) -> Tensor:
    return blocks([k * rate for rate in rates(d_model)])


@shift.right_way
def shift_by_diagonals(k: int, d_model: int) -> Tensor:
    angle = k * torch.tensor(rates(d_model))
    sines = torch.stack((angle.sin(), torch.zeros_like(angle)), dim=1).flatten()[:-1]
    cosines = angle.cos().repeat_interleave(2)
    return torch.diag(cosines) + torch.diag(sines, -1) - torch.diag(sines, 1)


@shift.right_way
def shift_power(k: int, d_model: int) -> Tensor:
    return torch.linalg.matrix_power(blocks(rates(d_model)).double(), k).float()


@shift.right_way
def shift_fitted(k: int, d_model: int) -> Tensor:
    table = clocks_stacked(500, d_model)
    return torch.linalg.lstsq(table[:-k], table[k:]).solution


@shift.right_way
def shift_assigned(k: int, d_model: int) -> Tensor:
    table = torch.zeros(d_model, d_model)
    for i, rate in enumerate(rates(d_model)):
        sine, cosine = math.sin(k * rate), math.cos(k * rate)
        table[2 * i, 2 * i] = table[2 * i + 1, 2 * i + 1] = cosine
        table[2 * i, 2 * i + 1], table[2 * i + 1, 2 * i] = -sine, sine
    return table
