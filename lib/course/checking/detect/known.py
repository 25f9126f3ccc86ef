"""The mistakes of the bank: the one that answers just so, and one that answers nearly so."""

from collections.abc import Callable

import numpy as np

from course.checking.compare import difference
from course.checking.evidence import Diagnosis, Evidence
from course.checking.exercise import Mistake
from course.checking.expected import Outcome, made
from course.checking.subject import Trouble
from course.checking.values import arrays, close, size, weight

ENOUGH = 3  # different wrong numbers that a mistake has to explain


def known_mistake(evidence: Evidence) -> Mistake | None:
    """The mistake that answers as this subject does wherever that is wrong, and is right elsewhere.

    One that is wrong where the answer is right is another one, even where both raise the same.
    """
    right = [case for case in evidence.questions if case not in evidence.failing]
    for mistake in evidence.exercise.mistakes:
        answer = _answers(mistake, evidence)
        # What is wrong comes first: nearly every mistake is given up at the first of these.
        if all(evidence.agrees(case, answer(case)) for case in evidence.failing) and all(
            _is_right(evidence, case, answer(case)) for case in right
        ):
            return mistake
    return None


def rests_on_one_exception(evidence: Evidence) -> bool:
    """Whether all that is known is one exception: many mistakes raise the same in one case."""
    outcomes = [evidence.outcomes[case] for case in evidence.failing]
    return len(outcomes) == 1 and isinstance(outcomes[0], Trouble) and outcomes[0].what == "raised"


def _answers(mistake: Mistake, evidence: Evidence) -> Callable[[str], Outcome]:
    return lambda case: made(mistake, evidence.exercise, evidence.seed, case)


def detect(evidence: Evidence) -> Diagnosis | None:
    """A mistake that explains most of what came: another may stand beside it, or hide it."""
    mistake = _near_mistake(evidence)
    if mistake is None:
        return None
    return Diagnosis(mistake.what, mistake.way_out, "probably", f"bank: {mistake.name}")


def _near_mistake(evidence: Evidence) -> Mistake | None:
    if evidence.tells_little:
        return None
    mistakes = evidence.exercise.mistakes
    if _explained(evidence, evidence.failing) >= ENOUGH:
        for mistake in mistakes:
            answer = _answers(mistake, evidence)
            if all(evidence.agrees(case, answer(case)) for case in evidence.failing):
                return mistake
    likeness, best = max(
        ((_likeness(evidence, mistake), mistake) for mistake in mistakes),
        key=lambda found: found[0],
        default=(0.0, None),
    )
    return best if likeness else None


def _likeness(evidence: Evidence, mistake: Mistake) -> float:
    """How much of what came this mistake explains; 0 where that is too little to say so.

    It has to explain the smallest and the largest case that both answer, most of the others, and
    half of all that are wrong: in small cases, and where little is left to compare, many mistakes
    answer alike.
    """
    answer = _answers(mistake, evidence)
    alike: dict[str, bool] = {}
    for case in evidence.failing:
        near = _near(evidence, case, answer(case))
        if near is not None:
            alike[case] = near
            if not next(iter(alike.values())):
                return 0
    explained = [case for case in alike if alike[case]]
    apart = len(alike) - len(explained)
    largest = max(alike, key=lambda case: size(evidence.expected[case]), default="")
    numbers = _explained(evidence, explained)
    if not alike or not alike[largest] or numbers < ENOUGH:
        return 0
    if len(explained) < 2 * apart or 2 * len(explained) < len(evidence.failing):
        return 0
    single = all(size(evidence.expected[case]) <= 2 for case in evidence.failing)
    if single and len(explained) < ENOUGH:  # single numbers agree by luck
        return 0
    for case in evidence.questions:
        if case not in evidence.failing and _near(evidence, case, answer(case)) is False:
            return 0  # right where the mistake is wrong: another one
    return len(explained) - apart + numbers / 1000


def _near(evidence: Evidence, case: str, answer: Outcome) -> bool | None:
    """Whether the mistake answers alike, nan aside; None where that says nothing."""
    came = evidence.outcomes[case]
    if isinstance(came, Trouble) or isinstance(answer, Trouble):
        return None
    ones, others = arrays(came), arrays(answer)
    if ones is None or others is None or len(ones) != len(others):
        return False
    said = False
    for one, other in zip(ones, others, strict=True):
        if one.shape != other.shape or (one.dtype == bool) != (other.dtype == bool):
            return False
        missing, its_missing = np.isnan(one * 1.0), np.isnan(other * 1.0)
        if np.sum(missing != its_missing) * 3 > one.size:
            return None
        numbers = ~(missing | its_missing)
        if not close(one[numbers], other[numbers], evidence.exercise.tolerance):
            return False
        said = said or bool(numbers.any())
    return True if said else None


def _explained(evidence: Evidence, cases: list[str]) -> int:
    return sum(
        weight(evidence.outcomes[case], evidence.expected[case])
        for case in cases
        if not isinstance(evidence.outcomes[case], Trouble)
    )


def _is_right(evidence: Evidence, case: str, answer: Outcome) -> bool:
    if isinstance(answer, Trouble):
        return False
    tolerance = evidence.exercise.tolerance
    return difference(answer, evidence.expected[case], evidence.returns(case), tolerance) is None
