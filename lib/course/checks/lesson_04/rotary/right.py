"""04.2: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_03.shared import rates
from course.checks.lesson_03.shift.right import shift_by_blocks
from course.checks.lesson_04.rotary.cases import rotary


@rotary.reference
def rotary_in_the_complex_plane(x: Tensor, positions: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    angle = positions[:, None].double() * torch.tensor(rates(x.shape[-1]), dtype=torch.float64)
    turned = pairs * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flatten(-2).float()


def angles_of(positions: Tensor, d_head: int) -> Tensor:
    """(n,) -> (n, d_head / 2)"""
    return positions[:, None] * torch.tensor(rates(d_head))


def turn(x: Tensor, angle: Tensor) -> Tensor:
    """Turn neighbours by the angles given: they broadcast to (..., n, d_head / 2)."""
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.right_way
def rotary_stacked(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, angles_of(positions, x.shape[-1]))


@rotary.right_way
def rotary_assigned(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    result = torch.empty_like(x)
    result[..., 0::2] = x[..., 0::2] * angle.cos() - x[..., 1::2] * angle.sin()
    result[..., 1::2] = x[..., 0::2] * angle.sin() + x[..., 1::2] * angle.cos()
    return result


@rotary.right_way
def rotary_by_matrices(x: Tensor, positions: Tensor) -> Tensor:
    rows = []
    for place, row in zip(positions.tolist(), x.unbind(-2), strict=True):
        rows.append(row @ shift_by_blocks(place, x.shape[-1]).T)  # a row of x turns like a vector
    return torch.stack(rows, dim=-2)


def neighbours_for_quarter_turn(x: Tensor) -> Tensor:
    """(a, b, c, d) -> (-b, a, -d, c)"""
    return torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)


def side_by_side(angle: Tensor) -> Tensor:
    """(n, d_head / 2) -> (n, d_head): an angle for each feature, neighbours alike."""
    return angle.repeat_interleave(2, dim=-1)


@rotary.right_way
def rotary_by_quarter_turns(x: Tensor, positions: Tensor) -> Tensor:
    angle = side_by_side(angles_of(positions, x.shape[-1]))
    return x * angle.cos() + neighbours_for_quarter_turn(x) * angle.sin()


@rotary.right_way
def rotary_pair_by_pair(x: Tensor, positions: Tensor) -> Tensor:
    turned = x.clone()
    for row, place in enumerate(positions.tolist()):
        for i, rate in enumerate(rates(x.shape[-1])):
            a, b = x[..., row, 2 * i], x[..., row, 2 * i + 1]
            sine, cosine = math.sin(place * rate), math.cos(place * rate)
            turned[..., row, 2 * i] = a * cosine - b * sine
            turned[..., row, 2 * i + 1] = a * sine + b * cosine
    return turned
