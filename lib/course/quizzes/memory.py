"""Which questions of earlier lessons come back, by what was missed and how long ago."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from course.quizzes.asking import Question
from course.quizzes.loading import load_quiz
from course.record import store

if TYPE_CHECKING:
    from fsrs import Scheduler

MOST = 3
SURE = 0.9  # who knows an answer this surely is not asked again


class Asked(NamedTuple):
    """A question that comes back, and the lesson that asked it first."""

    lesson: str
    question: Question


class Memory(NamedTuple):
    """How well a question is remembered. The least comes first in order."""

    not_missed: bool
    chance: float  # that the answer is still known


def to_recall(lessons: Sequence[str]) -> list[Asked]:
    """One to three questions of these lessons, which are in order: ["00", "01"]; [] if no quiz.

    First those whose last try went wrong, then those that are likely to be forgotten by now. Where
    there are none, one of the last lesson: one that was never answered, if any.
    """
    record, moment = store.load()["quizzes"], store.now()
    met: list[tuple[Memory, Asked]] = []
    for lesson in lessons:
        for asked in _questions(lesson) if record.get(lesson) else ():
            if entry := record[lesson].get(asked.question["id"]):
                met.append((_memory(entry, moment), asked))
    met.sort(key=lambda pair: pair[0])
    again = [asked for memory, asked in met if not memory.not_missed or memory.chance < SURE]
    if again or not lessons:
        return again[:MOST]
    known = {asked.question["id"]: memory for memory, asked in met}
    nothing = Memory(False, 0.0)
    last = sorted(_questions(lessons[-1]), key=lambda a: known.get(a.question["id"], nothing))
    return last[:1]


def _questions(lesson: str) -> Iterator[Asked]:
    quiz = load_quiz(lesson, checked=False)  # no lesson's first cell should wait for the rules
    return (Asked(lesson, question) for question in quiz["questions"])


def _memory(entry: dict[str, Any], moment: datetime) -> Memory:
    """What the tries of a question tell, by FSRS: the free spaced repetition scheduler."""
    from fsrs import Card, Rating

    tries = [(datetime.fromisoformat(when), right) for when, right in entry.get("tries", ())]
    if not tries:  # of a record that did not note them
        return Memory(entry["right"], 1.0 if entry["right"] else 0.0)
    scheduler = _scheduler()
    card = Card(card_id=1, due=tries[0][0])
    for when, right in tries:
        card, _ = scheduler.review_card(card, Rating.Good if right else Rating.Again, when)
    return Memory(tries[-1][1], scheduler.get_card_retrievability(card, moment))


def _scheduler() -> "Scheduler":
    from fsrs import Scheduler

    # No steps of minutes: a question comes back with a lesson, not while one still looks at it.
    return Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
