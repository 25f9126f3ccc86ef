"""Read a GGUF file: facts about a model, a table of its tensors, then their numbers, packed.

In such a file, large matrices hold few bits a number: 32 numbers in a row are a block, and share a
scale. Here all are unpacked to float32.

Source: the format's description in the repository ggml-org/ggml, docs/gguf.md.
"""

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float32]]

# How a fact is stored: the number that says so, and struct's letter. Beside them, text and lists.
NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
TEXT, LIST = 8, 9


def unpack_float32(blocks: Bytes) -> Floats:
    """blocks (count, 4) -> (count, 1)"""
    return blocks.view("<f4")


def unpack_q8_0(blocks: Bytes) -> Floats:
    """blocks (count, 34): a scale in float16, 32 numbers of 8 bits -> (count, 32)"""
    scale = _half(blocks[:, :2])
    return scale * blocks[:, 2:].view(np.int8)


def unpack_q4_1(blocks: Bytes) -> Floats:
    """blocks (count, 20): scale and minimum in float16, 32 numbers of 4 bits -> (count, 32)"""
    scale, minimum, pairs = _half(blocks[:, :2]), _half(blocks[:, 2:4]), blocks[:, 4:]
    # Each byte holds number i in its lower half, and number i + 16 in its upper one.
    numbers = np.concatenate((pairs & 15, pairs >> 4), axis=1)  # (count, 32)
    return scale * numbers + minimum


def _half(two_bytes: Bytes) -> Floats:
    """A column of float16, as float32: (count, 2) -> (count, 1)"""
    return np.ascontiguousarray(two_bytes).view("<f2").astype(np.float32)


# How a tensor is stored: numbers in a block, its bytes, and what unpacks it.
KINDS: dict[int, tuple[int, int, Callable[[Bytes], Floats]]] = {
    0: (1, 4, unpack_float32),
    3: (32, 20, unpack_q4_1),
    8: (32, 34, unpack_q8_0),
}


def read_gguf(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What a GGUF file says about its model, by name, and the tensors in float32, by name.

    Raises ValueError if it is no GGUF file, or a tensor is stored in a way that is not in KINDS.
    """
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    header = _Header(raw.data)
    if raw[:4].tobytes() != b"GGUF" or header.number("I", skip=4) not in (2, 3):
        raise ValueError(f"path is {path.name}, expected a GGUF file of version 2 or 3")
    num_tensors, num_facts = header.number("Q"), header.number("Q")
    facts = {header.text(): header.value(header.number("I")) for _ in range(num_facts)}
    table = [header.entry() for _ in range(num_tensors)]
    align = facts.get("general.alignment", 32)
    start = math.ceil(header.at / align) * align  # where the numbers begin
    tensors = {
        name: _unpack(raw[start + offset :], name, shape, kind)
        for name, shape, kind, offset in table
    }
    return facts, tensors


def _unpack(raw: Bytes, name: str, shape: list[int], kind: int) -> Tensor:
    """The tensor whose bytes begin where `raw` does."""
    if kind not in KINDS:
        raise ValueError(f"{name} is stored as kind {kind}, expected one of {list(KINDS)}")
    numbers, size, unpack = KINDS[kind]
    count = math.prod(shape) // numbers
    blocks = np.array(raw[: count * size]).reshape(count, size)
    return torch.from_numpy(unpack(blocks).reshape(shape))


class _Header:
    """Reads what stands before the tensors, one thing after the other."""

    def __init__(self, raw: memoryview) -> None:
        self.raw, self.at = raw, 0

    def number(self, letter: str, *, skip: int = 0) -> Any:
        form = f"<{letter}"
        (value,) = struct.unpack_from(form, self.raw, self.at + skip)
        self.at += skip + struct.calcsize(form)
        return value

    def text(self) -> str:
        length = self.number("Q")
        self.at += length
        return bytes(self.raw[self.at - length : self.at]).decode("utf-8")

    def value(self, kind: int) -> Any:
        if kind == TEXT:
            return self.text()
        if kind == LIST:
            kind, length = self.number("I"), self.number("Q")
            return [self.value(kind) for _ in range(length)]
        return self.number(NUMBERS[kind])

    def entry(self) -> tuple[str, list[int], int, int]:
        """A tensor's name, shape (in the file the last axis comes first), kind and offset."""
        name = self.text()
        sizes = [self.number("Q") for _ in range(self.number("I"))]
        return name, sizes[::-1], self.number("I"), self.number("Q")
