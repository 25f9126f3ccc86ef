"""15.5: the reference, and other right ways."""

import math

import torch
from torch import Tensor

from course.checks.lesson_15.frames.cases import frames


@frames.reference
def by_sums(wave: Tensor, window: int, hop: int) -> Tensor:
    """Each frequency as a sum of cosines and sines, in float64."""
    t = torch.arange(window, dtype=torch.float64)
    bell = 0.5 - 0.5 * torch.cos(2 * math.pi * t / window)
    turns = 2 * math.pi * t[:, None] * torch.arange(window // 2 + 1) / window  # (window, bins)
    begins = range(0, wave.shape[1] - window + 1, hop)
    cut = torch.stack([wave[:, b : b + window].double() * bell for b in begins], dim=1)
    return torch.complex(cut @ turns.cos(), cut @ turns.sin()).abs().log1p()


@frames.right_way
def frames_by_unfold(wave: Tensor, window: int, hop: int) -> Tensor:
    cut = wave.unfold(1, window, hop) * torch.hann_window(window, dtype=wave.dtype)
    return torch.log1p(torch.fft.rfft(cut).abs())


@frames.right_way
def frames_by_slices(wave: Tensor, window: int, hop: int) -> Tensor:
    bell = torch.hann_window(window, dtype=wave.dtype)
    found = []
    for begin in range(0, wave.shape[-1] - window + 1, hop):
        found.append(torch.fft.rfft(wave[:, begin : begin + window] * bell).abs())
    return torch.log1p(torch.stack(found, dim=1))


@frames.right_way
def frames_by_whole_fft(wave: Tensor, window: int, hop: int) -> Tensor:
    cut = wave.unfold(-1, window, hop) * torch.hann_window(window, dtype=wave.dtype)
    return torch.fft.fft(cut)[..., : window // 2 + 1].abs().log1p()
