"""Plain data through a pipe: a frame is a length, JSON, and the raw bytes of arrays and tensors.

Never pickle: what comes from a hand-in's process is read here as numbers and text, and nothing in
it can make this process do anything. What does not fit the format is a `BrokenFrame`.
"""

import json
import math
import socket
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

LARGEST_FRAME = 64 * 2**20
DEEPEST = 20
MOST_AXES = 32

_LENGTHS = struct.Struct("!II")  # of the JSON, of the bytes behind it
_TENSORS = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64,
        torch.complex128,
    )
}  # fmt: skip


class BrokenFrame(Exception):
    """What came is no frame, or one that is too large."""


def send(pipe: socket.socket, message: Any) -> None:
    """Send plain data: None, bool, int, float, str, tuple, list, dict, arrays and tensors.

    Raises BrokenFrame where the message holds something else or is too large.
    """
    buffers: list[bytes] = []
    text = json.dumps(_encoded(message, buffers, 0)).encode()
    size = sum(map(len, buffers))
    if len(text) + size > LARGEST_FRAME:
        raise BrokenFrame(f"a message of {len(text) + size} bytes, expected at most 64 MiB")
    pipe.sendall(b"".join((_LENGTHS.pack(len(text), size), text, *buffers)))


def receive(
    pipe: socket.socket,
    wait: Callable[[], None] = lambda: None,
    largest_text: int = LARGEST_FRAME,
) -> Any:
    """The next message. Raises EOFError at the end, BrokenFrame where no message can be read.

    wait          called before each read, so that a message that comes in drops can be given up
    largest_text  bytes of JSON: a text makes objects that are thirty times as large
    """
    text_size, size = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size, wait))
    if text_size > largest_text or text_size + size > LARGEST_FRAME:
        raise BrokenFrame(f"a message of {text_size + size} bytes, which is too large")
    text, data = _exactly(pipe, text_size, wait), _exactly(pipe, size, wait)
    try:
        return _decoded(json.loads(text), memoryview(data))
    except Exception as error:  # nothing in a message may stop who reads it
        raise BrokenFrame(f"a message that can't be read: {type(error).__name__}") from None


def _exactly(pipe: socket.socket, count: int, wait: Callable[[], None]) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        wait()
        got = pipe.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return data


def _encoded(value: Any, buffers: list[bytes], depth: int) -> Any:
    if depth > DEEPEST:
        raise BrokenFrame(f"data nested deeper than {DEEPEST}")
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple() | list():
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [_encoded(item, buffers, depth + 1) for item in value]}
        case dict():
            items = [[str(k), _encoded(v, buffers, depth + 1)] for k, v in value.items()]
            return {"dict": items}
        case Tensor() if value.layout != torch.strided or value.is_meta:
            raise BrokenFrame("a tensor without its numbers in rows, expected a dense one")
        case Tensor() if (name := str(value.dtype).removeprefix("torch.")) in _TENSORS:
            flat = value.detach().cpu().resolve_conj().resolve_neg().contiguous().flatten()
            return _placed(flat.view(torch.uint8).numpy(), "tensor", name, value.shape, buffers)
        case np.ndarray() if value.dtype.kind in "biufcU":
            return _placed(value, "array", value.dtype.str, value.shape, buffers)
    raise BrokenFrame(f"a {type(value).__name__}, expected plain data")


def _placed(
    data: np.ndarray, kind: str, dtype: str, shape: tuple[int, ...], buffers: list[bytes]
) -> dict[str, Any]:
    start = sum(map(len, buffers))
    buffers.append(data.tobytes())
    return {kind: [dtype, list(shape), start, len(buffers[-1])]}


def _decoded(value: Any, data: memoryview, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise TypeError("a bare list")
        return _readable(value) if isinstance(value, str) else value
    ((kind, content),) = value.items()
    match kind:
        case "tuple":
            return tuple(_decoded(item, data, depth + 1) for item in content)
        case "list":
            return [_decoded(item, data, depth + 1) for item in content]
        case "dict":
            items = ((name, _decoded(item, data, depth + 1)) for name, item in content)
            return {_readable(str(name)): item for name, item in items}
        case "tensor":
            name, shape, raw = _slice(content, data)
            dtype = _TENSORS[name]
            _measure(shape, dtype.itemsize, raw, dtype == torch.bool)
            if not raw:
                return torch.empty(shape, dtype=dtype)
            return torch.frombuffer(raw, dtype=dtype).reshape(shape)
        case "array":
            name, shape, raw = _slice(content, data)
            entry = np.dtype(name)
            if entry.kind not in "biufcU":
                raise ValueError(name)
            _measure(shape, entry.itemsize, raw, entry.kind == "b")
            if entry.kind == "U":  # a letter that is none would raise whenever it is looked at
                bytes(raw).decode("utf-32-be" if entry.byteorder == ">" else "utf-32-le")
            return np.ndarray(shape, entry, raw)
    raise KeyError(kind)


def _readable(text: str) -> str:
    """Without halves of letters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _slice(content: Any, data: memoryview) -> tuple[str, list[int], bytearray]:
    name, shape, start, size = content
    if not all(type(n) is int and n >= 0 for n in (*shape, start, size)):
        raise ValueError("a size that is none")
    raw = data[start : start + size]
    if len(raw) != size:
        raise ValueError("fewer bytes than announced")
    return name, shape, bytearray(raw)  # a copy that may be written to


def _measure(shape: list[int], itemsize: int, raw: bytearray, truths: bool) -> None:
    """Raise ValueError unless the bytes are those of this shape: it must not ask for memory."""
    if len(shape) > MOST_AXES or max(shape, default=0) > LARGEST_FRAME:
        raise ValueError("a shape that is none")
    if math.prod(shape) * itemsize != len(raw):
        raise ValueError("bytes that are too many or too few")
    if truths and raw and np.frombuffer(raw, np.uint8).max() > 1:
        raise ValueError("neither True nor False")
