"""An exception, said in terms of the learner's line: what does not fit there, and what would.

Python, NumPy and PyTorch say what stopped *them*. The same few kinds stop nearly every beginner,
and each has a sentence here. None of them guesses: it repeats what the exception knows, with the
names of the inputs that have the sizes in question.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from course.checking.detect.exception_words import LINED_UP, PLAIN
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import given
from course.checking.subject import Trouble
from course.checking.values import is_array

Said = tuple[str, str]  # what it is, and the way out
FITS = "`A @ B` sums over the last axis of A and the last but one of B"


@dataclass(frozen=True)
class _Scene:
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


def detect(evidence: Evidence) -> Diagnosis | None:
    """What the exception of the smallest case says of the line where it was raised."""
    case = evidence.failing[0]
    trouble = evidence.outcomes[case]
    if not isinstance(trouble, Trouble) or trouble.what != "raised":
        return None
    arguments, options = given(evidence.questions[case])
    names = evidence.exercise.argument_names
    inputs = dict(zip(names, arguments, strict=False)) | options
    scene = _Scene(" ".join(trouble.detail.split()), trouble.line, inputs)
    said = _in_other_words(scene) or _by_type(trouble.name, scene, names)
    return Diagnosis(*said, "fact", "exceptions") if said else None


def _in_other_words(scene: _Scene) -> Said | None:
    for pattern, say in _RECKONED:
        if found := re.search(pattern, scene.detail):
            return say(found, scene)
    for pattern, what, way_out in PLAIN:
        if found := re.search(pattern, scene.detail):
            return what.format(*found.groups(), at=scene.at), way_out
    return None


def _by_type(name: str, scene: _Scene, argument_names: list[str]) -> Said | None:
    wrong_call = re.search(r"positional argument|unexpected keyword|multiple values", scene.detail)
    if name == "TypeError" and wrong_call and not scene.line:
        return (
            "Your function takes other arguments than it is given.",
            f"It is called with {', '.join(argument_names)}, in this order.",
        )
    missing = re.search(r"(\w+)\(\) missing \d+ required positional arguments?: (.+)", scene.detail)
    if missing:
        return (
            f"`{missing[1]}` is called without {missing[2]}{scene.at}.",
            "Its arguments are taken in the order in which they stand in the brackets.",
        )
    named = re.search(r"name '(\w+)'|variable '(\w+)'", scene.detail)
    used = f"`{named[1] or named[2]}`" if named else "A name"
    return {
        "NameError": (
            f"{used} is used, and has no value{scene.at}.",
            "Is it spelt as where it is set, and is that cell run? What belongs to an object has "
            "`self.` before it.",
        ),
        "UnboundLocalError": (
            f"{used} is used before it has a value{scene.at}.",
            "Is it set on every way that leads there, also where a loop runs not once?",
        ),
        "ZeroDivisionError": (f"It divides by 0{scene.at}.", "Which size or sum is 0 there?"),
        "RecursionError": (
            f"A function calls itself without end{scene.at}.",
            "Which call ends it?",
        ),
    }.get(name)


def _product(found: re.Match[str], scene: _Scene) -> Said:
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


def _sum_over(inner: int, other: int, scene: _Scene) -> Said:
    return (
        f"A product does not fit{scene.at}: rows of {inner} meet columns of {other}.",
        f"{FITS}: {scene.size(inner)} and {scene.size(other)} have to be equal. Is one of them to "
        "be turned (`.T`), or is another meant?",
    )


def _sizes(found: re.Match[str], scene: _Scene) -> Said:
    one, other, axis = map(int, found.groups())
    return (
        f"Two tensors do not line up{scene.at}: {one} against {other} on axis {axis}.",
        f"{LINED_UP}Here {scene.size(one)} meets {scene.size(other)}. Is an axis of length 1 "
        "missing (`[:, None]`, keepdim=True), or are two axes exchanged?",
    )


def _reshape(found: re.Match[str], scene: _Scene) -> Said:
    wanted, entries = [int(x) for x in re.findall(r"-?\d+", found[1])], int(found[2])
    known = [x for x in wanted if x > 0]
    sizes = ", ".join(scene.size(x) for x in known if x > 1)
    product = f"{' × '.join(map(str, known))} = {math.prod(known)}" if known else "a new shape"
    return (
        f"The new shape holds another number of entries{scene.at}.",
        f"A reshape keeps every entry: {product} does not go into {entries}. You asked for "
        f"{sizes}. Was a size of one tensor used for another, or written in as a number?",
    )


def _no_axis(found: re.Match[str], scene: _Scene) -> Said:
    axes, axis = int(found["axes"]), found["axis"]
    has = f": there {_are(axes, 'axis', 'axes')} here"
    if re.search(r"unsqueeze|stack|expand_dims", scene.line):
        has = ""  # those count the axes of what they make
    return (
        f"There is no axis {axis}{scene.at}{has}.",
        "Counted from the front, an axis moves as soon as a batch stands before it, or does not. "
        "Count from the end, as in dim=-1 or .transpose(-2, -1): that works for any number of "
        "axes.",
    )


def _are(number: int, one: str, more: str) -> str:
    return f"is 1 {one}" if number == 1 else f"are {number} {more}"


def _beyond(found: re.Match[str], scene: _Scene) -> Said:
    index, axis, length = found.groups()
    return (
        f"Index {index} is beyond the end{scene.at}: on axis {axis} there "
        f"{_are(int(length), 'entry', 'entries')}.",
        f"Places count from 0, so the last is {int(length) - 1}. Is it an index for another axis, "
        "or a loop over another size than this one's?"
        if int(length)
        else "Nothing is there to be picked: an empty one comes, too.",
    )


def _layers(found: re.Match[str], scene: _Scene) -> Said:
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


_RECKONED: tuple[tuple[str, Callable[[re.Match[str], _Scene], Said]], ...] = (
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
)
