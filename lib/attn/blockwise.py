"""Attention that goes block by block: what its several kinds share.

Sliding windows and block top-k give each block of queries a few keys of its own. Both are written
as "which keys" and "how to attend"; the loop over blocks, forward and backward, stands here once.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor

from attn.validation import broadcast_shapes, require_mask

P = ParamSpec("P")
R = TypeVar("R")

Tokens = slice | Tensor  # a run of tokens, or whole numbers (..., m) that name some for each head


def row_blocks(n: int, size: int, first: int | None = None) -> list[slice]:
    """Cut n rows into slices of `size` rows, but the first of `first` if given."""
    cuts = [0, *range(size if first is None else first, n, size), n]
    return [slice(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def accumulation_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype to sum in: float32 for half precision, whose long sums lose the small terms."""
    return torch.promote_types(dtype, torch.float32)


def require_key_mask(mask: object, scores_shape: tuple[int, ...]) -> None:
    """Raise ValueError unless `mask` is boolean and the same for every query: (..., 1, n_k)."""
    require_mask(mask, scores_shape)
    assert isinstance(mask, Tensor)  # require_mask made sure
    if mask.dim() >= 2 and mask.shape[-2] != 1:
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected a key mask (..., 1, n_k), the same for "
            "every query: this attention never forms n_k scores for each of them"
        )


def mask_to_bias(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask as numbers to add to scores: 0 where visible, -inf where hidden; any shape.

    On a CPU this and adding take a tenth of the time of masked_fill where the mask is irregular,
    and the mask is often far smaller than the scores it broadcasts to.
    """
    return 1.0 - visible.to(dtype).reciprocal()  # 1 - 1/1 = 0 and 1 - 1/0 = -inf


def refuse_second_derivative(backward: Callable[P, R]) -> Callable[P, R]:
    """Let a backward pass raise RuntimeError where its gradients would be differentiated again.

    PyTorch's once_differentiable sees that only where the loss is not linear in the output. Else it
    takes the gradients for constants, and the second derivative is silently wrong.
    """

    @functools.wraps(backward)
    def run(*inputs: P.args, **options: P.kwargs) -> R:
        if torch.is_grad_enabled():  # in a backward pass: only with create_graph=True
            raise RuntimeError(
                "this attention can be differentiated once, and create_graph=True asks for a "
                "second derivative: scaled_dot_product_attention has it"
            )
        return backward(*inputs, **options)

    return run


def without_autocast(function: Callable[P, R]) -> Callable[P, R]:
    """Keep autocast from turning the products of blocks back into half precision."""

    @functools.wraps(function)
    def run(*inputs: P.args, **options: P.kwargs) -> R:
        kind = next(x.device.type for x in inputs if isinstance(x, Tensor))
        if not torch.amp.is_autocast_available(kind):
            return function(*inputs, **options)
        with torch.autocast(kind, enabled=False):
            return function(*inputs, **options)

    return run


def attend_visible(query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
    """Attention to the visible keys of a block; output 0 for a query that sees none of them.

    query (..., r, d_k), already scaled, key (..., m, d_k), value (..., m, d_v),
    visible boolean, broadcasts to (..., r, m) -> (..., r, d_v)
    """
    sees = visible.any(dim=-1, keepdim=True)  # (..., r or 1, 1)
    # A query that sees nothing attends to everything and is then set to 0: no row of -inf, no NaN.
    visible = visible | ~sees  # (..., r or 1, m)
    scores = (query @ key.mT).add_(mask_to_bias(visible, query.dtype))  # (..., r, m)
    return (torch.softmax(scores, dim=-1) @ value).masked_fill(~sees, 0.0)


def attend_by_blocks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    blocks: Sequence[slice],
    pick: Callable[[slice], Tokens],
    attend: Callable[[Tensor, Tensor, Tensor, slice, Tokens], Tensor],
) -> Tensor:
    """Attend one block of queries after another, each to keys of its own.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    blocks are the slices of rows that together make up the n_q queries
    pick(rows) says which keys a block attends to; numbers from n_k on are read as the last key, for
        `attend` to hide
    attend(queries, keys, values, rows, tokens) -> (..., rows, d_v)

    Returns (..., n_q, d_v). The backward pass attends again, block by block, and adds each block's
    gradient in place: memory is that of one block, time that of about three forward passes. (Left
    to autograd, each slice of the keys would make a gradient as long as all keys: quadratic again.)
    """
    output: Tensor = _AttendByBlocks.apply(query, key, value, blocks, pick, attend)
    return output


class _AttendByBlocks(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        blocks: Sequence[slice],
        pick: Callable[[slice], Tokens],
        attend: Callable[[Tensor, Tensor, Tensor, slice, Tokens], Tensor],
    ) -> Tensor:
        ctx.save_for_backward(query, key, value)
        ctx.blocks, ctx.pick, ctx.attend = blocks, pick, attend
        batch = broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
        output = query.new_empty(*batch, query.shape[-2], value.shape[-1])  # (..., n_q, d_v)
        for rows in blocks:
            tokens = pick(rows)
            keys, values = _take(key, tokens), _take(value, tokens)  # (..., m, d)
            output[..., rows, :] = attend(query[..., rows, :], keys, values, rows, tokens)
        return output

    @staticmethod
    @refuse_second_derivative
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        inputs = ctx.saved_tensors
        grads = [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in inputs]
        for rows in ctx.blocks:
            tokens = ctx.pick(rows)
            picked = list(zip(inputs, (rows, tokens, tokens), strict=True))
            pieces = [_take(x, at).detach().requires_grad_() for x, at in picked]
            with torch.enable_grad():
                output = ctx.attend(*pieces, rows, tokens)
            piece_grads = torch.autograd.grad(output, pieces, grad_output[..., rows, :])
            for grad, (_, at), piece_grad in zip(grads, picked, piece_grads, strict=True):
                _add(grad, at, piece_grad)
        return *grads, None, None, None


def _take(x: Tensor, tokens: Tokens) -> Tensor:
    """Read `tokens` of x (..., n, d), a view if they are a run -> (..., m, d)."""
    if isinstance(tokens, slice):
        return x[..., tokens, :]
    places = _flat_places(x, tokens)
    return x.reshape(-1, x.shape[-1]).index_select(0, places.flatten()).unflatten(0, places.shape)


def _add(x: Tensor, tokens: Tokens, piece: Tensor) -> None:
    """Add piece (..., m, d) to `tokens` of x (..., n, d), in place; x is contiguous."""
    if isinstance(tokens, slice):
        x[..., tokens, :] += piece
    else:
        places = _flat_places(x, tokens)
        x.view(-1, x.shape[-1]).index_add_(0, places.flatten(), piece.flatten(0, -2))


def _flat_places(x: Tensor, tokens: Tensor) -> Tensor:
    """Where `tokens` (..., m) of each head stand once x (..., n, d) is flattened to (all, d).

    An axis of size 1 serves every head, so that broadcast keys are not copied for each of them.
    """
    *batch, n, _ = x.shape
    head = torch.arange(math.prod(batch), device=x.device).view(*batch, 1)  # (..., 1)
    return head * n + tokens.clamp(max=n - 1)  # (..., m)
