"""Every exercise of every lesson: its check accepts right ways, and refuses mistakes by name.

Made from the banks, so that no exercise can be without it.
"""

import pytest

from course.checking import Exercise, LocalSubject, exercises, judge, lessons_with_exercises
from course.checking.exercise import Answer, Mistake

EXERCISES = [e for lesson in lessons_with_exercises() for e in exercises(lesson).values()]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


def number(exercise: Exercise) -> str:
    return exercise.number


@pytest.mark.parametrize("exercise", EXERCISES, ids=number)
def test_exercise_has_two_right_ways_four_mistakes_and_a_case(exercise: Exercise) -> None:
    assert len(exercise.right_ways) >= 2
    assert len(exercise.mistakes) >= 4
    assert exercise.cases
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("exercise", "answer"),
    [(e, answer) for e in EXERCISES for answer in (e.oracle, *e.right_ways)],
    ids=lambda thing: getattr(thing, "number", None) or thing.__name__,
)
def test_right_way_is_accepted(exercise: Exercise, answer: Answer, seed: int) -> None:
    # the oracle is often the very function that the exercise forbids
    forbids = () if answer is exercise.oracle else exercise.forbids
    verdict = judge(exercise, LocalSubject(answer, forbids), seed)
    assert verdict.verdict == "right", verdict.message


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("exercise", "mistake"),
    [(e, mistake) for e in EXERCISES for mistake in e.mistakes],
    ids=lambda thing: getattr(thing, "number", None) or thing.name,
)
def test_mistake_is_refused_by_name(exercise: Exercise, mistake: Mistake, seed: int) -> None:
    verdict = judge(exercise, LocalSubject(mistake.answer), seed)
    assert verdict.verdict == "not yet"
    assert verdict.mistake == mistake.name, verdict.message
    assert verdict.message.startswith(f"{exercise.number} not yet · {mistake.what[:40]}")
