"""What checks say of small changes to their right ways, and what somebody has judged of it by hand.

lib/course/checks/judged.json holds the judgements; docs/writing_checks.md says how to add one. The
sample was drawn by chance: three refused mutants of each exercise.
"""

from collections import Counter

import pytest

from course.authoring.mutants.mutate import mutants_of
from course.authoring.mutants.trial import JUDGED, Trial, judged, sample, trials
from course.checking import Exercise, exercises, lessons_with_exercises

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

EXERCISES = [e for lesson in lessons_with_exercises() for e in exercises(lesson).values()]
EACH = 13  # of 40 exercises: some 500


@pytest.fixture(scope="module")
def told() -> list[Trial]:
    """What the mutants of the sample are told today."""
    read = {
        way: {key for key, (word, _) in entries.items() if word != "equivalent"}
        for way, entries in judged(JUDGED).items()
    }
    found: list[Trial] = []
    for exercise in EXERCISES:
        ways = [way for way in exercise.right_ways if read.get(way.__name__)]
        kept = [one for way in ways for one in mutants_of(way) if one.key in read[one.way]]
        found += trials(exercise, kept)
    return found


def names(trials: list[Trial]) -> list[str]:
    return [f"{one.mutant.way} {one.mutant.key} >> {one.says}" for one in trials]


def test_a_hundred_mutants_are_refused_and_nearly_all_that_is_said_of_them_is_read(told):
    assert [one for one in told if one.outcome == "accepted"] == []
    assert len(told) >= 100
    assert len(unread := [one for one in told if one.unread]) <= len(told) / 10, names(unread)


def test_nothing_false_is_said_for_certain_and_hardly_ever_as_probable(told):
    false = [one for one in told if one.judged == "false"]
    assert names([one for one in false if one.sure != "probably"]) == []
    assert len(false) <= len(told) / 50, names(false)


def test_two_thirds_are_told_something_true(told):
    words = Counter(one.judged or "silent" for one in told if not one.unread)
    assert words["true"] + words["half"] >= 2 / 3 * words.total(), words
    assert words["true"] >= words.total() / 2, words


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.number)
def test_drawn_mutants_are_refused_or_equivalent(exercise: Exercise):
    tried = trials(exercise, sample(exercise, EACH))
    assert names([one for one in tried if one.outcome == "accepted" and one.unread]) == []


def test_no_two_right_ways_have_one_name():
    """Judgements stand under their names."""
    found = Counter(way.__name__ for exercise in EXERCISES for way in exercise.right_ways)
    assert [name for name, times in found.items() if times > 1] == []
