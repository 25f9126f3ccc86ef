"""Whom a check asks: the learner's answer, behind a small set of questions.

A check never touches the learner's objects. It asks a subject, and gets plain data back: tensors,
arrays, numbers, strings and tuples of them. In a notebook the subject stands in the same process
(`LocalSubject`); in grading it stands in another, and answers the same questions through a pipe.
"""

import contextlib
import io
import linecache
import sysconfig
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from course.cells.placeholder import unwritten_exercise
from course.checking.endless import Endless, Stopwatch
from course.checking.forbidden import Forbidden, Watch
from course.checking.made import Made
from course.checking.settings import standard_settings
from course.checking.unread import beside, codes, gone, unread

Plain = Any  # tensor, array, number, bool, str, None, and tuples, lists and dicts of them
Result = TypeVar("Result")

# `attn` stands beside `course`, also where both are installed from a checkout.
_OURS = tuple(
    str(Path(folder, "_"))[:-1]  # with the separator at its end
    for folder in (str(Path(__file__).parents[2]), *sysconfig.get_paths().values())
)


@dataclass
class Trouble(Exception):
    """The subject could not answer a question, and why.

    what   "raised": its code raised; "unwritten": the exercise is still to be written;
           "forbidden": it used what this exercise builds; "changed": it wrote into its argument,
           or option; "strange": it gave back something that is no plain data
    name   the exception's type, the forbidden name, the argument's place or the option's name, or
           the strange type
    detail the exception's own message, or the type of the argument that was written into
    line   the learner's line where it happened
    """

    what: Literal["raised", "unwritten", "forbidden", "changed", "strange"]
    name: str
    detail: str = ""
    line: str = field(default="", compare=False)


class Subject(Protocol):
    """The questions that a check may ask. Each raises Trouble where there is no answer."""

    def call(self, *arguments: Plain, **options: Plain) -> Plain:
        """Call the answer."""

    def gradient(self, *arguments: Plain, **options: Plain) -> tuple[Tensor, ...]:
        """Call the answer, and differentiate a fixed blend of its output by each float tensor."""

    def holds(self, sizes: tuple[int, ...], *arguments: Plain, **options: Plain) -> bool:
        """Call the answer; whether it makes a tensor that has all these sizes among its axes."""

    def raises(self, *arguments: Plain, **options: Plain) -> str | None:
        """Call the answer; the name of the exception's type, or None if there was none."""

    def build(self, *arguments: Plain, **options: Plain) -> "Subject":
        """Call the answer, a class; the subject that its instance is."""

    def state(self) -> dict[str, Tensor]:
        """A module's state dict."""

    def load(self, state: dict[str, Tensor]) -> None:
        """Load a state dict into a module."""

    def count_parameters(self) -> int:
        """How many numbers a module trains."""

    def unread(self) -> tuple[str, ...]:
        """The names that the answer sets, or is given, and never reads; see `unread`."""

    def gone(self, lines: tuple[str, ...]) -> tuple[int, ...]:
        """Which of the lines that were given stand in the answer no more, by their places."""

    def earlier(self, reads: str, name: str) -> "Subject | None":
        """The answer to an earlier exercise, `name`, if this one reads `reads` of that cell."""


