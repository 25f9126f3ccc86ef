"""Watch the tensors that are made on the way to an answer."""

from collections import Counter
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode


class Made(TorchFunctionMode):
    """A context that notes whether a tensor of floats was made with all of `sizes` as its axes.

    A size that is named twice is that of two axes. Who asks only which pairs there are, and makes
    a mask of them, has computed none of them: a mask does not count.

    one  whether there was one, with numbers of its own: a view of another tensor holds nothing
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self._sizes = Counter(sizes)
        self.one = False

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        made = function(*args, **(kwargs or {}))
        there = {None} | {_storage(tensor) for tensor in args if isinstance(tensor, Tensor)}
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
                continue
            if _storage(tensor) not in there:
                self.one = self.one or self._sizes <= Counter(tensor.shape)
        return made


def _storage(tensor: Tensor) -> int | None:
    """Where a tensor's numbers lie, or None for a sparse one."""
    return tensor.untyped_storage().data_ptr() if tensor.layout == torch.strided else None
