"""A cache of keys and values: what has been read needs not be read again.

When a model writes one token at a time, the keys and values of the tokens before it never change.
Keeping them turns the work for each new token from n queries into one. Lesson 13 builds this file.

Source: Shazeer, "Fast Transformer Decoding", 2019, arXiv 1911.02150 (decoding step by step, and why
fewer key and value heads make it cheaper).
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from attn.validation import require_tensor


class KVCache:
    """The keys and values that one attention layer has seen so far.

    Under torch.no_grad() or inference_mode(), room is doubled when it runs out, so that writing n
    tokens copies O(n) numbers, not O(n²). Where a backward pass may follow, each call copies all
    that is held, and gradients are right whatever learns and whatever is frozen.
    """

    def __init__(self) -> None:
        self._length = 0
        self._key: Tensor | None = None  # (batch, num_kv_heads, room, d_k), room >= length
        self._value: Tensor | None = None  # (batch, num_kv_heads, room, d_v)

    def __len__(self) -> int:
        """How many tokens are held."""
        return self._length

    @property
    def num_bytes(self) -> int:
        """The bytes of the keys and values held, without the room kept ready for more."""
        held = (x[:, :, : self._length] for x in (self._key, self._value) if x is not None)
        return sum(x.numel() * x.element_size() for x in held)

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values of new tokens, and return those of all tokens, oldest first.

        key (batch, num_kv_heads, n, d_k), value (batch, num_kv_heads, n, d_v)
        -> (batch, num_kv_heads, len(cache), d_k), (batch, num_kv_heads, len(cache), d_v)
        What is returned never changes later. Raises ValueError on a shape, dtype or device that
        does not fit what is held.
        """
        for name, new in (("key", key), ("value", value)):
            require_tensor(name, new)
            if new.dim() != 4:
                raise ValueError(
                    f"{name} has shape {tuple(new.shape)}, expected (batch, num_kv_heads, n, d)"
                )
        if key.shape[:3] != value.shape[:3]:
            raise ValueError(
                f"value has shape {tuple(value.shape)}, expected {tuple(key.shape[:3])} before its "
                "last axis as key has"
            )
        for name, new, held in (("key", key, self._key), ("value", value, self._value)):
            if held is not None and _kind(new) != _kind(held):
                raise ValueError(
                    f"{name} has (batch, num_kv_heads, d), dtype, device {_kind(new)}, "
                    f"expected {_kind(held)} as the cache holds"
                )
        end = self._length + key.shape[2]
        self._key = _write(self._key, key, self._length)
        self._value = _write(self._value, value, self._length)
        self._length = end
        return self._key[:, :, :end], self._value[:, :, :end]

    def reorder(self, index: Tensor) -> None:
        """Let row r of the batch continue what row index[r] held, as beam search needs.

        index (new_batch,) whole numbers; the batch may grow or shrink. Raises ValueError unless
        every entry is a row that is held.
        """
        if not isinstance(index, Tensor) or index.dim() != 1 or index.dtype != torch.int64:
            what = (tuple(index.shape), index.dtype) if isinstance(index, Tensor) else index
            raise ValueError(f"index is {what}, expected a tensor (new_batch,) of int64")
        if self._key is None or self._value is None:
            return
        batch = self._key.shape[0]
        if index.numel() and not (int(index.min()) >= 0 and int(index.max()) < batch):
            raise ValueError(
                f"index has rows {int(index.min())} to {int(index.max())}, "
                f"expected 0 to {batch - 1}"
            )
        self._key = self._key.index_select(0, index)
        self._value = self._value.index_select(0, index)


@dataclass
class DecoderCache:
    """What a decoder layer keeps: its own tokens, and the memory that it looks across to."""

    self_attention: KVCache = field(default_factory=KVCache)
    cross_attention: KVCache = field(default_factory=KVCache)

    def __len__(self) -> int:
        """How many tokens have been decoded."""
        return len(self.self_attention)

    @property
    def num_bytes(self) -> int:
        """The bytes of all keys and values held."""
        return self.self_attention.num_bytes + self.cross_attention.num_bytes

    def reorder(self, index: Tensor) -> None:
        """As KVCache.reorder, for both."""
        self.self_attention.reorder(index)
        self.cross_attention.reorder(index)


def _kind(x: Tensor) -> tuple[object, ...]:
    batch, num_kv_heads, _, d = x.shape
    return (batch, num_kv_heads, d), x.dtype, x.device


def _write(held: Tensor | None, new: Tensor, length: int) -> Tensor:
    """`held` with `new` written behind its first `length` tokens; room grows by doubling."""
    if held is None:  # a copy: what the caller does to its own tensor must not reach the cache
        return new.clone(memory_format=torch.contiguous_format)
    # PyTorch lets a tensor that was made in inference mode be used, but not written, outside it.
    locked = held.is_inference() and not torch.is_inference_mode_enabled()
    if new.shape[2] == 0 and not locked:
        return held
    if torch.is_grad_enabled():
        # Out of place, whatever learns: the backward pass may still need the keys and values that
        # earlier calls returned, for the gradient of the queries alone if nothing else.
        return torch.cat((held[:, :, :length], new), dim=2)
    end = length + new.shape[2]
    if end > held.shape[2] or locked:
        batch, num_kv_heads, _, d = held.shape
        roomier = held.new_empty(batch, num_kv_heads, max(end, 2 * length), d)
        roomier[:, :, :length] = held[:, :, :length]
        held = roomier
    held[:, :, length:end] = new
    return held
