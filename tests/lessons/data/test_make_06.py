"""The saved runs of lesson 06 come out again when its script makes one of each."""

import importlib.util
from types import ModuleType

import pytest
import torch

from course import paths
from course.results import saved_rows


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_06", paths.DATA / "make_06.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_every_case_is_saved_once(script):
    saved = [(row["kind"], row["rate"], row["seed"]) for row in saved_rows("06", "norms")]
    cases = [(k, r, s) for k in script.KINDS for r in script.RATES for s in script.SEEDS]
    assert sorted(saved) == sorted(cases)
    assert {len(row["loss"]) for row in saved_rows("06", "norms")} == {script.STEPS // script.FIVE}


@pytest.mark.slow
def test_a_row_of_norms_comes_out_again(script, one_thread):
    """The first half of it: rounding differs between machines, and grows with the steps."""
    (saved,) = [
        row
        for row in saved_rows("06", "norms")
        if (row["kind"], row["rate"], row["seed"]) == ("after", 1e-3, 1)
    ]
    made = script.norms_row("after", 1e-3, 1)
    assert made["loss"][:10] == pytest.approx(saved["loss"][:10], abs=0.02)
    assert made["loss"][-1] == pytest.approx(saved["loss"][-1], abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("feed_forward", [False, True])
def test_a_row_of_xor_comes_out_again(script, one_thread, feed_forward):
    (saved,) = [
        row
        for row in saved_rows("06", "xor")
        if (row["feed-forward"], row["layers"], row["seed"]) == (feed_forward, 1, 2)
    ]
    made = script.xor_row(feed_forward, 1, 2)
    assert made["loss"] == pytest.approx(saved["loss"], abs=0.01)
