"""Make results_08.json: the race of lesson 08 with other seeds, step sizes, steps and gates.

    python lessons/data/make_08.py            some minutes on one thread

A row is a run of course.race: its task, its kind, Adam's step size `rate`, the `steps` allowed, the
bias `forget` of an LSTM's forget gates, the `seed`; then `right`, the percentage of right answers
after every 25 steps, up to where 99.5 were right; and for running parity `longer`, that at
course.race.LENGTHS. The lesson itself runs seed 0. tests/lessons/data/test_make_08.py makes rows
again.
"""

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from course import race

RESULTS = Path(__file__).with_name("results_08.json")
LOSERS = (("look_up", "LSTM"), ("copy", "LSTM"), ("parity", "GPT"))  # whom more may help
Row = dict[str, Any]


class Plan(NamedTuple):
    """Everything that decides a run's numbers."""

    task: str
    kind: str
    rate: float
    steps: int
    forget: float
    seed: int


def plan(task: str, kind: str, seed: int) -> Plan:
    """The run as the lesson has it, with another seed."""
    return Plan(task, kind, race.RATES[kind], race.RACE[task].steps, 1.0, seed)


def seeds() -> Iterator[Plan]:
    """Other seeds, nothing else."""
    for task, kind, seed in itertools.product(race.RACE, race.RATES, (1, 2, 3, 4)):
        yield plan(task, kind, seed)


def rates() -> Iterator[Plan]:
    """Other step sizes for whoever lost."""
    for (task, kind), seed in itertools.product(LOSERS, (1, 2, 3)):
        for rate in (0.001, 0.002, 0.01, 0.02) if kind == "LSTM" else (0.001, 0.006, 0.01):
            yield plan(task, kind, seed)._replace(rate=rate)


def patience() -> Iterator[Plan]:
    """Six times the steps for whoever lost."""
    for (task, kind), seed in itertools.product(LOSERS, (1, 2, 3)):
        once = plan(task, kind, seed)
        yield once._replace(steps=6 * once.steps)


def open_gates() -> Iterator[Plan]:
    """LSTMs whose forget gates begin wide open; and these with six times the steps, too."""
    for task, seed in itertools.product(("look_up", "copy"), (1, 2, 3)):
        once = plan(task, "LSTM", seed)._replace(forget=5.0)
        yield from (once, once._replace(steps=6 * once.steps))


def row(run: Plan) -> Row:
    """Run it."""
    trained = race.train(**run._asdict())
    shares = {"right": trained.shares}
    if run.task == "parity":
        shares["longer"] = race.at_lengths(trained.model)
    found = {name: [round(100 * share) for share in each] for name, each in shares.items()}
    return {**run._asdict(), **found}


EXPERIMENTS = {"seeds": seeds, "rates": rates, "patience": patience, "open gates": open_gates}


def as_text(results: dict[str, list[Row]]) -> str:
    """JSON with a line for each row."""
    blocks = [
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
        for name, rows in results.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    torch.set_num_threads(1)
    results: dict[str, list[Row]] = {}
    for name, plans in EXPERIMENTS.items():
        results[name] = []
        for run in plans():
            results[name].append(row(run))
            print(name, *run, file=sys.stderr)
    RESULTS.write_text(as_text(results), encoding="utf-8")


if __name__ == "__main__":
    main()
