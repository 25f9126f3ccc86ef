"""The other end of the pipe: a room with a hand-in in it."""

import contextlib
import json
import math
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attn
import course
from course import paths
from course.grading.sandbox import namespaces, packages, time_used, wire
from course.grading.sandbox.closed_functions import write_open_library
from course.grading.sandbox.temporary_folders import Folder

LOOK_SECONDS = 0.2  # between two looks at what is used
# Times a cell's seconds: how long it may take on a busy machine; what a process may use in all.
PATIENCE = 15
MOST_PROCESSOR_TIME = 30
LARGEST_TEXT = 2**20  # bytes of JSON in a reply; numbers travel beside it
# A process can read what its parents were started with, so no other variable gets there; these
# say where Python and its packages find their files.
_PASSED_ON = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME",
    "VIRTUAL_ENV", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
)  # fmt: skip


class Fault(Exception):
    """A hand-in's process hung, died or talked nonsense; the text says which, in a clause."""


class Gone(Exception):
    """The forkserver is dead, or could not be started: no fault of the hand-in's own."""


class Ended(Exception):
    """The process that answered a check ended before its answer; the room is as it was."""


class Room:
    """A process with a hand-in in it, seen from outside.

    used  the seconds that its processes worked or slept until the last look at them
    """

    def __init__(self, pipe: socket.socket, first: int, seconds: float) -> None:
        self._pipe = pipe
        self._first = first
        self._seconds = seconds
        self._looked = time.monotonic()
        self._worked = self._slept = 0.0
        self.start_clock()

    def start_clock(self) -> None:
        """Give what comes next its full time."""
        self._deadline = time.monotonic() + PATIENCE * self._seconds
        self._used_before: float | None = None  # known at the next look

    @property
    def used(self) -> float:
        return self._worked + self._slept

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message and wait for the reply. Raises Fault."""
        with self._faults():
            self._pipe.settimeout(self._left())
            wire.send(self._pipe, message)
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """Wait for a message. Raises Fault."""
        with self._faults():
            reply = wire.receive(self._pipe, self._wait, LARGEST_TEXT)
            if not isinstance(reply, dict):
                raise wire.BrokenFrame("a message of another kind")
            return reply

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise Fault(f"it took longer than {PATIENCE * self._seconds:g} s") from None
        except (EOFError, OSError):
            raise Fault("it ended its own process") from None
        except wire.BrokenFrame as broken:
            raise Fault(f"it sent {broken}") from None

    def _wait(self) -> None:
        """Wait until there is something to read. It may be a byte an hour, or a flood."""
        since, asleep = time.monotonic(), False
        while True:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                asleep = self._look(since)
                since = self._looked
            if select.select([self._pipe], [], [], min(LOOK_SECONDS, self._left()))[0]:
                break
        if asleep:
            self._slept += time.monotonic() - since

    def _left(self) -> float:
        if (left := self._deadline - time.monotonic()) <= 0:
            raise TimeoutError
        return left

    def _look(self, since: float) -> bool:
        """Look at what its processes use: whether they sleep, and have slept `since` then.

        Raises Fault where it is too much.
        """
        family = time_used.family(self._first)
        if time_used.too_much_memory(family):
            raise Fault(f"it used more than {time_used.MOST_MEMORY // 2**30} GiB of memory")
        self._looked = time.monotonic()
        self._worked = max(self._worked, time_used.processor_seconds(family))
        if asleep := time_used.asleep(family):
            self._slept += self._looked - since
        if self._used_before is None:
            self._used_before = self.used
        if self.used - self._used_before > self._seconds:
            raise Fault(f"it ran longer than {self._seconds:g} s")
        return asleep


class Forkserver:
    """The process that forks rooms; see `course.grading.sandbox.forkserver`."""

    def __init__(self) -> None:
        self._temporary = Folder()
        self._folder = self._temporary.path
        self._root = self._folder / "root"  # where each hand-in's tree of files is built
        self._root.mkdir()
        self._control, theirs = socket.socketpair()
        environment = {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "IPYTHONDIR": str(self._folder),
            "MPLBACKEND": "Agg",
            **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")},
            # Python's objects in the C library's heap, and that in large pages: there are then few
            # pages to hand on, and to have a child costs a third.
            "PYTHONMALLOC": "malloc",
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }
        command = [sys.executable, "-m", "course.grading.sandbox.forkserver"]
        self._process = subprocess.Popen(
            [*command, *packages.modules(packages.hidden())],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the grading process to hear
        )
        theirs.close()
        if self._control.recv(16) != b"ready":
            raise Gone("the process for hand-ins could not be started")

    @property
    def gone(self) -> bool:
        """Whether it is dead."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it, and whatever it bore."""
        self._control.close()
        self._process.wait()
        self._temporary.remove()

    @contextlib.contextmanager
    def room(self, forbidden: Iterable[str], seconds: float, *, sandboxed: bool) -> Iterator[Room]:
        """A new room. What `attn` it sees has shells where `forbidden` names something.

        Raises NoSandbox where the machine can't build the walls.
        """
        library = self._open_library(tuple(sorted(forbidden)))
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as stack:
            stack.enter_context(ours)
            order = {
                "sandboxed": sandboxed,
                "root": str(self._root),
                "tree": _tree(library),
                "library": library,
                "path": _path(),
                "environment": _environment("/tmp/home"),
                "processor_seconds": math.ceil(MOST_PROCESSOR_TIME * seconds),
            }
            if not sandboxed:
                folder = stack.enter_context(TemporaryDirectory(dir=self._folder))
                order |= {"folder": folder, "environment": _environment(folder)}
            answer = b""
            with theirs, contextlib.suppress(OSError):
                socket.send_fds(self._control, [json.dumps(order).encode()], [theirs.fileno()])
                answer = self._control.recv(4096)
            if not answer:
                raise Gone("the process for hand-ins is gone")
            first, said = json.loads(answer)
            try:
                if said not in {"walls", "none"}:
                    raise namespaces.NoSandbox(said)
                yield Room(ours, first, seconds)
            finally:
                with contextlib.suppress(OSError):
                    self._control.sendall(b"end")

    def _open_library(self, forbidden: tuple[str, ...]) -> str:
        folder = self._folder / f"library-{abs(hash(forbidden))}"
        if not folder.exists():
            write_open_library(Path(attn.__file__).parent, folder, forbidden)
            folder.chmod(0o755)
        return str(folder)


@cache
def _tree(library: str) -> list[tuple[str, str]]:
    """What a hand-in sees of the files: what programs need, and its library; nothing of ours."""
    ours = [str(Path(module.__file__).parent) for module in (attn, course) if module.__file__]
    hidden = [str(paths.ROOT), *ours, *packages.hidden()]
    return namespaces.tree([*namespaces.visible_paths(), library], hidden)


@cache
def _path() -> list[str]:
    """Where a hand-in's Python looks for packages: where ours does, but for the course's own."""
    ours = Path(course.__file__ or "").parents[1].resolve()
    return [path for path in sys.path if path and Path(path).resolve() != ours]


def _environment(folder: str) -> dict[str, str]:
    return {
        "HOME": folder,
        "TMPDIR": "/tmp" if folder == "/tmp/home" else folder,
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
