"""Wrong answers made of right ones: a right way of the bank with one place of its text changed."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from course.checking.bank import find
from course.checking.compare import difference
from course.checking.evidence import Evidence
from course.checking.exercise import Exercise
from course.checking.expected import asked, outcome_of
from course.checking.questions import answer_names
from course.checking.subject import LocalSubject, Trouble


def _evidence(exercise: Exercise, answer: Callable[..., Any], seed: int = 0) -> Evidence:
    """What detectors see of an answer to an exercise."""
    questions, expected = asked(exercise, seed)
    subject = LocalSubject(answer)
    outcomes = {case: outcome_of(question, subject) for case, question in questions.items()}

    def is_right(case: str) -> bool:
        if isinstance(outcomes[case], Trouble):
            return False
        names = answer_names(questions[case], exercise.argument_names, exercise.returns)
        return difference(outcomes[case], expected[case], names, exercise.tolerance) is None

    failing = [case for case in questions if not is_right(case)]
    return Evidence(exercise, seed, subject, questions, expected, outcomes, failing)


def _changed(number: str, name: str, old: str, new: str) -> Callable[..., Any]:
    """The right way of that name, with `new` in the one place of `old`."""
    exercise = find(number)
    ways = [*exercise.right_ways, exercise.oracle]
    (answer,) = (way for way in ways if way.__name__ == name)
    tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
    tree.body[0].decorator_list = []  # type: ignore[attr-defined]
    text = ast.unparse(tree)
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in\n{text}"
    # a class has no globals of its own: those of a method are its module's
    space = dict(vars(inspect.getmodule(answer)))
    exec(compile(text.replace(old, new), "<changed>", "exec"), space)
    return space[name]


@pytest.fixture(scope="session")
def evidence_of() -> Callable[..., Evidence]:
    """evidence_of(exercise, answer, seed=0)"""
    return _evidence


@pytest.fixture(scope="session")
def evidence_of_changed() -> Callable[[str, str, str, str], Evidence]:
    """evidence_of_changed("05.2", "causal_by_triangle", "tril", "triu")"""
    return lambda number, *change: _evidence(find(number), _changed(number, *change))
