"""What a check says of an answer that no mistake of the bank explains, grading says too."""

import linecache
from typing import Any

import numpy as np
import pytest
import torch

import attn
from course.checking import LocalSubject, find, judge

# Sources by exercise. In their cells the notebook has imported np, torch and the library.
WRONG = {
    "one factor everywhere": ("01.1", "agreement_scores", "return 1.7 * queries @ keys.T"),
    "an exception": ("01.1", "agreement_scores", "return queries.reshape(7, 3) @ keys.T"),
    "an argument that changes nothing": ("01.1", "agreement_scores", "return keys[:1] @ keys.T"),
    "nan": ("01.2", "attention_weights", "return 0 * scores / 0"),
    "a factor no one can name": ("01.2", "attention_weights", "return np.sin(scores) + scores"),
    "no gradient": (
        "01.4",
        "attention",
        "weights = (query @ key.mT / query.shape[-1] ** 0.5)\n"
        "    weights = (weights - weights.amax(-1, keepdim=True)).exp()\n"
        "    weights = weights / weights.sum(-1, keepdim=True)\n"
        "    return (weights @ value).detach(), weights.detach()",
    ),
}


def source_of(number: str, name: str, body: str) -> str:
    arguments = ", ".join(find(number).argument_names)
    return f"def {name}({arguments}):\n    {body}\n"


def as_in_a_notebook(source: str, name: str) -> Any:
    """The function that this cell defines, with its lines where Python looks for them."""
    cell = f"<cell of {name}>"
    linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
    names: dict[str, Any] = {"np": np, "torch": torch, "attn": attn}
    exec(compile(source, cell, "exec"), names)
    return names[name]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_graded_answer_is_told_what_the_notebook_says(wrong, notebook, grade):
    number, name, _ = wrong
    source = source_of(*wrong)
    exercise = find(number)
    local = judge(exercise, LocalSubject(as_in_a_notebook(source, name), exercise.forbids), 3)
    assert local.diagnosis is not None or "sin" in source
    report = grade(notebook().answer(number, source), seed=3)
    mark = next(mark for mark in report.marks if mark.exercise == number)
    assert (mark.verdict, mark.message) == (local.verdict, local.message)
    assert (mark.cases_right, mark.cases) == (local.cases_right, local.cases)


def test_a_graded_answer_waits_for_a_wrong_one_that_it_uses(notebook, grade):
    look_up = source_of("01.3", "soft_look_up", "return agreement_scores(queries, keys) @ values")
    scores = source_of("01.1", "agreement_scores", "return 2 * queries @ keys.T")
    report = grade(notebook().answer("01.1", scores).answer("01.3", look_up))
    mark = next(mark for mark in report.marks if mark.exercise == "01.3")
    assert mark.message.startswith("01.3 waits for 01.1 · Your code uses `agreement_scores`")


ENDS = {"by ending": "os._exit(0)", "by hanging": "while True: pass"}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_happens_when_more_is_asked_costs_no_marks(end, notebook, attack):
    source = f"""import os
calls = 0
def agreement_scores(queries, keys):
    global calls
    calls += 1
    if calls > 3:
        {end}
    scores = queries @ keys.T
    return scores if len(queries) < 4 else np.sin(scores)
"""
    report = attack(notebook().answer("01.1", source), cell_seconds=2.0)
    mark, *_, last = report.marks
    assert (mark.verdict, mark.cases_right, mark.cases) == ("not yet", 2, 3)
    assert mark.points > 0
    assert last.verdict == "right"
