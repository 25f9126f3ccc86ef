"""The rows that lesson 16 shows can be measured again.

Another machine rounds otherwise, so that a jump may come some steps sooner or later.
"""

import importlib.util
import sys
from types import ModuleType

import pytest
import torch

from course import paths
from course import stories as st
from course.results import saved_rows


@pytest.fixture(scope="module")
def make_16() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_16", paths.DATA / "make_16.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_16"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_each_experiment_has_rows_of_three_seeds_or_more(make_16):
    for name in make_16.EXPERIMENTS:
        assert len({row["seed"] for row in saved_rows("16", name)}) >= 3, name


def test_counts_are_of_all_stories_and_shares_of_every_look(make_16):
    for row in saved_rows("16", "told"):
        assert sum(row[name] for name in (*st.TASKS, st.OTHER)) == len(make_16.ASKED)
    for name in ("first", "together", "variants", "patience", "alone", "thirds"):
        for row in saved_rows("16", name):
            assert {len(row[task]) for task in (*st.TASKS, "loss")} == {len(row["steps"])}


@pytest.mark.slow
def test_a_row_of_a_third_comes_out_again(make_16):
    asked = {"task": "summarise", "seed": 0}
    (kept,) = [row for row in saved_rows("16", "thirds") if asked.items() <= row.items()]
    again = make_16.third_row("summarise", 0)
    assert again["size"] == kept["size"]
    assert again["summarise"][-1] == pytest.approx(kept["summarise"][-1], abs=0.05)


@pytest.mark.slow
def test_a_row_of_questions_first_comes_out_again(make_16):
    (kept,) = [row for row in saved_rows("16", "first") if row["seed"] == 0]
    again, model = make_16.recipe_row("answers first", 0)
    assert again["steps"] == kept["steps"]
    assert again["loss"][0] == pytest.approx(kept["loss"][0], abs=0.02)
    for task in st.TASKS:
        assert again[task][-1] == pytest.approx(kept[task][-1], abs=0.05)
    look = {row["asked"]: row["weight"] for row in saved_rows("16", "looks") if row["seed"] == 0}
    assert st.first_look(model, make_16.ASKED, "answer") == pytest.approx(look["answer"], abs=0.1)
    source = st.source_of(make_16.ASKED, ["answer"] * len(make_16.ASKED))
    across = st.hidden_from_writer(source.shape[1])
    hidden = make_16.done_row(0, "", "answer", st.write(model, source, across=across))
    assert hidden["begun"] >= 115  # of 120, where hardly any answer comes out whole
    assert hidden["answer"] <= 10


def test_begun_counts_the_rows_that_begin_as_the_asked_task_does(make_16):
    target = st.target_of(make_16.ASKED, ["answer"] * len(make_16.ASKED))[:, 1:]
    other = target.clone()
    other[:7, 0] = st.WORDS.number["love"]
    assert make_16.done_row(0, "", "answer", target)["begun"] == len(make_16.ASKED)
    assert make_16.done_row(0, "", "answer", other)["begun"] == len(make_16.ASKED) - 7
    assert make_16.done_row(0, "", "", target)["begun"] == 0
