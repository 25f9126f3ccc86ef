"""Chunked attention: the same answer, without ever holding all the scores.

A softmax needs the sum over a whole row before it can divide. It does not need the row at once:
read the keys tile by tile, keep for each query the largest score so far (`peak`), the sum of
exponentials (`total`) and the blend of values so far (`blend`), and when a tile brings a larger
peak, shrink the other two to match. That is the online softmax. Lesson 09 builds this file.

Two habits make it as fast as a naive attention, or faster:
- one head and one tile at a time, so that the scores of a tile stay in the processor's cache;
- powers of 2 in place of e: exp(x) = 2^(x log2 e), and log2 e joins the query's scale for free.

Sources:
Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018, arXiv 1805.02867;
Rabe and Staats, "Self-attention Does Not Need O(n²) Memory", 2021, arXiv 2112.05682;
Dao et al., "FlashAttention", 2022, arXiv 2205.14135 (the backward pass that computes scores again).
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from attn.blockwise import accumulation_dtype, mask_to_bias, row_blocks
from attn.core import Attended
from attn.validation import require_attention_inputs, require_integer

P = ParamSpec("P")
R = TypeVar("R")

LOG2_E = math.log2(math.e)


def chunked_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    bias: Tensor | None = None,
    scale: float | None = None,
    query_chunk: int = 256,
    key_chunk: int = 512,
) -> Attended:
    """Scaled dot-product attention, exact, in memory that grows with n and not with n².

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    mask  boolean, broadcasts to (..., n_q, n_k): True where a query may attend to a key
    causal hides later keys, the queries being the last n_q positions; hidden tiles are skipped
    bias  float, broadcasts to (..., n_q, n_k): added to the scaled scores
    scale multiplies the scores; 1 / sqrt(d_k) unless given
    query_chunk, key_chunk: rows and columns of a tile

    Returns Attended(output (..., n_q, d_v), None): the weights are never formed. A query that may
    attend to nothing gets output 0. Half precision is summed in float32. The backward pass computes
    the scores again, tile by tile; it can be done once (a second derivative raises RuntimeError).
    Raises ValueError on inputs that do not fit together.

    Memory beyond the inputs and the output: one tile (query_chunk * key_chunk) and two numbers a
    query. Operations: as many as ever, n_q * n_k; half of them when causal.

    Source: arXiv 2112.05682, sections 2 and 3; arXiv 2205.14135, appendix B.
    """
    scores_shape = require_attention_inputs(query, key, value, mask, bias)
    require_integer("query_chunk", query_chunk, minimum=1)
    require_integer("key_chunk", key_chunk, minimum=1)
    if scale is None:
        scale = 1.0 / math.sqrt(query.shape[-1])
    future = None
    if causal:
        block = min(query_chunk, query.shape[-2])
        dtype = accumulation_dtype(query.dtype)
        future = query.new_full((block, block), -torch.inf, dtype=dtype).triu(1)
    tiling = _Tiling(scores_shape, scale, future, query_chunk, key_chunk)
    mask = None if mask is None else torch.atleast_2d(mask)
    bias = None if bias is None else torch.atleast_2d(bias)
    return Attended(_ChunkedAttention.apply(query, key, value, bias, mask, tiling), None)


@dataclass(frozen=True)
class _Tiling:
    """How the scores are cut into tiles, and what a tile of them holds."""

    scores_shape: tuple[int, ...]  # (..., n_q, n_k)
    scale: float
    future: Tensor | None  # (query_chunk, query_chunk), -inf above the diagonal, else 0
    query_chunk: int
    key_chunk: int

    @property
    def heads(self) -> Iterator[tuple[int, ...]]:
        """Every index into the axes before the last two."""
        return itertools.product(*map(range, self.scores_shape[:-2]))

    @property
    def offset(self) -> int:
        """The position of the first query: the queries are the last n_q of the n_k positions."""
        return self.scores_shape[-1] - self.scores_shape[-2]

    def rows(self) -> list[slice]:
        return row_blocks(self.scores_shape[-2], self.query_chunk)

    def columns(self, rows: slice) -> list[slice]:
        """The tiles of keys that some query of `rows` may see."""
        stop = self.scores_shape[-1] if self.future is None else rows.stop + self.offset
        return row_blocks(stop, self.key_chunk)

    def scores(
        self,
        query: Tensor,
        key: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        rows: slice,
        columns: slice,
    ) -> Tensor:
        """One tile of scores in powers of 2, hidden ones -inf.

        query (r, d_k), scaled by scale * log2 e, and key (c, d_k) of the tile;
        bias and mask (n_q or 1, n_k or 1) of the whole head -> (r, c)
        """
        scores = query @ key.mT  # (r, c)
        if bias is not None:
            scores.add_(_tile(bias, rows, columns), alpha=LOG2_E)
        if mask is not None:
            scores.add_(mask_to_bias(_tile(mask, rows, columns), scores.dtype))
        if self.future is not None:
            # Keys up to the block's first query are visible to all of it; from there on each query
            # of the block sees one more than the query before.
            first = rows.start + self.offset
            start = max(columns.start, min(first, columns.stop))
            hidden = self.future[: scores.shape[0], start - first : columns.stop - first]
            scores[:, start - columns.start :].add_(hidden)
        return scores


def _without_autocast(function: Callable[P, R]) -> Callable[P, R]:
    """Keep autocast from turning the products of tiles back into half precision."""

    @functools.wraps(function)
    def run(*inputs: P.args, **options: P.kwargs) -> R:
        kind = next(x.device.type for x in inputs if isinstance(x, Tensor))
        if not torch.amp.is_autocast_available(kind):
            return function(*inputs, **options)
        with torch.autocast(kind, enabled=False):
            return function(*inputs, **options)

    return run


class _ChunkedAttention(torch.autograd.Function):
    """The two passes over the tiles. Inputs are those of chunked_attention, checked.

    Size-1 axes broadcast by being read again, never by a copy; so do their gradients.
    """

    @staticmethod
    @_without_autocast
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        tiling: _Tiling,
    ) -> Tensor:
        *batch, n_q, _ = tiling.scores_shape
        dtype = accumulation_dtype(query.dtype)
        output = value.new_empty(*batch, n_q, value.shape[-1])  # (..., n_q, d_v)
        peaks = query.new_empty(*batch, n_q, 1, dtype=dtype)  # (..., n_q, 1)
        totals = torch.empty_like(peaks)  # (..., n_q, 1)
        for head in tiling.heads:
            q, k, v, b, m = (_one_head(x, head) for x in (query, key, value, bias, mask))
            for rows in tiling.rows():
                q_rows = q[rows].to(dtype) * (tiling.scale * LOG2_E)  # (r, d_k)
                # The lowest finite number: -inf minus -inf would be NaN in a row of hidden keys.
                peak = q_rows.new_full((len(q_rows), 1), torch.finfo(dtype).min)  # (r, 1)
                total = torch.zeros_like(peak)  # (r, 1)
                blend = q_rows.new_zeros(len(q_rows), v.shape[-1])  # (r, d_v)
                for columns in tiling.columns(rows):
                    k_tile = k[columns].to(dtype)  # (c, d_k)
                    v_tile = v[columns].to(dtype)  # (c, d_v)
                    scores = tiling.scores(q_rows, k_tile, b, m, rows, columns)  # (r, c)
                    new_peak = torch.maximum(peak, scores.amax(dim=-1, keepdim=True))
                    weights = scores.sub_(new_peak).exp2_()  # (r, c), not yet divided by their sum
                    shrink = torch.exp2(peak - new_peak)  # (r, 1): 0 where the first key is seen
                    total.mul_(shrink).add_(weights.sum(dim=-1, keepdim=True))
                    blend.mul_(shrink).addmm_(weights, v_tile)
                    peak = new_peak
                # The largest score adds 2^0 = 1 to the sum, so only a row that saw nothing has 0.
                total.masked_fill_(total == 0.0, 1.0)
                output[head][rows] = blend.div_(total)
                peaks[head][rows] = peak
                totals[head][rows] = total
        ctx.tiling = tiling
        ctx.save_for_backward(query, key, value, bias, mask, output, peaks, totals)
        return output

    @staticmethod
    @once_differentiable
    @_without_autocast
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, bias, mask, output, peaks, totals = ctx.saved_tensors
        tiling: _Tiling = ctx.tiling
        dtype = peaks.dtype
        inputs = (query, key, value, bias if ctx.needs_input_grad[3] else None)
        grads = [None if x is None else torch.zeros_like(x, dtype=dtype) for x in inputs]
        for head in tiling.heads:
            q, k, v, b, m = (_one_head(x, head) for x in (query, key, value, bias, mask))
            grad_q, grad_k, grad_v, grad_b = (_one_head(x, head) for x in grads)
            for rows in tiling.rows():
                q_rows = q[rows].to(dtype) * (tiling.scale * LOG2_E)  # (r, d_k)
                # Dividing by the softmax's sum here, on (r, d_v), saves a pass over each tile.
                grad_rows = grad_output[head][rows] / totals[head][rows]  # (r, d_v)
                # What the softmax subtracts from each row of its gradient: sum of grad * weights.
                drop = (grad_rows * output[head][rows]).sum(dim=-1, keepdim=True)  # (r, 1)
                for columns in tiling.columns(rows):
                    k_tile = k[columns].to(dtype)  # (c, d_k)
                    v_tile = v[columns].to(dtype)  # (c, d_v)
                    scores = tiling.scores(q_rows, k_tile, b, m, rows, columns)  # (r, c)
                    weights = scores.sub_(peaks[head][rows]).exp2_()  # (r, c)
                    grad_v[columns].addmm_(weights.mT, grad_rows)
                    grad_scores = (grad_rows @ v_tile.mT).sub_(drop).mul_(weights)  # (r, c)
                    grad_q[rows].addmm_(grad_scores, k_tile, alpha=tiling.scale)
                    # q_rows holds scale * log2 e; dividing by log2 e leaves the scale.
                    grad_k[columns].addmm_(grad_scores.mT, q_rows, alpha=1.0 / LOG2_E)
                    if grad_b is not None:
                        grad_tile = _tile(grad_b, rows, columns)
                        grad_tile.add_(grad_scores.sum_to_size(grad_tile.shape))
        return *(None if x is None else x.to(query.dtype) for x in grads), None, None


def _one_head(x: Any, head: tuple[int, ...]) -> Any:
    """The last two axes of x (..., a, b) at `head`; an axis of size 1 serves every head."""
    if x is None:
        return None
    sizes = x.shape[:-2]
    places = head[len(head) - len(sizes) :]
    return x[tuple(0 if size == 1 else i for size, i in zip(sizes, places, strict=True))]


def _tile(x: Tensor, rows: slice, columns: slice) -> Tensor:
    """A tile of x (n_q or 1, n_k or 1), as a view; an axis of size 1 serves every tile."""
    return x[rows if x.shape[0] > 1 else slice(None), columns if x.shape[1] > 1 else slice(None)]
