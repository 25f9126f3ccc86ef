"""15.5: mistakes of the logarithm's place, of the ends, and of complex numbers' parts."""

import torch

from course.checks.lesson_15.frames.mistakes import BELL, SIZE, cut_of, declare

LOGARITHMS = {
    "faded": lambda cut, bell: (cut * bell).log1p(),
    "faded_sizes": lambda cut, bell: (cut * bell).abs().log1p(),
    "cut": lambda cut, bell: cut.log1p() * bell,
    "cut_sizes": lambda cut, bell: cut.abs().log1p() * bell,
}
for name, of in LOGARITHMS.items():
    declare(
        "The logarithm was taken of the wave's numbers, before the transform.",
        SIZE + " The logarithm is taken of these sizes, at the end.",
        f"logarithm_of_the_wave_{name}",
        lambda w, n, hop, of=of: torch.fft.rfft(
            of(w.unfold(1, n, hop), torch.hann_window(n, dtype=w.dtype))
        ).abs(),
    )
declare(
    "The rest at the end of the wave was filled up, and made a frame of its own.",
    "Only whole frames inside the wave count.",
    "rest_filled_up",
    lambda w, n, hop: (
        torch.fft.rfft(cut_of(torch.nn.functional.pad(w, (0, -(w.shape[1] - n) % hop)), n, hop))
        .abs()
        .log1p()
    ),
)
declare(
    "The wave was filled up at its end, so there are more frames.",
    "Only whole frames inside the wave count.",
    "end_filled_up",
    lambda w, n, hop: (
        torch.fft.rfft(cut_of(torch.nn.functional.pad(w, (0, n)), n, hop)).abs().log1p()
    ),
)
declare(
    "The last frame is missing.",
    "There are (n - window) // hop + 1 whole frames, with the one that begins at 0.",
    "always_one_less",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).abs().log1p()[:, :-1],
)


def of_begins(wave, window, begins):
    """Frames that begin at these places; stack raises where there is none."""
    bell = torch.hann_window(window, dtype=wave.dtype)
    cut = [torch.fft.rfft(wave[:, b : b + window] * bell).abs() for b in begins]
    return torch.stack(cut, dim=1).log1p()


declare(
    "The last frame is missing, where it ends with the wave.",
    "The last frame may begin at n - window: range(0, n - window + 1, hop).",
    "range_too_short",
    lambda w, n, hop: of_begins(w, n, range(0, w.shape[1] - n, hop)),
)
declare(
    "The last frame is missing.",
    "There are (n - window) // hop + 1 whole frames, with the one that begins at 0.",
    "count_too_small",
    lambda w, n, hop: of_begins(w, n, [k * hop for k in range((w.shape[1] - n) // hop)]),
)
for name, lay in {
    "before_the_logarithm": lambda sizes, bell: (sizes * bell).log1p(),
    "after_the_logarithm": lambda sizes, bell: sizes.log1p() * bell,
}.items():
    declare(
        "The Hann window was laid over the frequencies, after rfft.",
        BELL + " That is before rfft.",
        f"bell_{name}",
        lambda w, n, hop, lay=lay: lay(
            torch.fft.rfft(w.unfold(1, n, hop)).abs(),
            torch.hann_window(n // 2 + 1, dtype=w.dtype),
        ),
    )
for name, part in {
    "The imaginary parts were": lambda f: f.imag.abs().log1p(),
    "The imaginary parts, with their signs, were": lambda f: f.imag.log1p(),
    "The real parts, with their signs, were": lambda f: f.real.log1p(),
    "The angles, with their signs, were": lambda f: f.angle().log1p(),
    "The angles were": lambda f: f.angle().abs().log1p(),
}.items():
    declare(
        f"{name} taken for the size.",
        SIZE,
        name.lower().replace(", with their", "").replace(" ", "_"),
        lambda w, n, hop, part=part: part(torch.fft.rfft(cut_of(w, n, hop))),
    )
declare(
    "The angles of the numbers came back, and no logarithm.",
    SIZE + " Then the logarithm.",
    "angles_alone",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).angle(),
)
declare(
    "The real parts came back, and no logarithm.",
    SIZE + " Then the logarithm.",
    "real_parts_alone",
    lambda w, n, hop: torch.fft.rfft(cut_of(w, n, hop)).real,
)
declare(
    "Each frame begins one number after the last, not `hop` numbers.",
    "Frame number k begins at k · hop: the step of unfold, or of range.",
    "as_many_in_steps_of_one",
    lambda w, n, hop: of_begins(w, n, range((w.shape[1] - n) // hop + 1)),
)
declare(
    "Frames begin inside the wave and reach beyond its end, filled up with zeros.",
    "Only whole frames inside the wave count.",
    "begin_anywhere",
    lambda w, n, hop: of_begins(torch.nn.functional.pad(w, (0, n)), n, range(0, w.shape[1], hop)),
)
