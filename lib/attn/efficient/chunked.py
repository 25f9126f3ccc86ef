"""Chunked attention: the same answer, without ever holding all the scores.

A softmax needs the sum over a whole row before it can divide. It does not need the row at once:
read the keys tile by tile, keep for each query the largest score so far (`peak`), the sum of
exponentials (`total`) and the blend of values so far (`blend`), and when a tile brings a larger
peak, shrink the other two to match. That is the online softmax. Lessons 11 and 12 build this file.

Two habits make it as fast as a naive attention, or faster:
- one tile at a time, so that its scores stay in the processor's cache: a part of one head or, where
  a head has few tokens, of as many heads as fit;
- powers of 2 in place of e: exp(x) = 2^(x log2 e) takes a third of the time.

Sources:
Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018, arXiv 1805.02867;
Rabe and Staats, "Self-attention Does Not Need O(n²) Memory", 2021, arXiv 2112.05682;
Dao et al., "FlashAttention", 2022, arXiv 2205.14135 (the backward pass that computes scores again).
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from attn.blockwise import (
    accumulation_dtype,
    mask_to_bias,
    refuse_second_derivative,
    row_blocks,
    without_autocast,
)
from attn.core import Attended, attend, scale_for, without_hidden
from attn.validation import require_attention_inputs, require_integer

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
    query_chunk, key_chunk: rows and columns of a tile; with fewer queries it has more keys, and
        short heads share one. Where all scores fill no more than a quarter of a tile and no
        gradient is asked for, scaled_dot_product_attention answers

    Returns Attended(output (..., n_q, d_v), None): the weights are not kept. A query that may
    attend to nothing gets output 0. What the mask hides from every query may hold anything, NaN
    too; what some queries see must be finite. Half precision is summed in float32. The backward
    pass computes the scores again, tile by tile; a second derivative raises RuntimeError.
    Raises ValueError on inputs that do not fit together.

    Memory beyond the inputs and the output: one tile (query_chunk * key_chunk), two numbers a
    query and, with a mask, a copy of keys and values. Operations: as many as ever, n_q * n_k; half
    of them when causal.

    Source: arXiv 2112.05682, sections 2 and 3; arXiv 2205.14135, appendix B.
    """
    scores_shape = require_attention_inputs(query, key, value, mask, bias)
    require_integer("query_chunk", query_chunk, minimum=1)
    require_integer("key_chunk", key_chunk, minimum=1)
    scale = scale_for(query, scale)
    inputs = [x for x in (query, key, value, bias) if x is not None]
    differentiated = torch.is_grad_enabled() and any(x.requires_grad for x in inputs)
    dtype, kind = accumulation_dtype(query.dtype), query.device.type
    autocast = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
    exact = query.dtype == dtype and not autocast
    if 4 * math.prod(scores_shape) <= query_chunk * key_chunk and exact and not differentiated:
        # Nothing to cut: all that core forms of so few scores is no more than a tile, and no
        # backward pass wants it again.
        return Attended(attend(query, key, value, mask, causal, bias, scale).output, None)
    future = None
    if causal:
        block = min(query_chunk, query.shape[-2])
        future = query.new_full((block, block), -torch.inf, dtype=dtype).triu(1)
    if mask is not None:
        mask = torch.atleast_2d(mask)
        key, value = without_hidden(key, value, mask)
    bias = None if bias is None else torch.atleast_2d(bias)
    width = max(query.shape[-1], value.shape[-1])
    tiling = _Tiling(scores_shape, width, scale, future, query_chunk, key_chunk)
    return Attended(_ChunkedAttention.apply(query, key, value, bias, mask, tiling), None)


