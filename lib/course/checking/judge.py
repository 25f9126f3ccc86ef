"""Put an exercise's questions to a subject, and judge the answers."""

from dataclasses import dataclass, replace

from course.cells.verdicts import NOT_YET, RIGHT, TO_BE_WRITTEN, VerdictWord
from course.checking.bank import find
from course.checking.detect import diagnose, remark
from course.checking.detect.known import known_mistake, rests_on_one_exception
from course.checking.evidence import Diagnosis, Evidence, Sureness, gather
from course.checking.exercise import Exercise
from course.checking.expected import unheard
from course.checking.messages import not_yet
from course.checking.points import points_of_share, share
from course.checking.standing import standing_cases
from course.checking.subject import Subject, Trouble


@dataclass(frozen=True)
class Verdict:
    """What a check finds: the words for the learner, the cases that were right, and what share of
    the points those carry.

    mistake    the name of the mistake in the bank that answers just so in every case
    diagnosis  what the message says of the cause, if anything
    waits      it has to wait for an earlier exercise, which is unwritten, or not right yet
    """

    exercise: str
    verdict: VerdictWord
    message: str
    cases_right: int
    cases: int
    share: float
    mistake: str | None = None
    diagnosis: Diagnosis | None = None
    waits: bool = False

    def points(self, most: float) -> float:
        """What it earns of `most` points."""
        return points_of_share(self.share, most)


def judge(exercise: Exercise, subject: Subject, seed: int = 0) -> Verdict:
    """Ask every case's question of the subject and of the reference, and compare.

    An answer that is right in all of them is asked the standing cases too. Of one that is not, the
    message names the cause as far as it can be known; see `course.checking.detect`.
    """
    evidence = gather(exercise, subject, seed)
    cases = len(evidence.questions)
    unwritten = [
        outcome.name
        for outcome in evidence.outcomes.values()
        if isinstance(outcome, Trouble) and outcome.what == "unwritten"
    ]
    if exercise.number in unwritten:
        message = (
            f"{exercise.number} to be written · Put your answer in place of the line "
            "`raise NotImplementedError(…)`, run its cell, then this one."
        )
        return Verdict(exercise.number, TO_BE_WRITTEN, message, 0, cases, 0.0)
    if unwritten:
        message = (
            f"{exercise.number} waits for {unwritten[0]} · Your code uses the answer to "
            f"{unwritten[0]}, and that is still to be written. Write it and run its cell, then "
            "this one."
        )
        return Verdict(exercise.number, NOT_YET, message, 0, cases, 0.0, waits=True)
    return _wrong(evidence) if evidence.failing else _right(exercise, subject, seed)


def _right(exercise: Exercise, subject: Subject, seed: int) -> Verdict:
    """The verdict on an answer that is right in every declared case."""
    declared = len(exercise.cases)
    cases = standing_cases(exercise, seed)
    for case in cases:
        outcome = unheard(case.question, subject)
        found = case.difference(outcome, exercise)
        if found:
            diagnosis = Diagnosis(found.words, found.way_out, "fact", f"standing: {case.kind}")
            message = not_yet(
                exercise, case.words, case.question, outcome, case.expected, found, None,
                declared, declared + 1,
            )  # fmt: skip
            return Verdict(
                exercise.number, NOT_YET, message, declared, declared + 1,
                share(exercise, [True] * declared, standing=False), None, diagnosis,
            )  # fmt: skip
    declared += bool(cases)
    message = f"{exercise.number} right · {exercise.right}"
    return Verdict(exercise.number, RIGHT, message, declared, declared, 1.0)


def _wrong(evidence: Evidence) -> Verdict:
    """The verdict on an answer that is wrong somewhere."""
    exercise, questions = evidence.exercise, evidence.questions
    right = [case not in evidence.failing for case in questions]
    if step := _wrong_step(exercise, evidence.subject, evidence.seed):
        number, name = step
        message = (
            f"{exercise.number} waits for {number} · Your code uses `{name}`, your answer to "
            f"{number}, and that one is not right yet. Mend it and run its cell, then this one."
        )
        return Verdict(
            exercise.number, NOT_YET, message, sum(right), len(right), share(exercise, right),
            waits=True,
        )  # fmt: skip
    mistake = known_mistake(evidence)
    if mistake:
        sure: Sureness = "probably" if rests_on_one_exception(evidence) else "certain"
        diagnosis: Diagnosis | None = Diagnosis(mistake.what, mistake.way_out, sure, "bank")
    else:
        diagnosis = _diagnosis(evidence)
    first = evidence.failing[0]
    found = evidence.difference(first)
    assert found is not None
    told = "" if diagnosis else remark(evidence)
    found = replace(found, way_out=f"{found.way_out} {told}".strip())
    message = not_yet(
        exercise, first, questions[first], evidence.outcomes[first], evidence.expected[first],
        found, diagnosis, sum(right), len(right),
    )  # fmt: skip
    if told:
        diagnosis = Diagnosis(found.words, found.way_out, "fact", "written")
    return Verdict(
        exercise.number, NOT_YET, message, sum(right), len(right), share(exercise, right),
        mistake.name if mistake else None, diagnosis,
    )  # fmt: skip


def _wrong_step(exercise: Exercise, subject: Subject, seed: int) -> tuple[str, str] | None:
    """The earliest exercise that the subject uses and whose answer is wrong: number and name."""
    for name, (number, asked) in exercise.rests_on.items():
        step = find(number)
        try:
            earlier = subject.earlier(name, asked)
            if earlier is not None and gather(step, earlier, seed).failing:
                return _wrong_step(step, earlier, seed) or (number, name)
        except Exception:  # as with a detector: whatever is in the way, the verdict stands
            continue
    return None


def _diagnosis(evidence: Evidence) -> Diagnosis | None:
    """What the detectors say, unless the subject's Trouble says it already."""
    first = evidence.outcomes[evidence.failing[0]]
    if isinstance(first, Trouble) and first.what != "raised":
        return None
    return diagnose(evidence)
