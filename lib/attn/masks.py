"""Masks: what may not be seen.

A mask is boolean and broadcasts to (..., n_q, n_k). True says: this query may attend to this key.
So masks combine with `&` (both must allow it) and `|` (one is enough). Lesson 05 builds this file.

Axes are read from the right, as everywhere in PyTorch: a mask of two axes is (n_q, n_k), the same
for every row of the batch. A row of padding for each sentence, (batch, n_k), would be read so too,
silently where batch == n_q: give it as (batch, 1, 1, n_k), as `padding_mask` does.

Below, i is the position of a query and j that of a key. One rule for the whole library says where
the queries are among the keys: `relative_positions`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from attn.validation import require_integer

Device = torch.device | str | None


def relative_positions(n_q: int, n_k: int | None = None, *, device: Device = None) -> Tensor:
    """Where each key stands, seen from each query: 0 is the same place, negative is the past.

    Queries are the last n_q of the n_k positions, as they are when a cache holds the keys of the
    tokens before them. The last query always stands where the last key stands (so with more
    queries than keys, the first queries stand before the first key).

    Returns (n_q, n_k) of integers; n_k is n_q unless given.
    """
    n_k = n_q if n_k is None else n_k
    require_integer("n_q", n_q, minimum=0)
    require_integer("n_k", n_k, minimum=0)
    query_position = torch.arange(n_q, device=device)[:, None] + (n_k - n_q)  # (n_q, 1)
    key_position = torch.arange(n_k, device=device)[None, :]  # (1, n_k)
    return key_position - query_position  # (n_q, n_k)


def causal_mask(n_q: int, n_k: int | None = None, *, device: Device = None) -> Tensor:
    """Let each token see itself and the tokens before it: j <= i.

    Returns (n_q, n_k); n_k is n_q unless given. With n_k > n_q the queries are the last n_q
    positions.

    Source: Vaswani et al., 2017, arXiv 1706.03762, section 3.2.3.
    """
    return relative_positions(n_q, n_k, device=device) <= 0


def with_causal_mask(mask: Tensor | None, n_q: int, n_k: int, *, device: Device) -> Tensor | None:
    """A mask, if there is one, and causal_mask too; None where everything may be seen."""
    if n_q <= 1:  # a single query is the last position: it may see every key
        return mask
    earlier = causal_mask(n_q, n_k, device=device)  # (n_q, n_k)
    return earlier if mask is None else mask & earlier


def padding_mask(
    lengths: Tensor | Sequence[int], n_k: int | None = None, *, device: Device = None
) -> Tensor:
    """Hide the padding that follows each row's tokens: j < length.

    lengths (batch,) whole numbers; n_k is the longest of them unless given.
    Returns (batch, 1, 1, n_k), on the device of `lengths` unless another is given.
    Raises ValueError if a length is negative or above n_k.
    """
    lengths = torch.as_tensor(lengths, device=device)
    if lengths.dim() != 1 or (lengths.numel() and not _holds_integers(lengths)):
        raise ValueError(
            f"lengths has shape {tuple(lengths.shape)} and dtype {lengths.dtype}, "
            "expected (batch,) whole numbers"
        )
    longest = int(lengths.max()) if lengths.numel() else 0
    n_k = longest if n_k is None else n_k
    require_integer("n_k", n_k, minimum=0)
    if longest > n_k:
        raise ValueError(f"lengths has {longest}, expected at most n_k={n_k}")
    if lengths.numel() and int(lengths.min()) < 0:
        raise ValueError(f"lengths has {int(lengths.min())}, expected at least 0")
    visible = torch.arange(n_k, device=lengths.device) < lengths[:, None]  # (batch, n_k)
    return visible[:, None, None, :]  # (batch, 1, 1, n_k)


def window_mask(
    n_q: int,
    n_k: int | None = None,
    *,
    window: int,
    causal: bool = False,
    device: Device = None,
) -> Tensor:
    """Let each token see its neighbourhood: |i - j| < window; with causal, only the past of it.

    A window of 1 is the token itself. Returns (n_q, n_k); n_k is n_q unless given. With n_k > n_q
    the queries are the last n_q positions.

    Source: Beltagy et al., "Longformer", 2020, arXiv 2004.05150, section 3.1.
    """
    require_integer("window", window, minimum=1)
    relative = relative_positions(n_q, n_k, device=device)  # (n_q, n_k)
    visible = relative.abs() < window
    return visible & (relative <= 0) if causal else visible


def document_mask(ids_q: Tensor, ids_k: Tensor | None = None) -> Tensor:
    """Keep documents that are packed into one row apart: each token sees only its own document.

    ids_q (batch, n_q) and ids_k (batch, n_k) say which document each token belongs to; ids_k is
    ids_q unless given. Returns (batch, 1, n_q, n_k).
    """
    ids_k = ids_q if ids_k is None else ids_k
    for name, ids in (("ids_q", ids_q), ("ids_k", ids_k)):
        if not isinstance(ids, Tensor) or ids.dim() != 2 or not _holds_integers(ids):
            what = (tuple(ids.shape), ids.dtype) if isinstance(ids, Tensor) else type(ids).__name__
            raise ValueError(f"{name} is {what}, expected a tensor (batch, n) of whole numbers")
        if ids.shape[0] != ids_q.shape[0]:
            raise ValueError(f"{name} has batch={ids.shape[0]}, expected {ids_q.shape[0]} as ids_q")
    same = ids_q[:, :, None] == ids_k[:, None, :]  # (batch, n_q, n_k)
    return same[:, None]  # (batch, 1, n_q, n_k)


def strided_mask(n: int, *, stride: int, causal: bool = True, device: Device = None) -> Tensor:
    """Let each token see every stride-th token, counted from itself: (i - j) % stride == 0.

    Returns (n, n). The paper pairs it with a window of the same size, so that two steps reach any
    token: window_mask(n, window=stride, causal=True) | strided_mask(n, stride=stride).

    Source: Child et al., "Sparse Transformers", 2019, arXiv 1904.10509, section 4.3.
    """
    require_integer("stride", stride, minimum=1)
    relative = relative_positions(n, device=device)  # (n, n)
    visible = relative % stride == 0
    return visible & (relative <= 0) if causal else visible


def global_window_mask(
    n: int,
    *,
    window: int,
    global_tokens: int,
    random_blocks: int = 0,
    seed: int = 0,
    device: Device = None,
) -> Tensor:
    """A window, and a few tokens that see everyone and are seen by everyone.

    |i - j| < window, or one of the two is among the first `global_tokens`. With `random_blocks`,
    tokens are put into blocks of `window`, and each block of queries also sees that many other
    blocks of keys, drawn at random from `seed` (a generator of its own: torch's is not touched).

    Returns (n, n).

    Source: Beltagy et al., "Longformer", 2020, arXiv 2004.05150, section 3.1 (window and global
    tokens); Zaheer et al., "Big Bird", 2020, arXiv 2007.14062, section 2 (random blocks).
    """
    require_integer("global_tokens", global_tokens, minimum=0)
    require_integer("random_blocks", random_blocks, minimum=0)
    visible = window_mask(n, window=window, device=device)  # (n, n)
    is_global = torch.arange(n, device=device) < global_tokens  # (n,)
    visible = visible | is_global[:, None] | is_global[None, :]
    if random_blocks:
        # Drawn on the CPU, so that a seed gives the same mask on every device.
        num_blocks = -(-n // window)
        draw = torch.rand(num_blocks, num_blocks, generator=torch.Generator().manual_seed(seed))
        draw.fill_diagonal_(2.0)  # the block itself comes last: it is in the window already
        chosen = draw.argsort(dim=-1)[:, : min(random_blocks, num_blocks - 1)]
        linked = torch.zeros(num_blocks, num_blocks, dtype=torch.bool)
        linked.scatter_(1, chosen, True)
        block = torch.arange(n) // window  # (n,): the block in which each token stands
        visible = visible | linked[block[:, None], block[None, :]].to(device)  # (n, n)
    return visible


def _holds_integers(x: Tensor) -> bool:
    return not (x.is_floating_point() or x.is_complex() or x.dtype == torch.bool)
