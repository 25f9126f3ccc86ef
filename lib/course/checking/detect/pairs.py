"""What came beside what was expected, for one part of an answer."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Said = tuple[str, str] | None  # what is wrong, and a way out


class Pair(NamedTuple):
    """One part of an answer in one case: what came, and what was expected."""

    came: np.ndarray
    expected: np.ndarray
    case: str


def every(pairs: list[Pair], test: Callable[[np.ndarray, np.ndarray], object]) -> bool:
    return all(bool(test(came, expected)) for came, expected, _ in pairs)


def axis_in_words(axis: int) -> str:
    return "the last axis" if axis == -1 else f"axis {axis}"
