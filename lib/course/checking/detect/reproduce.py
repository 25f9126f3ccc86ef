"""An answer reproduced: it is the reference's, with one thing changed.

The change is made in what comes out (a factor, a sign, an axis) or in what goes in (two arguments
exchanged, a size one too large). It has to give every answer that came, the right ones too, so that
what is said of it is exact. What can be reproduced in a hundred ways, all 0 or all the same, says
nothing; and a few numbers agree by luck.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

import numpy as np

from course.checking.detect import factor
from course.checking.detect.input_changes import InputChange, input_changes
from course.checking.detect.result_changes import ELSE, ResultChange, result_changes
from course.checking.evidence import Diagnosis, Evidence, Sureness
from course.checking.exercise import Exercise
from course.checking.expected import Outcome, asked, outcome_of
from course.checking.questions import Call, Gradient, again, given, innermost
from course.checking.subject import LocalSubject, Plain, Trouble
from course.checking.values import arrays, close, size, weight

ENOUGH = 3  # different wrong numbers; two will do where two cases have them
Arrays = tuple[np.ndarray, ...]
Change = Callable[[Arrays, tuple[Plain, ...]], Sequence[np.ndarray | None]]
Seen = Callable[[Arrays], Sequence[np.ndarray]]


def detect(evidence: Evidence) -> Diagnosis | None:
    """The one change that makes the reference answer as the subject does."""
    if evidence.tells_little:
        return None
    return factor.detect(evidence) or _by_result(evidence) or _by_inputs(evidence)


class _Tally:
    """How much a change explains, case by case."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.cases = self._numbers = self._unknown = 0

    def explained(self, case: str) -> None:
        if case in self._evidence.failing:
            self.cases += 1
            came, expected = self._evidence.outcomes[case], self._evidence.expected[case]
            self._numbers += weight(came, expected)

    def unknown(self, case: str) -> None:
        self._unknown += case in self._evidence.failing

    @property
    def is_enough(self) -> bool:
        least = ENOUGH - 1 if self.cases > 1 else ENOUGH
        return 0 < self.cases >= self._unknown and self._numbers >= least


def _by_result(evidence: Evidence) -> Diagnosis | None:
    known = evidence.called
    if not known or len(known) * 2 < len(evidence.failing):
        return None
    largest = max(known, key=lambda case: size(evidence.expected[case]))
    came, wanted = arrays(evidence.outcomes[largest]), arrays(evidence.expected[largest])
    if came is None or wanted is None or len(came) != len(wanted):
        return None
    names = evidence.names(largest)
    if len(names) != len(wanted):
        names = tuple(f"part {place} of the answer" for place in range(len(wanted)))
    if len(wanted) > 1 and (diagnosis := _parts_moved(evidence, names)):
        return diagnosis
    tolerance = evidence.exercise.tolerance
    wrong = [
        place
        for place, (one, other) in enumerate(zip(came, wanted, strict=True))
        if not close(one, other, tolerance)
    ]
    if not wrong:
        return None
    name = " and ".join(f"`{names[place]}`" for place in wrong)
    name = f"each of {name}" if len(wrong) > 1 else name
    arguments, _ = given(evidence.questions[largest])
    for change in result_changes(
        wanted[wrong[0]], name, arguments, evidence.exercise.argument_names
    ):
        changed = partial(_changed, change, wrong)
        seen = partial(_seen, change, wrong)
        # The largest case alone first: nearly every change is given up there.
        if _explained(evidence, [largest], changed, seen) and _explains(evidence, changed, seen):
            return _said(change.what, change.way_out, "result")
    return _one_part(evidence, names, wrong, largest) if len(wrong) > 1 else None


def _one_part(
    evidence: Evidence, names: tuple[str, ...], wrong: list[int], largest: str
) -> Diagnosis | None:
    """One part of several that are wrong; others may follow from it, by whatever way."""
    wanted = arrays(evidence.expected[largest]) or ()
    arguments, _ = given(evidence.questions[largest])
    for place in reversed(wrong):  # what comes last was often made on the way to the others
        name, others = f"`{names[place]}`", [f"`{names[one]}`" for one in wrong if one != place]
        for change in result_changes(
            wanted[place], name, arguments, evidence.exercise.argument_names
        ):
            changed = partial(_changed_part, change, place)
            seen = partial(_seen_part, change, place)
            if _explained(evidence, [largest], changed, seen) and _explains(
                evidence, changed, seen
            ):
                way_out = "" if change.way_out == ELSE else change.way_out
                follows = f"{' and '.join(others)} may follow from it."
                return _said(change.what, f"{way_out} {follows}".strip(), "part")
    return None


def _changed_part(
    change: ResultChange, place: int, parts: Arrays, inputs: tuple[Plain, ...]
) -> Sequence[np.ndarray | None]:
    return [change.change(parts[place], inputs)]


def _seen_part(change: ResultChange, place: int, parts: Arrays) -> Sequence[np.ndarray]:
    return [change.seen(parts[place])]


def _changed(
    change: ResultChange, wrong: list[int], parts: Arrays, inputs: tuple[Plain, ...]
) -> Sequence[np.ndarray | None]:
    return [
        change.change(part, inputs) if place in wrong else part for place, part in enumerate(parts)
    ]


def _seen(change: ResultChange, wrong: list[int], parts: Arrays) -> Sequence[np.ndarray]:
    return [change.seen(part) if place in wrong else part for place, part in enumerate(parts)]