@dataclass(frozen=True)
class _Tiling:
    """How the scores are cut into tiles, and what a tile of them holds."""

    scores_shape: tuple[int, ...]  # (..., n_q, n_k)
    width: int  # d_k or d_v, the larger
    scale: float
    future: Tensor | None  # (query_chunk, query_chunk), -inf above the diagonal, else 0
    query_chunk: int
    key_chunk: int

    @property
    def heads(self) -> Iterator[tuple[int | slice, ...]]:
        """Indices into the axes before the last two: one head, or some along the longest axis.

        As many at once as leave neither their scores nor their keys larger than one full tile.
        """
        *batch, _, n_k = self.scores_shape
        head = min(n_k, self.columns_at_once) * self.rows_at_once
        at_once = max(1, self.query_chunk * self.key_chunk // max(1, head))
        axes: list[Iterable[int | slice]] = [range(size) for size in batch]
        if at_once > 1 and batch:
            longest = batch.index(max(batch))
            axes[longest] = row_blocks(batch[longest], at_once)
        return itertools.product(*axes)

    @property
    def rows_at_once(self) -> int:
        """The queries of a tile, or so many that its keys are at most four times its scores."""
        return max(1, min(self.scores_shape[-2], self.query_chunk), self.width // 4)

    @property
    def columns_at_once(self) -> int:
        """The keys of a tile: as many more than key_chunk as it has fewer queries."""
        return self.key_chunk * max(1, self.query_chunk // self.rows_at_once)

    @property
    def offset(self) -> int:
        """The position of the first query: the queries are the last n_q of the n_k positions."""
        return self.scores_shape[-1] - self.scores_shape[-2]

    def rows(self) -> list[slice]:
        return row_blocks(self.scores_shape[-2], self.query_chunk)

    def columns(self, rows: slice) -> list[slice]:
        """The tiles of keys that some query of `rows` may see."""
        stop = self.scores_shape[-1] if self.future is None else rows.stop + self.offset
        return row_blocks(stop, self.columns_at_once)

    def scores(
        self,
        query: Tensor,
        key: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        rows: slice,
        columns: slice,
    ) -> Tensor:
        """One tile of scores, hidden ones -inf.

        query (..., r, d_k), already scaled, and key (..., c, d_k) of the tile;
        bias and mask (..., n_q or 1, n_k or 1) of its heads -> (..., r, c)
        """
        scores = query @ key.mT  # (..., r, c)
        if bias is not None:
            tile = _tile(bias, rows, columns)
            # Where both are given, a hidden bias may hold anything, and NaN - inf = NaN.
            scores.add_(tile if mask is None else tile.where(_tile(mask, rows, columns), 0.0))
        if mask is not None:
            scores.add_(mask_to_bias(_tile(mask, rows, columns), scores.dtype))
        if self.future is not None:
            # Keys up to the block's first query are visible to all of it; from there on each query
            # of the block sees one more than the query before.
            first = rows.start + self.offset
            start = max(columns.start, min(first, columns.stop))
            hidden = self.future[: scores.shape[-2], start - first : columns.stop - first]
            scores[..., start - columns.start :].add_(hidden)
        return scores


class _ChunkedAttention(torch.autograd.Function):
    """The two passes over the tiles. Inputs are those of chunked_attention, checked.

    Size-1 axes broadcast by being read again, never by a copy; so do their gradients.
    """

    @staticmethod
    @without_autocast
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
        for heads in tiling.heads:
            q, k, v, b, m = (_of_heads(x, heads) for x in (query, key, value, bias, mask))
            for rows in tiling.rows():
                out = output[heads][..., rows, :]  # (..., r, d_v), the axes before as `heads` says
                q_rows = _scaled(q, rows, tiling, out)  # (..., r, d_k)
                # The lowest finite number: -inf minus -inf would be NaN in a row of hidden keys.
                peak = q_rows.new_full((*out.shape[:-1], 1), torch.finfo(dtype).min)  # (..., r, 1)
                total = torch.zeros_like(peak)  # (..., r, 1)
                blend = torch.zeros_like(out, dtype=dtype)  # (..., r, d_v)
                for columns in tiling.columns(rows):
                    k_tile = k[..., columns, :].to(dtype)  # (..., c, d_k)
                    v_tile = v[..., columns, :].to(dtype)  # (..., c, d_v)
                    scores = tiling.scores(q_rows, k_tile, b, m, rows, columns)  # (..., r, c)
                    new_peak = torch.maximum(peak, scores.amax(dim=-1, keepdim=True))
                    weights = _exp_(scores.sub_(new_peak))  # (..., r, c), not yet divided
                    shrink = torch.exp(peak - new_peak)  # (..., r, 1): 0 at the first key seen
                    # addcmul_(a, b) adds a * b: what was gathered so far, shrunk, joins the new.
                    total = weights.sum(dim=-1, keepdim=True).addcmul_(total, shrink)
                    blend = (weights @ v_tile).addcmul_(blend, shrink)
                    peak = new_peak
                # The largest score adds e^0 = 1 to the sum, so only a row that saw nothing has 0.
                total.masked_fill_(total == 0.0, 1.0)
                out.copy_(blend.div_(total))
                peaks[heads][..., rows, :] = peak
                totals[heads][..., rows, :] = total
        ctx.tiling = tiling
        ctx.save_for_backward(query, key, value, bias, mask, output, peaks, totals)
        return output

    @staticmethod
    @refuse_second_derivative
    @without_autocast
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, bias, mask, output, peaks, totals = ctx.saved_tensors
        tiling: _Tiling = ctx.tiling
        dtype = peaks.dtype
        inputs = (query, key, value, bias if ctx.needs_input_grad[3] else None)
        grads = [None if x is None else torch.zeros_like(x, dtype=dtype) for x in inputs]
        for heads in tiling.heads:
            q, k, v, b, m = (_of_heads(x, heads) for x in (query, key, value, bias, mask))
            grad_q, grad_k, grad_v, grad_b = (_of_heads(x, heads) for x in grads)
            for rows in tiling.rows():
                out = output[heads][..., rows, :]  # (..., r, d_v)
                peak, total = peaks[heads][..., rows, :], totals[heads][..., rows, :]  # (..., r, 1)
                q_rows = _scaled(q, rows, tiling, out)  # (..., r, d_k)
                # Dividing by the softmax's sum here, on (r, d_v), saves a pass over each tile.
                grad_rows = grad_output[heads][..., rows, :] / total  # (..., r, d_v)
                # What the softmax subtracts from each row of its gradient: sum of grad * weights.
                drop = (grad_rows * out).sum(dim=-1, keepdim=True)  # (..., r, 1)
                for columns in tiling.columns(rows):
                    k_tile = k[..., columns, :].to(dtype)  # (..., c, d_k)
                    v_tile = v[..., columns, :].to(dtype)  # (..., c, d_v)
                    scores = tiling.scores(q_rows, k_tile, b, m, rows, columns)  # (..., r, c)
                    weights = _exp_(scores.sub_(peak))  # (..., r, c)
                    _add(grad_v[..., columns, :], weights.mT @ grad_rows)
                    grad_scores = (grad_rows @ v_tile.mT).sub_(drop).mul_(weights)  # (..., r, c)
                    _add(grad_q[..., rows, :], (grad_scores @ k_tile).mul_(tiling.scale))
                    _add(grad_k[..., columns, :], grad_scores.mT @ q_rows)
                    if grad_b is not None:
                        _add(_tile(grad_b, rows, columns), grad_scores)
        return *(None if x is None else x.to(query.dtype) for x in grads), None, None


def _of_heads(x: Any, heads: tuple[int | slice, ...]) -> Any:
    """x (..., a, b) at `heads`, as a view; an axis of size 1 serves every head."""
    if x is None:
        return None
    sizes = x.shape[:-2]
    places = heads[len(heads) - len(sizes) :]
    one: dict[type, int | slice] = {int: 0, slice: slice(None)}
    return x[tuple(one[type(at)] if n == 1 else at for n, at in zip(sizes, places, strict=True))]


def _tile(x: Tensor, rows: slice, columns: slice) -> Tensor:
    """A tile of x (..., n_q or 1, n_k or 1), as a view; an axis of size 1 serves every tile."""
    everything = slice(None)
    rows = rows if x.shape[-2] > 1 else everything
    return x[..., rows, columns if x.shape[-1] > 1 else everything]


def _scaled(query: Tensor, rows: slice, tiling: _Tiling, out: Tensor) -> Tensor:
    """Some rows of a query, scaled, in the dtype to sum in and for as many heads as `out` has."""
    rows_of_query = query[..., rows, :].to(accumulation_dtype(query.dtype)) * tiling.scale
    return rows_of_query.expand(*out.shape[:-1], query.shape[-1])  # (..., r, d_k)


def _exp_(x: Tensor) -> Tensor:
    """exp in place, as a power of 2."""
    return x.mul_(LOG2_E).exp2_()


def _add(gradient: Tensor, piece: Tensor) -> None:
    """Add a piece in place, summed over the axes along which the input was broadcast."""
    gradient.add_(piece.sum_to_size(gradient.shape))
