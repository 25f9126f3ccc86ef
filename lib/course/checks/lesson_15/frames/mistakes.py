"""15.5: the mistakes that people make."""

import torch

from course.checks.lesson_15.frames.cases import frames
from course.checks.lesson_15.frames.right import frames_by_unfold

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
    "Most frequencies came twice: fft gives them once forwards and once backwards.",
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
    "Nothing was transformed: the frame's own numbers came back, as log(1 + size).",
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
