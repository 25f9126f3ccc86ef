"""What the rows and columns of a wrong answer have in common."""

import numpy as np

from course.checking.detect.pairs import Pair, Said, axis_in_words, every
from course.checking.detect.places import Places, counted, in_words, listed, whole_numbers
from course.checking.detect.scores import has_scores
from course.checking.evidence import Evidence
from course.checking.values import close


def order(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """The right rows, or columns, in another order."""
    for axis in range(-1, -min(pair.came.ndim for pair in pairs) - 1, -1):
        orders = [_order_along(pair, axis, evidence.exercise.tolerance) for pair in pairs]
        if all(orders):
            order = orders[0] or []  # that of the case which the message shows
            what = f"The right numbers stand in another order along {axis_in_words(axis)} of {name}"
            if axis == -2 and all(pair.came.ndim == 2 for pair in pairs):
                what = f"The right rows of {name} stand in another order"
            numbers = ", ".join(map(str, order[:8]))
            return f"{what}: {numbers}{', …' if len(order) > 8 else ''}.", ""
    return None


def _order_along(pair: Pair, axis: int, tolerance: float) -> list[int] | None:
    """Where each slice of what came belongs; None unless each belongs to one place alone."""
    came, expected = (np.moveaxis(array, axis, 0) for array in pair[:2])
    if not 2 <= len(came) <= 40 or (came[0].size < 2 and len(came) < 4):
        return None
    alike = [[close(one, other, tolerance) for other in expected] for one in came]
    if not all(sum(row) == 1 for row in alike):
        return None
    order = [row.index(True) for row in alike]
    return order if sorted(order) == list(range(len(order))) else None


def factors(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """Each row, or each column, is right but for a factor of its own."""
    for axis, one in ((-1, "row"), (-2, "column")):
        long = [pair for pair in pairs if pair.came.ndim > 1 and pair.came.shape[axis] > 1]
        if max((pair.came.shape[axis] for pair in long), default=0) < 3:
            continue  # two numbers have a factor in common with two others by chance
        found = [_factor_of_each(pair, axis) for pair in long]
        ratios = max((ratios for ratios in found if ratios is not None), key=np.size, default=None)
        if ratios is None or not ratios.size or any(one is None for one in found):
            continue
        if not np.allclose(ratios, ratios.flat[0], rtol=1e-2):
            return (
                f"Each {one} of {name} is right but for a factor of its own.",
                f"What is each {one} divided by, or multiplied with?",
            )
    return None


def _factor_of_each(pair: Pair, axis: int) -> np.ndarray | None:
    """How many times each row is as large as expected; None where that is not one number.

    A row with fewer than two numbers other than 0 is left out: it always has one factor.
    """
    came, expected = (np.moveaxis(array, axis, -1) for array in pair[:2])
    telling = np.count_nonzero(expected, axis=-1) > 1
    came, expected = came[telling], expected[telling]
    if not np.isfinite(came).all():
        return None
    largest = abs(expected).argmax(-1)[..., None]
    ratios: np.ndarray = np.take_along_axis(came, largest, -1) / np.take_along_axis(
        expected, largest, -1
    )
    error = abs(came - ratios * expected)
    if not (error <= 1e-4 * abs(came).max(-1, keepdims=True)).all() or not ratios.all():
        return None
    return ratios


def lines(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """Which rows or columns are wrong, and which are right."""
    for axis, one in ((-1, "column"), (-2, "row"), (-3, ""), (-4, "")):
        if (
            min(pair.came.ndim for pair in pairs) < -axis
            or max(pair.came.ndim for pair in pairs) < 2
        ):
            continue
        found = [_wrong_along(evidence, pair, axis) for pair in pairs]
        words = in_words(found, one or "entry", f"{one}s" if one else "entries")
        if not words:
            continue
        along = "" if one else f" along {axis_in_words(axis)}"
        what = f"The wrong numbers of {name} lie in {words}{along}, and nowhere else"
        empty = all(
            not np.moveaxis(pair.came, axis, 0)[places.found].any()
            for pair, places in zip(pairs, found, strict=True)
        )
        if empty and pairs[0].came.dtype != bool:
            return (
                f"{what}: what came is 0 there.",
                "Is something left out, or does a loop not reach them all?",
            )
        return f"{what}.", ""
    return None


def _wrong_along(evidence: Evidence, pair: Pair, axis: int) -> Places:
    came, expected = (np.moveaxis(array, axis, 0) for array in pair[:2])
    wrong = [
        place
        for place, (one, other) in enumerate(zip(came, expected, strict=True))
        if not close(one, other, evidence.exercise.tolerance)
    ]
    return Places(wrong, len(came), whole_numbers(evidence, pair.case))


def zeros(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """0 where it should not be, or not 0 where it should."""
    filled = [(pair.came != 0, pair.expected != 0) for pair in pairs]
    if any(came.ndim == 0 or np.array_equal(came, expected) for came, expected in filled):
        return None
    if all(not (came & ~expected).any() for came, expected in filled):
        return f"{name} is 0 at places where it should not be.", ""
    largest = max((expected for _, expected in filled), key=np.size)
    if 4 * np.count_nonzero(largest) > 3 * largest.size:
        return None  # a few are 0 by themselves, as the sine of 0 is
    counts = [(set(one.sum(-1).ravel()), set(other.sum(-1).ravel())) for one, other in filled]
    if all(len(one) == len(other) == 1 and one != other for one, other in counts):
        one, other = (int(count.pop()) for count in counts[0])
        numbers = counted(one, "number", "numbers")
        return f"Each row of {name} holds {numbers} other than 0, expected {other}.", ""
    if all(np.array_equal(one.sum(-1), other.sum(-1)) for one, other in filled):
        came, expected = filled[0]
        place = listed(tuple(map(int, np.argwhere(came & ~expected)[0])))
        return (
            f"In each row of {name} as many numbers are other than 0 as should be, but not the "
            f"right ones: {name}[{place}] should be 0.",
            "By what are they chosen, and along which axis?",
        )
    if all(not (expected & ~came).any() for came, expected in filled):
        return f"{name} is not 0 at places where 0 is expected.", ""
    return None


def shares(evidence: Evidence, name: str, pairs: list[Pair]) -> Said:
    """What is expected to sum to 1 along its last axis."""
    if not every(pairs, lambda came, expected: expected.ndim and _sums_to_1(expected, -1)):
        return None
    if max(pair.came.shape[-1] for pair in pairs) < 2:
        return None
    if not any(_sums_to_1(pair.came, -1) for pair in pairs):
        for axis in range(-pairs[0].came.ndim, -1):
            if every(
                pairs,
                lambda came, expected, axis=axis: came.ndim >= -axis and _sums_to_1(came, axis),  # type: ignore[misc]
            ):
                return (
                    f"{name} sums to 1 along {axis_in_words(axis)}, and should along the last.",
                    "Each row hands out one budget: dim=-1.",
                )
        if len(pairs) > 1 and every(
            pairs, lambda came, expected: np.isclose(came.sum(), 1, atol=1e-3)
        ):
            return (
                f"{name} sums to 1 as a whole, and each row should.",
                "Each row hands out one budget of its own: the sum runs along the last axis, and "
                "keeps it.",
            )
        sums = pairs[0].came.sum(-1)
        if not np.isfinite(sums).all():
            return None
        first = sums[~np.isclose(sums, 1, atol=1e-3)].flat[0]
        told = (
            f"{name} does not sum to 1, but to {first:.4g}."
            if sums.ndim == 0
            else f"The rows of {name} do not sum to 1: one sums to {first:.4g}."
        )
        powers = "Shares are each row's powers, divided by the same row's sum of them."
        return told, powers if has_scores(evidence) else ""
    if not every(pairs, lambda came, expected: _sums_to_1(came, -1)):
        return None
    if every(pairs, lambda came, expected: np.isin(came, (0, 1)).all()):
        return f"In each row of {name} one entry is 1 and all others are 0.", ""
    softmax = "Are the scores right, their scale and their signs? And are the shares powers of e?"
    return (
        f"The rows of {name} sum to 1, as they should, but the shares are others.",
        softmax if has_scores(evidence) else "",
    )


def _sums_to_1(array: np.ndarray, axis: int) -> bool:
    return bool((array >= 0).all() and np.allclose(array.sum(axis), 1, atol=1e-3))
