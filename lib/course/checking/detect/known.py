"""The mistakes of the bank: the one that answers just so, and one that answers nearly so."""

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
    for mistake in evidence.exercise.mistakes:
        answers = made(mistake, evidence.exercise, evidence.seed)
        if all(
            evidence.agrees(case, answers[case])
            if case in evidence.failing
            else _is_right(evidence, case, answers[case])
            for case in evidence.questions
        ):
            return mistake
    return None


def detect(evidence: Evidence) -> Diagnosis | None:
    """A mistake that explains most of what came: another may stand beside it, or hide it."""
    mistake = _near_mistake(evidence)
    if mistake is None:
        return None
    return Diagnosis(mistake.what, mistake.way_out, "probably", f"bank: {mistake.name}")


def _near_mistake(evidence: Evidence) -> Mistake | None:
    if evidence.tells_little:
        return None
    mistakes = {
        mistake: made(mistake, evidence.exercise, evidence.seed)
        for mistake in evidence.exercise.mistakes
    }
    for mistake, answers in mistakes.items():
        alike = all(evidence.agrees(case, answers[case]) for case in evidence.failing)
        if alike and _explained(evidence, evidence.failing) >= ENOUGH:
            return mistake
    best, most = None, 0.0
    for mistake, answers in mistakes.items():
        likeness = _likeness(evidence, answers)
        if likeness > most:
            best, most = mistake, likeness
    return best


def _likeness(evidence: Evidence, answers: dict[str, Outcome]) -> float:
    """How much of what came this mistake explains; 0 where that is too little to say so.

    It has to explain the smallest and the largest case that both answer, most of the others, and
    half of all that are wrong: in small cases, and where little is left to compare, many mistakes
    answer alike.
    """
    alike: dict[str, bool] = {}
    for case in evidence.questions:
        near = _near(evidence, case, answers[case])
        if near is False and case not in evidence.failing:
            return 0  # right where the mistake is wrong: another one
        if near is not None and case in evidence.failing:
            alike[case] = near
    explained = [case for case in alike if alike[case]]
    apart = len(alike) - len(explained)
    largest = max(alike, key=lambda case: size(evidence.expected[case]), default="")
    numbers = _explained(evidence, explained)
    if not alike or not next(iter(alike.values())) or not alike[largest] or numbers < ENOUGH:
        return 0
    if len(explained) < 2 * apart or 2 * len(explained) < len(evidence.failing):
        return 0
    single = all(size(evidence.expected[case]) <= 2 for case in evidence.failing)
    if single and len(explained) < ENOUGH:  # single numbers agree by luck
        return 0
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
