"""The rows that lesson 07 shows can be measured again: one of each of two experiments is.

Another machine rounds otherwise, and 200 steps later a few sentences of 400 may be other ones.
"""

import importlib.util
import sys
from types import ModuleType

import pytest
import torch

from course import paths
from course.results import saved_rows
from course.translation import FEW_PARTNERS


@pytest.fixture(scope="module")
def make_07() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_07", paths.DATA / "make_07.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_07"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_a_row_of_unseen_combinations_comes_out_again(make_07):
    (kept,) = [r for r in saved_rows("07", "unseen") if r["pairs"] == 63 and r["seed"] == 0]
    again = make_07.unseen_row(0, FEW_PARTNERS)
    assert again.keys() == kept.keys()
    assert again["right"] == pytest.approx(kept["right"], abs=0.1)
    assert again["known"] == pytest.approx(kept["known"], abs=0.02)
    assert again["loss"] == pytest.approx(kept["loss"], abs=0.01)


@pytest.mark.slow
def test_a_row_of_the_translator_of_2014_comes_out_again(make_07):
    asked = {"kind": "2014", "rate": 5e-3, "seed": 0}
    (kept,) = [r for r in saved_rows("07", "peer") if asked.items() <= r.items()]
    again = make_07.peer_row(0, "2014", 5e-3)
    assert again["size"] == kept["size"]
    assert again["right"] == pytest.approx(kept["right"], abs=0.15)


def test_each_experiment_has_rows_of_three_seeds_or_more(make_07):
    for name in [*make_07.EXPERIMENTS, "real"]:
        assert len({row["seed"] for row in saved_rows("07", name)}) >= 3, name
