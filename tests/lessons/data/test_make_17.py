"""results_17.json is what make_17.py makes."""

import json
import runpy
from typing import Any

import pytest
import torch

from course import paths
from course.models import have
from course.writing import repeats

MAKE: dict[str, Any] = runpy.run_path(str(paths.DATA / "make_17.py"), run_name="make_17")
RESULTS = json.loads((paths.DATA / "results_17.json").read_text(encoding="utf-8"))
needs_the_model = pytest.mark.skipif(not have("SmolLM2"), reason="course models installs it")


@pytest.fixture
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_file_holds_every_experiment_and_is_written_as_it_stands():
    assert list(RESULTS) == list(MAKE["EXPERIMENTS"])
    text = (paths.DATA / "results_17.json").read_text(encoding="utf-8")
    assert MAKE["as_text"](RESULTS) == text


def test_there_are_three_seeds_or_more_wherever_chance_plays_a_part():
    for layers, seeds in ((1, 3), (2, 5)):
        rows = [row for row in RESULTS["induction"] if row["layers"] == layers]
        assert [row["seed"] for row in rows] == [*range(seeds)]
    for share in (0.1, 0.3, 1.0):
        rows = [row for row in RESULTS["writers"] if row["share"] == share]
        assert [row["seed"] for row in rows] == [0, 1, 2]
    cut = [(row["kind"], row["seed"], row["draw"]) for row in RESULTS["cut"]]
    assert len(set(cut)) == len(cut) == 3 * (3 + MAKE["DRAWS"])


def test_what_the_lesson_says_of_the_cuts_holds_for_every_seed():
    for seed in range(3):
        whole, induction, previous = (
            next(row for row in RESULTS["cut"] if (row["kind"], row["seed"]) == (kind, seed))
            for kind in ("nothing", "induction", "previous-token")
        )
        assert induction["second"] > whole["second"] + 7
        assert previous["second"] > whole["second"] + 6
        for text in ("sentence", "story"):
            assert abs(induction[text] - whole[text]) < 0.1
            assert previous[text] > whole[text] + 0.2


def test_the_password_is_lost_where_the_lesson_says_so():
    prompt = MAKE["PROMPTS"][0]
    texts = {row["kind"]: row["text"] for row in RESULTS["written"] if row["prompt"] == prompt}
    known = {kind for kind, text in texts.items() if text.startswith(" 7 4 9 1 3 8.")}
    assert known == {"nothing", "random 1", "random 2", "random 3"}
    assert texts.keys() - known == {"random 0", "induction", "previous-token"}


@pytest.mark.slow
def test_a_run_made_again_jumps_where_the_file_says(one_thread):
    """Another machine rounds otherwise, so that the jump may come some steps sooner or later."""
    kept = next(r for r in RESULTS["induction"] if (r["layers"], r["seed"]) == (2, 2))
    _, looks = repeats.train(2, seed=2, steps=300)
    assert [look.loss for look in looks[:3]] == pytest.approx(kept["loss"][:3], abs=0.05)
    assert looks[-1].loss < 0.6
    assert looks[-1].best("induction") > 0.4


@pytest.mark.slow
def test_an_n_gram_made_again_has_the_loss_in_the_file():
    (kept,) = (r for r in RESULTS["counts"] if (r["share"], r["order"]) == (0.1, 3))
    (made,) = (r for r in MAKE["counts"]() if (r["share"], r["order"]) == (0.1, 3))
    assert made["loss"] == pytest.approx(kept["loss"], abs=0.002)


@pytest.mark.slow
@needs_the_model
@pytest.mark.parametrize("kind", ["nothing", "induction", "previous-token"])
def test_a_cut_made_again_costs_what_the_file_says(one_thread, kind):
    made = MAKE["cut_row"](kind, 1)
    kept = next(r for r in RESULTS["cut"] if (r["kind"], r["seed"]) == (kind, 1))
    assert [list(head) for head in made["heads"]] == kept["heads"]
    for key in ("first", "second", "sentence", "story"):
        assert made[key] == pytest.approx(kept[key], abs=0.1)
