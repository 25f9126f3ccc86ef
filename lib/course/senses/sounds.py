"""The sound of a telephone's keys: two tones at once, one for the row and one for the column.

Source of the tones: ITU-T Recommendation Q.23.
"""

import math

import torch
from torch import Tensor

ROWS = (697.0, 770.0, 852.0, 941.0)  # Hz: keys 1 2 3, 4 5 6, 7 8 9, and 0
COLUMNS = (1209.0, 1336.0, 1477.0)  # Hz: keys 1 4 7, 2 5 8 0, 3 6 9
RATE = 4000  # numbers a second
LENGTH = 2000  # numbers of a sound: half a second
WINDOW, HOP = 256, 218  # of a spectrogram: how long a frame is, and from one to the next
LOWEST, BINS = 8, 100  # its first frequency, 125 Hz, and how many, up to 1672 Hz


def tones(key: int) -> tuple[float, float]:
    """The two tones of a key from 0 to 9, in Hz."""
    row, column = (3, 1) if key == 0 else divmod(key - 1, 3)
    return ROWS[row], COLUMNS[column]


def waves(keys: Tensor, generator: torch.Generator) -> Tensor:
    """The sound of each key: keys (n,) whole numbers -> (n, LENGTH)

    Drawn at random for each: when the key is pressed and for how long (0.2 to 0.37 of the 0.5
    seconds), where in their swing the tones begin, and noise as strong as half a tone's height.
    """
    n, size = LENGTH, (len(keys), 1)
    time = torch.arange(n)
    start = torch.randint(0, 400, size, generator=generator)
    length = torch.randint(800, 1500, size, generator=generator)
    phase = 2 * math.pi * torch.rand(2, *size, generator=generator)
    hertz = torch.tensor([tones(key) for key in range(10)])[keys]  # (n, 2)
    swing = 2 * math.pi * hertz.T[:, :, None] * time / RATE + phase  # (2, n, LENGTH)
    pressed = (time >= start) & (time < start + length)
    return swing.sin().sum(dim=0) * pressed + 0.5 * torch.randn(*size[:1], n, generator=generator)


def spectrogram(wave: Tensor) -> Tensor:
    """How strong each frequency is in each frame, as log(1 + size): (n, LENGTH) -> (n, 9, BINS)"""
    cut = wave.unfold(-1, WINDOW, HOP) * torch.hann_window(WINDOW)  # (n, 9, WINDOW)
    return torch.fft.rfft(cut).abs().log1p()[..., LOWEST : LOWEST + BINS]


def frequency(bin_number: int) -> float:
    """The frequency in Hz of a spectrogram's column."""
    return (bin_number + LOWEST) * RATE / WINDOW
