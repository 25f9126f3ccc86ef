"""What the cases ask, and what the reference and the known mistakes answer: once for each seed."""

from functools import lru_cache

from course.checking.draw import Draw
from course.checking.exercise import Exercise, Mistake
from course.checking.questions import Question
from course.checking.subject import LocalSubject, Plain, Subject, Trouble

Outcome = Plain | Trouble


def outcome_of(question: Question, subject: Subject) -> Outcome:
    """The subject's answer, or the Trouble that there was."""
    try:
        return question.ask(subject)
    except Trouble as trouble:
        return trouble


def unheard(question: Question, subject: Subject) -> Outcome:
    """The subject's answer to what no case asks: what it prints then is not for the learner."""
    if not isinstance(subject, LocalSubject):
        return outcome_of(question, subject)
    printed = subject.printed
    try:
        return outcome_of(question, subject)
    finally:
        subject.printed = printed


@lru_cache
def asked(exercise: Exercise, seed: int) -> tuple[dict[str, Question], dict[str, Plain]]:
    """What the cases ask, by their words, and the answers of the reference."""
    # Each case draws from its own seed, so that adding one leaves the others as they were.
    questions = {
        case.words: case.ask(Draw(seed, place)) for place, case in enumerate(exercise.cases)
    }
    reference = LocalSubject(exercise.oracle)
    return questions, {case: question.ask(reference) for case, question in questions.items()}


@lru_cache(maxsize=20_000)
def made(mistake: Mistake, exercise: Exercise, seed: int, case: str) -> Outcome:
    """What somebody who makes this mistake answers in a case."""
    questions, _ = asked(exercise, seed)
    return outcome_of(questions[case], LocalSubject(mistake.answer))
