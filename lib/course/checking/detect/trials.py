"""Ask again with one thing changed in what goes in, and see what moves: in the answer, and in what
is expected."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course.checking.compare import as_array
from course.checking.evidence import Evidence
from course.checking.exercise import Exercise
from course.checking.expected import Outcome, asked, outcome_of
from course.checking.questions import Question, again, given
from course.checking.subject import LocalSubject, Plain
from course.checking.values import arrays, is_array, is_floats

# How far a number moves, in the size of the largest beside it: a softmax that has all but chosen
# hears nothing small, one that is pushed hard has chosen, and what is 0 in all three is 0.
SMALL, LARGE, FAR = 0.3, 3.0, 300.0
SMALL_NUMBER = 20  # a larger one is not doubled: what it counts may take its time


@dataclass(frozen=True)
class Change:
    """What is changed: an argument, whole or one entry along an axis.

    which  the entry, or a number for other ways to change it all
    """

    argument: int
    axis: int | None
    which: int
    reach: float = SMALL


class Moves(NamedTuple):
    """Where one part of an answer moved for certain, and where it did not move at all.

    Between the two lies rounding, of which nothing can be said.
    """

    stirred: np.ndarray
    still: np.ndarray


class Trials:
    """Changes tried out on a wrong answer; `spent` counts the questions."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.spent = 0

    def moves(self, case: str, change: Change) -> tuple[list[Moves], list[Moves]] | None:
        """What moved in each part of the answer, and in what is expected; None if unknown.

        Nothing is asked where nothing that is expected moves.
        """
        evidence = self._evidence
        expected = _expected_moves(evidence.exercise, evidence.seed, case, change)
        if not expected or not any(part.stirred.any() for part in expected):
            return None
        self.spent += 1
        question = _changed(evidence.questions[case], change)
        assert question is not None
        found = moves_between(evidence.outcomes[case], evidence.ask(question))
        if found is None or len(found) != len(expected):
            return None
        return found, expected


@lru_cache(maxsize=20_000)
def _expected_moves(exercise: Exercise, seed: int, case: str, change: Change) -> list[Moves] | None:
    """What should move: by a small change or by a large one, where one entry is changed."""
    if change.axis is None or change.reach != SMALL:
        return _moves_of_reference(exercise, seed, case, change)
    small, large = (
        _moves_of_reference(exercise, seed, case, replace(change, reach=reach))
        for reach in (SMALL, LARGE)
    )
    return both(small, large) if small and large else None


def both(small: list[Moves], large: list[Moves]) -> list[Moves]:
    """What moved by one change or the other."""
    return [
        Moves(one.stirred | other.stirred, one.still & other.still)
        for one, other in zip(small, large, strict=True)
    ]


def _moves_of_reference(
    exercise: Exercise, seed: int, case: str, change: Change
) -> list[Moves] | None:
    questions, expected = asked(exercise, seed)
    question = _changed(questions[case], change) if case in questions else None
    if question is None:
        return None
    try:
        return moves_between(expected[case], outcome_of(question, LocalSubject(exercise.oracle)))
    except Exception:  # an oracle that can't take what was changed
        return None


def moves_between(before: Outcome, after: Outcome) -> list[Moves] | None:
    """What moved in each part; None where there is no answer, or one with nan, inf or i."""
    one, other = arrays(before), arrays(after)
    if one is None or other is None or len(one) != len(other):
        return None
    found = []
    for old, new in zip(one, other, strict=True):
        if np.iscomplexobj(old) or np.iscomplexobj(new) or not np.isfinite(new).all():
            return None
        if old.shape != new.shape:
            found.append(Moves(np.array(True), np.array(False)))
            continue
        old, new = old.astype(np.float64), new.astype(np.float64)
        far = abs(new - old)
        scale = max(abs(old).max(initial=0), abs(new).max(initial=0))
        least = max(1e-3 * far.max(initial=0), 1e-5 * scale)
        found.append(Moves(far > least, new == old))
    return found


def _changed(question: Question, change: Change) -> Question | None:
    """The question with the change made; None where it can't be made."""
    arguments, _ = given(question)
    if change.argument >= len(arguments):
        return None
    value = arguments[change.argument]
    other = (_another if change.axis is None else _with_another_entry)(value, change)
    if other is None:
        return None
    place = change.argument
    return again(question, (*arguments[:place], other, *arguments[place + 1 :]))


def _another(value: Plain, change: Change) -> Plain:
    """Another value of the same kind."""
    if is_floats(value):
        return value + _noise(value, change)
    if is_array(value):
        return ~value if value.dtype in (bool, torch.bool) else value + 1 + change.which
    if type(value) is float:
        return value * 1.37 + 0.11 if change.which % 2 else value * 0.6 - 0.2
    if type(value) is int:
        steps = (1, -1, 2, 3) if value > SMALL_NUMBER else (1, value, -1, 2 * value + 1)
        return max(1, value + steps[change.which % 4])
    return None


def _with_another_entry(value: Plain, change: Change) -> Plain:
    if not is_array(value) or value.dtype in (bool, torch.bool):
        return None
    assert change.axis is not None
    where = (slice(None),) * change.axis + (change.which,)
    other: Plain = value.clone() if isinstance(value, Tensor) else value.copy()
    other[where] += _noise(value, change)[where] if is_floats(value) else 1
    return other


def _noise(value: Tensor | np.ndarray, change: Change) -> Tensor | np.ndarray:
    """Numbers to add, of both signs, and small ones of another sign than large ones."""
    generator = np.random.default_rng([change.argument, change.which])
    noise = generator.uniform(1, 2, value.shape) * generator.choice([-1, 1], value.shape)
    largest = abs(np.nan_to_num(as_array(value), posinf=0, neginf=0)).max(initial=1.0)
    noise *= change.reach * largest * (1 if change.reach == SMALL else -1)
    return torch.from_numpy(noise).to(value.dtype) if isinstance(value, Tensor) else noise
