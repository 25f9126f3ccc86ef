"""Inside the walls: runs a hand-in's cells, and answers questions about what they defined.

Nothing here knows the right answers, and nothing here is believed: what this process says about an
answer *is* the answer, and the other end judges it.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import types
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course.checking.settings import standard_settings
from course.checking.subject import LocalSubject, Plain, Trouble
from course.grading.sandbox import wire
from course.grading.sandbox.closed_functions import put_out_of_order
from course.grading.sandbox.system_calls import refuse_programs

LONGEST_TEXT = 2000


def quiet_shell() -> Any:
    """An IPython shell without history, colours or output. 0.1 s, so it is made only once."""
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    HistoryManager.enabled = False  # type: ignore[assignment]
    shell: Any = InteractiveShell.instance(ast_node_interactivity="none")
    shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
    shell.ask_exit = lambda: None  # what `exit()` asks for
    shell.enable_matplotlib = lambda gui=None: (gui, "agg")  # what %matplotlib asks for
    return shell


def modules_of_the_course() -> list[str]:
    """The names of all, loaded or not, and of one that lesson 00 once imported by its name."""
    folder = Path(__file__).parents[2]
    files = (path.relative_to(folder.parent).with_suffix("") for path in folder.rglob("*.py"))
    return [*(".".join(file.parts).removesuffix(".__init__") for file in files), "course.doctor"]


def live(pipe: socket.socket, shell: Any, hidden: list[str], *, walled: bool) -> None:
    """Do what is asked until the other end hangs up.

    hidden  modules that do nothing in here. The fork server lists them: to look through all modules
            is to touch their names, and what a process touches of its parent's memory is copied
    walled  says that nobody else lives here

    {"run": source}           -> {"error": None, or what went wrong}
    {"check": expression, …}  -> a process of its own answers, see `_answer`; after the last check
                                 there is none any more
    """
    # A course whose pictures, quizzes and checks do nothing: nobody looks at them here.
    sys.modules.update((name, _Still(name)) for name in hidden)
    this_process = os.getpid()
    reply: dict[str, Any] | None = None
    while True:
        with standard_settings(forked=True):
            if os.getpid() != this_process:
                return  # a copy that the cell made with os.fork() comes by here too
            if reply is not None:
                wire.send(pipe, reply)
            message = _next(pipe)
            if message is None:
                return
            if "check" in message:
                _check(pipe, shell, message, walled=walled)
                reply = {"ended": True}
                continue
        reply = {"error": _run(shell, message["run"])}


def _next(pipe: socket.socket) -> Any:
    """The next message, or None at the end."""
    try:
        return wire.receive(pipe)
    except (EOFError, OSError):
        return None


def _check(pipe: socket.socket, shell: Any, message: dict[str, Any], *, walled: bool) -> None:
    """Have a process of its own answer a check, and wait for its end."""
    if walled:
        _be_alone()
    # What an answer does to its process, nothing that comes later shall feel. After the last
    # one nothing comes; but a thread that a cell has left would be in its way.
    alone = message["last"] and threading.active_count() == 1
    child = 0 if alone else _fork()
    if child == 0:
        try:
            if walled:
                refuse_programs()
            _answer(pipe, shell.user_ns, message["check"], message["forbids"])
        finally:
            os._exit(0)
    with contextlib.suppress(ChildProcessError):  # where it ignores its children
        os.waitpid(child, 0)


def _run(shell: Any, source: str) -> str | None:
    """Run a cell as a notebook does, magics and top-level await included; what went wrong."""
    try:
        outcome = shell.run_cell(source, store_history=False)
        error = outcome.error_before_exec or outcome.error_in_exec
    except Exception as raised:  # by IPython itself, over code that is nested too deep
        error = raised
    return None if error is None else _words(error)


def _be_alone() -> None:
    """End what cells have left running: an answer comes from one process."""
    assert (os.getpid(), os.getppid()) == (2, 1), "not in a namespace of its own"
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)  # all that it can reach, but not itself and not the first
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _fork() -> int:
    """Fork, also right after a crowd was killed: it counts until the kernel has cleared it away.

    Where it is never cleared away, the time that the check may take comes to its end.
    """
    while True:
        try:
            return os.fork()
        except BlockingIOError:
            time.sleep(0.01)


def _words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:LONGEST_TEXT]
    except Exception:  # from its own __str__
        return type(error).__name__


def _answer(
    pipe: socket.socket, names: dict[str, Any], expression: str, forbids: list[str]
) -> None:
    """Answer the questions of one check.

    The first reply says whether there is an answer: {"error": None}, or why not. Then

    {"ask": verb, "of": number, "arguments": …, "options": …} -> {"value": …} or {"trouble": …}

    where `of` numbers the subjects: 0 is the answer itself, and each that a "build" makes, or an
    "earlier" finds, is the next one.
    """
    try:
        answer = eval(expression, names)
    except BaseException as error:
        wire.send(pipe, {"error": _words(error)})
        return
    if not callable(answer):
        wire.send(pipe, {"error": f"it is of type {type(answer).__name__}, expected a function"})
        return
    # A package that hand-ins don't see is used by none of them.
    forbids = [name for name in forbids if _is_here(name.partition(".")[0])]
    put_out_of_order(forbids)
    subjects = [LocalSubject(answer, forbids)]
    wire.send(pipe, {"error": None})
    while "ask" in (message := wire.receive(pipe)):
        subject = subjects[message["of"]]
        try:
            ask: Callable[..., Plain] = getattr(subject, message["ask"])
            value = ask(*message["arguments"], **message["options"])
            if isinstance(value, LocalSubject):
                subjects.append(value)
                value = len(subjects) - 1
            wire.send(pipe, {"value": value})
        except Trouble as trouble:
            wire.send(pipe, {"trouble": _short(trouble)})
        except wire.BrokenFrame as broken:
            wire.send(pipe, {"trouble": _short(Trouble("strange", str(broken)))})


def _is_here(package: str) -> bool:
    return package in sys.modules or find_spec(package) is not None


def _short(trouble: Trouble) -> dict[str, str]:
    words = {"name": trouble.name, "detail": trouble.detail, "line": trouble.line}
    return {"what": trouble.what} | {key: text[:LONGEST_TEXT] for key, text in words.items()}


class _Still(types.ModuleType):
    """A module in which every name is a function that does nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None
