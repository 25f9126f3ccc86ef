"""Graders that are quick and do strange things, in a module that a new process can import."""

import hashlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from course.errors import CourseError
from course.grading.report import HandIn, Mark, Options, Report


def quick(hand_in: HandIn, options: Options) -> Report:
    """A report at once; the notebook's bytes say what becomes of exercise 01.1."""
    right = hand_in.data == b"right"
    mark = Mark(
        "01.1", "right" if right else "not yet", float(right), 1.0, int(right), 1, "01.1 · said",
        "" if right else "Rows and columns are exchanged.", 0.01,
    )  # fmt: skip
    digest = hashlib.sha256(hand_in.data).hexdigest()
    error = hand_in.trouble
    marks = () if error else (mark,)
    return Report(hand_in.name, hand_in.origin, digest, "01" if marks else None, marks, error=error)


def tells_the_seed(hand_in: HandIn, options: Options) -> Report:
    """The seed that it was given, as a note."""
    return replace(quick(hand_in, options), notes=(str(options.seed),))


def slow(hand_in: HandIn, options: Options) -> Report:
    """Long enough that a signal comes in the middle. Each call leaves a line in a file."""
    time.sleep(0.02)
    log = os.environ.get("FAKE_LOG")
    if log:
        with open(log, "a") as file:
            file.write(f"{hand_in.name} {os.getpid()}\n")
    return quick(hand_in, options)


def dies_once(hand_in: HandIn, options: Options) -> Report:
    """Kills its process at the hand-in "kills", the first time."""
    flag = Path(os.environ["FAKE_FLAG"])
    if hand_in.data == b"kills" and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(hand_in, options)


def dies(hand_in: HandIn, options: Options) -> Report:
    """Kills its process at the hand-in "kills", each time."""
    if hand_in.data == b"kills":
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(hand_in, options)


def raises(hand_in: HandIn, options: Options) -> Report:
    """Fails for a reason of its own at the hand-in "kills"."""
    if hand_in.data == b"kills":
        raise ZeroDivisionError("one by nothing")
    return quick(hand_in, options)


def hangs(hand_in: HandIn, options: Options) -> Report:
    """Never comes back from the hand-in "kills"."""
    while hand_in.data == b"kills":
        time.sleep(60)
    return quick(hand_in, options)


def refuses(hand_in: HandIn, options: Options) -> Report:
    """A machine that can't hold a hand-in's code back."""
    raise CourseError("no walls here")
