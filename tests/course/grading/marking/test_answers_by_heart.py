"""A hand-in that looks its answers up in a table, made in a clone of the course for one seed."""

import base64
import inspect
import pickle

import pytest
import torch

from course.checking import Call, Draw, LocalSubject, find
from course.grading.marking.plan import release

CELL = """
import base64, pickle

TABLE = pickle.loads(base64.b64decode("{table}"))


{as_key}

def by_heart(exercise):
    return lambda *arguments, **options: TABLE[exercise, as_key([arguments, options])]
"""


def as_key(value):
    """What a function was called with, as a key."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), tuple(value.shape), tuple(value.flatten().tolist())
    if isinstance(value, dict):
        return as_key(sorted(value.items()))
    return tuple(map(as_key, value)) if isinstance(value, list | tuple) else value


def table_of(lesson: str, seed: int) -> str:
    """The answers to all that a lesson's checks ask with this seed."""
    table = {}
    for number in release(lesson).points:
        exercise = find(number)
        for place, case in enumerate(exercise.cases):
            asked = case.ask(Draw(seed, place))
            assert isinstance(asked, Call)
            key = number, as_key([asked.arguments, asked.options])
            table[key] = asked.ask(LocalSubject(exercise.oracle))
    return base64.b64encode(pickle.dumps(table)).decode()


@pytest.mark.parametrize("lesson", ["11"])
def test_a_table_gets_nearly_everything_for_its_seed_and_less_than_a_quarter_for_another(
    lesson, notebook, grade
):
    source = CELL.format(table=table_of(lesson, seed=1), as_key=inspect.getsource(as_key))
    book = notebook.blank(lesson).before(f"{lesson}.1", source)
    for number, check in release(lesson).checks.items():
        book.answer(number, f"{check.expression} = by_heart({number!r})\n")
    known = grade(book, cell_seconds=30.0, seed=1)
    # A table has no gradient, and no answer in another type: it lacks the standing cases.
    assert all(mark.cases_right >= mark.cases - 1 for mark in known.marks)
    assert known.points > 0.9 * known.max_points
    for seed in (2, 777):
        drawn = grade(book, cell_seconds=30.0, seed=seed)
        assert 0 < drawn.points < drawn.max_points / 4, notebook.points(drawn)
