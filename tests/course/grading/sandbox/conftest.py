"""What the tests of single steps share."""

import os
from collections.abc import Callable

import pytest


@pytest.fixture
def in_a_child() -> Callable[..., str]:
    """Do `work` in a forked process; returns what that says, or what it raised."""

    def in_a_child(work: Callable[[], object], fork: Callable[[], int] | None = None) -> str:
        """What a forked process says after `work`, or what that raised; with `fork`, a child of
        its own child says it."""
        told, tell = os.pipe()
        if (child := os.fork()) == 0:
            try:
                # A process with one thread: by another way than the C library's own, a thread's
                # lock on the heap would be held in the child for ever.
                if fork is not None and (grandchild := fork()):
                    os.waitpid(grandchild, 0)
                    os._exit(0)
                said = str(work())
            except BaseException as error:
                said = f"{type(error).__name__}: {error}"
            os.write(tell, said.encode())
            os._exit(0)
        os.close(tell)
        os.waitpid(child, 0)
        with os.fdopen(told) as words:
            return words.read()

    return in_a_child
