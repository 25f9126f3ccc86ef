"""The fork server: a process with PyTorch loaded, that forks a child for each hand-in.

`python -m course.grading.sandbox.forkserver` is started once by each process that grades, with a
socket as its standard input. It has never seen a check, and never runs a hand-in's code itself:

    the grading process ── forkserver ── first process ── the hand-in
                                    └ new namespaces from here on ┘

The first process of the new namespaces (`man 7 pid_namespaces`) builds the walls, and waits for all
others in there. The kernel kills them all when it dies, and it when the fork server dies: nothing
of a hand-in outlives the two.
"""

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, NoReturn

import psutil

from course.grading.sandbox import namespaces, system_calls
from course.grading.sandbox.packages import hide_from_import

MEMORY = 2 * namespaces.GIBIBYTE  # of address space, beyond what the forkserver itself has
PROCESSES = 48


def serve(control: socket.socket, live: Callable[[socket.socket, bool], None]) -> None:
    """Fork a child for each order, one after another, until the other end hangs up.

    An order is JSON with a pipe attached; `live` is what a child does with that
    pipe, and with the word whether it stands behind walls. The reply is the number of the first
    process, then "walls" or why there are none. The word "end" ends the child.
    """
    namespaces.die_with_parent()
    if sys.platform == "linux":
        namespaces.adopt_orphans()
    settings = {
        "memory": psutil.Process().memory_info().vms + MEMORY,
        "user": [os.getuid(), os.getgid()],
        # One for each forkserver, since the kernel counts processes by user.
        "nobody": 1_000_000 + os.getpid(),
    }
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 65536, 1)
        if not order:
            return
        with socket.socket(fileno=descriptors[0]) as pipe:
            first, said = _fork_first(control, pipe, settings | json.loads(order), live)
        control.sendall(json.dumps([first, said]).encode())
        control.recv(3)  # "end", or nothing because the grading process is gone
        if first:
            # It was not waited for until now, so its number is still its own.
            os.kill(first, signal.SIGKILL)
        if said != "walls":
            for process in psutil.Process().children(recursive=True):
                process.kill()
        _wait_for_all()


def _wait_for_all() -> None:
    """Wait until no descendant is left."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _fork_first(
    control: socket.socket,
    pipe: socket.socket,
    order: dict[str, Any],
    live: Callable[[socket.socket, bool], None],
) -> tuple[int, str]:
    """Fork a first process: its number, and "walls" or why there are none."""
    told, tell = os.pipe()
    with os.fdopen(told, "rb") as words, os.fdopen(tell, "wb", buffering=0) as mouth:
        try:
            first = namespaces.fork_into_namespaces() if order["sandboxed"] else os.fork()
        except namespaces.NoSandbox as reason:
            return 0, str(reason)
        if first == 0:
            try:
                control.close()
                words.close()
                _be_first(pipe, mouth, order, live)
            finally:
                os._exit(1)
        mouth.close()
        return first, words.read().decode()


def _be_first(
    pipe: socket.socket,
    mouth: BinaryIO,
    order: dict[str, Any],
    live: Callable[[socket.socket, bool], None],
) -> NoReturn:
    """The first process: builds the walls, gives up all power, and waits for the hand-in."""
    try:
        os.setsid()
        if order["sandboxed"]:
            namespaces.keep_user(*order["user"])
            namespaces.leave_home(order["root"], order["tree"])
            namespaces.give_up_power(order["nobody"])
            system_calls.refuse_calls()
        else:
            os.chdir(order["folder"])
        namespaces.die_with_parent()
    except (namespaces.NoSandbox, OSError) as error:
        mouth.write(str(error).encode())
        os._exit(1)
    mouth.write(b"walls" if order["sandboxed"] else b"none")  # fails if the fork server died
    mouth.close()
    # Python listens to this one signal, and so the kernel would let it through.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hand_in = os.fork()
    if hand_in == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _become_hand_in(pipe, order, live)
    pipe.close()
    while os.wait()[0] != hand_in:
        pass
    os._exit(0)


def _become_hand_in(
    pipe: socket.socket, order: dict[str, Any], live: Callable[[socket.socket, bool], None]
) -> NoReturn:
    try:
        namespaces.die_with_parent()
        close_all_but(pipe)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.path[:] = [order["library"], *order["path"]]
        if order["sandboxed"]:
            namespaces.set_limits(order["memory"], PROCESSES, order["processor_seconds"])
        live(pipe, order["sandboxed"])
    finally:
        os._exit(0)


def close_all_but(pipe: socket.socket) -> None:
    """Close every descriptor but the pipe's; 0, 1 and 2 lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.closerange(3, pipe.fileno())
    os.closerange(pipe.fileno() + 1, os.sysconf("SC_OPEN_MAX"))


def main() -> None:
    """Load what every hand-in needs, then serve. The words after it are modules to be hidden."""
    control = socket.socket(fileno=os.dup(0))
    hide_from_import(sys.argv[1:])

    from course.checking.settings import keep_names
    from course.grading.sandbox import closed_functions, hand_in_process, wire

    keep_names([closed_functions, hand_in_process, wire])
    shell = hand_in_process.quiet_shell()
    shell.run_cell(_FIRST_USES, store_history=False)
    closed_functions.prepare()
    hidden = hand_in_process.modules_of_the_course()
    gc.freeze()  # a collection in a child would copy the memory that it shares with this process
    control.sendall(b"ready")
    serve(control, lambda pipe, walled: hand_in_process.live(pipe, shell, hidden, walled=walled))


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
