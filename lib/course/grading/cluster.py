"""The same unit of work, sent to the machines of a Dask cluster."""

import threading
import warnings
from collections.abc import Generator, Iterator
from typing import Any

from course.errors import CourseError
from course.grading.journal import fingerprint
from course.grading.pool import Grade, Outcome, failed
from course.grading.report import HandIn, Options, Report

WAIT_SECONDS = 15
AHEAD = 2  # hand-ins for each thread of the cluster: the next one is there when one is done
_one_at_a_time = threading.Lock()  # a process has one nursery, and a nursery one hand-in


def graded(
    hand_ins: Iterator[HandIn], options: Options, address: str, grade: Grade
) -> Generator[Outcome, None, None]:
    """Grade hand-ins on the cluster at `address`, and yield them as they are done.

    A few at a time are sent there. When a worker dies, Dask gives its hand-ins to another one; a
    hand-in on which several died gets a report that says so.

    Raises CourseError where the cluster can't be reached, or its course is not ours.
    """
    with _client(address) as client:
        from distributed import KilledWorker, as_completed

        waiting: dict[Any, HandIn] = {}
        done = as_completed()
        try:
            while True:
                room = max(1, AHEAD * sum(client.nthreads().values()))
                while len(waiting) < room and (hand_in := next(hand_ins, None)) is not None:
                    with warnings.catch_warnings():
                        # Dask would rather have large data loaded by the workers.
                        warnings.filterwarnings("ignore", "Sending large graph")
                        future = client.submit(
                            _grade_there, grade, hand_in, options, fingerprint(), pure=False
                        )
                    waiting[future] = hand_in
                    done.add(future)
                if not waiting:
                    return
                future = next(done)
                hand_in = waiting.pop(future)
                try:
                    yield Outcome(hand_in, future.result())
                except KilledWorker:
                    reason = "The workers of the cluster that graded it died."
                    yield Outcome(hand_in, failed(hand_in, reason, options), final=False)
                except ModuleNotFoundError as error:
                    raise CourseError(
                        f"A worker of the cluster lacks {error.name}: install the course there, as "
                        "docs/grading.md tells."
                    ) from None
        finally:
            client.cancel(list(waiting))


def _grade_there(grade: Grade, hand_in: HandIn, options: Options, expected: str) -> Report:
    """What a worker of the cluster does."""
    if fingerprint() != expected:
        raise CourseError(
            "A worker of the cluster has another version of the course or of its libraries than "
            "this machine: install the same commit and the same requirements.txt on both."
        )
    with _one_at_a_time:
        return grade(hand_in, options)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise CourseError(
            "--scheduler needs Dask, which is not installed: "
            'pip install "attention-built-step-by-step[cluster]", or pip install distributed.'
        ) from None
    try:
        return Client(address, timeout=WAIT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise CourseError(f"There is no Dask scheduler at {address} ({said}).") from None