class LocalSubject:
    """A subject in this process.

    What it prints is kept in `printed`. Inputs are copied before each call, so that the answer
    can't reach the check's own; writing into one is Trouble, as it would surprise every caller.
    With a stopwatch an answer that does not end is stopped, and not asked again.
    """

    def __init__(
        self, answer: object, forbids: Sequence[str] = (), stopwatch: Stopwatch | None = None
    ) -> None:
        self._answer = answer
        self._forbids = forbids
        self._watch = Watch(forbids)
        self._stopwatch = stopwatch
        self.printed = ""

    def call(self, *arguments: Plain, **options: Plain) -> Plain:
        copies, named = _copied(arguments), _copied(options)
        result = _plain(self._run(lambda: self._answer(*copies, **named)))  # type: ignore[operator]
        given = {str(place): value for place, value in enumerate(arguments)} | options
        used = {str(place): value for place, value in enumerate(copies)} | named
        for name, before in given.items():
            if not _same(before, used[name]):
                raise Trouble("changed", name, type(before).__name__)
        return result

    def gradient(self, *arguments: Plain, **options: Plain) -> tuple[Tensor, ...]:
        copies = _copied(arguments)
        variables = [x for x in copies if isinstance(x, Tensor) and x.is_floating_point()]
        for variable in variables:
            variable.requires_grad_()

        def differentiate() -> tuple[Tensor, ...]:
            output = self._answer(*copies, **_copied(options))  # type: ignore[operator]
            if isinstance(output, tuple | list):
                output = output[0]
            # Unequal factors: the plain sum of a softmax is 1 whatever its input, and would hide
            # a wrong gradient.
            factors = torch.arange(output.numel(), dtype=output.dtype).cos().view_as(output)
            return torch.autograd.grad((output * factors).sum(), variables, allow_unused=True)

        gradients = self._run(differentiate)
        return tuple(
            torch.zeros_like(variable) if gradient is None else gradient.detach()
            for gradient, variable in zip(gradients, variables, strict=True)
        )

    def holds(self, sizes: tuple[int, ...], *arguments: Plain, **options: Plain) -> bool:
        copies, named = _copied(arguments), _copied(options)  # not among what the answer makes
        with Made(sizes) as made:
            self._run(lambda: self._answer(*copies, **named))  # type: ignore[operator]
        return made.one

    def raises(self, *arguments: Plain, **options: Plain) -> str | None:
        try:
            self.call(*arguments, **options)
        except Trouble as trouble:
            if trouble.what == "raised":
                return trouble.name
            raise
        return None

    def build(self, *arguments: Plain, **options: Plain) -> "LocalSubject":
        instance = self._run(lambda: self._answer(*_copied(arguments), **_copied(options)))  # type: ignore[operator]
        return LocalSubject(instance, self._forbids, self._stopwatch)

    def state(self) -> dict[str, Tensor]:
        return _plain(self._run(self._module().state_dict))

    def load(self, state: dict[str, Tensor]) -> None:
        self._run(lambda: self._module().load_state_dict(_copied(state)))

    def count_parameters(self) -> int:
        module = self._module()
        return self._run(lambda: sum(p.numel() for p in module.parameters() if p.requires_grad))

    def unread(self) -> tuple[str, ...]:
        return unread(self._answer)

    def gone(self, lines: tuple[str, ...]) -> tuple[int, ...]:
        return gone(self._answer, lines)

    def earlier(self, reads: str, name: str) -> "LocalSubject | None":
        answer = beside(self._answer, reads, name)
        if not callable(answer):
            return None
        return LocalSubject(answer, self._forbids, self._stopwatch)

    def _module(self) -> nn.Module:
        if not isinstance(self._answer, nn.Module):
            raise Trouble("strange", type(self._answer).__name__)
        return self._answer

    def _run(self, work: Callable[[], Result]) -> Result:
        """Do the learner's work; whatever goes wrong in it comes back as Trouble."""
        said = io.StringIO()
        watch = self._stopwatch
        if watch is not None and watch.stopped:
            raise Trouble("raised", "RuntimeError", watch.stopped)
        try:
            with (
                contextlib.redirect_stdout(said),
                contextlib.redirect_stderr(said),
                standard_settings(),  # and what the work itself sets ends with it
                self._watch,
                watch.running() if watch is not None else contextlib.nullcontext(),
            ):
                return work()
        except Endless as endless:
            assert watch is not None
            line = _raised(endless, self._answer).line
            raise Trouble("raised", "RuntimeError", watch.stopped, line) from None
        except Forbidden as forbidden:
            raise Trouble("forbidden", forbidden.name) from None
        except (Exception, SystemExit) as error:
            if exercise := unwritten_exercise(error):
                raise Trouble("unwritten", exercise) from None
            raise _raised(error, self._answer) from None
        finally:
            self.printed = self.printed or said.getvalue()


def _raised(error: BaseException, answer: object) -> Trouble:
    """What was raised, and the learner's line nearest to it.

    In a notebook each cell is a file of its own. A line of the answer's own cell comes first: an
    answer may call that of an earlier exercise, and hand it what it can't take.
    """
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    cell = {code.co_filename for code in codes(answer)}
    nearest = [frame for frame in theirs if frame.filename in cell] or theirs
    line = ""
    if nearest:
        last = nearest[-1]
        line = (last.line or linecache.getline(last.filename, last.lineno or 0)).strip()
    return Trouble("raised", type(error).__name__, str(error), line)


def _copied(value: Plain) -> Plain:
    match value:
        case Tensor():
            return value.clone()
        case np.ndarray():
            return value.copy()
        case tuple() | list():
            return type(value)(_copied(item) for item in value)
        case dict():
            return {name: _copied(item) for name, item in value.items()}
        case _:
            return value


def _same(before: Plain, after: Plain) -> bool:
    if isinstance(before, Tensor):
        return torch.equal(before, after.detach())
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    if isinstance(before, tuple | list):
        return all(_same(*pair) for pair in zip(before, after, strict=True))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    return bool(before == after)


def _plain(value: object) -> Plain:
    """The value as plain data that could cross a pipe; Trouble where it is none."""
    match value:
        case np.generic():  # before float, which np.float64 is as well
            return value.item()
        case None | bool() | int() | float() | str():
            return value
        case np.ndarray() if type(value) is np.ndarray:
            return value.copy()
        case Tensor() if type(value) in (Tensor, nn.Parameter):
            return value.detach().clone()
        case tuple():
            return tuple(_plain(item) for item in value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
        case _:
            raise Trouble("strange", type(value).__name__)
