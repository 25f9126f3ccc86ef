"""06.1: the reference, and other right ways."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_06.stream.cases import stream

Part = Callable[[Tensor], Tensor]


@stream.reference
def stream_by_hand(
    x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, norm_first: bool
) -> Tensor:
    """In NumPy and float64, token by token."""
    out = np.empty(tuple(x.shape))

    def norm(token: np.ndarray) -> np.ndarray:
        middle = token - token.mean()
        return middle / np.sqrt((middle**2).mean() + 1e-5) * scale.numpy() + shift.numpy()

    for place in np.ndindex(*x.shape[:-1]):
        token = x[place].double().numpy()
        if norm_first:
            out[place] = token + np.tanh(norm(token) @ weight.double().numpy())
        else:
            out[place] = norm(token + np.tanh(token @ weight.double().numpy()))
    return torch.from_numpy(out)


def parts(weight: Tensor, scale: Tensor, shift: Tensor) -> tuple[Part, Part]:
    """The sub-layer and the norm that the lesson makes of these numbers."""
    return lambda h: (h @ weight).tanh(), lambda h: F.layer_norm(h, scale.shape, scale, shift)


@stream.right_way
def stream_by_two_returns(
    x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, norm_first: bool
) -> Tensor:
    sublayer, norm = parts(weight, scale, shift)
    if norm_first:
        return x + sublayer(norm(x))
    return norm(x + sublayer(x))


@stream.right_way
def stream_by_steps(
    x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, norm_first: bool
) -> Tensor:
    sublayer, norm = parts(weight, scale, shift)
    said = sublayer(norm(x) if norm_first else x)
    total = torch.add(said, x)
    return total if norm_first else norm(total)


@stream.right_way
def stream_by_one_expression(
    x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, norm_first: bool
) -> Tensor:
    sublayer, norm = parts(weight, scale, shift)
    return sublayer(norm(x)) + x if norm_first else norm(sublayer(x) + x)
