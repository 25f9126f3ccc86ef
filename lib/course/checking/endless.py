"""An answer that does not come to an end is stopped: a loop in which nothing changes."""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 10.0  # of processor time; an answer to a check's small inputs takes milliseconds
LOOK_SECONDS = 0.2


class Endless(BaseException):
    """Raised in the answer's own code, wherever that is; no `except Exception` of it stops this."""


class Stopwatch:
    """Looks, from a thread of its own, how long the answer has computed.

    stopped  whether it has stopped one: whoever asks on would only wait again
    """

    def __init__(self) -> None:
        self.stopped = False
        self._asked = threading.get_ident()
        self._lock = threading.Lock()
        self._since: float | None = None
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """The answer computes now. Raises Endless in it after SECONDS of processor time."""
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
                if self._since is not None and time.process_time() - self._since > SECONDS:
                    self.stopped = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self._asked), ctypes.py_object(Endless)
                    )

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