def _parts_moved(evidence: Evidence, names: tuple[str, ...]) -> Diagnosis | None:
    """Whether the parts are right, but one stands where another belongs."""
    for what, order in _orders(names):
        if _explains(evidence, partial(_ordered, order)):
            return _said(what, f"Give back {', '.join(names)}, in this order.", "result")
    return None


def _orders(names: tuple[str, ...]) -> Iterator[tuple[str, list[int]]]:
    places = list(range(len(names)))
    for one, other in itertools.combinations(places, 2):
        order = [{one: other, other: one}.get(place, place) for place in places]
        yield f"`{names[one]}` and `{names[other]}` are exchanged in what comes back", order
    for one, other in itertools.permutations(places, 2):
        order = [other if place == one else place for place in places]
        yield f"`{names[other]}` came back where `{names[one]}` belongs", order


def _ordered(order: list[int], parts: Arrays, _: object) -> Sequence[np.ndarray]:
    return [parts[place] for place in order]


def _explains(evidence: Evidence, change: Change, seen: Seen = lambda parts: parts) -> bool:
    """Whether the change gives what came in every case, and enough that was wrong."""
    tally = _explained(evidence, list(evidence.questions), change, seen)
    return tally is not None and tally.is_enough


def _explained(evidence: Evidence, cases: list[str], change: Change, seen: Seen) -> "_Tally | None":
    """What the change explains of these cases; None where one of them speaks against it."""
    tally = _Tally(evidence)
    for case in cases:
        outcome, expected = evidence.outcomes[case], evidence.expected[case]
        if not isinstance(innermost(evidence.questions[case]), Call):
            continue
        came, wanted = arrays(outcome), arrays(expected)
        if came is None or wanted is None or len(came) != len(wanted):
            tally.unknown(case)
            continue
        try:
            changed = change(wanted, given(evidence.questions[case])[0])
        except (ValueError, IndexError, TypeError):  # this case has another number of axes
            changed = [None]
        if any(part is None for part in changed):
            tally.unknown(case)
            continue
        for one, other in zip(seen(came), changed, strict=True):
            if not close(one, _as_wide(np.asarray(other), one), evidence.exercise.tolerance):
                return None
        tally.explained(case)
    return tally if tally.cases else None


def _as_wide(predicted: np.ndarray, came: np.ndarray) -> np.ndarray:
    """What was predicted in float64, with inf where float32 ends, if that is what came."""
    if predicted.dtype.kind == "f" and came.dtype.kind == "f" and np.isinf(came).any():
        return predicted.astype(np.float32).astype(np.float64)
    return predicted


def _by_inputs(evidence: Evidence) -> Diagnosis | None:
    comparable = {
        case: question
        for case, question in evidence.questions.items()
        if isinstance(innermost(question), Call | Gradient)
        and not isinstance(evidence.outcomes[case], Trouble)
    }
    failing = [case for case in evidence.failing if case in comparable]
    if not failing or len(failing) * 2 < len(evidence.failing):
        return None
    failing.sort(key=lambda case: -size(evidence.expected[case]))
    cases = failing + [case for case in comparable if case not in failing]
    fitting = (
        change
        for place, change in enumerate(_changes(evidence.exercise, evidence.seed))
        if _fits(evidence, place, cases, failing)
    )
    first = next(fitting, None)
    if first is None:
        return None
    # A whole number may be one less in every case and also always 2: which, nobody can tell.
    others = [change for change in fitting if change.argument == first.argument]
    what, how = first.what, first.how
    if first.argument and others:
        what = f"`{first.argument}` is taken as another number"
        how = f"{how}, and also {others[0].how}"
    single = all(size(evidence.expected[case]) == 1 for case in cases)
    return _said(
        what, f"It is exactly what comes out {how}", "inputs", "probably" if single else "certain"
    )


def _fits(evidence: Evidence, place: int, cases: list[str], failing: list[str]) -> bool:
    tally = _Tally(evidence)
    for case in cases:
        prediction = _predicted(evidence.exercise, evidence.seed, place, case)
        if prediction is None or isinstance(prediction, Trouble):
            if case == failing[0]:
                return False
            tally.unknown(case)
        elif evidence.agrees(case, prediction):
            tally.explained(case)
        else:
            return False
    return tally.is_enough


@lru_cache(maxsize=512)
def _changes(exercise: Exercise, seed: int) -> list[InputChange]:
    """The changes that the inputs of the exercise's last case allow."""
    questions, _ = asked(exercise, seed)
    inputs = given(list(questions.values())[-1])
    return list(input_changes(exercise.argument_names, inputs))


@lru_cache(maxsize=50_000)
def _predicted(exercise: Exercise, seed: int, place: int, case: str) -> Outcome | None:
    """What the reference answers with this change in a case's inputs; kept for the next answer."""
    question = asked(exercise, seed)[0][case]
    try:
        inputs = _changes(exercise, seed)[place].change(*given(question))
    except Exception:  # a change that this case's inputs do not allow
        return None
    if inputs is None:
        return None
    try:
        return outcome_of(again(question, *inputs), LocalSubject(exercise.oracle))
    except Exception:  # an oracle's result that no question can read
        return None


def _said(what: str, way_out: str, how: str, sure: Sureness = "certain") -> Diagnosis:
    """A diagnosis in whole sentences."""
    what = what if what.startswith("`") else what[0].upper() + what[1:]
    way_out = way_out if way_out.endswith((".", "?", "…")) else f"{way_out}."
    return Diagnosis(f"{what}.", way_out, sure, f"reproduce: {how}")
