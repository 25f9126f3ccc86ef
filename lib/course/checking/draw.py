"""Draw the inputs of a check, so that grading can draw others than the learner saw."""

import numpy as np
import torch
from torch import Tensor


class Draw:
    """Random inputs from one seed: standard normal, so that scaled scores have deviation 1."""

    def __init__(self, *seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def array(self, *shape: int) -> np.ndarray:
        """Independent standard normal numbers, as a float64 array."""
        return self._generator.standard_normal(shape)

    def tensor(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Independent standard normal numbers, as a tensor."""
        return torch.from_numpy(self.array(*shape)).to(dtype)

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self._generator.integers(low, high + 1))

    def number(self, low: float, high: float) -> float:
        """A number between low and high, rounded to two decimals so that it reads well."""
        return round(float(self._generator.uniform(low, high)), 2)
