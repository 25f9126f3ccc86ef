"""Answers taken apart, and compared number by number, for those who look for what is wrong."""

from typing import Any, TypeGuard

import numpy as np
from torch import Tensor

from course.checking.compare import as_array
from course.checking.subject import Plain, Trouble


def is_array(value: Plain) -> TypeGuard[Tensor | np.ndarray]:
    return isinstance(value, Tensor | np.ndarray)


def is_floats(value: Plain) -> TypeGuard[Tensor | np.ndarray]:
    """Whether it is an array or a tensor of floats."""
    return is_array(value) and as_array(value).dtype.kind == "f"


def parts(value: Plain) -> tuple[Plain, ...]:
    """The parts of an answer; one that is no tuple is its own only part."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def arrays(value: Plain | Trouble) -> tuple[np.ndarray, ...] | None:
    """The parts of an answer as arrays, or None where one is no number, array or tensor."""
    found = parts(value)
    if not all(is_array(part) or isinstance(part, bool | int | float) for part in found):
        return None
    return tuple(as_array(part) for part in found)


def close(came: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays have one shape and the same numbers, nan for nan."""
    if came.shape != other.shape or (came.dtype == bool) != (other.dtype == bool):
        return False
    return bool(np.isclose(came, other, rtol=tolerance, atol=tolerance / 10, equal_nan=True).all())


def size(value: Plain) -> int:
    """How many numbers an answer holds."""
    return sum(array.size for array in arrays(value) or ())


def weight(came: Plain, expected: Plain) -> int:
    """How much it says to reproduce an answer: its different numbers that are not as expected.

    nan and inf count for nothing: they come about in many ways.
    """
    total = 0
    for one, other in zip(arrays(came) or (), arrays(expected) or (), strict=False):
        wrong: Any = ...
        if one.shape == other.shape:
            wrong = ~np.isclose(one * 1.0, other * 1.0, equal_nan=True)
        numbers = one[wrong] * 1.0
        total += len(np.unique(numbers[np.isfinite(numbers)]))
    return total
