"""15.5: from a wave to frames that tell frequencies."""

import math

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

frames = Exercise(
    "15.5",
    returns="frames",
    right="Each frame tells how strong each frequency was, and when.",
    forbids=("course.senses", "torch.stft"),
)


@frames.case("four numbers, one frame")
def one_frame(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0, 3.0, 1.0]]), 4, 4)


@frames.case("twelve numbers, frames of 4, from one to the next 2")
def half_over(draw: Draw) -> Call:
    return Call(draw.tensor(1, 12), 4, 2)


@frames.case("two waves of 40 numbers, frames of 10, from one to the next 7")
def two_waves(draw: Draw) -> Call:
    return Call(draw.tensor(2, 40), 10, 7)


@frames.case("a wave that is silent at first")
def silent_first(draw: Draw) -> Call:
    wave = draw.tensor(2, 30)
    wave[:, :16] = 0.0
    return Call(wave, 8, 5)


@frames.case("as many frames as frequencies")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(5, 24), 8, 4)


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


# The mistakes

BELL = "Each frame is multiplied by torch.hann_window(window), so that it fades in and out."
SIZE = "rfft gives complex numbers; their size, .abs(), is how strong a frequency is."
TIME_FIRST = "A frame is a token: (batch, frames, frequencies), as rfft on the last axis leaves it."


def cut_of(wave, window, hop):
    return wave.unfold(1, window, hop) * torch.hann_window(window, dtype=wave.dtype)


def declare(what, way_out, name, make):
    """Declare a mistake: make(wave, window, hop) -> what comes back."""
    make.__name__ = name
    frames.mistake(what, way_out)(make)


