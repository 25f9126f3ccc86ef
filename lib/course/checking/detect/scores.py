"""Shares that are another softmax: what the scores before it must have been.

The logarithms of shares are the scores, but for one number that each row has added. So they tell
by which factor all scores are off, or what was added to them; also where the answer gives back no
weights: with the identity for values, the output is the weights.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch

from course.checking.compare import as_array
from course.checking.detect import hidden
from course.checking.detect.factor import in_words, sizes_of
from course.checking.detect.pairs import Said
from course.checking.evidence import Diagnosis, Evidence
from course.checking.questions import again, given
from course.checking.subject import Plain, Trouble
from course.checking.values import arrays, close, is_array

LEAST = 1e-12  # of a share whose logarithm is looked at
CLOSE = 3e-3  # of two scores, beside their size: they are logarithms of rounded numbers
MOST_CASES = 10  # that are asked again with other values
# What an exercise takes whose shares come of scores. Shares alone may be counts, divided.
_OF_SCORES = {"scores", "logits", "query", "queries", "w_q"}
_NUMBERS = {
    math.log(2): ("0.693 times", "That is the logarithm of 2: powers of 2 were taken, not of e."),
    math.log(10): ("2.303 times", "That is the logarithm of 10: powers of 10, not of e."),
    -1.0: ("-1 times", "So the lowest score gets the largest share: a minus is too many."),
}


class Shares(NamedTuple):
    """What came and what was expected, in rows that sum to 1."""

    came: np.ndarray
    expected: np.ndarray

    @property
    def telling(self) -> np.ndarray:
        return (self.came > LEAST) & (self.expected > LEAST)


def has_scores(evidence: Evidence) -> bool:
    """Whether scores go into the exercise, or what they are made of."""
    return not _OF_SCORES.isdisjoint(evidence.exercise.argument_names)


def detect(evidence: Evidence) -> Diagnosis | None:
    of_scores = has_scores(evidence)
    looks = [(_hidden, "hidden"), *([(_added, "added"), (_by_row, "rows")] if of_scores else [])]
    for name, shares in _all_shares(evidence):
        if not all(map(_are_shares, shares.values())):
            continue
        if of_scores and (said := _equal(name, shares)):
            return Diagnosis(*said, "fact", "scores.equal")
        if of_scores and (found := _scaled(evidence, shares)):
            return found
        for look, by in looks:
            if said := look(name, shares):
                # Where a whole diagonal or triangle is hidden, that says more.
                return hidden.detect(evidence) or Diagnosis(*said, "fact", f"scores.{by}")
    return None


def _all_shares(evidence: Evidence) -> Iterator[tuple[str, dict[str, Shares]]]:
    """The weights that are wrong, by case: what is given back, and what the output tells of."""
    cases = evidence.called
    if not cases or len(cases) < len(evidence.failing_calls):
        return
    for part, name in enumerate(evidence.names(cases[0])):
        found = {}
        for case in cases:
            came, expected = arrays(evidence.outcomes[case]), arrays(evidence.expected[case])
            if came and expected and part < min(len(came), len(expected)):
                found[case] = Shares(came[part] * 1.0, expected[part] * 1.0)
        wrong = {c: one for c, one in found.items() if not close(*one, evidence.exercise.tolerance)}
        if len(found) == len(cases) and wrong:
            yield f"`{name}`", wrong
    if seen := _seen_through_values(evidence, cases):
        yield "the weights", seen


def _seen_through_values(evidence: Evidence, cases: list[str]) -> dict[str, Shares]:
    names = evidence.exercise.argument_names
    place = next((names.index(name) for name in ("value", "values") if name in names), None)
    found: dict[str, Shares] = {}
    if place is None or len(evidence.names(cases[0])) > 1:
        return found
    for case in cases[-MOST_CASES:]:
        arguments = list(given(evidence.questions[case])[0])
        arguments[place] = _identity(arguments[place])
        question = again(evidence.questions[case], tuple(arguments))
        came = evidence.ask(question)
        expected = evidence.ask_reference(question)
        if isinstance(came, Trouble) or isinstance(expected, Trouble):
            return {}
        one = Shares(as_array(came) * 1.0, as_array(expected) * 1.0)
        if not close(*one, evidence.exercise.tolerance):
            found[case] = one
    return found


def _identity(values: Plain) -> Plain:
    """For each key a place of its own, in the shape of these values but for their width."""
    keys = values.shape[-2]
    one: Plain = (
        torch.eye(keys, dtype=values.dtype)
        if isinstance(values, torch.Tensor)
        else np.eye(keys, dtype=values.dtype)
    )
    return one + 0 * values[..., :1] if is_array(values) else one


def _are_shares(shares: Shares) -> bool:
    came, expected = shares
    return (
        came.shape == expected.shape
        and came.ndim > 0
        and came.shape[-1] > 1
        and bool(np.isfinite(came).all())
        and all(
            bool((one >= 0).all())
            # a row that should see nothing may be all 0
            and bool(
                (np.isclose(one.sum(-1), 1, atol=1e-3) | (~one.any(-1) & ~expected.any(-1))).all()
            )
            for one in (came, expected)
        )
    )


def _equal(name: str, shares: dict[str, Shares]) -> Said:
    uniform = all(np.ptp(one.came, axis=-1).max() < 1e-6 for one in shares.values())
    if not uniform or not any(
        np.ptp(one.expected, axis=-1).max() > 1e-3 for one in shares.values()
    ):
        return None
    return f"In each row of {name} all shares are alike, whatever the scores are.", ""


def _scaled(evidence: Evidence, shares: dict[str, Shares]) -> Diagnosis | None:
    """All scores are right but for one factor."""
    found = {case: _factor(one) for case, one in shares.items()}
    factors = {case: one[0] for case, one in found.items() if one is not None}
    # A row of two always has a factor: more has to be explained than is chosen freely.
    explained = sum(one[1] for one in found.values() if one is not None)
    if len(factors) < len(found) or explained < 3:
        return None
    for number, (words, way_out) in _NUMBERS.items():
        if all(math.isclose(one, number, rel_tol=CLOSE) for one in factors.values()):
            return _told(words, way_out)
    if words := in_words(evidence, factors):
        return _told(words, "")
    for size_name, size in sizes_of(evidence, next(iter(factors))):
        if said := _one_scale_for_all(size_name, size, factors):
            return _told(*said)
    first = next(iter(factors.values()))
    if all(math.isclose(one, first, rel_tol=CLOSE) for one in factors.values()):
        return _told(f"{first:.4g} times", "")
    what = f"Before the softmax all scores are off by one factor, in the smallest case {first:.4g}."
    return Diagnosis(what, "", "fact", "scores.factor")


def _told(words: str, way_out: str) -> Diagnosis:
    what = f"Before the softmax the scores are {words} what they should be."
    return Diagnosis(what, way_out, "certain", "scores.factor")


def _one_scale_for_all(
    name: str, size: Callable[[str], float], factors: dict[str, float]
) -> tuple[str, str] | None:
    """Whether the scale is a fixed number where it should be one over the root of a size."""
    try:
        scales = [factor / math.sqrt(size(case)) for case, factor in factors.items()]
        several = len({size(case) for case in factors}) > 1
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    if not several or not all(math.isclose(one, scales[0], rel_tol=CLOSE) for one in scales):
        return None
    if math.isclose(scales[0], 1, rel_tol=CLOSE):
        return f"√{name} times", f"Dividing them by √{name} is what is missing."
    return (
        f"{scales[0]:.4g} · √{name} times",
        f"It is as if they were divided by {1 / scales[0]:.4g} where √{name} belongs: right for "
        "one width alone.",
    )


def _factor(shares: Shares) -> tuple[float, int] | None:
    """The factor of all scores, and how many numbers it explains; None where there is not one."""
    wanted, came = _centred(shares.expected, shares.telling), _centred(shares.came, shares.telling)
    square = float((wanted**2).sum())
    if square < 1e-6:
        return None
    factor = float((wanted * came).sum()) / square
    if abs(factor) < 1e-3 or math.isclose(factor, 1, rel_tol=1e-3):
        return None
    if not (np.abs(came - factor * wanted) <= CLOSE * (1 + np.abs(came))).all():
        return None
    if np.any((shares.came > 1e-6) != (shares.expected > 1e-6)) and not shares.telling.all():
        return None  # something is hidden, or seen, as well
    rows = int(shares.telling.any(-1).sum())
    return factor, int(shares.telling.sum()) - rows - 1


def _centred(shares: np.ndarray, telling: np.ndarray) -> np.ndarray:
    """The scores but for the mean of each row's telling ones, and 0 where nothing is told."""
    scores = np.log(np.where(telling, shares, 1.0))
    count = np.maximum(telling.sum(-1, keepdims=True), 1)
    centred: np.ndarray = np.where(telling, scores - scores.sum(-1, keepdims=True) / count, 0.0)
    return centred


