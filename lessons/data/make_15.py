"""Make results_15.json: the models of lesson 15 with other seeds, other parts, and other tasks.

    python lessons/data/make_15.py                  all of them, about 25 minutes on one thread
    python lessons/data/make_15.py seeds parts      these, the others stay as they are

All shares are percent, of 1500 questions about pictures and sounds that are not learnt from.

seeds   the model of the lesson: how much is right while it learns; with the sight of some places
        cut at the test; and without each of its 8 heads
parts   trained without modality vectors, without places, without both, or so that image and sound
        never see each other
alone   trained to give the answer at once, with more and more steps

tests/lessons/data/test_make_15.py makes rows again.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from course.senses import (
    GIVEN,
    IMAGE,
    SOUND,
    STREAM,
    OneStream,
    cut,
    exam,
    fit,
    percent_right,
    say,
    without_head,
)

Row = dict[str, Any]
RESULTS = Path(__file__).with_name("results_15.json")
SEEDS = range(5)
THREE_SEEDS = range(3)
CURVE = (50, 100, 150, 200, 250, 300, 400, 500)
STEPS = (500, 1000, 2000, 4000)
SAYS = slice(GIVEN - 1, STREAM)  # the rows from which the three words are said
ANSWERS = slice(STREAM - 1, STREAM)  # the row from which the answer is
CUTS = {
    "nothing": (),
    "words and image": ((SAYS, IMAGE),),
    "words and sound": ((SAYS, SOUND),),
    "image and sound": ((IMAGE, SOUND), (SOUND, IMAGE)),
    "answer and what was given": ((ANSWERS, slice(0, GIVEN - 1)),),
    "answer and image digit said": ((ANSWERS, slice(GIVEN, GIVEN + 1)),),
}
PARTS: dict[str, dict[str, Any]] = {
    "no modality": {"modality": False},
    "no places": {"places": False},
    "neither": {"modality": False, "places": False},
    "strangers": {"mask": cut(*CUTS["image and sound"])},
}


def new(seed: int, **parts: Any) -> OneStream:
    torch.manual_seed(seed)
    return OneStream(**parts)


def seeds() -> Iterator[Row]:
    """The lesson's model, and what it can do without."""
    for seed in SEEDS:
        model, asked = new(seed), exam()
        curve: list[Row] = []

        def look(step: int, *, model=model, asked=asked, curve=curve) -> None:
            if step in CURVE:
                curve.append({"step": step, **percent_right(say(model, asked), asked)})

        fit(model, seed=seed, after=look)
        yield {"seed": seed, "curve": curve, **without(model)}


def without(model: OneStream) -> Row:
    """What is right with sight cut at the test, and without single heads."""
    asked = exam()
    cuts = {
        name: percent_right(say(model, asked, cut(*each)), asked) for name, each in CUTS.items()
    }
    heads = {}
    for layer in range(2):
        for head in range(4):
            with without_head(model, layer, head):
                heads[f"{layer}.{head}"] = percent_right(say(model, asked), asked)
    return {"cut": cuts, "without head": heads}


def parts() -> Iterator[Row]:
    """Trained without something from the start."""
    for name, options in PARTS.items():
        for seed in THREE_SEEDS:
            model, asked = new(seed, **options), exam()
            fit(model, seed=seed)
            yield {"parts": name, "seed": seed, **percent_right(say(model, asked), asked)}


def alone() -> Iterator[Row]:
    """The answer at once, without saying first what is read."""
    for steps in STEPS:
        yield from (alone_row(seed, steps) for seed in THREE_SEEDS)


def alone_row(seed: int, steps: int) -> Row:
    model, asked = new(seed), exam()
    fit(model, seed=seed, steps=steps, answer_alone=True)
    return {"seed": seed, "steps": steps, **percent_right(say(model, asked, words=1), asked)}


EXPERIMENTS = {each.__name__: each for each in (seeds, parts, alone)}


def as_text(results: dict[str, list[Row]]) -> str:
    """JSON with a line for each row."""
    blocks = [
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
        for name, rows in results.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main(chosen: list[str]) -> None:
    torch.set_num_threads(1)
    for name in chosen or EXPERIMENTS:
        made = []
        for row in EXPERIMENTS[name]():
            made.append(row)
            print(name, row.get("seed"), file=sys.stderr, flush=True)
        known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        known[name] = made
        RESULTS.write_text(
            as_text({key: known[key] for key in EXPERIMENTS if key in known}), "utf-8"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
