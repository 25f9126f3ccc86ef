"""The words of a check that says "not yet"."""

import textwrap
import unicodedata

import numpy as np
from torch import Tensor

from course.checking.compare import Difference, as_array
from course.checking.evidence import Diagnosis
from course.checking.exercise import Exercise
from course.checking.questions import Holds, Question, Types, answer_names
from course.checking.subject import Plain, Trouble

WIDTH = 96
SMALL = 24  # an array of more numbers is shown by its shape alone


def not_yet(
    exercise: Exercise,
    case: str,
    question: Question,
    came: Plain | Trouble,
    expected: Plain,
    found: Difference,
    diagnosis: Diagnosis | None,
    cases_right: int,
    cases: int,
) -> str:
    """What is wrong in words; the smallest case; what came and what was expected; the shapes."""
    what, way_out = found.words, found.way_out
    if diagnosis:
        what, way_out = diagnosis.what, diagnosis.way_out
        if diagnosis.sure == "probably":
            what = f"Probably: {what}"
    # What it is hangs deeper than the way out, so that both can be told apart.
    lines = _wrapped(f"{exercise.number} not yet · {what}", indent=0, hang=4) + _wrapped(way_out)
    if isinstance(came, Trouble) and came.what == "forbidden":
        return visible("\n".join(lines))

    lines += ["", *_wrapped(f"smallest case that fails: {case}")]
    inputs = dict(zip(exercise.argument_names, question.arguments, strict=False))
    returns = answer_names(question, exercise.argument_names, exercise.returns)
    names = (returns,) if isinstance(returns, str) else returns
    for name, value in (inputs | question.options).items():
        if _is_small(value):
            lines += _shown(name, value)
    if diagnosis:
        lines += ["", *_wrapped(f"there, {found.words}")]
    shows_values = not isinstance(came, Trouble) and not isinstance(question, Types | Holds)
    if shows_values and _is_small(came) and _is_small(expected):
        lines += _both_shown(names, came, expected)
    shapes = _shapes(inputs, came, expected, names)
    if shapes:
        lines += _wrapped(f"shapes: {shapes}")
    if cases_right:
        lines += [f"  right already: {cases_right} of {cases} cases"]
    return visible("\n".join(lines))


def in_parts(message: str) -> tuple[str, str, str]:
    """A message in its three parts, unwrapped: what it is, the way out, and the case (or "")."""
    headline, _, case = message.partition("\n\n")
    what, *more = headline.split("\n")
    while more and more[0].startswith(" " * 4):
        what += " " + more.pop(0).strip()
    return what, " ".join(line.strip() for line in more), case


def visible(text: str) -> str:
    """`text`, with signs that steer who shows it written out: escape sequences, directions."""
    if text.isprintable():
        return text
    return "".join(sign if _is_harmless(sign) else _written_out(sign) for sign in text)


def _is_harmless(sign: str) -> bool:
    return sign.isprintable() or sign == "\n" or unicodedata.category(sign) == "Zs"


def _written_out(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _wrapped(text: str, indent: int = 2, hang: int = 2) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hang,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _is_small(value: Plain) -> bool:
    if isinstance(value, tuple):
        return all(_is_small(item) for item in value)
    if isinstance(value, Tensor | np.ndarray):
        return as_array(value).size <= SMALL
    return isinstance(value, bool | int | float | str) or value is None


def _both_shown(names: tuple[str, ...], came: Plain, expected: Plain) -> list[str]:
    """What came back and what was expected, with so many digits that they can be told apart."""
    for digits in range(3, 9):
        yours = _shown_all("", names, came, digits)
        if yours != _shown_all("", names, expected, digits):
            break
    return _shown_all("your ", names, came, digits) + _shown_all(
        "expected ", names, expected, digits
    )


def _shown_all(whose: str, names: tuple[str, ...], answer: Plain, digits: int) -> list[str]:
    """What came back, each part by its name."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    if len(names) != len(parts):
        names = ("answer",) * len(parts)
    return [
        line
        for name, part in zip(names, parts, strict=True)
        for line in _shown(f"{whose}{name}", part, digits)
    ]


def _shown(name: str, value: Plain, digits: int = 3) -> list[str]:
    """`name = value`, its rows below each other, without the axes of length 1 of a stack."""
    start = f"    {name} = "
    if isinstance(value, Tensor | np.ndarray | float):
        array = as_array(value)
        array = array + 0.0 if array.dtype.kind == "f" else array  # so that no zero is a "-0."
        if array.ndim > 2:  # its shape stands below; brackets and blank lines say less
            array = array.squeeze()
        text = np.array2string(array, precision=digits, suppress_small=True, separator=", ")
    else:
        text = str(value)
    rows = [line for line in text.split("\n") if line]  # none is blank between two tables
    return (start + ("\n" + " " * len(start)).join(rows)).splitlines()


def _shapes(
    inputs: dict[str, Plain], came: Plain | Trouble, expected: Plain, names: tuple[str, ...]
) -> str:
    """ "queries (4, 3), keys (6, 3) → scores (4, 6), as expected", or "" without any array."""
    given = ", ".join(
        f"{name} {tuple(value.shape)}"
        for name, value in inputs.items()
        if isinstance(value, Tensor | np.ndarray)
    )
    wanted = expected if isinstance(expected, tuple) else (expected,)
    if not given or not all(isinstance(item, Tensor | np.ndarray) for item in wanted):
        return given
    if len(names) != len(wanted):
        names = tuple(f"{names[0]}[{place}]" for place in range(len(wanted)))
    results = ", ".join(
        f"{name} {tuple(item.shape)}" for name, item in zip(names, wanted, strict=True)
    )
    arrived = came if isinstance(came, tuple) else (came,)
    if not all(isinstance(item, Tensor | np.ndarray) for item in arrived):
        return f"{given} → expected {results}"
    yours = [tuple(item.shape) for item in arrived]
    if yours == [tuple(item.shape) for item in wanted]:
        return f"{given} → {results}, as expected"
    return f"{given} → expected {results}, yours {', '.join(map(str, yours))}"