def _hidden(name: str, shares: dict[str, Shares]) -> Said:
    """Some places are 0, or are not, and the others share as they should."""
    for one in shares.values():
        gap = _centred(one.came, one.telling) - _centred(one.expected, one.telling)
        if not (np.abs(gap) <= CLOSE * 10).all():
            return None
    hidden = [(one.came <= LEAST) & (one.expected > 1e-6) for one in shares.values()]
    seen = [(one.expected <= LEAST) & (one.came > 1e-6) for one in shares.values()]
    if any(map(np.any, hidden)) == any(map(np.any, seen)):
        return None
    if sum(int(one.telling.sum() - one.telling.any(-1).sum()) for one in shares.values()) < 2:
        return None  # a row that has one share left says nothing of the others
    places = next(one for one in (*hidden, *seen) if one.any())
    place = ", ".join(str(int(i)) for i in np.argwhere(places)[0])
    if any(map(np.any, hidden)):
        what = (
            f"{name} hides what should be seen, such as place [{place}], and nothing else is wrong"
        )
    else:
        what = f"{name} shows what should be hidden, such as place [{place}]"
    return f"{what}: the other shares stand to each other as they should.", ""


def _added(name: str, shares: dict[str, Shares]) -> Said:
    """To the scores something is added that does not depend on the query, or on j - i alone."""
    kinds = {
        "a number for each key, the same for every query": lambda i, j: j + 0 * i,
        "a number that depends on j - i alone": lambda i, j: j - i,
    }
    for words, key in kinds.items():
        if all(_depends_on(one, key) for one in shares.values()):
            return f"Before the softmax {words}, is added to the scores: they make {name}.", ""
    return None


