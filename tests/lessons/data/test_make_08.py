"""results_08.json is what make_08.py makes."""

import json
import runpy
from typing import Any

import pytest
import torch

from course import paths, race

MAKE: dict[str, Any] = runpy.run_path(str(paths.DATA / "make_08.py"), run_name="make_08")
RESULTS = json.loads((paths.DATA / "results_08.json").read_text(encoding="utf-8"))


def test_the_file_holds_a_row_for_each_plan_in_its_order():
    assert list(RESULTS) == list(MAKE["EXPERIMENTS"])
    for name, plans in MAKE["EXPERIMENTS"].items():
        made = [{key: row[key] for key in MAKE["Plan"]._fields} for row in RESULTS[name]]
        assert made == [plan._asdict() for plan in plans()]


def test_the_file_is_written_as_it_stands():
    text = (paths.DATA / "results_08.json").read_text(encoding="utf-8")
    assert MAKE["as_text"](RESULTS) == text


def test_runs_are_as_long_as_their_steps_or_have_all_right():
    for row in (row for rows in RESULTS.values() for row in rows):
        allowed = row["steps"] // race.EVERY
        assert len(row["right"]) == allowed or row["right"][-1] >= 99
        assert ("longer" in row) == (row["task"] == "parity")


@pytest.mark.slow
@pytest.mark.parametrize(("task", "kind", "seed"), [("parity", "LSTM", 2), ("look_up", "GPT", 2)])
def test_a_row_made_again_ends_where_the_file_says(task, kind, seed):
    """Another machine rounds otherwise, so that the jump may come some steps sooner or later."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        made = MAKE["row"](MAKE["plan"](task, kind, seed))
    finally:
        torch.set_num_threads(threads)
    (kept,) = (
        row
        for row in RESULTS["seeds"]
        if (row["task"], row["kind"], row["seed"]) == (task, kind, seed)
    )
    assert made["right"][:2] == pytest.approx(kept["right"][:2], abs=3)
    assert made["right"][-1] == pytest.approx(kept["right"][-1], abs=2)
    assert len(made["right"]) == pytest.approx(len(kept["right"]), abs=6)
