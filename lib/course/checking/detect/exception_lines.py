"""Exceptions that say more beside the learner's line: sizes by their names, and what stands there.

A way out is offered only where what it mends is to be seen: in the line, in the message, or in the
shapes that went in.
"""

import builtins
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import torch

from course.checking.detect.exception_words import LINED_UP
from course.checking.values import is_array

Said = tuple[str, str]  # what it is, and the way out
FITS = "`A @ B` sums over the last axis of A and the last but one of B"


@dataclass(frozen=True)
class Scene:
    """Where it happened: the exception's message, the line, and what the inputs are called."""

    detail: str
    line: str
    given: dict[str, object]

    @property
    def at(self) -> str:
        return f" in `{self.line}`" if self.line else ""

    def size(self, number: int) -> str:
        """A size, with the axes of the inputs that are so long: "5 (key.shape[-2])"."""
        found = [
            f"{name}.shape[{axis - value.ndim}]"
            for name, value in self.given.items()
            if is_array(value)
            for axis, length in enumerate(value.shape)
            if length == number
        ]
        found += [name for name, value in self.given.items() if value is number and number > 1]
        return f"{number} ({' = '.join(found[:3])})" if found else str(number)

    def has_written(self, number: int) -> bool:
        """Whether the line has this number written out, so that it comes from no input."""
        return re.search(rf"(?<![\w.]){number}(?![\w.])", self.line) is not None


def _product(found: re.Match[str], scene: Scene) -> Said:
    rows, inner, other, columns = map(int, found.groups())
    turned = []
    if inner == columns:
        turned.append("the right one, turned (`.mT`), would fit")
    if rows == other:
        turned.append("the left one, turned, would fit")
    if rows == columns:
        turned.append("exchanged, they would fit")
    hint = f" Here {', or '.join(turned)}: shapes can't tell which is meant." if turned else ""
    return (
        f"A product does not fit{scene.at}: ({rows}, {inner}) times ({other}, {columns}).",
        f"{FITS}: {scene.size(inner)} and {scene.size(other)} have to be equal.{hint}",
    )


def _sum_over(inner: int, other: int, scene: Scene) -> Said:
    return (
        f"A product does not fit{scene.at}: rows of {inner} meet columns of {other}.",
        f"{FITS}: {scene.size(inner)} and {scene.size(other)} have to be equal. Is one of them to "
        "be turned (`.T`), or is another meant?",
    )


def _sizes(found: re.Match[str], scene: Scene) -> Said:
    one, other, axis = map(int, found.groups())
    batched = any(is_array(value) and value.ndim > 2 for value in scene.given.values())
    turned = (
        " `.T` turns all axes of a batch around, not the last two alone, as `.mT` does."
        if batched and re.search(r"\.T\b", scene.line)
        else ""
    )
    return (
        f"Two tensors do not line up{scene.at}: {one} against {other} on axis {axis}.",
        f"{LINED_UP} Here {scene.size(one)} meets {scene.size(other)}.{turned}",
    )


def _reshape(found: re.Match[str], scene: Scene) -> Said:
    wanted, entries = [int(x) for x in re.findall(r"-?\d+", found[1])], int(found[2])
    known = [x for x in wanted if x > 0]
    named = (str(x) if scene.has_written(x) else scene.size(x) for x in known if x > 1)
    sizes = ", ".join(named)
    product = " × ".join(map(str, known)) or "a new shape"
    if len(known) > 1:
        product += f" = {math.prod(known)}"
    written = [str(x) for x in dict.fromkeys(known) if x > 1 and scene.has_written(x)]
    fixed = f" Written out there: {', '.join(written)}, whatever comes in." if written else ""
    return (
        f"The new shape holds another number of entries{scene.at}.",
        f"A reshape keeps every entry: {product} does not go into {entries}. You asked for "
        f"{sizes}.{fixed}",
    )


