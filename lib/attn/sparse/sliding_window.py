"""Sliding-window attention: look only at the neighbours.

Each query sees the keys closer than `window`. Written as a mask over all scores this saves nothing:
the scores were formed. Here a block of queries reads only the slice of keys that its windows cover.

Source: Beltagy et al., "Longformer: The Long-Document Transformer", 2020, arXiv 2004.05150.
"""

import torch
from torch import Tensor

from attn.blockwise import Tokens, attend_by_blocks, attend_visible, require_key_mask, row_blocks
from attn.core import Attended, scale_for, without_hidden
from attn.validation import require_attention_inputs, require_integer

ROWS = 64  # queries in a block: more share a slice of keys, but more of its scores are hidden


def sliding_window_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    window: int,
    causal: bool = False,
    scale: float | None = None,
) -> Attended:
    """Attention in which query i sees key j only where |i - j| < window.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v); the queries are the last n_q
        of the n_k positions
    mask  a key mask: boolean, broadcasts to (..., 1, n_k)
    causal leaves only the keys up to the query's own position
    scale multiplies the scores; 1 / sqrt(d_k) unless given

    Returns Attended(output (..., n_q, d_v), None). A query that may attend to nothing gets 0. What
    the mask hides may hold anything, NaN too; all else must be finite. A second derivative raises
    RuntimeError.
    Time grows as n_q * window. Memory beyond the output does not grow with n, forward or backward;
    a mask asks for a copy of keys and values.
    Raises ValueError on inputs that do not fit together, or a window below 1.

    Source: arXiv 2004.05150, section 3.1 (whose w is half on each side of the query itself:
    w = 2 * window - 2).
    """
    scores_shape = require_attention_inputs(query, key, value)
    require_integer("window", window, minimum=1)
    if mask is not None:
        require_key_mask(mask, scores_shape)
        mask = torch.atleast_2d(mask).expand(*mask.shape[:-2], 1, key.shape[-2])  # (..., 1, n_k)
        key, value = without_hidden(key, value, mask)
    scale = scale_for(query, scale)
    n_q, n_k = scores_shape[-2:]
    offset = n_k - n_q  # position of the first query

    def pick(rows: slice) -> Tokens:
        """The keys from the first one that the block's first query sees to the last one's last."""
        first, last = rows.start + offset, rows.stop - 1 + offset
        start = max(0, first - window + 1)
        stop = min(n_k, last + 1 if causal else last + window)
        return slice(start, max(start, stop))

    def attend(q: Tensor, k: Tensor, v: Tensor, rows: slice, columns: Tokens) -> Tensor:
        """q (..., r, d_k), k (..., c, d_k), v (..., c, d_v) -> (..., r, d_v)"""
        assert isinstance(columns, slice)  # as `pick` made it
        i = torch.arange(rows.start, rows.stop, device=q.device)[:, None] + offset  # (r, 1)
        j = torch.arange(columns.start, columns.stop, device=q.device)  # (c,)
        visible = (j > i - window) & (j <= i if causal else j < i + window)  # (r, c)
        if mask is not None:
            visible = visible & mask[..., columns]  # (..., r, c)
        return attend_visible(q * scale, k, v, visible)

    return Attended(attend_by_blocks(query, key, value, row_blocks(n_q, ROWS), pick, attend), None)
