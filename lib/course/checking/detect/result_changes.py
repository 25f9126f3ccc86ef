"""One thing changed in what comes out: what an answer does that is right, but for one last step."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checking.compare import as_array
from course.checking.subject import Plain
from course.checking.values import is_floats

ELSE = "Everything else is right."


def _as_it_is(x: np.ndarray) -> np.ndarray:
    return x


@dataclass(frozen=True)
class ResultChange:
    """What is changed in one array, in words, and the change; it may raise where it can't be made.

    seen  how to look at what came before it is compared: its numbers without their shape, say
    """

    what: str
    way_out: str
    change: Callable[[np.ndarray, tuple[Plain, ...]], Any]
    seen: Callable[[np.ndarray], np.ndarray] = _as_it_is


def result_changes(
    part: np.ndarray, name: str, arguments: tuple[Plain, ...], argument_names: list[str]
) -> Iterator[ResultChange]:
    """All changes that apply to a part of an answer, which is called `name` in a sentence.

    Axes count from the end, so that a change is the same for every case.
    """
    truths = part.dtype == bool
    for what, way_out, change in _OF_TRUTHS if truths else _OF_NUMBERS:
        yield ResultChange(what.format(name), way_out, _alone(change))
    if not truths:
        for digits in range(5):
            to = f"{digits} decimals" if digits else "whole numbers"
            what = f"{name} is rounded to {to}"
            yield ResultChange(what, "Leave rounding to whoever prints.", _rounded(digits))
        yield from _with_an_input(name, arguments, argument_names)
        yield from _parts_of(name, arguments, argument_names)
    for axis in range(-1, -part.ndim - 1, -1):
        at = axis_in_words(axis, part.ndim)
        # In a row of yes and no, a no is no empty place, and one value stands in many by itself.
        rows = _ALONG if truths else [*_ALONG, *_FILLED, *_ALONG_NUMBERS]
        for what, way_out, along in rows:
            yield ResultChange(what.format(name, at), way_out, _along(along, axis))
    yield from _other_axes(name, part.ndim)
    yield ResultChange(
        f"an axis of length 1 is missing in {name}, or is too many",
        "The numbers are all there. squeeze, or an index in place of a slice, drops axes; "
        "keepdim=True keeps one, and [None] adds one.",
        lambda x, arguments: x.squeeze(),
        seen=np.squeeze,
    )
    if part.ndim > 1:
        yield ResultChange(
            f"{name} has another shape: two of its axes are joined, or one is cut in two",
            "Its numbers and their order are right: reshape to the shape that is asked.",
            lambda x, arguments: x.ravel(),
            seen=np.ravel,
        )


def axis_in_words(axis: int, ndim: int) -> str:
    """ "the last axis", "axis -2": counted from the end, as the course does."""
    return "the last axis" if axis == -1 else f"axis {axis}" if axis > -ndim else "the first axis"


def _with_an_input(
    name: str, arguments: tuple[Plain, ...], argument_names: list[str]
) -> Iterator[ResultChange]:
    for place, (argument, other) in enumerate(zip(arguments, argument_names, strict=False)):
        if is_floats(argument):
            for what, change in _WITH_AN_INPUT:
                yield ResultChange(what.format(f"`{other}`", name), ELSE, _with(place, change))


def _parts_of(
    name: str, arguments: tuple[Plain, ...], argument_names: list[str]
) -> Iterator[ResultChange]:
    """The last axis is cut into so many parts as a whole number tells, and one came back."""
    for place, (argument, other) in enumerate(zip(arguments, argument_names, strict=False)):
        if type(argument) is int:
            for which, part, way_out in (("first", 0, _LOOPS), ("last", -1, _OVER)):
                what = f"of {name} only the {which} of `{other}` parts came back"
                yield ResultChange(what, way_out, _part(place, part))


def _part(place: int, part: int) -> Callable[[np.ndarray, tuple[Plain, ...]], Any]:
    def change(x: np.ndarray, arguments: tuple[Plain, ...]) -> Any:
        parts = arguments[place]
        return np.split(x, parts, axis=-1)[part] if parts > 1 else None

    return change


def _other_axes(name: str, ndim: int) -> Iterator[ResultChange]:
    for order in itertools.permutations(range(-ndim, 0)):
        moved = [axis for axis, place in zip(order, range(-ndim, 0), strict=True) if axis != place]
        if not moved:
            continue
        what = f"axes {' and '.join(map(str, sorted(moved)))} of {name} are exchanged"
        if len(moved) > 2:
            what = f"the axes of {name} stand in another order, {order}"
        yield ResultChange(what, ELSE, _transposed(order))
        yield ResultChange(
            f"{name} has the right shape, but its numbers lie in the order of other axes: as if "
            f"{what}, and then it was reshaped",
            "reshape and view deal the numbers out anew, row after row; transpose exchanges axes. "
            "One stands where the other belongs, or one is too many.",
            _dealt_out(order),
        )


def _alone(change: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray, Any], Any]:
    return lambda x, arguments: change(x)


def _with(
    place: int, change: Callable[[np.ndarray, np.ndarray], Any]
) -> Callable[[np.ndarray, tuple[Plain, ...]], Any]:
    return lambda x, arguments: change(x, as_array(arguments[place]))


def _along(change: Callable[[np.ndarray, int], Any], axis: int) -> Callable[[np.ndarray, Any], Any]:
    # Along an axis of length 1 the first is the last, and is all there is.
    return lambda x, arguments: change(x, axis) if x.shape[axis] > 1 else None


def _rounded(digits: int) -> Callable[[np.ndarray, Any], Any]:
    return lambda x, arguments: x.round(digits)


def _transposed(order: tuple[int, ...]) -> Callable[[np.ndarray, Any], Any]:
    return lambda x, arguments: x.transpose(order)


def _dealt_out(order: tuple[int, ...]) -> Callable[[np.ndarray, Any], Any]:
    return lambda x, arguments: x.transpose(order).reshape(x.shape)


def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def _late(step: int) -> Callable[[np.ndarray, int], np.ndarray]:
    """Shifted by one place, and 0 where nothing came."""

    def change(x: np.ndarray, axis: int) -> np.ndarray:
        moved = np.roll(x, step, axis)
        np.moveaxis(moved, axis, 0)[0 if step > 0 else -1] = 0
        return moved

    return change


def _others_empty(place: int) -> Callable[[np.ndarray, int], np.ndarray]:
    def change(x: np.ndarray, axis: int) -> np.ndarray:
        left = np.zeros_like(x)
        np.moveaxis(left, axis, 0)[place] = np.moveaxis(x, axis, 0)[place]
        return left

    return change


def _left_empty(place: int) -> Callable[[np.ndarray, int], np.ndarray]:
    def change(x: np.ndarray, axis: int) -> np.ndarray:
        left = x.copy()
        np.moveaxis(left, axis, 0)[place] = 0
        return left

    return change


_OF_TRUTHS: list[tuple[str, str, Callable[[np.ndarray], Any]]] = [
    ("yes and no are exchanged in {0}", ELSE, lambda x: ~x),
]
_OF_NUMBERS: list[tuple[str, str, Callable[[np.ndarray], Any]]] = [
    ("{0} has the wrong sign", "Is a minus too many, or one missing?", lambda x: -x),
    ("{0} has lost its signs: what is negative came back positive", ELSE, np.abs),
    ("what is negative in {0} came back as 0", ELSE, lambda x: np.maximum(x, 0)),
    ("{0} is squared", "Is a root missing, or a square too many?", lambda x: x**2),
    ("{0} is the root of what is expected", ELSE, np.sqrt),
    (
        "{0} is e to the power of what is expected",
        "Is an exp too many, or a log missing?",
        np.exp,
    ),
    (
        "{0} is the logarithm of what is expected",
        "Is a log too many, or an exp missing?",
        np.log,
    ),
    ("{0} is 1 divided by what is expected", ELSE, lambda x: 1 / x),
    ("{0} is 1 minus what is expected", ELSE, lambda x: 1 - x),
    (
        "{0} is cut to whole numbers",
        "np.zeros(…, dtype=int), int(…) and // cut decimals off.",
        np.trunc,
    ),
    ("{0} is rounded down to whole numbers", "// and floor do that.", np.floor),
    (
        "in all places of {0} stands the mean of what is expected",
        ELSE,
        lambda x: np.full_like(x, x.mean()) if x.ndim else None,
    ),
]
_WITH_AN_INPUT: list[tuple[str, Callable[[np.ndarray, np.ndarray], Any]]] = [
    ("{0} is added to {1}", lambda x, y: x + y),
    ("{0} is taken away from {1}", lambda x, y: x - y),
    ("{1} is multiplied with {0}", lambda x, y: x * y),
]
# No check sees the code: it may have no loop.
_RETURNS = "Is an index too many? Or, where there is a loop, does a `return` stand inside it?"
_LOOPS = "Where there is a loop: does a `return` stand inside it, or does it end at once?"
_OVER = "Where there is a loop: does each round write over what the last one made?"
_ENDS = "Does a slice or a loop begin too late, or end too early? range(n) counts from 0 to n - 1."
_COUNTED = "Where does it begin to count, and where does it end? Here it is one off."
_ALONG: list[tuple[str, str, Callable[[np.ndarray, int], Any]]] = [
    (
        "{0} is shifted by one along {1}: the last stands in the first place",
        ELSE,
        lambda x, axis: np.roll(x, 1, axis),
    ),
    (
        "{0} is shifted by one along {1}: the first stands in the last place",
        ELSE,
        lambda x, axis: np.roll(x, -1, axis),
    ),
    (
        "{0} stands the wrong way round along {1}",
        ELSE,
        lambda x, axis: np.flip(x, axis),
    ),
    ("of {0} only the first along {1} came back", _RETURNS, lambda x, k: np.take(x, 0, k)),
    ("of {0} only the first along {1} came back", _RETURNS, lambda x, k: np.take(x, [0], k)),
    ("of {0} only the last along {1} came back", _RETURNS, lambda x, k: np.take(x, -1, k)),
    ("of {0} only the last along {1} came back", _RETURNS, lambda x, k: np.take(x, [-1], k)),
]
_FILLED: list[tuple[str, str, Callable[[np.ndarray, int], Any]]] = [
    ("{0} is shifted by one along {1}, and the first is empty", _COUNTED, _late(1)),
    ("{0} is shifted by one along {1}, and the last is empty", _COUNTED, _late(-1)),
    (
        "the first of {0} along {1} stands in every place",
        "Is an index fixed that should move on?",
        lambda x, axis: np.take(x, [0] * x.shape[axis], axis),
    ),
    (
        "the last of {0} along {1} stands in every place",
        "Is an index fixed that should move on? Or, where there is a loop, are all filled in each "
        "round?",
        lambda x, axis: np.take(x, [-1] * x.shape[axis], axis),
    ),
    ("of {0} only the first along {1} is filled in", _LOOPS, _others_empty(0)),
    ("of {0} only the last along {1} is filled in", _LOOPS, _others_empty(-1)),
    ("the first of {0} along {1} is left empty", _ENDS, _left_empty(0)),
    ("the last of {0} along {1} is left empty", _ENDS, _left_empty(-1)),
]
_ALL_IN_ONE = "One answer came back for all of them."
_ALONG_NUMBERS: list[tuple[str, str, Callable[[np.ndarray, int], Any]]] = [
    ("one softmax too many is taken of {0}, along {1}", ELSE, _softmax),
    ("{0} is divided by its sum along {1}", ELSE, lambda x, k: x / x.sum(k, keepdims=True)),
    (
        "{0} is scaled to length 1 along {1}",
        ELSE,
        lambda x, axis: x / (x**2).sum(axis, keepdims=True) ** 0.5,
    ),
    ("{0} is summed up along {1} as it goes", ELSE, lambda x, axis: x.cumsum(axis)),
    (
        "only the largest of {0} along {1} is left: a hard choice",
        ELSE,
        lambda x, axis: (x == x.max(axis, keepdims=True)) * 1.0,
    ),
    ("{0} is summed up along {1}", _ALL_IN_ONE, lambda x, axis: x.sum(axis)),
    ("{0} is summed up along {1}", _ALL_IN_ONE, lambda x, axis: x.sum(axis, keepdims=True)),
    ("the mean of {0} along {1} came back", _ALL_IN_ONE, lambda x, axis: x.mean(axis)),
]
