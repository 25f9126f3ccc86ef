"""A pool of processes that grade.

Nobody can lose a class's results by killing one process: a hand-in whose process dies is tried once
more in a new one, and then gets a report that says so. (`concurrent.futures` gives up all of its
work when one process dies, so this is written out.)
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from course.errors import CourseError
from course.grading.report import HandIn, Options, Report
from course.grading.workers.unit import Grade, Outcome

TRIES = 2
LONGEST = 90  # times `cell_seconds`: how long one hand-in may take in all; `grade` ends before
GRACE_SECONDS = 5.0


@dataclass
class Worker:
    """A process, and what it is busy with."""

    process: BaseProcess
    pipe: Connection
    hand_in: HandIn | None = None
    since: float = 0.0
    ready: bool = False


@dataclass(frozen=True)
class NoReport:
    """Why there is no report, and whether another try can help: at once, or in the next run."""

    why: str
    again: bool = True
    final: bool = False


def graded(
    hand_ins: Iterator[HandIn], options: Options, workers: int, grade: Grade
) -> Generator[Outcome, None, None]:
    """Grade hand-ins in `workers` processes, and yield them as they are done.

    A hand-in is taken from `hand_ins` when a process is free for it, so few are in memory at once.
    Raises CourseError if `grade` does.
    """
    pool: list[Worker] = []
    again: deque[HandIn] = deque()
    tries: dict[str, int] = {}
    outcomes: list[Outcome] = []
    never_ready = 0
    longest = LONGEST * options.cell_seconds
    try:
        while True:
            while len(busy := [w for w in pool if w.hand_in]) < workers:
                hand_in = again.popleft() if again else next(hand_ins, None)
                if hand_in is None:
                    break
                worker = next((w for w in pool if not w.hand_in), None)
                if worker is None:
                    pool.append(worker := _start(grade, options))
                worker.hand_in, worker.since = hand_in, time.monotonic()
                with contextlib.suppress(OSError):  # a dead one is found below
                    worker.pipe.send(hand_in)
            # The processes are busy again before anything is written.
            yield from outcomes
            outcomes.clear()
            if not busy:
                return
            for worker in _wake(busy, longest):
                reply = _reply(worker, longest)
                if reply is None:
                    worker.ready, worker.since = True, time.monotonic()
                    continue
                hand_in, worker.hand_in = worker.hand_in, None
                assert hand_in is not None
                if isinstance(reply, Report):
                    outcomes.append(Outcome(hand_in, reply))
                    continue
                if isinstance(reply, CourseError):
                    raise reply
                _end(worker, at_once=True)
                pool.remove(worker)
                never_ready = 0 if worker.ready else never_ready + 1
                if never_ready > workers:
                    raise CourseError("No process that grades can be started on this machine.")
                tries[hand_in.name] = tries.get(hand_in.name, 0) + 1
                if tries[hand_in.name] < TRIES and reply.again:
                    again.append(hand_in)
                else:
                    report = Report.about(hand_in, options, reply.why)
                    outcomes.append(Outcome(hand_in, report, reply.final))
    finally:
        for worker in pool:
            _end(worker)
        for worker in pool:
            worker.process.join(GRACE_SECONDS)
            _end(worker, at_once=True)


def _start(grade: Grade, options: Options) -> Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # A variable that the libraries read when they are loaded: two processes, two cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    process = context.Process(target=_work, args=(theirs, grade, options, os.getpid()), daemon=True)
    with _without_ctrl_c():
        process.start()
    theirs.close()
    return Worker(process, ours)


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Have what is started in here never hear of Ctrl-C. We hear of it a moment later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would change what follows if it were started in here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wake(busy: list[Worker], longest: float) -> list[Worker]:
    """Wait until a worker has something to say, is dead, or has run out of time."""
    left = min(worker.since for worker in busy) + longest - time.monotonic()
    ready = wait([worker.pipe for worker in busy], timeout=max(0.0, left))
    now = time.monotonic()
    return [w for w in busy if w.pipe in ready or now - w.since > longest]


def _reply(worker: Worker, longest: float) -> Report | CourseError | NoReport | None:
    """What a worker that woke us has to say; None if no more than that it is there."""
    try:
        if time.monotonic() - worker.since > longest and not worker.pipe.poll():
            return NoReport(f"It was stopped: it took longer than {longest:g} s.", False, True)
        reply: Report | CourseError | NoReport | None = worker.pipe.recv()
        return reply
    except (EOFError, OSError):
        return NoReport(f"The process that graded it died, {TRIES} times.")


def _end(worker: Worker, *, at_once: bool = False) -> None:
    if at_once:
        worker.process.kill()
        worker.process.join()
    else:
        worker.process.terminate()
    worker.pipe.close()


def _work(pipe: Connection, grade: Grade, options: Options, parent: int) -> None:
    """What a process of the pool does: grade what comes, until it is told to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if sys.platform == "linux":
        from course.grading.sandbox.namespaces import NoSandbox, die_with_parent

        with contextlib.suppress(NoSandbox):
            die_with_parent()
        if os.getppid() != parent:
            return
    with contextlib.suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            hand_in = pipe.recv()
            try:
                pipe.send(grade(hand_in, options))
            except CourseError as error:
                pipe.send(error)
            except Exception as error:  # ours, not the hand-in's
                pipe.send(NoReport(f"It could not be graded: {type(error).__name__}: {error}"))
                return
