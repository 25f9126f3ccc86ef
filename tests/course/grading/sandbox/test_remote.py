"""The grading process's side of the pipe: whatever comes is an answer or a fault, and in time."""

import os
import socket
import struct
import sys

import pytest

from course.checking.subject import Trouble
from course.grading.sandbox import remote, time_used, wire
from course.grading.sandbox.remote import Ended, Fault, RemoteSubject, Room


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


def reply_to(ends, ask, reply):
    room, theirs = ends
    wire.send(theirs, reply)
    return ask(RemoteSubject(room, 4))


def test_each_question_names_its_verb_its_subject_and_its_arguments(ends):
    asked = {
        "call": lambda s: s.call(1, x=2), "gradient": lambda s: s.gradient(1, x=2),
        "raises": lambda s: s.raises(1, x=2),
    }  # fmt: skip
    for verb, ask in asked.items():
        assert reply_to(ends, ask, {"value": 5}) == 5
        wanted = {"ask": verb, "of": 4, "arguments": (1,), "options": {"x": 2}}
        assert wire.receive(ends[1]) == wanted
    assert reply_to(ends, lambda s: s.build(), {"value": 7})._number == 7


def test_a_trouble_arrives_as_it_was_and_an_end_is_told_apart(ends):
    trouble = {"what": "raised", "name": "KeyError", "detail": "'x'", "line": "f(x)"}
    with pytest.raises(Trouble) as caught:
        reply_to(ends, lambda s: s.call(), {"trouble": trouble})
    assert {key: getattr(caught.value, key) for key in trouble} == trouble
    with pytest.raises(Ended):
        reply_to(ends, lambda s: s.call(), {"ended": True})


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"trouble": "x"},
        {"trouble": {}},
        {"trouble": {"what": "invented"}},
        {"trouble": {"what": "changed", "name": "../x"}},
        {"trouble": {"what": "changed"}},
    ],
    ids=str,
)
def test_a_reply_that_is_none_is_a_fault(ends, reply):
    with pytest.raises(Fault, match="a reply that is none"):
        reply_to(ends, lambda s: s.call(), reply)


@pytest.mark.parametrize("number", [True, 1.0, "1", None])
def test_what_was_built_has_a_whole_number(ends, number):
    with pytest.raises(Fault, match="a reply that is none"):
        reply_to(ends, lambda s: s.build(), {"value": number})


def test_a_hand_ins_python_looks_where_ours_does_but_for_the_course():
    found = remote._path()
    assert found
    assert set(found) < set(sys.path)
    assert not any(os.path.isdir(os.path.join(path, "course")) for path in found)
