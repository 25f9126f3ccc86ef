"""Draw the inputs of a check, so that grading can draw others than the learner saw."""

import numpy as np
import torch
from torch import Tensor


class Draw:
    """Random inputs from one seed: standard normal, so that scaled scores have deviation 1.

    A standing case asks a declared one again with other draws, so that what the case derives from
    them stays consistent:

    scale  makes all numbers so many times as large, and whole, so that their products are exact
    dtype  the type of every float tensor
    """

    def __init__(
        self, *seed: int, scale: float | None = None, dtype: torch.dtype | None = None
    ) -> None:
        self._generator = np.random.default_rng(seed)
        self._scale = scale
        self._dtype = dtype

    def array(self, *shape: int) -> np.ndarray:
        """Independent standard normal numbers, as a float64 array."""
        drawn = self._generator.standard_normal(shape)
        return drawn if self._scale is None else (self._scale * drawn).round()

    def tensor(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Independent standard normal numbers, as a tensor."""
        if self._dtype is not None and dtype.is_floating_point:
            dtype = self._dtype
        return torch.from_numpy(self.array(*shape)).to(dtype)

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self._generator.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        """A number between low and high, rounded to two decimals so that it reads well."""
        return round(float(self._generator.uniform(low, high)), 2)
