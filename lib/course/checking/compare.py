"""Compare what came with what was expected, and say the difference in words."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course.checking.subject import Plain

HAIR = 10  # a difference that is so many times smaller than another is not the one to show


@dataclass(frozen=True)
class Difference:
    """What is different, in a clause that begins with a name: "scores[0, 1] is 3, expected 2".

    far  how far apart the two numbers are; inf where something else than a number is different
    """

    words: str
    way_out: str = ""
    far: float = math.inf


def difference(
    came: Plain, expected: Plain, names: str | tuple[str, ...], tolerance: float
) -> Difference | None:
    """The difference between two answers, or None where they agree.

    It is the first one, unless it is a hair beside another: then that one, the largest.
    """
    if isinstance(expected, list):  # a mistake's answer, when it is compared with the learner's
        expected = tuple(expected)
    if isinstance(expected, tuple):
        return _tuple_difference(came, expected, names, tolerance)
    name = names if isinstance(names, str) else names[0]
    if isinstance(expected, str) or expected is None:  # the name of an exception, or none
        if not (isinstance(came, str) or came is None):  # a known mistake may give back nothing
            return Difference(f"it gave back {_kind(came)}, expected {expected or 'nothing'}")
        if came == expected:
            return None
        if not any(str(value).endswith(("Error", "Exception")) for value in (came, expected)):
            return Difference(f"{name} is {came or 'nothing'}, expected {expected or 'nothing'}")
        raised, wanted = (value or "no exception" for value in (came, expected))
        return Difference(f"it raised {raised}, expected {wanted}")
    if came is None and expected is not None:
        return Difference(
            "it gave back nothing (None)", "Does every way through it end in `return …`?"
        )
    return _kind_difference(came, expected, name) or _value_difference(
        as_array(came), as_array(expected), name, tolerance
    )


def as_array(value: Plain) -> np.ndarray:
    """A number, array or tensor as an array; whole numbers and floats of any width compare."""
    if isinstance(value, Tensor):
        value = value.to(torch.float64) if value.is_floating_point() else value
        return value.numpy()
    return np.asarray(value)


def _tuple_difference(
    came: Plain, expected: tuple[Plain, ...], names: str | tuple[str, ...], tolerance: float
) -> Difference | None:
    if isinstance(names, str):
        names = tuple(f"{names}[{place}]" for place in range(len(expected)))
    if isinstance(came, list) and len(came) == len(expected):
        came = tuple(came)
    if not isinstance(came, tuple) or len(came) != len(expected):
        what = f"{len(came)} values" if isinstance(came, tuple) else _kind(came)
        return Difference(
            f"it gave back {what}, expected {len(expected)} values: {', '.join(names)}",
            f"End it with `return {', '.join(names)}`.",
        )
    differences = []
    for name, one_came, one_expected in zip(names, came, expected, strict=True):
        if one_came is None and not (one_expected is None or isinstance(one_expected, str)):
            return Difference(f"{name} is None, expected {_kind(one_expected)}")
        if isinstance(one_came, tuple) and not isinstance(one_expected, tuple | list):
            return Difference(
                f"{name} is {_kind(one_came)}, expected {_kind(one_expected)}",
                "torch.stack(…) makes one tensor of several that have equal shapes.",
            )
        if found := difference(one_came, one_expected, name, tolerance):
            differences.append(found)
    if not differences:
        return None
    largest = max(differences, key=lambda found: found.far)
    return differences[0] if differences[0].far >= largest.far / HAIR else largest


def _kind_difference(came: Plain, expected: Plain, name: str) -> Difference | None:
    if isinstance(came, tuple):
        return Difference(
            f"it gave back {len(came)} values, expected {name} alone",
            f"End it with `return {name}`.",
        )
    if isinstance(expected, Tensor) and isinstance(came, list):
        return Difference(
            f"{name} is a Python list of {len(came)}, expected a torch tensor",
            "torch.stack(…) makes one tensor of tensors that have equal shapes."
            if all(isinstance(item, Tensor) for item in came)
            else "torch.tensor(…) makes a tensor of numbers, or of True and False, in lists.",
        )
    if isinstance(expected, Tensor) and not isinstance(came, Tensor):
        return Difference(
            f"{name} is {_kind(came)}, expected a torch tensor",
            "Use torch's own operations all the way."
            if expected.dtype == torch.bool  # a mask has no gradient
            else "Use torch's own operations all the way: a detour through NumPy or Python numbers "
            "loses the gradient.",
        )
    if isinstance(came, int | float) and isinstance(expected, np.ndarray) and expected.ndim:
        return Difference(
            f"{name} is one number, {came:.4g}, expected an array of shape {expected.shape}",
            "One number came back for everything. Was a sum or a mean taken over all axes?",
        )
    if isinstance(expected, np.ndarray) and expected.ndim and not isinstance(came, np.ndarray):
        return Difference(
            f"{name} is {_kind(came)}, expected a NumPy array",
            "This exercise stays in NumPy; np.array(…) makes an array of a list.",
        )
    if not isinstance(came, bool | int | float | Tensor | np.ndarray):
        return Difference(f"{name} is {_kind(came)}, expected {_kind(expected)}")
    found, wanted = as_array(came), as_array(expected)
    if found.shape != wanted.shape:
        return Difference(f"{name} has shape {found.shape}, expected {wanted.shape}")
    if (found.dtype == bool) != (wanted.dtype == bool):
        return Difference(
            f"{name} holds {_numbers(found)}, expected {_numbers(wanted)}",
            "A mask holds True and False: a comparison such as `a < b` makes them."
            if wanted.dtype == bool
            else "",
        )
    if found.dtype.kind not in "biuf" and found.dtype.kind != wanted.dtype.kind:
        return Difference(
            f"{name} holds {found.dtype}, expected {wanted.dtype}",
            "They are complex numbers still: `.abs()` gives the size of each."
            if found.dtype.kind == "c"
            else "",
        )
    return None


def _value_difference(
    came: np.ndarray, expected: np.ndarray, name: str, tolerance: float
) -> Difference | None:
    if expected.dtype == bool:
        agree = came == expected
    else:
        agree = np.isclose(came, expected, rtol=tolerance, atol=tolerance / 10, equal_nan=True)
    if agree.all():
        return None
    with np.errstate(all="ignore"):
        far = np.where(agree, 0.0, np.abs(came * 1.0 - expected))
    far[np.isnan(far)] = math.inf
    shown = tuple(int(i) for i in np.argwhere(~agree)[0])
    if far[shown] < far.max() / HAIR:
        shown = tuple(int(i) for i in np.unravel_index(int(far.argmax()), far.shape))
    place = f"{name}[{', '.join(map(str, shown))}]" if shown else name
    one, other = came[shown], expected[shown]
    digits = 3
    while f"{one:.{digits}g}" == f"{other:.{digits}g}":
        digits += 1
    words = f"{place} is {_number(one, digits)}, expected {_number(other, digits)}"
    return Difference(words, far=float(far[shown]))


def _number(value: np.generic, digits: int = 3) -> str:
    return str(value) if value.dtype.kind in "biu" else f"{value:z.{digits}g}"  # z: no "-0"


def _numbers(array: np.ndarray) -> str:
    return "True and False" if array.dtype == bool else "numbers"


def _kind(value: Plain) -> str:
    match value:
        case None:
            return "nothing (None)"
        case Tensor():
            return "a torch tensor"
        case np.ndarray():
            return "a NumPy array"
        case bool() | int() | float():
            return f"the number {value:.4g}"
        case tuple():
            return f"a tuple of {len(value)}"
        case list() | dict():
            return f"a Python {type(value).__name__} of {len(value)}"
        case _:
            return f"a {type(value).__name__}"
