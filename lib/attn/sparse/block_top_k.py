"""Block top-k attention: look at whole blocks of keys, and only at the best few.

Choosing among single keys needs every score. Choosing among *blocks* needs one score a block: the
query block's summary against the mean of each block's keys. Only the chosen blocks are then read.
It works as far as neighbours resemble each other; on keys in random order it chooses no better than
chance.

Sources: Lu et al., "MoBA: Mixture of Block Attention for Long-Context LLMs", 2025, arXiv 2502.13189
(blocks chosen by their mean key, the own block always); here a block of queries shares one choice.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from attn.blockwise import Tokens, attend_by_blocks, attend_visible, row_blocks
from attn.core import Attended, scale_for, without_hidden
from attn.validation import require_attention_inputs, require_integer


def block_top_k_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    block_size: int,
    k: int,
    causal: bool = False,
    scale: float | None = None,
) -> Attended:
    """Attention of each block of queries to its own block of keys and the k - 1 best others.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v); the queries are the last n_q
        of the n_k positions
    mask  boolean, broadcasts to (..., n_q, n_k): True where a query may attend to a key
    block_size  tokens in a block; block b holds the positions from b * block_size on
    k     blocks that a query block attends to; all of them if there are no more than k
    causal hides later keys. The choice is then made by the block's first query alone: a mean over
        the block would let a later token choose for an earlier one, which is a leak
    scale multiplies the scores; 1 / sqrt(d_k) unless given

    Returns Attended(output (..., n_q, d_v), None). A query that may attend to nothing gets 0. What
    the mask hides from every query may hold anything, NaN too; what some queries see must be
    finite. A second derivative raises RuntimeError.
    Time grows as n_q * k * block_size, plus n_q * n_k / block_size² for the choice; nothing of size
    n_q * n_k is formed, forward or backward. The choice itself has no gradient.
    Raises ValueError on inputs that do not fit together, or block_size or k below 1.

    Source: arXiv 2502.13189, section 2.2.
    """
    scores_shape = require_attention_inputs(query, key, value, mask)
    require_integer("block_size", block_size, minimum=1)
    require_integer("k", k, minimum=1)
    scale = scale_for(query, scale)
    n_q, n_k = scores_shape[-2:]
    offset = n_k - n_q  # position of the first query
    num_blocks = -(-n_k // block_size)
    if mask is not None:
        mask = torch.atleast_2d(mask)
        key, value = without_hidden(key, value, mask)
    mean_keys = _mean_keys(key.detach(), mask, block_size)  # (..., num_blocks, d_k)

    def pick(rows: slice) -> Tensor:
        """The tokens of the blocks that the queries in `rows` attend to; causal: own block first.

        (..., k * block_size), or fewer where there are fewer blocks
        """
        own = (rows.start + offset) // block_size  # below 0 before the first key: no own block
        if causal:
            chooser = query[..., rows.start : rows.start + 1, :]  # (..., 1, d_k)
            candidates = max(0, own)  # the blocks of the past
        else:
            chooser = query[..., rows, :].mean(dim=-2, keepdim=True)  # (..., 1, d_k)
            candidates = num_blocks
        agreement = (chooser @ mean_keys[..., :candidates, :].mT)[..., 0, :]  # (..., candidates)
        if mask is not None:
            sees = _by_block(_mask_rows(mask, rows, n_k).any(dim=-2), block_size).any(dim=-1)
            agreement = agreement.masked_fill(~sees[..., :candidates], -torch.inf)
        if causal:
            chosen = agreement.topk(min(k - 1, candidates), dim=-1).indices  # (..., k - 1)
            chosen = F.pad(chosen, (int(own >= 0), 0), value=own)  # (..., k)
        else:
            agreement[..., max(0, own) : max(0, own + 1)] = torch.inf
            chosen = agreement.topk(min(k, candidates), dim=-1).indices  # (..., k)
        within = torch.arange(block_size, device=query.device)
        tokens = (chosen[..., None] * block_size + within).flatten(-2)  # (..., k * block_size)
        return tokens.expand(*scores_shape[:-2], tokens.shape[-1])

    def attend(q: Tensor, keys: Tensor, values: Tensor, rows: slice, tokens: Tokens) -> Tensor:
        """q (..., r, d_k), keys (..., m, d_k), values (..., m, d_v) -> (..., r, d_v)"""
        assert isinstance(tokens, Tensor)  # as `pick` made it
        if causal:  # of the own block, which comes first, only the part up to the query
            i = torch.arange(rows.start, rows.stop, device=q.device)[:, None] + offset  # (r, 1)
            place = torch.arange(tokens.shape[-1], device=q.device)  # (m,)
            visible = (place >= block_size) | (place <= i % block_size)  # (r, m)
        else:
            visible = tokens[..., None, :] < n_k  # (..., 1, m): the last block may be short
        if mask is not None:
            of_rows = _mask_rows(mask, rows, n_k)  # (..., r or 1, n_k)
            of_rows = of_rows.expand(*scores_shape[:-2], *of_rows.shape[-2:])
            seen = torch.take_along_dim(of_rows, tokens[..., None, :].clamp(max=n_k - 1), dim=-1)
            visible = visible & seen  # (..., r, m)
        return attend_visible(q * scale, keys, values, visible)

    # Blocks of queries end where blocks of keys end, so that each has one block of its own.
    blocks = row_blocks(n_q, block_size, first=-offset % block_size)
    # Contiguous once, or each block would copy all keys to read a few.
    key, value = key.contiguous(), value.contiguous()
    return Attended(attend_by_blocks(query, key, value, blocks, pick, attend), None)


def _mean_keys(key: Tensor, mask: Tensor | None, block_size: int) -> Tensor:
    """The mean of each block's keys, those left out that no query may see.

    key (..., n_k, d_k), mask (..., n_q or 1, n_k or 1) -> (..., num_blocks, d_k)
    """
    n_k = key.shape[-2]
    counted = torch.ones(n_k, dtype=torch.bool, device=key.device)
    if mask is not None:
        counted = counted & mask.any(dim=-2)  # (..., n_k)
    counted = _by_block(counted, block_size).to(key.dtype)  # (..., num_blocks, block_size)
    shares = counted / counted.sum(dim=-1, keepdim=True).clamp(min=1)
    short = -n_k % block_size
    keys = F.pad(key, (0, 0, 0, short)) if short else key
    keys = keys.unflatten(-2, (counted.shape[-2], block_size))  # (..., num_blocks, block_size, d_k)
    return (shares[..., None, :] @ keys)[..., 0, :]  # (..., num_blocks, d_k)


def _by_block(visible: Tensor, block_size: int) -> Tensor:
    """(..., n_k) -> (..., num_blocks, block_size), False where the last block is short."""
    num_blocks = -(-visible.shape[-1] // block_size)
    visible = F.pad(visible, (0, -visible.shape[-1] % block_size), value=False)
    return visible.unflatten(-1, (num_blocks, block_size))


def _mask_rows(mask: Tensor, rows: slice, n_k: int) -> Tensor:
    """The rows of a mask (..., n_q or 1, n_k or 1), as a view (..., r or 1, n_k)."""
    mask = mask[..., rows, :] if mask.shape[-2] > 1 else mask
    return mask.expand(*mask.shape[:-1], n_k)
