"""An answer that does not come to an end is stopped: nothing changes in its loop, or it grows."""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

# An answer to a check's small inputs takes milliseconds, and next to no memory.
SECONDS = 10.0  # of processor time
GIBIBYTES = 1.0  # more than when it began
LOOK_SECONDS = 0.2


class Endless(BaseException):
    """Raised in the answer's own code, wherever that is; no `except Exception` of it stops this."""


class Stopwatch:
    """Looks, from a thread of its own, how long the answer has computed, and what it holds.

    stopped  why it has stopped one, or "": whoever asks on would only wait again
    """

    def __init__(self) -> None:
        self.stopped = ""
        self._process = psutil.Process()
        self._held = 0
        self._asked = threading.get_ident()
        self._lock = threading.Lock()
        self._since: float | None = None
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The answer computes now. Raises Endless in it once it takes too much of anything."""
        self._held = self._process.memory_info().rss
        self._since = time.process_time()
        try:
            yield
        finally:
            with self._lock:  # what is thrown before is caught by whoever called this
                self._since = None

    def look(self) -> None:
        """The thread's work, until `finish`."""
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                if why := self._too_much():
                    self.stopped = why
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self._asked), ctypes.py_object(Endless)
                    )

    def _too_much(self) -> str:
        if self._since is None:
            return ""
        if time.process_time() - self._since > SECONDS:
            return f"it was stopped after {SECONDS:g} s of work"
        if self._process.memory_info().rss - self._held > GIBIBYTES * 2**30:
            return f"it was stopped as it took more than {GIBIBYTES:g} GiB of memory"
        return ""

    def finish(self) -> None:
        self._over.set()


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """A stopwatch for the answers that this thread asks; its own thread ends with it."""
    watch = Stopwatch()
    thread = threading.Thread(target=watch.look, name="stopwatch", daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.finish()
        thread.join()
