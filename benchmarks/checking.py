"""How long does a check take: on a right answer, on a wrong one, and the first time?

Of each exercise a right way, two known mistakes and three mutants are checked: right ways with one
small change, which mostly no bank knows. The peer is a check that says nothing: the same calls of
answer and reference, compared by torch.testing. A first use has a process of its own, where PyTorch
and `check` are imported and no bank is. ms is the median of the exercises, p95 what one in twenty
takes longer than; a ratio is that of their sums.
python benchmarks/checking.py [--quick]
"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import measure
import numpy as np
import torch
from measure import Row

from course.authoring.mutants.trial import sample
from course.cells.verdicts import RIGHT
from course.checking import Draw, Exercise, LocalSubject, exercises, judge, lessons_with_exercises
from course.checking.questions import Question
from course.checking.settings import standard_settings
from course.checking.subject import Trouble

PEER = "compared in silence"
MISTAKES, MUTANTS = 2, 3
FIRST_USE = """
import time
import numpy, torch
from course import check
from course.errors import CourseError

def answer(*arguments, **options):
    from course.checking import find  # the check has imported it by then
    return {answer}(*arguments, **options)

begin = time.process_time()
try:
    check("{number}", answer)
except CourseError:  # not yet
    pass
print("seconds:", time.process_time() - begin)
"""
RIGHT_ANSWER = 'find("{number}").right_ways[0]'
WRONG_ANSWER = 'find("{number}").mistakes[0].answer'


def rows(size: int, rounds: int) -> Iterator[Row]:
    """The kinds of answers, checked in the first `size` exercises."""
    everything = (exercises(lesson).values() for lesson in lessons_with_exercises())
    chosen = list(itertools.islice(itertools.chain.from_iterable(everything), size))
    methods: dict[str, list[Callable[[], float]]] = {
        PEER: [partial(in_silence, exercise) for exercise in chosen],
        "right answer": [partial(checked, e, e.right_ways[0]) for e in chosen],
        "known mistake": [
            partial(checked, exercise, mistake.answer)
            for exercise in chosen
            for mistake in exercise.mistakes[:MISTAKES]
        ],
        "mutant": [
            partial(checked, exercise, answer)
            for exercise in chosen
            for answer in wrong_mutants(exercise)
        ],
    }
    for check in itertools.chain.from_iterable(methods.values()):
        check()  # the first of its kind is not counted: that is first use
    for name, answer in (("right", RIGHT_ANSWER), ("known mistake", WRONG_ANSWER)):
        methods[f"first use, {name}"] = [partial(first_use, e.number, answer) for e in chosen]
    seconds: dict[str, list[list[float]]] = {name: [] for name in methods}
    for turn in range(rounds):
        for name, checks in methods.items():
            if turn == 0 or not name.startswith("first use"):  # a process each: once is enough
                seconds[name].append([check() for check in checks])
    for name, found in seconds.items():
        each = sorted(statistics.median(times) for times in zip(*found, strict=True))
        ratios = [
            statistics.fmean(own) / statistics.fmean(peer)
            for own, peer in zip(found, seconds[PEER], strict=False)
        ]
        yield {
            "exercises": size,
            "method": name,
            "checks": len(each),
            "ms": 1000 * statistics.median(each),
            "p95 ms": 1000 * float(np.quantile(each, 0.95)),
            "most ms": 1000 * each[-1],
            f"/ {PEER}": statistics.median(ratios),
            f"/ {PEER}, from": min(ratios),
            f"/ {PEER}, to": max(ratios),
        }


def wrong_mutants(exercise: Exercise) -> list[Any]:
    """Some mutants that the check refuses."""
    answers = (mutant.answer() for mutant in sample(exercise, 8 * MUTANTS))
    return list(itertools.islice((a for a in answers if not is_right(exercise, a)), MUTANTS))


def is_right(exercise: Exercise, answer: Any) -> bool:
    with standard_settings():
        return judge(exercise, LocalSubject(answer, exercise.forbids)).verdict == RIGHT


def checked(exercise: Exercise, answer: Any) -> float:
    """CPU seconds of a check."""
    begin = time.process_time()
    is_right(exercise, answer)
    return time.process_time() - begin


def in_silence(exercise: Exercise) -> float:
    """CPU seconds of the calls alone, of a right way and the reference, and of comparing them."""
    begin = time.process_time()
    with standard_settings():
        for place, case in enumerate(exercise.cases):
            question = case.ask(Draw(0, place))
            came, expected = (
                asked(question, answer) for answer in (exercise.right_ways[0], exercise.oracle)
            )
            with contextlib.suppress(AssertionError, TypeError):
                torch.testing.assert_close(came, expected, rtol=1e-3, atol=1e-3, check_dtype=False)
    return time.process_time() - begin


def asked(question: Question, answer: Any) -> object:
    try:
        return question.ask(LocalSubject(answer))
    except Trouble as trouble:
        return trouble


def first_use(number: str, answer: str) -> float:
    """CPU seconds of a check in a process that has never checked anything."""
    program = FIRST_USE.format(number=number, answer=answer.format(number=number))
    command = [sys.executable, "-c", program]
    with tempfile.TemporaryDirectory() as folder:  # a check notes its verdict as a learner's
        settings = os.environ | {"COURSE_PROGRESS": str(Path(folder, "progress.json"))}
        done = subprocess.run(command, env=settings, check=True, capture_output=True, text=True)
    said = done.stdout
    (line,) = [line for line in said.splitlines() if line.startswith("seconds:")]
    return float(line.split()[1])


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[40], quick_size=2)
