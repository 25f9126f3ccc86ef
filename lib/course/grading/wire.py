"""Plain data through a pipe: a frame is a length, JSON, and the raw bytes of arrays and tensors.

Never pickle: what comes from a hand-in's process is read here as numbers and text, and nothing in
it can make this process do anything. What does not fit the format is a `BrokenFrame`.
"""

import json
import socket
import struct
from typing import Any

import numpy as np
import torch
from torch import Tensor

LARGEST_FRAME = 64 * 2**20
DEEPEST = 20

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


def receive(pipe: socket.socket) -> Any:
    """The next message. Raises EOFError at the end, BrokenFrame where no message can be read."""
    text_size, size = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    if text_size + size > LARGEST_FRAME:
        raise BrokenFrame(f"a message of {text_size + size} bytes, expected at most 64 MiB")
    text, data = _exactly(pipe, text_size), _exactly(pipe, size)
    try:
        return _decoded(json.loads(text), memoryview(data))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BrokenFrame(f"a message that can't be read: {type(error).__name__}") from None


def _exactly(pipe: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
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
        return value
    ((kind, content),) = value.items()
    match kind:
        case "tuple":
            return tuple(_decoded(item, data, depth + 1) for item in content)
        case "list":
            return [_decoded(item, data, depth + 1) for item in content]
        case "dict":
            return {str(name): _decoded(item, data, depth + 1) for name, item in content}
        case "tensor":
            name, shape, raw = _slice(content, data)
            if not raw:
                return torch.empty(shape, dtype=_TENSORS[name])
            return torch.frombuffer(raw, dtype=_TENSORS[name]).reshape(shape)
        case "array":
            name, shape, raw = _slice(content, data)
            dtype = np.dtype(name)
            if dtype.kind not in "biufcU":
                raise ValueError(name)
            return np.frombuffer(raw, dtype=dtype).reshape(shape)
    raise KeyError(kind)


def _slice(content: Any, data: memoryview) -> tuple[str, list[int], bytearray]:
    name, shape, start, size = content
    if not all(type(n) is int and n >= 0 for n in (*shape, start, size)):
        raise ValueError("a size that is none")
    raw = data[start : start + size]
    if len(raw) != size:
        raise ValueError("fewer bytes than announced")
    return name, shape, bytearray(raw)  # a copy that may be written to
