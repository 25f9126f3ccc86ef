"""The nursery: a process with PyTorch loaded, that bears a child for each hand-in.

`python -m course.grading.nursery` is started once by each process that grades, with a socket as its
standard input. It has never seen a check, and never runs a hand-in's code itself:

    the grading process ── nursery ── keeper ── first process ── the hand-in
                                              └ new namespaces from here on ┘

The keeper builds the walls and waits. The first process of the new namespace (`man 7
pid_namespaces`) waits for all others in there, and the kernel kills them all when it dies. Nothing
of a hand-in outlives its keeper, and no keeper its nursery.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any, NoReturn

import psutil

from course.grading import refused, sandbox

MEMORY = 2 * sandbox.GIBIBYTE  # of address space, beyond what the nursery itself has
PROCESSES = 48
PROCESSOR_SECONDS = 600


def serve(control: socket.socket, live: Callable[[socket.socket, bool], None]) -> None:
    """Bear a child for each order, one after another, until the other end hangs up.

    An order is JSON with a pipe attached; `live` is what a child does with that
    pipe, and with the word whether it stands behind walls. The reply is
    the keeper's process number, then "walls" or why there are none. The word "end" ends the child.
    """
    sandbox.die_with_parent()
    if sys.platform == "linux":
        sandbox.adopt_orphans()
    root = tempfile.mkdtemp(prefix="course-grading-")
    memory = psutil.Process().memory_info().vms + MEMORY
    try:
        while True:
            order, descriptors, _, _ = socket.recv_fds(control, 65536, 1)
            if not order:
                return
            pipe = socket.socket(fileno=descriptors[0])
            told, tell = os.pipe()
            keeper = os.fork()
            if keeper == 0:
                control.close()
                os.close(told)
                _keep(pipe, tell, root, json.loads(order) | {"memory": memory}, live)
            pipe.close()
            os.close(tell)
            with os.fdopen(told, "rb") as words:
                said = words.read().decode()
            control.sendall(json.dumps([keeper, said]).encode())
            control.recv(3)  # "end", or nothing because the grading process is gone
            os.kill(keeper, signal.SIGKILL)
            if said != "walls":
                for process in psutil.Process().children(recursive=True):
                    process.kill()
            _wait_for_all()
    finally:
        os.rmdir(root)


def _wait_for_all() -> None:
    """Wait until no descendant is left: the first process is ours once its keeper is dead."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _keep(
    pipe: socket.socket,
    tell: int,
    root: str,
    order: dict[str, Any],
    live: Callable[[socket.socket, bool], None],
) -> NoReturn:
    """The keeper: builds the walls, bears the first process, and waits for it."""
    sandbox.die_with_parent()
    try:
        os.setsid()
        if order["sandboxed"]:
            sandbox.leave_home(root, order["visible"], order["hidden"])
        else:
            os.chdir(order["folder"])
    except (sandbox.NoSandbox, OSError) as error:
        os.write(tell, str(error).encode())
        os._exit(1)
    keeper_lives, lives = os.pipe()
    nobody = 1_000_000 + os.getpid()
    first = os.fork()
    if first == 0:
        os.close(lives)
        _be_first(pipe, tell, keeper_lives, nobody, order, live)
    os.close(tell)
    pipe.close()
    os.waitpid(first, 0)
    signal.pause()  # until the nursery is told to end it: its number must not be given away before
    os._exit(0)


def _be_first(
    pipe: socket.socket,
    tell: int,
    keeper_lives: int,
    nobody: int,
    order: dict[str, Any],
    live: Callable[[socket.socket, bool], None],
) -> NoReturn:
    """The first process in the namespace: gives up all power, and waits for the hand-in."""
    try:
        if order["sandboxed"]:
            sandbox.give_up_power(nobody)
            refused.refuse_calls()
        sandbox.die_with_parent()
        if select.select([keeper_lives], [], [], 0)[0]:
            os._exit(1)  # it died before the kernel knew
    except sandbox.NoSandbox as error:
        os.write(tell, str(error).encode())
        os._exit(1)
    os.write(tell, b"walls" if order["sandboxed"] else b"none")
    os.close(tell)
    hand_in = os.fork()
    if hand_in == 0:
        _become_hand_in(pipe, order, live)
    pipe.close()
    while os.wait()[0] != hand_in:
        pass
    os._exit(0)


def _become_hand_in(
    pipe: socket.socket, order: dict[str, Any], live: Callable[[socket.socket, bool], None]
) -> NoReturn:
    from course.grading.inside import close_all_but

    try:
        sandbox.die_with_parent()
        close_all_but(pipe)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.path[:] = [order["library"], *order["path"]]
        if order["sandboxed"]:
            sandbox.set_limits(order["memory"], PROCESSES, PROCESSOR_SECONDS)
        live(pipe, order["sandboxed"])
    finally:
        os._exit(0)


def main() -> None:
    """Load what every hand-in needs, then serve."""
    control = socket.socket(fileno=os.dup(0))

    from course.grading import inside

    shell = inside.quiet_shell()
    shell.run_cell(_FIRST_USES, store_history=False)
    gc.freeze()  # a collection in a child would copy the memory that it shares with this process
    control.sendall(b"ready")
    serve(control, lambda pipe, walled: inside.live(pipe, shell, walled=walled))


# What takes its time, or reads the processor's properties, at first use: so no child has to.
_FIRST_USES = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot
import torch
torch.set_num_threads(1)  # a process that ran one operation on several threads hangs its children
for dtype in (torch.float32, torch.float16, torch.bfloat16):
    torch.ones(2, 2, dtype=dtype).matmul(torch.ones(2, 2, dtype=dtype)).softmax(-1)
torch.einsum("ij,jk->ik", torch.ones(2, 2), torch.ones(2, 2))
layer = torch.nn.Linear(2, 2)
torch.nn.functional.cross_entropy(layer(torch.ones(2, 2)), torch.tensor([0, 1])).backward()
%reset -f
"""


if __name__ == "__main__":
    main()
