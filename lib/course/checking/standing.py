"""Standing cases: what every exercise asks, and no author has to write.

They are made by machine from the declared cases, and asked of an answer that is right in all of
those. Nobody has to leave one out where it makes no sense: it is asked only where the declared
right ways agree on it. An author reads in `table` which ones an exercise has, and why not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from course.checking.compare import Difference, difference
from course.checking.draw import Draw
from course.checking.exercise import Answer, Exercise, NeverHolds
from course.checking.expected import Outcome, asked, outcome_of
from course.checking.questions import (
    Call,
    Gradient,
    Holds,
    Question,
    Types,
    again,
    answer_names,
    given,
    innermost,
    instead,
)
from course.checking.resized import groups_of_places, length, resized
from course.checking.subject import LocalSubject, Plain, Trouble
from course.checking.troubles import in_words
from course.checking.values import arrays, is_floats, size

LOOSE = 1e-2  # large numbers are rounded more; what goes wrong there, nan or a whole share, is more
MANY = 40  # places: more than a bound or a table that somebody would write by hand
LARGEST = 1e30  # of the answers to large numbers: float32 ends at 3e38
CUT_BY = (
    "Learning needs it. `.detach()`, `.data`, `torch.no_grad()`, `.item()`, `.tolist()`, "
    "torch.tensor(…) of numbers and a detour through NumPy all cut it."
)


@dataclass(frozen=True)
class StandingCase:
    """A case made by machine; `compare` says what is different in what came, if anything is."""

    kind: str
    words: str
    question: Question
    expected: Plain
    compare: Callable[[Plain], Difference | None]

    def difference(self, outcome: Outcome, exercise: Exercise) -> Difference | None:
        """What is different in an outcome, Trouble included."""
        if not isinstance(outcome, Trouble):
            return self.compare(outcome)
        if self.kind == "gradient" and "does not require grad" in outcome.detail:
            return Difference("The numbers are right, but no gradient reaches the inputs", CUT_BY)
        found = in_words(outcome, exercise.argument_names)
        if outcome.what != "raised":
            return found
        return Difference(f"Right so far, but for {self.words} {found.words}", found.way_out)


Made = StandingCase | str  # or why there is none
Maker = Callable[[Exercise, int, int], Made]


def standing_cases(exercise: Exercise, seed: int) -> list[StandingCase]:
    """The standing cases that an exercise has with this seed."""
    return [case for case in standing(exercise, seed).values() if isinstance(case, StandingCase)]


@lru_cache(maxsize=512)
def standing(exercise: Exercise, seed: int = 0) -> dict[str, Made]:
    """By kind, each standing case, or why this exercise has none.

    Raises ValueError where the exercise leaves out a kind that does not exist.
    """
    if unknown := set(exercise.without) - set(_MAKERS):
        raise ValueError(
            f"exercise {exercise.number} is without {sorted(unknown)}, "
            f"expected some of {', '.join(_MAKERS)}"
        )
    found: dict[str, Made] = {}
    places = list(reversed(range(len(exercise.cases))))
    answers = list(asked(exercise, seed)[1].values())
    orders = {"long": sorted(places, key=lambda place: -size(answers[place]))}
    for kind, make in _MAKERS.items():
        found[kind] = f"left out by hand: {exercise.without.get(kind)}"
        if kind not in exercise.without:
            found[kind] = _first(make(exercise, seed, place) for place in orders.get(kind, places))
    for place, never in enumerate(exercise.never):
        found[f"memory {place + 1}" if place else "memory"] = _memory(exercise, never, seed)
    return found


def table(exercise: Exercise, seed: int = 0) -> str:
    """Which standing cases an exercise has, a line each, for its author."""
    return "\n".join(
        f"{kind:8} {made.words if isinstance(made, StandingCase) else f'none: {made}'}"
        for kind, made in standing(exercise, seed).items()
    )


def _first(made: Iterable[Made]) -> Made:
    """The first case among these; where there is none, the reason of the first."""
    reason = ""
    for one in made:
        if isinstance(one, StandingCase):
            return one
        reason = reason or one
    return reason


def _gradient(exercise: Exercise, seed: int, place: int) -> Made:
    asked = exercise.cases[place].ask(Draw(seed, place))
    if not isinstance(innermost(asked), Call):
        return "its largest case is no plain call"
    floats = [x for x in asked.arguments if isinstance(x, torch.Tensor) and x.is_floating_point()]
    if not floats:
        return "it takes no tensor of floats"
    question = instead(asked, Gradient)
    # The reference may be written in NumPy, or loop in float64.
    expected = _agreed(exercise.right_ways, question, 1e-3)
    if expected is None or not any(bool(gradient.any()) for gradient in expected):
        return "the right ways do not agree, or no gradient reaches the inputs"
    names = answer_names(question, exercise.argument_names, exercise.returns)

    def compare(came: Plain) -> Difference | None:
        found = difference(came, expected, names, 1e-3)
        missing = [
            name
            for name, one, wanted in zip(names, came, expected, strict=True)
            if wanted.any() and not one.any()
        ]
        if missing:
            what = f"The numbers are right, but there is no {' and no '.join(missing)}"
            return Difference(what, CUT_BY)
        what = f"The numbers are right, but the gradient is not: {found.words}" if found else ""
        return Difference(what, "Is it cut on one of the ways?") if found else None

    return StandingCase("gradient", "the gradient", question, expected, compare)


def _float64(exercise: Exercise, seed: int, place: int) -> Made:
    asked = exercise.cases[place].ask(Draw(seed, place, dtype=torch.float64))
    types = [str(x.dtype) for x in asked.arguments if is_floats(x)]
    if not types or not all(dtype.endswith("float64") for dtype in types):
        return "its inputs are no arrays or tensors of drawn floats"
    return _typed(
        exercise, asked, "float64", "the same in float64", "float64 came in",
        "`.float()`, or a new tensor or array without dtype=…, makes float32 of it. Keep what "
        "came: dtype=x.dtype, x.new_zeros(…), torch.zeros_like(x).",
    )  # fmt: skip


def _int64(exercise: Exercise, seed: int, place: int) -> Made:
    question, expected = (found[exercise.cases[place].words] for found in asked(exercise, seed))
    if not any(array.dtype == np.int64 for array in arrays(expected) or ()):
        return "no whole numbers come back"
    return _typed(
        exercise, question, "int64", "whole numbers stay whole", "int64 is expected",
        "Rows and words have whole numbers. `.float()` and `/` make floats, `.long()` int64.",
    )  # fmt: skip


def _typed(
    exercise: Exercise, asked: Question, dtype: str, words: str, why: str, way_out: str
) -> Made:
    """The parts of an answer that have this type of number have to keep it."""
    if not isinstance(innermost(asked), Call):
        return "its largest case is no plain call"
    question = instead(asked, Types)
    expected = _agreed(exercise.right_ways, question, 0)
    if not isinstance(expected, str) or dtype not in expected:
        return f"the right ways do not agree, or give back no {dtype}"

    def compare(came: Plain) -> Difference | None:
        pairs = zip(str(came).split(", "), expected.split(", "), strict=True)
        what = f"The numbers are right, but their type is not: {why}, and {came} went out"
        kept = all(one == other for one, other in pairs if other == dtype)
        return None if kept else Difference(what, way_out)

    return StandingCase(dtype, words, question, expected, compare)


def _large(exercise: Exercise, seed: int, place: int) -> Made:
    plain = exercise.cases[place].ask(Draw(seed, place))
    floats = [x for x in plain.arguments if is_floats(x)]
    if not isinstance(innermost(plain), Call) or not floats:
        return "it takes no arrays or tensors of floats"
    reason = "the reference and the right ways do not agree there"
    for scale in (1000, 30) if len(floats) == 1 else (30,):  # products of two grow twice
        question = exercise.cases[place].ask(Draw(seed, place, scale=scale))
        if not any(
            difference(one, other, "x", 1e-3)
            for one, other in zip(question.arguments, plain.arguments, strict=True)
            if is_floats(other)
        ):
            return "its inputs are not drawn"
        expected = _agreed([exercise.oracle, *exercise.right_ways], question, LOOSE / 10)
        if expected is not None and _largest(expected) < LARGEST:
            return _large_case(exercise, question, expected, scale)
    return reason


def _large_case(exercise: Exercise, question: Question, expected: Plain, scale: int) -> Made:
    def compare(came: Plain) -> Difference | None:
        found = difference(came, expected, exercise.returns, LOOSE)
        if found is None:
            return None
        overflows = "nan" in found.words or "inf" in found.words
        return Difference(
            f"Right in all cases but the one with large numbers: there {found.words}",
            "exp overflows above some 700 in float64 and 88 in float32, and inf / inf is nan; "
            "where all powers of a row become 0, so does their sum. The largest score of each row, "
            "taken away before exp, prevents both."
            if overflows
            else _other_sums(came, expected),
        )

    words = f"the same with numbers {scale} times as large"
    return StandingCase("large", words, question, expected, compare)


def _other_sums(came: Plain, expected: Plain) -> str:
    """A sentence, if rows sum to 1 where they are expected, and not where they came."""
    for one, other in zip(arrays(came) or (), arrays(expected) or (), strict=False):
        if one.ndim and one.shape == other.shape and np.allclose(other.sum(-1), 1, atol=1e-3):
            wrong = one.sum(-1)[~np.isclose(one.sum(-1), 1, atol=LOOSE)]
            if wrong.size:
                return f"A sum that should be 1 is {wrong.flat[0]:.3g} there."
    return ""


def _long(exercise: Exercise, seed: int, place: int) -> Made:
    plain = exercise.cases[place].ask(Draw(seed, place))
    if not isinstance(innermost(plain), Call):
        return "its largest case is no plain call"
    tolerance = max(exercise.tolerance, LOOSE / 10)  # longer sums are rounded more
    arguments, _ = given(plain)
    found: tuple[Question, Plain] | None = None
    answer = asked(exercise, seed)[1][exercise.cases[place].words]
    for group in groups_of_places(arguments, answer, MANY):
        # A multiple: what is cut into equal parts can still be.
        times = -(-MANY // length(arguments, group))
        question = again(plain, resized(arguments, group, times * length(arguments, group)))
        expected = _agreed(exercise.right_ways, question, tolerance / 10)
        if expected is not None:
            found, arguments = (question, expected), given(question)[0]
    if found is None:
        return "no size of its largest case can grow, or the right ways do not agree there"
    question, expected = found

    def compare(came: Plain) -> Difference | None:
        wrong = difference(came, expected, exercise.returns, tolerance)
        if wrong is None:
            return None
        what = f"Right in all cases but the one with many places: there {wrong.words}"
        return Difference(what, _other_sums(came, expected))

    return StandingCase("long", "the same with many more places", question, expected, compare)


def _memory(exercise: Exercise, never: NeverHolds, seed: int) -> Made:
    question = Holds(never.sizes, never.ask(Draw(seed, len(exercise.cases))))
    if _agreed(exercise.right_ways, question, 0) is not False:
        return "a right way makes a tensor of these sizes itself"

    def compare(came: Plain) -> Difference | None:
        return Difference(never.what, never.way_out) if came else None

    return StandingCase("memory", "many queries, many keys", question, False, compare)


_MAKERS: dict[str, Maker] = {
    "gradient": _gradient, "float64": _float64, "int64": _int64, "large": _large, "long": _long,
}  # fmt: skip


def _agreed(answers: Iterable[Answer], question: Question, tolerance: float) -> Plain | None:
    """What all of these answer, or None where they do not agree, or on nothing finite."""
    with np.errstate(all="ignore"):
        outcomes = [outcome_of(question, LocalSubject(answer)) for answer in answers]
    if not outcomes or any(isinstance(outcome, Trouble) for outcome in outcomes):
        return None
    first, *others = outcomes
    if isinstance(first, str | bool):
        return first if all(other == first for other in others) else None
    unlike = (difference(other, first, "answer", tolerance) for other in others)
    return first if np.isfinite(_largest(first)) and not any(unlike) else None


def _largest(value: Plain) -> float:
    """The largest size of a number in an answer; inf where one is nan or infinite."""
    found = [float(np.abs(array * 1.0).max(initial=0)) for array in arrays(value) or ()]
    return max((x if np.isfinite(x) else np.inf for x in found), default=0.0)
