"""The same unit of work, sent to the machines of a Dask cluster."""

import pickle
import threading
import time
import warnings
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from course.errors import CourseError, first_line
from course.grading.journal import fingerprint
from course.grading.report import HandIn, Options, Report
from course.grading.workers.unit import Grade, Outcome

WAIT_SECONDS = 15.0
FETCH_SECONDS = 10.0
# Without a single worker: a cluster may be putting new ones in their place.
PATIENCE_SECONDS = 120.0
AHEAD = 2  # hand-ins for each thread of the cluster: the next one is there when one is done
_one_at_a_time = threading.Lock()  # a process has one forkserver, and a forkserver one hand-in


def graded(
    hand_ins: Iterator[HandIn], options: Options, address: str, grade: Grade
) -> Generator[Outcome, None, None]:
    """Grade hand-ins on the cluster at `address`, and yield them as they are done.

    A few at a time are sent there. When a worker dies, Dask gives its hand-ins to another one; a
    hand-in on which several died gets a report that says so.

    Raises CourseError where the cluster can't be reached, or its course is not ours.
    """
    with _client(address) as client:
        from distributed import KilledWorker

        waiting: dict[Any, HandIn] = {}
        there = _carrier()
        try:
            while True:
                room = max(1, AHEAD * sum(client.nthreads().values()))
                while len(waiting) < room and (hand_in := next(hand_ins, None)) is not None:
                    work = (_grade_there, (grade, hand_in, options, fingerprint()))
                    with warnings.catch_warnings():
                        # Dask would rather have large data loaded by the workers.
                        warnings.filterwarnings("ignore", "Sending large graph")
                        future = client.submit(there, pickle.dumps(work), pure=False)
                    waiting[future] = hand_in
                if not waiting:
                    return
                for future in _done(client, waiting):
                    hand_in = waiting[future]
                    try:
                        outcome = Outcome(hand_in, pickle.loads(future.result(FETCH_SECONDS)))
                    except TimeoutError:
                        continue  # its worker died before the result was fetched: it is done again
                    except KilledWorker:
                        reason = "The workers of the cluster that graded it died."
                        outcome = Outcome(
                            hand_in, Report.about(hand_in, options, reason), final=False
                        )
                    del waiting[future]
                    yield outcome
        except ModuleNotFoundError as error:
            raise CourseError(
                f"A worker of the cluster lacks {error.name}: install the course there, as "
                "docs/grading.md tells."
            ) from None
        except (CancelledError, OSError) as error:
            raise CourseError(
                f"The cluster is gone ({first_line(error)}). What is done is on disk, and the "
                "same command goes on from there."
            ) from None
        finally:
            with suppress(OSError):
                client.cancel(list(waiting))


def _carrier() -> Callable[[bytes], bytes]:
    """A function that Dask can take to a worker where the course is missing, so that we hear of it.

    It is sent as code, since it can't be imported, and what it is given is opened there alone.
    """

    def there(work: bytes) -> bytes:
        import pickle

        function, arguments = pickle.loads(work)
        return pickle.dumps(function(*arguments))

    return there


def _grade_there(grade: Grade, hand_in: HandIn, options: Options, expected: str) -> Report:
    """What a worker of the cluster does."""
    if fingerprint() != expected:
        raise CourseError(
            "A worker of the cluster has another version of the course or of its libraries than "
            "this machine: install the same commit and the same requirements.txt on both."
        )
    with _one_at_a_time:
        return grade(hand_in, options)


def _done(client: Any, waiting: Collection[Any]) -> list[Any]:
    """Wait until some of the futures are done. Raises CourseError if no worker is left to do it."""
    from distributed import wait

    alone_since = None
    while True:
        try:
            return list(wait(list(waiting), timeout=2, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            now = time.monotonic()
            alone_since = None if client.nthreads() else alone_since or now
            if alone_since and now - alone_since > PATIENCE_SECONDS:
                raise CourseError(
                    "The cluster has no worker any more. What is done is on disk, and the same "
                    "command goes on from there."
                ) from None


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise CourseError(
            "--scheduler needs Dask, which is not installed: "
            'pip install "attention-built-step-by-step[cluster]", or pip install distributed.'
        ) from None
    try:
        client = Client(address, timeout=WAIT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise CourseError(
            f"There is no Dask scheduler at {address} ({first_line(error)})."
        ) from None
    try:
        client.wait_for_workers(1, timeout=WAIT_SECONDS)
    except TimeoutError:
        client.close()
        raise CourseError(f"The Dask scheduler at {address} has no worker: start one.") from None
    return client
