"""What a subject in a room says arrives as it was said, or is a fault."""

import os
import socket

import pytest

from course.checking.subject import Trouble
from course.checking.unread import MOST
from course.grading.sandbox import wire
from course.grading.sandbox.remote import Ended, Fault, Room
from course.grading.sandbox.remote_subject import LONGEST_NAME, RemoteSubject


@pytest.fixture
def ends():
    """A room whose other end is in our hands."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Room(ours, os.getpid(), 600.0), theirs


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


def test_the_answer_to_an_earlier_exercise_has_a_number_or_is_none(ends):
    assert reply_to(ends, lambda s: s.earlier("f", "g"), {"value": 5})._number == 5
    assert wire.receive(ends[1])["arguments"] == ("f", "g")
    assert reply_to(ends, lambda s: s.earlier("f", "g"), {"value": None}) is None
    with pytest.raises(Fault, match="a reply that is none"):
        reply_to(ends, lambda s: s.earlier("f", "g"), {"value": "g"})


def test_names_and_places_arrive_and_nothing_else_does(ends):
    names = ("sine", "größe", "self.out_proj")
    assert reply_to(ends, lambda s: s.unread(), {"value": names}) == names
    assert reply_to(ends, lambda s: s.gone(("a = 1", "b = 2")), {"value": (1,)}) == (1,)
    assert wire.receive(ends[1])["ask"] == "unread"
    assert wire.receive(ends[1])["arguments"] == (("a = 1", "b = 2"),)


@pytest.mark.parametrize(
    "names",
    ["x", ["x"], ("x y",), ("<script>",), ("self.self.x",), (5,), ("x" * (LONGEST_NAME + 1),),
     ("x",) * (MOST + 1), ("\x1b[2J",), None],
)  # fmt: skip
def test_what_is_no_name_is_a_fault(ends, names):
    with pytest.raises(Fault, match="a reply that is none"):
        reply_to(ends, lambda s: s.unread(), {"value": names})


@pytest.mark.parametrize("places", [1, [0], (True,), (-1,), (2,), ("0",), ((0,),)])
def test_what_is_no_place_of_a_line_is_a_fault(ends, places):
    with pytest.raises(Fault, match="a reply that is none"):
        reply_to(ends, lambda s: s.gone(("a = 1", "b = 2")), {"value": places})
