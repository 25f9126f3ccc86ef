"""results_18.json is what make_18.py makes, of the texts in texts_18.json."""

import json
import runpy
from typing import Any

import pytest
import torch

from course import paths
from course.models.packages import MODELS

MAKE: dict[str, Any] = runpy.run_path(str(paths.DATA / "make_18.py"), run_name="make_18")
RESULTS = json.loads((paths.DATA / "results_18.json").read_text(encoding="utf-8"))

needs_the_model = pytest.mark.skipif(
    MODELS["MiniLM"].file() is None, reason="all-MiniLM-L6-v2 is not installed: course models"
)


@pytest.fixture
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_file_is_written_as_it_stands():
    text = (paths.DATA / "results_18.json").read_text(encoding="utf-8")
    assert MAKE["as_text"](RESULTS) == text


def test_each_text_is_written_once_and_each_word_of_two_senses_stands_in_its_sentences():
    texts = MAKE["TEXTS"]
    assert {kind: len(rows) for kind, rows in texts.items()} == {
        "sentences": 12,
        "pairs": 24,
        "triples": 24,
        "senses": 16,
        "nasty": 10,
    }
    for row in texts["senses"]:
        for text in (*row["same"], row["other"]):
            assert row["word"] in text.lower().replace(".", "").split(), text
    assert [row["text"] for row in RESULTS["reference"]] == [row["text"] for row in texts["nasty"]]


def test_heads_were_cut_in_every_order_and_at_random_with_five_seeds():
    found = [(row["order"], row["heads"], row["seed"]) for row in RESULTS["cut"]]
    expected = [("nothing", 0, None), ("all", 72, None)]
    expected += [("that rest", 44, None), ("all others", 28, None)]
    expected += [(f"layer {layer}", 12, None) for layer in range(6)]
    expected += [("at random", n, seed) for n in MAKE["SHARES"] for seed in range(5)]
    expected += [("least important first", n, None) for n in MAKE["SHARES"]]
    assert found == expected


@pytest.mark.slow
@needs_the_model
@pytest.mark.usefixtures("one_thread")
@torch.no_grad()
def test_rows_made_again_are_those_of_the_file():
    """Another machine rounds otherwise: a close race may end the other way."""
    bench = MAKE["Bench"]()
    rest = MAKE["resting"](bench)
    cuts = {"nothing": [], "all": list(range(72)), "layer 0": list(range(12))}
    cuts |= {"that rest": rest, "all others": [head for head in range(72) if head not in rest]}
    for order, heads in cuts.items():
        made = bench.row(heads, order)
        (kept,) = (row for row in RESULTS["cut"] if row["order"] == order)
        assert made["right"] == pytest.approx(kept["right"], abs=1)
        assert made["margin"] == pytest.approx(kept["margin"], abs=0.003)
        assert made["sense_right"] == pytest.approx(kept["sense_right"], abs=1)
        assert made["sense_margin"] == pytest.approx(kept["sense_margin"], abs=0.003)


@pytest.mark.slow
@needs_the_model
def test_the_reference_made_again_is_that_of_the_file():
    for made, kept in zip(MAKE["reference"](), RESULTS["reference"], strict=True):
        assert made["tokens"] == kept["tokens"]
        torch.testing.assert_close(
            torch.tensor(made["hidden"]), torch.tensor(kept["hidden"]), rtol=0, atol=1e-5
        )
