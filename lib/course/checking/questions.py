"""What a case asks of a subject. The same question goes to the learner's answer, to the reference
and to every known mistake, and the answers are compared."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from course.checking.subject import Plain, Subject


class Question(Protocol):
    """Something to ask; `arguments` and `options` are shown when the answer is not yet right."""

    @property
    def arguments(self) -> tuple[Plain, ...]: ...

    @property
    def options(self) -> dict[str, Plain]: ...

    def ask(self, subject: Subject) -> Plain:
        """The subject's answer, as plain data. Raises Trouble where there is none."""


class _Asking(ABC):
    def __init__(self, *arguments: Plain, **options: Plain) -> None:
        self.arguments: tuple[Plain, ...] = arguments
        self.options: dict[str, Plain] = options

    @abstractmethod
    def ask(self, subject: Subject) -> Plain: ...


class Call(_Asking):
    """What comes back from a call."""

    def ask(self, subject: Subject) -> Plain:
        return subject.call(*self.arguments, **self.options)


class Gradient(_Asking):
    """The gradients of a fixed blend of the output, one for each float tensor among the inputs."""

    def ask(self, subject: Subject) -> Plain:
        return subject.gradient(*self.arguments, **self.options)


class Raises(_Asking):
    """The name of the exception that a call raises, or None."""

    def ask(self, subject: Subject) -> Plain:
        return subject.raises(*self.arguments, **self.options)


class Types(_Asking):
    """The types of the numbers that come back: "float64", or "float64, bool" for two parts."""

    def ask(self, subject: Subject) -> Plain:
        return _types(subject.call(*self.arguments, **self.options))


def _types(value: Plain) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(map(_types, value))
    if isinstance(value, Tensor | np.ndarray):
        return str(value.dtype).removeprefix("torch.")
    return type(value).__name__


@dataclass
class Holds:
    """Whether a call makes a tensor, on its way, that has all of `sizes` among its axes."""

    sizes: tuple[int, ...]
    call: Question

    @property
    def arguments(self) -> tuple[Plain, ...]:
        return self.call.arguments

    @property
    def options(self) -> dict[str, Plain]:
        return self.call.options

    def ask(self, subject: Subject) -> Plain:
        return subject.holds(self.sizes, *self.arguments, **self.options)


class CountParameters(_Asking):
    """How many numbers a module trains. Asked of what `Built` built."""

    def ask(self, subject: Subject) -> Plain:
        return subject.count_parameters()


@dataclass
class Built:
    """Build an instance of the answer, a class; load `state` where given; ask `then` of it."""

    build: dict[str, Any]
    then: Question
    state: dict[str, Tensor] | None = None

    @property
    def arguments(self) -> tuple[Plain, ...]:
        return self.then.arguments

    @property
    def options(self) -> dict[str, Plain]:
        return self.build | self.then.options

    def ask(self, subject: Subject) -> Plain:
        instance = subject.build(**self.build)
        if self.state is not None:
            instance.load(self.state)
        return self.then.ask(instance)


def answer_names(
    question: Question, argument_names: list[str], returns: str | tuple[str, ...]
) -> str | tuple[str, ...]:
    """What to call the parts of an answer; `returns` is the name of what a call gives back."""
    while isinstance(question, Built):
        question = question.then
    if not isinstance(question, Gradient):
        return returns
    return tuple(
        f"gradient by {name}"
        for name, argument in zip(argument_names, question.arguments, strict=False)
        if isinstance(argument, Tensor) and argument.is_floating_point()
    )


def innermost(question: Question) -> Question:
    """What is asked of the answer in the end, once all that it builds is built."""
    while isinstance(question, Built):
        question = question.then
    return question


def given(question: Question) -> tuple[tuple[Plain, ...], dict[str, Plain]]:
    """The arguments and options of the call that a question makes."""
    question = innermost(question)
    return question.arguments, question.options


def again(
    question: Question, arguments: tuple[Plain, ...], options: dict[str, Plain] | None = None
) -> Question:
    """The same question with other inputs; without `options`, with those it has.

    Raises TypeError for a question that a lesson declares, unless it is a kind of Call.
    """
    if isinstance(question, Built):
        return replace(question, then=again(question.then, arguments, options))
    options = question.options if options is None else options
    return _kind(question)(*arguments, **options)


def instead(question: Question, kind: type[_Asking]) -> Question:
    """Another kind of question about the same inputs. Raises TypeError as `again` does."""
    if isinstance(question, Built):
        return replace(question, then=instead(question.then, kind))
    _kind(question)
    return kind(*question.arguments, **question.options)


def _kind(question: Question) -> type[_Asking]:
    if not isinstance(question, _Asking):
        raise TypeError(f"{type(question).__name__} can't be asked again with other inputs")
    return type(question)
