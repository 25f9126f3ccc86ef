"""results_15.json is what make_15.py makes."""

import json
import runpy
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from course import paths
from course import senses as sn

MAKE: dict[str, Any] = runpy.run_path(str(paths.DATA / "make_15.py"), run_name="make_15")
RESULTS = json.loads((paths.DATA / "results_15.json").read_text(encoding="utf-8"))


def test_the_file_holds_all_experiments_with_their_seeds():
    assert list(RESULTS) == list(MAKE["EXPERIMENTS"])
    assert [row["seed"] for row in RESULTS["seeds"]] == list(MAKE["SEEDS"])
    assert [(row["parts"], row["seed"]) for row in RESULTS["parts"]] == [
        (name, seed) for name in MAKE["PARTS"] for seed in MAKE["THREE_SEEDS"]
    ]
    assert [(row["steps"], row["seed"]) for row in RESULTS["alone"]] == [
        (steps, seed) for steps in MAKE["STEPS"] for seed in MAKE["THREE_SEEDS"]
    ]


def test_the_file_is_written_as_it_stands():
    text = (paths.DATA / "results_15.json").read_text(encoding="utf-8")
    assert MAKE["as_text"](RESULTS) == text


def test_each_model_of_the_lesson_was_cut_in_the_same_ways_and_lost_each_head():
    for row in RESULTS["seeds"]:
        assert list(row["cut"]) == list(MAKE["CUTS"])
        assert list(row["without head"]) == [f"{a}.{b}" for a in range(2) for b in range(4)]
        assert row["curve"][-1] == {"step": 500, **row["cut"]["nothing"]}


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_a_row_made_again_says_the_same():
    """Another machine rounds otherwise, so that a few answers may differ."""
    kept = RESULTS["seeds"][3]
    model = MAKE["new"](3)
    sn.fit(model, seed=3)
    made = MAKE["without"](model)
    for name, wanted in kept["cut"].items():
        limit = 4 if name in ("nothing", "image and sound") else 15
        for word in ("image", "sound", "answer"):
            assert made["cut"][name][word] == pytest.approx(wanted[word], abs=limit)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_the_answer_alone_made_again_is_as_far_after_500_steps():
    made, kept = MAKE["alone_row"](1, 500), RESULTS["alone"][1]
    assert (kept["seed"], kept["steps"]) == (1, 500)
    assert made["answer"] == pytest.approx(kept["answer"], abs=6)