def _depends_on(shares: Shares, key: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> bool:
    if shares.came.ndim < 2 or not shares.telling.all() or min(shares.came.shape[-2:]) < 3:
        return False
    gap = np.log(shares.came) - np.log(shares.expected)
    rows, columns = np.indices(gap.shape[-2:])
    which = key(rows, columns)
    # One number for each row, and one for each key: the least squares of both.
    kinds, index = np.unique(which, return_inverse=True)
    index = index.reshape(which.shape)
    tables = gap.reshape(-1, *gap.shape[-2:])
    free = gap.shape[-2] + len(kinds)
    if which.size - free < 3:
        return False
    matrix = np.zeros((which.size, free))
    matrix[np.arange(which.size), rows.ravel()] = 1
    matrix[np.arange(which.size), gap.shape[-2] + index.ravel()] = 1
    right = tables.reshape(len(tables), -1).T
    left = right - matrix @ np.linalg.lstsq(matrix, right, rcond=None)[0]
    return bool((np.abs(left) <= CLOSE * (1 + np.abs(right))).all())


def _by_row(name: str, shares: dict[str, Shares]) -> Said:
    """Each row's scores are right but for a factor of its own."""
    factors = []
    for one in shares.values():
        if one.came.ndim < 2 or one.came.shape[-1] < 4 or not one.telling.all():
            return None
        wanted, came = _centred(one.expected, one.telling), _centred(one.came, one.telling)
        factor = (wanted * came).sum(-1, keepdims=True) / np.maximum(
            (wanted**2).sum(-1, keepdims=True), 1e-9
        )
        if not (np.abs(came - factor * wanted) <= CLOSE * (1 + np.abs(came))).all():
            return None
        factors.append(factor)
    least, most = min(one.min() for one in factors), max(one.max() for one in factors)
    return (
        f"Before the softmax that makes {name} each row of scores is right but for a factor of its "
        f"own, from {least:.3g} to {most:.3g}.",
        "",
    )
