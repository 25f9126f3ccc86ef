"""No detector that looks at numbers speaks on a right way, whatever it is told of it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from course.checking import Exercise, exercises, lessons_with_exercises
from course.checking.detect import hidden, influence, masks, patterns, scores, sizes
from course.checking.evidence import Evidence

EXERCISES = [e for lesson in lessons_with_exercises() for e in exercises(lesson).values()]
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.number)
def test_right_ways_have_nothing_to_be_seen(
    exercise: Exercise, seed: int, evidence_of: Callable[..., Evidence]
) -> None:
    said = {}
    for answer in (exercise.oracle, *exercise.right_ways):
        evidence = evidence_of(exercise, answer, seed)
        assert not evidence.failing
        # As if all cases failed: otherwise there would be none to look at.
        for detector in (hidden, influence, masks, patterns, scores):
            with np.errstate(all="ignore"):
                found = detector.detect(replace(evidence, failing=list(evidence.questions)))
            if found:
                said[answer.__name__] = found.what
        assert sizes.detect(evidence) is None
    assert said == {}
