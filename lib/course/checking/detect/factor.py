"""An answer whose numbers are all off by one factor, and what that factor is."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import Call, given, innermost
from course.checking.subject import Trouble
from course.checking.values import arrays, close, is_array

Size = Callable[[str], float]  # of a case
MANY = 6  # numbers a case that have one factor, where nobody can say which
SOME = 4
ONLY = "Everything else is right: only that factor is too much, or missing."
_NAMED = {
    "twice": 2.0, "half of": 0.5, "4 times": 4.0, "a quarter of": 0.25, "-2 times": -2.0,
    "-½ times": -0.5,
}  # fmt: skip


def detect(evidence: Evidence) -> Diagnosis | None:
    """Says the factor, where it is one number or one of the inputs' sizes in all cases."""
    found = _factors(evidence)
    if found is None:
        return None
    name, factors, numbers = found
    values = list(factors.values())
    one = all(math.isclose(value, values[0], rel_tol=1e-3) for value in values)
    which = in_words(evidence, factors) if len(values) > 1 or numbers >= SOME else ""
    whole = f"`{name}`" if numbers == len(values) else f"All of `{name}`"
    if which:
        what = f"{whole} is {which} what is expected."
    elif one and len(values) > 1 and numbers >= SOME:
        what = f"{whole} is {values[0]:.4g} times what is expected, wherever it is wrong."
    elif numbers >= MANY * len(values):
        what = f"{whole} is off by one factor: here {values[0]:.4g} times what is expected."
    else:
        return None
    return Diagnosis(what, ONLY, "certain", "reproduce: factor")


def _factors(evidence: Evidence) -> tuple[str, dict[str, float], int] | None:
    """The part that is off, its factor in each failing case, and how many numbers have it."""
    factors: dict[str, float] = {}
    off = ""
    numbers = 0
    for case, question in evidence.questions.items():
        if not isinstance(innermost(question), Call):
            continue
        outcome, expected = evidence.outcomes[case], evidence.expected[case]
        if isinstance(outcome, Trouble):
            return None
        came, wanted = arrays(outcome), arrays(expected)
        if came is None or wanted is None or len(came) != len(wanted):
            return None
        for place, (one, other) in enumerate(zip(came, wanted, strict=True)):
            if one.dtype.kind not in "if" or other.dtype.kind not in "if":
                return None
            if close(one, other, evidence.exercise.tolerance):
                continue
            ratio = _ratio(one * 1.0, other * 1.0)
            name = evidence.names(case)[place] if place < len(evidence.names(case)) else ""
            if ratio is None or off not in ("", name):
                return None
            off = name
            factors[case] = ratio
            numbers += int((other != 0).sum())
    # A factor of -1 is a sign, which the results' changes name better.
    if not off or any(
        abs(f) < 1e-6 or math.isclose(abs(f), 1, abs_tol=0.01) for f in factors.values()
    ):
        return None
    return off, factors, numbers


def _ratio(one: np.ndarray, other: np.ndarray) -> float | None:
    """The factor between two arrays, or None where there is not one for all numbers."""
    if one.shape != other.shape:
        return None
    zero = np.isclose(other, 0, atol=1e-9)
    if zero.all() or not np.isclose(one[zero], 0, atol=1e-6).all():
        return None
    ratios = one[~zero] / other[~zero]
    if not np.isfinite(ratios).all() or not np.allclose(ratios, ratios[0], rtol=1e-3):
        return None
    return float(ratios[0])


def in_words(evidence: Evidence, factors: dict[str, float]) -> str:
    """What the factor is in every case: a number, or a size of the inputs; "" where none fits.

    A case that is right has to have the factor 1, unless 0 is expected there.
    """
    calls = [
        case
        for case, question in evidence.questions.items()
        if isinstance(innermost(question), Call)
        and (case in factors or any(array.any() for array in arrays(evidence.expected[case]) or ()))
    ]
    fitting = []
    for words, value in _candidates(evidence, next(iter(factors))):
        try:
            fits = all(
                math.isclose(value(case), factors.get(case, 1.0), rel_tol=2e-3) for case in calls
            )
        except (ZeroDivisionError, IndexError, TypeError, ValueError):
            continue
        if fits:
            fitting.append(words)
    if not fitting:
        return ""
    if len(fitting) > 1:
        return fitting[0].replace(" times", f" (or {fitting[1].removesuffix(' times')}) times")
    return fitting[0]


def _candidates(evidence: Evidence, first: str) -> Iterator[tuple[str, Size]]:
    for words, number in _NAMED.items():
        yield words, _reckoned(number, 0)
    for name, size in sizes_of(evidence, first):
        yield from _from_size(name, size)


def sizes_of(evidence: Evidence, first: str) -> Iterator[tuple[str, Size]]:
    """The inputs' sizes and numbers, by name, and how long each is in a case."""
    arguments, _ = given(evidence.questions[first])
    for place, (name, value) in enumerate(
        zip(evidence.exercise.argument_names, arguments, strict=False)
    ):
        if is_array(value):
            for axis in range(-value.ndim, 0):
                yield f"{name}.shape[{axis}]", _length(evidence, place, axis)
        elif type(value) in (int, float):
            yield name, _number(evidence, place)


def _from_size(words: str, size: Size) -> Iterator[tuple[str, Size]]:
    yield f"{words} times", _reckoned(1, 1, size)
    yield f"1/{words} times", _reckoned(1, -1, size)
    yield f"√{words} times", _reckoned(1, 0.5, size)
    yield f"1/√{words} times", _reckoned(1, -0.5, size)
    yield f"2/{words} times", _reckoned(2, -1, size)
    yield f"{words}/2 times", _reckoned(0.5, 1, size)


def _reckoned(times: float, power: float, size: Size = lambda case: 1.0) -> Size:
    def value(case: str) -> float:
        found = size(case)
        if found < 0 and power not in (1, -1):
            raise ValueError("no root")
        return float(times * found**power)

    return value


def _length(evidence: Evidence, place: int, axis: int) -> Size:
    return lambda case: float(given(evidence.questions[case])[0][place].shape[axis])


def _number(evidence: Evidence, place: int) -> Size:
    return lambda case: float(given(evidence.questions[case])[0][place])
