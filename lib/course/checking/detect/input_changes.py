"""One thing changed in what goes in: what an answer does that takes one input for another."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course.checking.subject import Plain
from course.checking.values import is_array, is_floats

Inputs = tuple[tuple[Plain, ...], dict[str, Plain]]


@dataclass(frozen=True)
class InputChange:
    """What is changed, in words; `change` gives the changed inputs, or None where it can't.

    argument  the whole number that is another one, if that is the change
    """

    what: str
    how: str
    change: Callable[[tuple[Plain, ...], dict[str, Plain]], Inputs | None]
    argument: str = ""


def input_changes(names: list[str], inputs: Inputs) -> Iterator[InputChange]:
    """All changes that apply to inputs of these kinds."""
    arguments, options = inputs
    places = range(min(len(names), len(arguments)))
    kinds = ["array" if is_array(x) else type(x).__name__ for x in arguments]
    for one, other in itertools.combinations(places, 2):
        if kinds[one] == kinds[other]:
            yield InputChange(
                f"`{names[one]}` and `{names[other]}` are exchanged",
                f"when {names[one]} stands where {names[other]} belongs, and the other way round",
                _moved({one: other, other: one}),
            )
    for one, other in itertools.permutations(places, 2):
        if kinds[one] == kinds[other]:
            yield InputChange(
                f"`{names[other]}` is used where `{names[one]}` belongs",
                f"with {names[other]} in the place of {names[one]}",
                _moved({one: other}),
            )
    for place in places:
        for what, how, change in _of_one(arguments[place]):
            name = names[place]
            whole = name if kinds[place] == "int" else ""
            yield InputChange(what.format(name), how.format(name), _at(place, change), whole)
    for name, value in options.items():
        if type(value) is bool:
            yield InputChange(
                f"`{name}` means the opposite", f"with {name}={not value}", _not(name)
            )


Row = tuple[str, str, Callable[[Any], Any]]


def _of_one(value: Plain) -> list[Row]:
    """The changes of one argument: what it is, how it comes about, and the change."""
    rows: list[Row] = []
    if is_array(value):
        rows += _TABLES if value.ndim > 1 else []
        rows += _ARRAYS if value.ndim else []
        rows += _FLOAT_ARRAYS if is_floats(value) and value.ndim else []
        rows += _NUMBERS if is_floats(value) else []
        rows += _TRUTHS if value.dtype in (torch.bool, np.bool_) else []
    elif type(value) is float:
        rows += [*_NUMBERS, *_FLOATS]
    elif type(value) is int:
        rows += _INTEGERS
    return rows


def _moved(places: dict[int, int]) -> Callable[[Any, Any], Inputs | None]:
    def change(arguments: tuple[Plain, ...], options: dict[str, Plain]) -> Inputs | None:
        if max(places.values()) >= len(arguments):
            return None
        new = (arguments[places.get(place, place)] for place in range(len(arguments)))
        return tuple(new), options

    return change


def _at(place: int, change: Callable[[Any], Any]) -> Callable[[Any, Any], Inputs | None]:
    def changed(arguments: tuple[Plain, ...], options: dict[str, Plain]) -> Inputs | None:
        if place >= len(arguments):
            return None
        return (*arguments[:place], change(arguments[place]), *arguments[place + 1 :]), options

    return changed


def _not(name: str) -> Callable[[Any, Any], Inputs | None]:
    return lambda arguments, options: (
        (arguments, options | {name: not options[name]}) if name in options else None
    )


def _first_for_all(x: Any) -> Any:
    return x[:1].expand(x.shape).clone() if isinstance(x, Tensor) else x[:1].repeat(len(x), 0)


def _from_its_end(x: Any) -> Any:
    return x.flip(0) if isinstance(x, Tensor) else x[::-1].copy()


def _softmax(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x.softmax(-1)
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


_TABLES: list[Row] = [
    (
        "`{0}` is turned, rows for columns",
        "with {0} turned; use it as it stands",
        lambda x: x.swapaxes(-1, -2),
    ),
    (
        "the numbers of `{0}` are dealt out in another order",
        "when {0} keeps its shape and its numbers lie in the order of its columns: one of reshape "
        "and an exchange of axes stands for the other",
        lambda x: x.swapaxes(-1, -2).reshape(x.shape),
    ),
    (
        "`{0}` is dealt out anew (by reshape or view) where it should be turned",
        "when its numbers are dealt out into the turned shape, row after row; `.mT` turns",
        lambda x: x.reshape(*x.shape[:-2], x.shape[-1], x.shape[-2]).swapaxes(-1, -2),
    ),
]
_ARRAYS: list[Row] = [
    (
        "only the first entry of `{0}` is used, for all",
        "with {0}[0] in all places of its first axis",
        _first_for_all,
    ),
    ("`{0}` is read from its end", "with {0} turned around along its first axis", _from_its_end),
]
_FLOAT_ARRAYS: list[Row] = [
    (
        "something is not divided by √{0}.shape[-1], or multiplied by it once too often",
        "with {0} times the root of the length of its last axis",
        lambda x: x * x.shape[-1] ** 0.5,
    ),
    (
        "something is divided by √{0}.shape[-1] once too often",
        "with {0} divided by the root of the length of its last axis",
        lambda x: x / x.shape[-1] ** 0.5,
    ),
    (
        "something is multiplied by {0}.shape[-1], or by its root in place of being divided by it",
        "with {0} times the length of its last axis",
        lambda x: x * x.shape[-1],
    ),
    (
        "something is divided by {0}.shape[-1]",
        "with {0} divided by the length of its last axis",
        lambda x: x / x.shape[-1],
    ),
    (
        "1 divided by `{0}` is used in its place",
        "with 1 / {0}: is it divided by, where it is to be multiplied with?",
        lambda x: 1 / x,
    ),
    *(
        (
            "`{0}` is cut off at some limit",  # at which, often makes no difference
            f"when all of {{0}} beyond {limit} is taken as {limit}, for instance: there all are "
            "alike",
            lambda x, limit=limit: x.clip(-limit, limit),
        )
        for limit in (10, 20, 30, 50, 80, 88, 100, 500, 700)
    ),
    (
        "the rows of `{0}` are scaled to length 1",
        "then; leave {0} as it is",
        lambda x: x / (x**2).sum(-1)[..., None] ** 0.5,
    ),
    ("a softmax is taken of `{0}`", "then; use {0} as it is", _softmax),
]
_NUMBERS: list[Row] = [
    ("`{0}` has the wrong sign", "with -{0}", lambda x: -x),
    ("`{0}` has lost its signs", "with abs({0})", abs),
    ("`{0}` has no effect", "when {0} is 0", lambda x: x * 0),
    ("`{0}` makes no difference", "when {0} is 1", lambda x: x * 0 + 1),
    ("`{0}` counts twice", "with 2·{0}: is a factor 2 there too often?", lambda x: x * 2),
    ("`{0}` counts half", "with {0} / 2: is a factor 2 missing?", lambda x: x / 2),
    ("`{0}` is squared", "with {0}²", lambda x: x**2),
]
_FLOATS: list[Row] = [
    ("1 divided by `{0}` is used in its place", "with 1 / {0}", lambda x: 1 / x),
]
_TRUTHS: list[Row] = [
    ("yes and no are exchanged in `{0}`", "with ~{0}", lambda x: ~x),
    ("`{0}` hides nothing", "when {0} is True everywhere", lambda x: x | True),
]
_COUNTED = "Places count from 0, and range(n) ends before n"
_INTEGERS: list[Row] = [
    ("`{0}` is taken as one more", f"with {{0}} + 1. {_COUNTED}", lambda x: x + 1),
    ("`{0}` is taken as one less", f"with {{0}} - 1. {_COUNTED}", lambda x: x - 1),
    ("`{0}` is always taken as 0", "with {0} = 0", lambda x: 0),
    ("`{0}` is always taken as 1", "with {0} = 1", lambda x: 1),
    ("`{0}` is always taken as 2", "with {0} = 2", lambda x: 2),
    ("`{0}` is taken twice", "with 2·{0}", lambda x: 2 * x),
    ("`{0}` is halved", "with {0} // 2", lambda x: x // 2),
    ("`{0}` has the wrong sign", "with -{0}", lambda x: -x),
]