def _no_axis(found: re.Match[str], scene: Scene) -> Said:
    axes, axis = int(found["axes"]), found["axis"]
    has = f": there {_are(axes, 'axis', 'axes')} here"
    if re.search(r"unsqueeze|stack|expand_dims", scene.line):
        has = ""  # those count the axes of what they make
    return (
        f"There is no axis {axis}{scene.at}{has}.",
        "Counted from the front, an axis moves as soon as another stands before it. Counted from "
        "the end, the last is always -1, and the one before it -2.",
    )


def _are(number: int, one: str, more: str) -> str:
    return f"is 1 {one}" if number == 1 else f"are {number} {more}"


def _beyond(found: re.Match[str], scene: Scene) -> Said:
    index, axis, length = found.groups()
    return (
        f"Index {index} is beyond the end{scene.at}: on axis {axis} there "
        f"{_are(int(length), 'entry', 'entries')}.",
        f"Places count from 0, so the last is {int(length) - 1}.{_written_out(index, scene)}"
        if int(length)
        else "Nothing is there to be picked: an empty one comes, too.",
    )


def _written_out(index: str, scene: Scene) -> str:
    """A sentence, if the index stands in the line as a number."""
    if not re.search(rf"\[(?:[^\]]*,)?\s*{index}\s*[,\]]", scene.line):
        return ""
    return f" The place {index} is written out: there may be any number of entries."


def _unpacked(found: re.Match[str], scene: Scene) -> Said:
    names, came = found["names"], found["came"]
    what = (
        f"{names} names are to be filled, and only {came} came{scene.at}."
        if came
        else f"There are more values than the {names} names that are to be filled{scene.at}."
    )
    if ".shape" in scene.line or ".size()" in scene.line:
        many = "fewer axes than there are names" if came else "more axes than there are names"
        return what, f"The shape has {many}. x.shape[-1] works for any number of axes."
    return what, "On the left of `=` there is one name for each value on the right."


def _one_number(found: re.Match[str], scene: Scene) -> Said:
    what = f"One number is needed{scene.at}, and a whole table came."
    if function := re.search(r"\bmath\.(\w+)", scene.line):
        tensors = any(isinstance(value, torch.Tensor) for value in scene.given.values())
        library = "torch" if tensors else "np"
        if hasattr(torch if tensors else np, function[1]):
            return what, (
                f"math.{function[1]} takes one number alone. {library}.{function[1]} goes through "
                "a whole table, number by number."
            )
    if function := re.search(r"\b(float|int|bool)\(", scene.line):
        return what, f"`{function[1]}(…)` takes one number alone."
    return what, ""


def _no_attribute(found: re.Match[str], scene: Scene) -> Said:
    kind, name = found[1], found[2]
    what = f"Something of type `{kind}` has no `.{name}`{scene.at}."
    here, there = (torch.Tensor, np.ndarray) if kind == "Tensor" else (np.ndarray, torch.Tensor)
    if kind in ("Tensor", "numpy.ndarray"):
        if hasattr(there, name):
            one, other = ("An array of NumPy's", "a tensor") if kind == "Tensor" else (
                "A tensor", "an array of NumPy's"
            )  # fmt: skip
            return what, f"{one} has it, and {other} has not."
        near = get_close_matches(name, [one for one in dir(here) if one[0] != "_"], 1, 0.75)
        return what, f"It has `.{near[0]}`." if near else ""
    if kind in ("tuple", "list"):
        return what, f"A {kind} holds several values: pick one, x[0], or give each a name."
    return what, ""


def _too_many_given(found: re.Match[str], scene: Scene) -> Said:
    name = found[1]
    theirs = any(hasattr(library, name) for library in (torch.Tensor, torch, np, math, builtins))
    if name == "transpose" and any(isinstance(x, torch.Tensor) for x in scene.given.values()):
        way = "Of a tensor it exchanges two axes. `permute` takes a new order of them all."
    elif theirs:
        way = ""
    else:
        way = "What it takes stands in the brackets of its `def`; a method's `self` counts as one."
    return f"`{name}` takes {found[2]} arguments, and {found[3]} were given{scene.at}.", way


