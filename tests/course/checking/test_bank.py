"""Every exercise of every lesson: its check accepts right ways, and refuses mistakes by name.

Made from the banks, so that no exercise can be without it. One case an exercise, which lists all
that fails: a case for each mistake would take longer to collect than to run.
"""

import subprocess
import sys

import pytest

from course.checking import Exercise, LocalSubject, exercises, judge, lessons_with_exercises
from course.checking.detect import diagnose
from course.checking.detect.known import rests_on_one_exception
from course.checking.evidence import gather

EXERCISES = [e for lesson in lessons_with_exercises() for e in exercises(lesson).values()]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]

every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.number)
every_seed = pytest.mark.parametrize("seed", SEEDS)


@every_exercise
def test_exercise_has_two_right_ways_six_mistakes_and_a_case(exercise: Exercise) -> None:
    assert len(exercise.right_ways) >= 2
    assert len(exercise.mistakes) >= 6
    assert exercise.cases
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)


@pytest.mark.slow
def test_no_check_waits_for_a_compiler_to_load() -> None:
    script = """if True:
        import sys
        from course.checking import LocalSubject, exercises, judge, lessons_with_exercises
        for lesson in lessons_with_exercises():
            for exercise in exercises(lesson).values():
                for answer in (exercise.right_ways[0], lambda *arguments, **options: None):
                    judge(exercise, LocalSubject(answer))
                    assert "torch._dynamo" not in sys.modules, exercise.number
    """
    subprocess.run([sys.executable, "-c", script], check=True)


@every_seed
@every_exercise
def test_right_ways_are_accepted(exercise: Exercise, seed: int) -> None:
    refused = {}
    for answer in (exercise.oracle, *exercise.right_ways):
        # the oracle is often the very function that the exercise forbids
        forbids = () if answer is exercise.oracle else exercise.forbids
        verdict = judge(exercise, LocalSubject(answer, forbids), seed)
        # what the oracle need not do: it may be written in NumPy, or hold all at once
        standing = answer is exercise.oracle and verdict.cases_right == len(exercise.cases)
        if verdict.verdict != "right" and not standing:
            refused[answer.__name__] = verdict.message
    assert refused == {}


@every_exercise
def test_nothing_is_diagnosed_in_a_right_way(exercise: Exercise) -> None:
    for answer in exercise.right_ways:
        evidence = gather(exercise, LocalSubject(answer, exercise.forbids))
        assert evidence.failing == []
        assert diagnose(evidence) is None, answer.__name__


@pytest.mark.slow
@every_seed
@every_exercise
def test_mistakes_are_refused_by_name(exercise: Exercise, seed: int) -> None:
    slipped = {}
    for mistake in exercise.mistakes:
        subject = LocalSubject(mistake.answer)
        verdict = judge(exercise, subject, seed)
        sure = "Probably: " if rests_on_one_exception(gather(exercise, subject, seed)) else ""
        begins = f"{exercise.number} not yet · {sure}{mistake.what[:40]}"
        named = verdict.mistake == mistake.name and verdict.message.startswith(begins)
        if verdict.verdict != "not yet" or not named:
            slipped[mistake.name] = verdict.message
    assert slipped == {}