declare(
    "The frames begin and end abruptly: the Hann window is missing.",
    BELL,
    "no_bell",
    lambda w, n, hop: torch.fft.rfft(w.unfold(1, n, hop)).abs().log1p(),
)
declare(
    "The Hann window ends in a zero on both sides: it is the symmetric one.",
    "torch.hann_window(window) is the periodic one, whose next number would be the zero.",
    "symmetric",
    lambda w, n, hop: (
        torch.fft.rfft(w.unfold(1, n, hop) * torch.hann_window(n, periodic=False, dtype=w.dtype))
        .abs()
        .log1p()
    ),
)
declare(
    "The Hann window was laid over the frequencies, after rfft.",
    BELL + " That is before rfft.",
    "bell_on_frequencies",
    lambda w, n, hop: (
        torch.fft.rfft(w.unfold(1, n, hop)).abs()
        * torch.hann_window(n, dtype=w.dtype)[: n // 2 + 1]
    ).log1p(),
)
declare(
    "The Hann window was applied twice.",
    BELL + " Once.",
    "bell_twice",
    lambda w, n, hop: (
        torch.fft.rfft(cut_of(w, n, hop) * torch.hann_window(n, dtype=w.dtype)).abs().log1p()
    ),
)
declare(
    "The frames do not overlap: they move on by a whole window, not by `hop`.",
    "unfold(dimension, size, step): the step is hop.",
    "step_is_window",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, n)).abs().log1p(),
)
declare(
    "Window and hop are exchanged.",
    "unfold(dimension, size, step): a frame has `window` numbers, and begins `hop` later.",
    "exchanged",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, hop, n)).abs().log1p(),
)
declare(
    "The frames move on by one number.",
    "unfold(dimension, size, step): the step is hop.",
    "step_is_one",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, 1)).abs().log1p(),
)
declare(
    "The numbers are complex still.",
    SIZE,
    "complex_kept",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)),
)
declare(
    "The real parts were taken for the size.",
    SIZE,
    "real_part",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).real.abs().log1p(),
)
declare(
    "The sizes were squared: that is power.",
    SIZE + " No square.",
    "power",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().square().log1p(),
)
declare(
    "The logarithm is missing.",
    "log1p draws loud and soft together: log(1 + size).",
    "no_logarithm",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs(),
)
declare(
    "The logarithm was taken without adding 1, so silence is −∞.",
    "torch.log1p(size) is log(1 + size), and that of silence is 0.",
    "plain_logarithm",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log(),
)
declare(
    "The logarithm is that to the base 10.",
    "torch.log1p(size) is the natural logarithm of 1 + size.",
    "base_10",
    lambda w, n, hop: (torch.fft.rfft(cut_of(w, n, hop)).abs() + 1).log10(),
)
declare(
    "It was log1p of the size twice over.",
    "Once is enough.",
    "twice",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log1p().log1p(),
)
declare(
    "Frequencies and frames are exchanged: time comes first.",
    TIME_FIRST,
    "axes_exchanged",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log1p().mT,
)
declare(
    "Each frequency came twice: fft gives them once forwards and once backwards.",
    "torch.fft.rfft leaves the second half out: window // 2 + 1 frequencies.",
    "both_halves",
    lambda w, n, hop: torch.fft.fft(cut_of(w, n, hop)).abs().log1p(),
)
declare(
    "The last frequency is missing.",
    "Keep all window // 2 + 1 of them, as rfft gives them.",
    "last_frequency_lost",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log1p()[..., :-1],
)
declare(
    "The first frequency, 0, is missing.",
    "Keep all window // 2 + 1 of them, as rfft gives them.",
    "first_frequency_lost",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log1p()[..., 1:],
)
declare(
    "The frequencies were asked over the whole wave, not frame by frame.",
    "Cut the wave first: wave.unfold(1, window, hop).",
    "whole_wave",
    lambda w, n, hop: torch.fft.rfft(w).abs().log1p(),
)
declare(
    "The transform went over the frames, not inside each of them.",
    "rfft takes the last axis: leave the numbers of a frame there.",
    "over_the_frames",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop), dim=1).abs().log1p(),
)
declare(
    "Only the Hann window was applied: nothing was transformed.",
    "torch.fft.rfft makes frequencies of each frame's numbers.",
    "no_transform",
    lambda w, n, hop: cut_of(w, n, hop).abs().log1p(),
)
declare(
    "The sizes were divided by the length of the window.",
    "Leave them as rfft gives them.",
    "divided",
    lambda w, n, hop: (torch.fft.rfft(cut_of(w, n, hop)).abs() / n).log1p(),
)
declare(
    "The sizes were scaled so that energy is kept, by 1/√window.",
    'Leave them as rfft gives them, without norm="ortho".',
    "ortho",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop), norm="ortho").abs().log1p(),
)
declare(
    "The wave was filled up at both ends, so there are more frames.",
    "Only whole frames inside the wave count.",
    "filled_up",
    lambda w, n, hop: (
        torch.fft.rfft(cut_of(torch.nn.functional.pad(w, (n // 2, n // 2)), n, hop)).abs().log1p()
    ),
)
declare(
    "The logarithm was taken of the complex numbers, and their size after it.",
    SIZE + " Then the logarithm.",
    "logarithm_first",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).log1p().abs(),
)
declare(
    "The Hann window was laid over the whole wave, before it was cut.",
    BELL,
    "bell_over_all",
    lambda w, n, hop: (
        torch.fft.rfft((w * torch.hann_window(w.shape[1], dtype=w.dtype)).unfold(1, n, hop))
        .abs()
        .log1p()
    ),
)
declare(
    "The 1 was added after the logarithm.",
    "torch.log1p(size) is log(1 + size): the 1 is inside, so that silence gives 0.",
    "one_after",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log() + 1,
)
declare(
    "It was the Hamming window, which does not come down to 0.",
    BELL,
    "hamming",
    lambda w, n, hop: (
        torch.fft.rfft(w.unfold(1, n, hop) * torch.hamming_window(n, dtype=w.dtype)).abs().log1p()
    ),
)
declare(
    "The Hann window was added, not multiplied.",
    BELL,
    "bell_added",
    lambda w, n, hop: (
        torch.fft.rfft(w.unfold(1, n, hop) + torch.hann_window(n, dtype=w.dtype)).abs().log1p()
    ),
)


@frames.mistake(
    "The last frame is missing, though it lies wholly inside the wave.",
    "The last frame may begin at n - window: range(0, n - window + 1, hop).",
)
def last_frame_lost(wave, window, hop):
    whole = frames_by_unfold(wave, window, hop)
    ends_flush = (wave.shape[1] - window) % hop == 0
    return whole[:, :-1] if ends_flush else whole
