"""Read a safetensors file: 8 bytes of length, a table of contents in JSON, then the numbers."""

import json
import math
from pathlib import Path

import torch
from torch import Tensor

DTYPES = {
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """The tensors in a safetensors file, by name.

    Raises ValueError on a kind of number that is not in DTYPES.

    Source: the format's description in the documentation of the library safetensors.
    """
    raw = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(raw[:8], "little")  # where the numbers begin
    table = json.loads(raw[8:start])
    table.pop("__metadata__", None)
    tensors = {}
    for name, entry in table.items():
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"{name} has dtype {entry['dtype']}, expected one of {list(DTYPES)}")
        shape, begin = entry["shape"], start + entry["data_offsets"][0]
        flat = torch.frombuffer(
            raw, dtype=DTYPES[entry["dtype"]], count=math.prod(shape), offset=begin
        )
        tensors[name] = flat.view(shape)
    return tensors
