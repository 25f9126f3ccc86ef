"""18.1: the reference, and other right ways."""

import json
import math
import struct

import numpy as np
import torch
from torch import Tensor

from course.checks.lesson_18.reading.cases import reading


def parsed(raw: np.ndarray) -> tuple[dict[str, dict[str, list[int]]], int]:
    """The table of contents, and where the numbers begin."""
    start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
    return json.loads(raw[8:start].tobytes()), start


@reading.reference
def read_with_struct(raw: np.ndarray, name: str) -> Tensor:
    data = raw.tobytes()
    (length,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8 : 8 + length].decode())[name]
    count = math.prod(entry["shape"])
    numbers = struct.unpack_from(f"<{count}f", data, 8 + length + entry["data_offsets"][0])
    return torch.tensor(numbers, dtype=torch.float32).reshape(entry["shape"])


@reading.right_way
def read_by_view(raw: np.ndarray, name: str) -> Tensor:
    start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
    entry = json.loads(raw[8:start].tobytes())[name]
    begin, end = entry["data_offsets"]
    numbers = raw[start + begin : start + end].view(np.float32)
    return torch.from_numpy(numbers).reshape(entry["shape"])


@reading.right_way
def read_by_frombuffer(raw: np.ndarray, name: str) -> Tensor:
    data = bytearray(raw.tobytes())
    length = int.from_bytes(data[0:8], byteorder="little")
    table, numbers = json.loads(data[8 : length + 8]), data[length + 8 :]
    entry = table[name]
    first, last = entry["data_offsets"]
    return torch.frombuffer(numbers[first:last], dtype=torch.float32).view(entry["shape"])


@reading.right_way
def read_a_number_at_a_time(raw: np.ndarray, name: str) -> Tensor:
    table, start = parsed(raw)
    begin, end = table[name]["data_offsets"]
    found = [
        np.frombuffer(raw[start + at : start + at + 4].tobytes(), dtype="<f4")[0]
        for at in range(begin, end, 4)
    ]
    return torch.tensor(np.array(found)).view(table[name]["shape"])
