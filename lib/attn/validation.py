"""Say what is wrong with an input before any work is done.

Every public function of the library calls these first, so that a mistake is reported in the words
of the caller ("key has d_k=5, expected 6") and not from deep inside a matrix product.
"""

import math
import operator
from collections.abc import Sequence

import torch
from torch import Tensor


def require_tensor(name: str, x: object, *, min_dims: int = 0) -> None:
    """Raise ValueError unless `x` is a floating-point tensor with at least `min_dims` axes."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{name} is a {type(x).__name__}, expected a torch.Tensor")
    if not x.is_floating_point():
        raise ValueError(f"{name} has dtype {x.dtype}, expected a floating-point dtype")
    if x.dim() < min_dims:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}, expected at least {min_dims} axes: "
            "(..., tokens, features)"
        )


def broadcast_shapes(*shapes: Sequence[int]) -> torch.Size:
    """The shape that these broadcast to. Raises RuntimeError where they do not.

    torch.broadcast_shapes says the same, and loads a library for algebra at its first call: 1.5 s.
    """
    if shapes.count(shapes[0]) == len(shapes):  # a tenth of the time, and nearly always so
        return torch.Size(shapes[0])
    nothing = torch.zeros(())
    return torch.broadcast_tensors(*(nothing.expand(tuple(shape)) for shape in shapes))[0].shape


def require_sequence(name: str, x: Tensor, d_model: int) -> None:
    """Raise ValueError unless `x` is (batch, n, d_model)."""
    require_tensor(name, x)
    if x.dim() != 3 or x.shape[-1] != d_model:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}, expected (batch, n, d_model={d_model})"
        )


def require_tokens(
    name: str, tokens: object, below: float | None = None, *, like: Tensor | None = None
) -> None:
    """Raise ValueError unless `tokens` is (batch, n) whole numbers from 0 to below - 1.

    `like` is a tensor whose shape it is to have. Entries are not looked at where `below` is None.
    """
    if not isinstance(tokens, Tensor):
        raise ValueError(f"{name} is a {type(tokens).__name__}, expected a torch.Tensor")
    fits = tokens.dim() == 2 if like is None else tokens.shape == like.shape
    if not fits or tokens.dtype not in (torch.int32, torch.int64):
        expected = "(batch, n)" if like is None else f"(batch, n) = {tuple(like.shape)}"
        raise ValueError(
            f"{name} has shape {tuple(tokens.shape)} and dtype {tokens.dtype}, "
            f"expected {expected} of int64"
        )
    # Values are unknown while torch.compile or torch.export traces.
    if below is not None and tokens.numel() and not torch.compiler.is_compiling():
        low, high = int(tokens.min()), int(tokens.max())
        if low < 0 or high >= below:
            most = "above" if math.isinf(below) else below - 1
            raise ValueError(f"{name} has entries {low} to {high}, expected 0 to {most}")


def require_broadcastable(name: str, x: Tensor, shape: tuple[int, ...], meaning: str) -> None:
    """Raise ValueError unless `x` broadcasts to exactly `shape`, described as `meaning`."""
    try:
        fits = broadcast_shapes(x.shape, shape) == torch.Size(shape)
    except RuntimeError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}, expected one that broadcasts to "
            f"{meaning} = {tuple(shape)}"
        )


def require_mask(mask: object, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless `mask` is a boolean tensor that broadcasts to `shape`."""
    if not isinstance(mask, Tensor):
        raise ValueError(f"mask is a {type(mask).__name__}, expected a boolean torch.Tensor")
    if mask.dtype != torch.bool:
        raise ValueError(
            f"mask has dtype {mask.dtype}, expected torch.bool: True where a query may attend "
            "to a key. To add numbers to the scores, use bias"
        )
    require_broadcastable("mask", mask, shape, "(..., n_q, n_k)")


def require_attention_inputs(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[int, ...]:
    """Check everything an attention function is given; return the shape of its scores.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v),
    mask and bias broadcastable to (..., n_q, n_k) -> (..., n_q, n_k)
    """
    for name, x in (("query", query), ("key", key), ("value", value)):
        require_tensor(name, x, min_dims=2)
        if x.dtype != query.dtype:
            raise ValueError(f"{name} has dtype {x.dtype}, expected {query.dtype} as query has")
        if x.device != query.device:
            raise ValueError(f"{name} is on {x.device}, expected {query.device} as query is")
    if key.shape[-1] != query.shape[-1]:
        raise ValueError(f"key has d_k={key.shape[-1]}, expected {query.shape[-1]} as query has")
    if value.shape[-2] != key.shape[-2]:
        raise ValueError(f"value has n_k={value.shape[-2]}, expected {key.shape[-2]} as key has")
    try:
        batch = broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    except RuntimeError:
        raise ValueError(
            f"query {tuple(query.shape)}, key {tuple(key.shape)} and value {tuple(value.shape)} "
            "differ before their last two axes, expected shapes that broadcast"
        ) from None

    scores_shape = (*batch, query.shape[-2], key.shape[-2])
    if mask is not None:
        require_mask(mask, scores_shape)
    if bias is not None:
        require_tensor("bias", bias)
        if bias.dtype != query.dtype:
            raise ValueError(f"bias has dtype {bias.dtype}, expected {query.dtype} as query has")
        require_broadcastable("bias", bias, scores_shape, "(..., n_q, n_k)")
    return scores_shape


def require_probability(name: str, probability: float) -> None:
    """Raise ValueError unless 0 <= probability < 1."""
    if not 0.0 <= probability < 1.0:
        raise ValueError(f"{name} is {probability}, expected 0 <= {name} < 1")


def require_positive(name: str, value: float) -> None:
    """Raise ValueError unless value > 0."""
    if not value > 0:
        raise ValueError(f"{name} is {value}, expected a number above 0")


def require_integer(name: str, value: object, *, minimum: int) -> None:
    """Raise ValueError unless `value` is a whole number of at least `minimum`."""
    if isinstance(value, torch.SymInt):  # a size that torch.export leaves open
        return
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{name} is {value!r}, expected a whole number") from None
    if whole < minimum:
        raise ValueError(f"{name} is {whole}, expected at least {minimum}")
