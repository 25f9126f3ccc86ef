"""What the numbers of a wrong answer have in common, beside what they should have."""

import numpy as np

from course.checking.compare import as_array
from course.checking.detect.pairs import Pair, Said, every
from course.checking.detect.places import listed
from course.checking.detect.rows import factors, lines, order, shares, zeros
from course.checking.detect.shapes import Shapes, in_shapes
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import given
from course.checking.values import arrays, close, is_array, is_floats

MANY = 8  # numbers that are alike, in all that fails
LARGE = 50  # e to the power of a product of such numbers overflows


def detect(evidence: Evidence) -> Diagnosis | None:
    name, pairs = _first_wrong_part(evidence)
    if not pairs:
        return None
    if any(pair.came.shape != pair.expected.shape for pair in pairs):
        return wrong_shape(evidence)
    if pairs[0].expected.dtype == bool or pairs[0].came.dtype == bool:
        said = lines(evidence, name, pairs)
        return Diagnosis(*said, "fact", "patterns.lines") if said else None
    for look, by in (
        (_not_finite, "nan"), (_whole, "whole"), (_constant, "constant"), (_an_input, "input"),
        (_signs, "signs"), (order, "order"), (_distance, "distance"), (factors, "factors"),
        (lines, "lines"), (zeros, "zeros"), (shares, "shares"),
    ):  # fmt: skip
        said = look(evidence, name, pairs)
        if said:
            return Diagnosis(*said, "fact", f"patterns.{by}")
    return None


def wrong_shape(evidence: Evidence) -> Diagnosis | None:
    """What is wrong with the shape of the first part that is wrong."""
    name, pairs = _first_wrong_part(evidence)
    if not pairs:
        return None
    if said := _an_input(evidence, name, pairs):
        return Diagnosis(*said, "fact", "patterns.input")
    shapes = [Shapes(pair.came.shape, pair.expected.shape, pair.case) for pair in pairs]
    said = in_shapes(evidence, name, shapes)
    return Diagnosis(*said, "fact", "patterns.shape") if said else None


def _first_wrong_part(evidence: Evidence) -> tuple[str, list[Pair]]:
    """The first part of the answer that is wrong, in all failing cases that got an answer.

    Where it is now one and now another, or no numbers came, there is nothing to look at.
    """
    found: dict[str, list[Pair]] = {}
    for case in evidence.called:
        came, expected = arrays(evidence.outcomes[case]), arrays(evidence.expected[case])
        if came is None or expected is None or len(came) != len(expected):
            return "", []
        for name, one, other in zip(evidence.names(case), came, expected, strict=False):
            if not close(one, other, evidence.exercise.tolerance):
                found.setdefault(name, []).append(Pair(one, other, case))
    # An output is made of the others: what is wrong in one of those, shows in it as well.
    wrong = {name: pairs for name, pairs in found.items() if name != "output"} or found
    name, pairs = max(wrong.items(), key=lambda one: len(one[1]), default=("", []))
    return (name, pairs) if len(pairs) == len(evidence.called) else ("", [])


