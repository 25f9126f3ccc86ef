"""18.1: one tensor out of a file of weights. The exercise and its cases."""

import json
import struct

import numpy as np
import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

reading = Exercise(
    "18.1",
    returns="tensor",
    right="Eight bytes, a table, the numbers: you can read any file of this kind.",
    forbids=("course.models",),
    without={"large": "the numbers stand in a file of bytes"},
)


def file_of(
    tensors: dict[str, Tensor], *, last_first: bool = False, padding: int = 0, note: bool = True
) -> np.ndarray:
    """The bytes of a safetensors file, as the format's description has it."""
    table: dict[str, object] = {"__metadata__": {"format": "pt"}} if note else {}
    numbers = b""
    for name, x in tensors.items():
        raw = x.numpy().astype("<f4").tobytes()
        begin = len(numbers)
        numbers += raw
        table[name] = {
            "dtype": "F32",
            "shape": list(x.shape),
            "data_offsets": [begin, begin + len(raw)],
        }
    if last_first:  # the table's order is free; the offsets count
        table = dict(reversed(table.items()))
    text = json.dumps(table).encode() + b" " * padding
    text += b" " * (-len(text) % 8)  # so that the numbers begin at a multiple of 8
    return np.frombuffer(struct.pack("<Q", len(text)) + text + numbers, dtype=np.uint8).copy()


@reading.case("one tensor, two rows and three columns")
def one_tensor(draw: Draw) -> Call:
    return Call(file_of({"w": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])}, note=False), "w")


@reading.case("the second of four tensors")
def second_of_four(draw: Draw) -> Call:
    tensors = {
        "a": draw.tensor(7),
        "b": draw.tensor(4, 5),
        "c": draw.tensor(2, 3),
        "d": draw.tensor(9),
    }
    return Call(file_of(tensors), "b")


@reading.case("a square tensor behind another one")
def square(draw: Draw) -> Call:
    return Call(file_of({"first": draw.tensor(3, 3), "square": draw.tensor(3, 3)}), "square")


@reading.case("a bias with one axis, in a table that tells the last tensor first")
def bias_last_first(draw: Draw) -> Call:
    tensors = {"weight": draw.tensor(6, 4), "bias": draw.tensor(6), "more": draw.tensor(2, 2)}
    return Call(file_of(tensors, last_first=True, padding=24), "bias")


@reading.case("three axes, the last of four tensors")
def three_axes(draw: Draw) -> Call:
    tensors = {name: draw.tensor(draw.integer(2, 9)) for name in "abc"}
    return Call(file_of({**tensors, "d": draw.tensor(2, 5, 3)}), "d")
