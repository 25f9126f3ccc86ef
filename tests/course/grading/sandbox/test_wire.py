"""Frames: what is sent arrives, and nothing that arrives can do harm."""

import contextlib
import json
import math
import socket
import struct
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course.grading.sandbox import wire
from course.grading.sandbox.wire import BrokenFrame

TYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
    torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
]  # fmt: skip


def over(message):
    """What comes out of the other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=(ours, message))
        sender.start()
        arrived = wire.receive(theirs)
        sender.join()
    return arrived


def received(data, **options):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(data)
        ours.shutdown(socket.SHUT_WR)
        return wire.receive(theirs, **options)


def frame(text, data=b""):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack("!II", len(text), len(data)) + text + data


def same(came, sent):
    if isinstance(sent, torch.Tensor):
        assert came.dtype == sent.dtype
        assert came.shape == sent.shape
        assert torch.equal(came.nan_to_num(7), sent.resolve_conj().nan_to_num(7))
    elif isinstance(sent, np.ndarray):
        assert came.dtype == sent.dtype
        np.testing.assert_array_equal(came, sent)
    elif isinstance(sent, tuple | list):
        assert type(came) is type(sent)
        assert len(came) == len(sent)
        for one, other in zip(came, sent, strict=True):
            same(one, other)
    elif isinstance(sent, dict):
        assert list(came) == list(sent)
        for name in sent:
            same(came[name], sent[name])
    elif isinstance(sent, float) and math.isnan(sent):
        assert math.isnan(came)
    else:
        assert type(came) is type(sent)
        assert came == sent


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 3, 4)], ids=str)
def test_tensors_of_every_type_and_shape_arrive(dtype, shape):
    sent = (torch.randn(shape) * 3).to(dtype)
    same(over(sent), sent)


def test_tensors_that_lie_strangely_arrive():
    base = torch.arange(24.0).reshape(2, 3, 4)
    for sent in (
        base.mT, base[:, ::2], base.expand(5, 2, 3, 4), base.flip(0), base.requires_grad_(),
        torch.complex(base, base).detach().conj(), torch.nn.Parameter(base.detach()),
        torch.tensor([math.nan, math.inf, -math.inf, -0.0]),
    ):  # fmt: skip
        came = over(sent)
        same(came, sent.detach())
        came += 1  # what arrives may be written to


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | arrays.arrays(
        st.sampled_from(["f8", "f4", "f2", "i8", "u1", "?", "<U3", "c16", ">f8"]),
        arrays.array_shapes(min_dims=0, min_side=0),
    ),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


@given(plain)
@settings(max_examples=200, deadline=None)
def test_plain_data_arrive(message):
    try:
        sent = over(message)
    except UnicodeEncodeError:
        return
    same(sent, message)


def test_a_number_of_any_size_arrives():
    for number in (2**63, -(2**64), 10**4000):
        same(over(number), number)


@pytest.mark.parametrize(
    "message",
    [
        object(), {1, 2}, b"bytes", 1j, np.array([object()]), np.array(["2020"], "M8[D]"),
        torch.zeros(2).to_sparse(), torch.zeros(2, device="meta"), range(3), slice(1), lambda: None,
    ],
    ids=lambda m: type(m).__name__,
)  # fmt: skip
def test_what_is_no_plain_data_is_not_sent(message):
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(BrokenFrame):
        wire.send(ours, message)


def test_what_is_too_deep_or_too_large_is_not_sent():
    ours, theirs = socket.socketpair()
    deep = []
    for _ in range(30):
        deep = [deep]
    with ours, theirs:
        with pytest.raises(BrokenFrame, match="deeper"):
            wire.send(ours, deep)
        with pytest.raises(BrokenFrame, match="64 MiB"):
            wire.send(ours, torch.zeros(wire.LARGEST_FRAME // 4 + 1))


MALFORMED = {
    "no JSON": b"{",
    "bare list": [1],
    "two kinds": {"tuple": [], "list": []},
    "no kind": {},
    "unknown kind": {"set": []},
    "tuple of no list": {"tuple": 5},
    "dict of no pairs": {"dict": [1]},
    "deep": b'{"tuple":[' * 30 + b"]}" * 30,
    "very deep": b"[" * 100_000,
    "unknown type": {"tensor": ["quint8", [0], 0, 0]},
    "type that is a list": {"tensor": [["float32"], [0], 0, 0]},
    "too few parts": {"tensor": ["float32", [0]]},
    "shape that is a text": {"tensor": ["float32", "12", 0, 0]},
    "shape of floats": {"tensor": ["float32", [1.0], 0, 4]},
    "shape of truths": {"tensor": ["float32", [True], 0, 4]},
    "negative shape": {"tensor": ["float32", [-1, -1], 0, 4]},
    "another shape": {"tensor": ["float32", [2], 0, 4]},
    "no bytes for a shape": {"tensor": ["float32", [10**12], 0, 0]},
    "past all numbers": {"tensor": ["float32", [2**62, 2**62, 0], 0, 0]},
    "many axes": {"tensor": ["float32", [0] * 40, 0, 0]},
    "too few bytes": {"tensor": ["float32", [4], 0, 16]},
    "a place past the end": {"tensor": ["float32", [1], 100, 4]},
    "a truth that is none": {"tensor": ["bool", [4], 0, 4]},
    "objects": {"array": ["O", [0], 0, 0]},
    "records": {"array": ["f4,f4", [0], 0, 0]},
    "dates": {"array": ["M8[D]", [0], 0, 0]},
    "no array type": {"array": ["zz", [0], 0, 0]},
    "wide letters": {"array": ["<U999999999999", [1], 0, 0]},
    "no letter": {"array": ["<U1", [1], 0, 4]},
    "half a letter": {"array": [">U1", [1], 0, 4]},
    "digits": b"9" * 5000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_frame_is_broken(text):
    with pytest.raises(BrokenFrame):
        received(frame(text, b"\xff\xff\xff\xff"))


@given(st.binary(max_size=200), st.binary(max_size=50))
@settings(max_examples=300, deadline=None)
def test_noise_is_broken_or_plain(text, data):
    with contextlib.suppress(BrokenFrame):
        received(frame(text, data))
    with contextlib.suppress(BrokenFrame, EOFError):
        received(text)


def test_an_end_in_the_middle_is_an_end():
    whole = frame({"tuple": [1]}, b"abc")
    for length in range(len(whole)):
        with pytest.raises(EOFError):
            received(whole[:length])


def test_what_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(BrokenFrame):
        received(struct.pack("!II", 2, 2**32 - 1))
    with pytest.raises(BrokenFrame):
        received(struct.pack("!II", 2**32 - 1, 0))
    with pytest.raises(BrokenFrame):
        received(frame({"tuple": [1] * 100}), largest_text=100)


def test_who_waits_may_give_up_between_two_drops():
    class Enough(Exception):
        pass

    def wait():
        if not drops:
            raise Enough
        theirs.sendall(drops.pop())

    theirs, ours = socket.socketpair()
    drops = [b"\0"] * 5
    with ours, theirs, pytest.raises(Enough):
        wire.receive(ours, wait)


def test_halves_of_letters_do_not_arrive():
    assert over("a\ud800b") == "a?b"
    assert over({"\udfff": 1}) == {"?": 1}