def _not_finite(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    if not every(pairs, lambda came, expected: np.isfinite(expected).all()):
        return None
    if every(pairs, lambda came, expected: np.isnan(came).any()):
        return (
            f"{name} holds nan, not a number.",
            "0 / 0, 0 · inf, inf / inf and inf - inf make it." + _where_large(evidence),
        )
    if every(pairs, lambda came, expected: np.isinf(came).any()):
        return (
            f"{name} holds inf.",
            "A number divided by 0 makes it, and an exp that overflows." + _where_large(evidence),
        )
    return None


def _where_large(evidence: Evidence) -> str:
    """A sentence, if it is wrong just where a number that goes in is large."""
    largest: dict[bool, list[float]] = {True: [], False: []}
    for case, question in evidence.questions.items():
        values = [abs(as_array(x) * 1.0) for x in given(question)[0] if is_floats(x)]
        numbers = [x[np.isfinite(x)].max(initial=0) for x in values]
        largest[case in evidence.failing].append(max(numbers, default=0))
    if largest[False] and min(largest[True]) >= LARGE > max(largest[False]):
        return (
            " It comes only where a number is large: exp overflows above 88 in float32. A softmax "
            "takes the largest score of each row away first."
        )
    return ""


def _constant(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    if every(pairs, lambda came, expected: came.size > 1 and not came.any()):
        return f"{name} is 0 everywhere.", "Is what was computed put in, and given back?"
    # In a single small table the numbers may be equal by chance, or because those put in are.
    many = sum(pair.came.size for pair in pairs) >= MANY
    if (
        many
        and every(pairs, lambda came, expected: came.size > 2 and _is_one_number(came))
        and not any(_is_one_number(pair.expected) for pair in pairs)
    ):
        number = float(pairs[0].came.flat[0])
        return f"{name} is the same number everywhere, here {number:.3g}.", ""
    return None


def _is_one_number(array: np.ndarray) -> bool:
    return bool(np.isclose(array, array.flat[0]).all())


def _an_input(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    if max(pair.came.size for pair in pairs) < 3:
        return None
    for place, argument in enumerate(evidence.exercise.argument_names):
        inputs = [given(evidence.questions[pair.case])[0] for pair in pairs]
        if all(
            len(arguments) > place and is_array(arguments[place])
            and close(pair.came, as_array(arguments[place]), 1e-6)
            for pair, arguments in zip(pairs, inputs, strict=True)
        ):  # fmt: skip
            return (
                f"{name} is `{argument}`, just as it went in.",
                "Is what was made of it kept? x.view(…), x.transpose(…) and x.masked_fill(…) leave "
                "x as it is, and give back a new tensor: x = x.view(…).",
            )
    return None


def _whole(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """Whole numbers, where fractions are expected."""
    if every(pairs, lambda came, expected: came.dtype.kind in "iu" and expected.dtype.kind == "f"):
        return (
            f"{name} has room for whole numbers alone: its dtype is {pairs[0].came.dtype}.",
            "What is written into such a table is cut. zeros(…) without dtype, or dtype=x.dtype, "
            "holds fractions.",
        )
    numbers = np.concatenate([pair.came.ravel() for pair in pairs])
    fractions = [pair.expected for pair in pairs if (pair.expected != pair.expected.round()).any()]
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < 3 or not fractions:
        return None
    if sum(int((array != array.round()).sum()) for array in fractions) < 3:
        return None
    if (numbers == numbers.round()).all():
        return (
            f"{name} holds whole numbers alone, and fractions are expected.",
            "dtype=int, int(…), // and a round cut them.",
        )
    return None


def _signs(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    tolerance = evidence.exercise.tolerance
    if not every(pairs, lambda came, expected: close(abs(came), abs(expected), tolerance)):
        return None
    wrong = [
        ~np.isclose(pair.came, pair.expected, rtol=tolerance, atol=tolerance / 10) for pair in pairs
    ]
    if sum(int(array.sum()) for array in wrong) < 2:
        return None
    place = tuple(map(int, np.argwhere(wrong[0])[0]))
    at = f"{name}[{listed(place)}]" if place else name
    came, expected = pairs[0].came[place], pairs[0].expected[place]
    return (
        f"Only signs are different: {at} is {came:.3g}, expected {expected:.3g}.",
        "All sizes are right. Where is a minus too many, or one missing?",
    )


def _distance(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """The same number too much everywhere."""
    distances = [pair.came - pair.expected for pair in pairs]
    if (
        sum(len(np.unique(pair.expected)) for pair in pairs) < 3
        or not np.isfinite(np.concatenate([distance.ravel() for distance in distances])).all()
    ):
        return None
    if max(distance.size for distance in distances) < 3 and len(distances) < 3:
        return None
    tolerance = evidence.exercise.tolerance
    if not all(
        np.allclose(distance, distance.flat[0], rtol=1e-3, atol=tolerance) for distance in distances
    ):
        return None
    first = float(distances[0].flat[0])
    if abs(first) < 1e-2:
        return None
    words = "more" if first > 0 else "less"
    if all(np.allclose(distance, first, rtol=1e-3, atol=tolerance) for distance in distances):
        return f"{name} is {abs(first):.4g} {words} than expected in every case that fails.", ""
    if max(distance.size for distance in distances) < 3:
        return None
    return (
        f"All of {name} is off by one number: in the smallest case it is {abs(first):.4g} {words} "
        "than expected.",
        "What is added to all of it, or taken away?",
    )
