"""Put an exercise's questions to a subject, and judge the answers."""

from dataclasses import dataclass
from functools import lru_cache

from course.cells.verdicts import NOT_YET, RIGHT, TO_BE_WRITTEN, VerdictWord
from course.checking.compare import Difference, difference
from course.checking.draw import Draw
from course.checking.exercise import Exercise, Mistake
from course.checking.messages import not_yet
from course.checking.points import share
from course.checking.questions import Question, answer_names
from course.checking.subject import LocalSubject, Plain, Subject, Trouble

Outcome = Plain | Trouble


@dataclass(frozen=True)
class Verdict:
    """What a check finds: the words for the learner, the cases that were right, and what share of
    the points those carry."""

    exercise: str
    verdict: VerdictWord
    message: str
    cases_right: int
    cases: int
    share: float
    mistake: str | None = None

    def points(self, most: float) -> float:
        """What it earns of `most` points."""
        return round(most * self.share, 2)


def judge(exercise: Exercise, subject: Subject, seed: int = 0) -> Verdict:
    """Ask every case's question of the subject and of the reference, and compare.

    An answer that fails is also compared with every known mistake of the exercise: one that fails
    in the same way on every case that fails is named.
    """
    questions, expected = _questions(exercise, seed)
    outcomes = [_ask(question, subject) for question in questions]

    unwritten = [o.name for o in outcomes if isinstance(o, Trouble) and o.what == "unwritten"]
    if exercise.number in unwritten:
        message = (
            f"{exercise.number} to be written · Put your answer in place of the line "
            "`raise NotImplementedError(…)`, run its cell, then this one."
        )
        return Verdict(exercise.number, TO_BE_WRITTEN, message, 0, len(questions), 0.0)
    if unwritten:
        message = (
            f"{exercise.number} waits for {unwritten[0]} · Your code uses the answer to "
            f"{unwritten[0]}, and that is still to be written. Write it and run its cell, then "
            "this one."
        )
        return Verdict(exercise.number, NOT_YET, message, 0, len(questions), 0.0)

    differences = [
        _difference(outcome, wanted, exercise, question)
        for outcome, wanted, question in zip(outcomes, expected, questions, strict=True)
    ]
    failing = [place for place, found in enumerate(differences) if found]
    if not failing:
        message = f"{exercise.number} right · {exercise.right}"
        return Verdict(exercise.number, RIGHT, message, len(questions), len(questions), 1.0)

    mistake = _known_mistake(exercise, seed, outcomes, failing)
    first = failing[0]
    found = differences[first]
    assert found is not None
    message = not_yet(
        exercise, exercise.cases[first].words, questions[first], outcomes[first], expected[first],
        found, mistake, len(questions) - len(failing),
    )  # fmt: skip
    return Verdict(
        exercise.number, NOT_YET, message, len(questions) - len(failing), len(questions),
        share(exercise, [not found for found in differences]), mistake.name if mistake else None,
    )  # fmt: skip


def _ask(question: Question, subject: Subject) -> Outcome:
    try:
        return question.ask(subject)
    except Trouble as trouble:
        return trouble


def _difference(
    outcome: Outcome, expected: Plain, exercise: Exercise, question: Question
) -> Difference | None:
    if not isinstance(outcome, Trouble):
        names = answer_names(question, exercise.argument_names, exercise.returns)
        return difference(outcome, expected, names, exercise.tolerance)
    match outcome.what:
        case "forbidden":
            return Difference(
                f"`{outcome.name}` is what this exercise builds, so it can't be the answer.",
                "Write it from the steps in the text above.",
            )
        case "changed":
            name = exercise.argument_names[int(outcome.name)]
            return Difference(
                f"your function writes into its argument `{name}`",
                f"Whoever calls it still needs `{name}`. `x += y` and `x[…] = y` change x itself; "
                "`x = x + y` makes a new one. To fill a new one part by part, begin with "
                "`out = torch.empty_like(x)`, or np.empty_like.",
            )
        case "strange" if "function" in outcome.name or "method" in outcome.name:
            return Difference(
                "it gave back a function, not its result",
                "Are the brackets missing, as in `.mean()`?",
            )
        case "strange":
            return Difference(
                f"it gave back a {outcome.name}", "Give back numbers, arrays or tensors."
            )
        case _:
            at = f"It happened at `{outcome.line}`. " if outcome.line else ""
            if "matmul" in outcome.detail or "cannot be multiplied" in outcome.detail:
                at += "`A @ B` needs the last axis of A to be as long as the last but one of B."
            return Difference(f"it raised {outcome.name}: {outcome.detail}", at)


@lru_cache
def _questions(exercise: Exercise, seed: int) -> tuple[list[Question], list[Plain]]:
    """What the cases ask, and the answers of the reference."""
    # Each case draws from its own seed, so that adding one leaves the others as they were.
    questions = [case.ask(Draw(seed, place)) for place, case in enumerate(exercise.cases)]
    reference = LocalSubject(exercise.oracle)
    return questions, [question.ask(reference) for question in questions]


@lru_cache
def _mistaken(mistake: Mistake, exercise: Exercise, seed: int) -> list[Outcome]:
    """What somebody who makes this mistake answers."""
    questions, _ = _questions(exercise, seed)
    return [_ask(question, LocalSubject(mistake.answer)) for question in questions]


def _known_mistake(
    exercise: Exercise, seed: int, outcomes: list[Outcome], failing: list[int]
) -> Mistake | None:
    """The mistake that answers as this subject does: on all failing cases, and on most others."""
    questions, _ = _questions(exercise, seed)
    best, most = None, 0
    for mistake in exercise.mistakes:
        made = _mistaken(mistake, exercise, seed)
        alike = [
            _alike(outcome, other, exercise, question)
            for outcome, other, question in zip(outcomes, made, questions, strict=True)
        ]
        if all(alike[place] for place in failing) and sum(alike) > most:
            best, most = mistake, sum(alike)
    return best


def _alike(outcome: Outcome, other: Outcome, exercise: Exercise, question: Question) -> bool:
    if isinstance(outcome, Trouble) or isinstance(other, Trouble):
        return isinstance(outcome, Trouble) and isinstance(other, Trouble) and outcome == other
    return _difference(outcome, other, exercise, question) is None