def _unknown_option(found: re.Match[str], scene: Scene) -> Said:
    name = found[2]
    other = {"dim": "axis", "axis": "dim", "keepdim": "keepdims", "keepdims": "keepdim"}.get(name)
    theirs = "NumPy" if other in ("axis", "keepdims") else "torch"
    return (
        f"`{found[1]}` takes no argument `{name}`{scene.at}.",
        f"What is `{name}` elsewhere is `{other}` in {theirs}." if other else "",
    )


def _layers(found: re.Match[str], scene: Scene) -> Said:
    def listed(kind: str) -> str:
        part = re.search(rf"{kind} key\(s\) in state_dict: ((?:\"[^\"]*\",? ?)+)", scene.detail)
        return part[1].rstrip(", ").replace('"', "`") if part else ""

    asked, extra = listed("Unexpected"), listed("Missing")
    words = f"It has no {asked}. " if asked else ""
    words += f"It has {extra}, which nobody asks for. " if extra else ""
    for name, came, wanted in re.findall(
        r"size mismatch for (\S+): copying a param with shape torch\.Size\((.*?)\) from checkpoint"
        r", the shape in current model is torch\.Size\((.*?)\)",
        scene.detail,
    )[:2]:
        words += f"`{name}` has shape {wanted}, expected {came}. "
    return (
        "Your module's layers have other names or shapes than the text asks for.",
        f"{words}PyTorch knows a layer only as an attribute, `self.name = nn.Linear(…)`, or in an "
        "nn.ModuleList: it does not see one in a plain list or dict.",
    )


RECKONED: tuple[tuple[str, Callable[[re.Match[str], Scene], Said]], ...] = (
    (r"expected to be in range of \[-(?P<axes>\d+), \d+\], but got (?P<axis>-?\d+)", _no_axis),
    (
        r"axis (?P<axis>-?\d+) is out of bounds for array of dimension (?P<axes>\d+)",
        _no_axis,
    ),
    (r"shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)", _product),
    (
        r"matmul: Input operand 1 .*\(size (\d+) is different from (\d+)\)",
        lambda found, scene: _sum_over(int(found[2]), int(found[1]), scene),
    ),
    (
        r"not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)",
        lambda found, scene: _sum_over(int(found[1]), int(found[2]), scene),
    ),
    (
        r"first two dimensions of batch2 tensor to be: \[(\d+), (\d+)\] but got: \[\1, (\d+)\]",
        lambda found, scene: _sum_over(int(found[2]), int(found[3]), scene),
    ),
    (
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton "
        r"dimension (\d+)",
        _sizes,
    ),
    (r"shape '(\[[\d, -]+\])' is invalid for input of size (\d+)", _reshape),
    (r"cannot reshape array of size (?=\d+ into shape (\(.*\)))(\d+)", _reshape),
    (r"index (-?\d+) is out of bounds for (?:axis|dimension) (\d+) with size (\d+)", _beyond),
    (r"loading state_dict", _layers),
    (r"not enough values to unpack \(expected (?P<names>\d+), got (?P<came>\d+)\)", _unpacked),
    (r"too many values to unpack \(expected (?P<names>\d+)(?P<came>)", _unpacked),
    (
        r"cannot be converted to Scalar|only (length-1|0-dim|size-1|one element).* converted",
        _one_number,
    ),
    (r"'([\w.]+)' object has no attribute '(\w+)'", _no_attribute),
    (
        r"(?:\w+\.)*(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)",
        _too_many_given,
    ),
    (r"(?:\w+\.)*(\w+)\(\) got an unexpected keyword argument '(\w+)'", _unknown_option),
)
