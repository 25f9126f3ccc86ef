"""The grading process's side of the pipe: whatever comes is an answer or a fault, and in time."""

import os
import socket
import struct
import sys

import pytest

from course.grading.sandbox import remote, time_used, wire
from course.grading.sandbox.remote import Fault, Room


@pytest.fixture
def ends():
    """A room whose other end is in our hands."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Room(ours, os.getpid(), 600.0), theirs


def test_a_question_arrives_and_its_reply_comes_back(ends):
    room, theirs = ends
    wire.send(theirs, {"error": None})
    assert room.ask({"run": "1"}) == {"error": None}
    assert wire.receive(theirs) == {"run": "1"}


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (b"", "it ended its own process"),
        (struct.pack("!II", 10, 0) + b"half", "it ended its own process"),
        (struct.pack("!II", 2**32 - 1, 0), "it sent a message of 4294967295 bytes"),
        (struct.pack("!II", remote.LARGEST_TEXT + 1, 0), "which is too large"),
        (struct.pack("!II", 2, 0) + b"{x", "it sent a message that can't be read"),
        (struct.pack("!II", 1, 0) + b"5", "it sent a message of another kind"),
    ],
)
def test_whatever_else_comes_is_a_fault_in_words(ends, sent, fault):
    room, theirs = ends
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(Fault, match=fault):
        room.hear()


def test_who_says_nothing_is_given_up_and_who_may_go_on_gets_all_its_time_again(
    ends, monkeypatch: pytest.MonkeyPatch
):
    room, theirs = ends
    now = [1000.0]
    monkeypatch.setattr(remote.time, "monotonic", lambda: now[0])
    room.start_clock()
    now[0] += remote.PATIENCE * 600 + 1
    with pytest.raises(Fault, match="it took longer than 9000 s"):
        room.hear()
    room.start_clock()
    wire.send(theirs, {"error": None})
    assert room.hear() == {"error": None}


@pytest.mark.parametrize("kind", ["work", "sleep", "memory"])
def test_each_kind_of_use_has_its_bound(ends, monkeypatch: pytest.MonkeyPatch, kind: str):
    room, _ = ends
    clock, worked = [0.0], [0.0]

    def processor_seconds(family: object) -> float:
        worked[0] += 400.0 if kind == "work" else 0.0
        return worked[0]

    def now() -> float:
        clock[0] += 150.0
        return clock[0]

    monkeypatch.setattr(time_used, "processor_seconds", processor_seconds)
    monkeypatch.setattr(time_used, "asleep", lambda family: kind == "sleep")
    monkeypatch.setattr(time_used, "too_much_memory", lambda family: kind == "memory")
    room.start_clock()
    room._deadline = 10.0**9
    monkeypatch.setattr(remote.time, "monotonic", now)
    monkeypatch.setattr(remote.select, "select", lambda *_: ([], [], []))
    fault = "more than 3 GiB of memory" if kind == "memory" else "it ran longer than 600 s"
    with pytest.raises(Fault, match=fault):
        room.hear()


def test_a_hand_ins_python_looks_where_ours_does_but_for_the_course():
    found = remote._path()
    assert found
    assert set(found) < set(sys.path)
    assert not any(os.path.isdir(os.path.join(path, "course")) for path in found)
