"""Make results_16.json: what lesson 16 shows and does not run itself, over several seeds.

    python lessons/data/make_16.py                   all of it, about 12 minutes on one thread
    python lessons/data/make_16.py recipes thirds    these, the others stay as they are

recipes  the same model and the same 500 steps in another order, or with another mean of the loss;
         `steps`, and at each of them the share of right `translate`, `summarise` and `answer`, of
         120 stories, and the `loss` of an answer's word, the right words before it given
patience all three together, for three times as many steps
thirds   a model of a third of the parameters, alone with one task
hidden   which task is done where the first word is hidden from the writer or from other tokens, or
         isn't there, or there are two: counts of 120, by the models of recipes, "answers first"

tests/lessons/data/test_make_16.py makes a row again.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch

from attn import Transformer
from course import stories as st

Row = dict[str, Any]
RESULTS = Path(__file__).with_name("results_16.json")
SEEDS = range(5)
THREE_SEEDS = range(3)
ASKED = st.stories(120, seed=10_000)
RECIPES = {
    "answers first": (st.ANSWERS_FIRST, st.fair_loss),
    "together": (st.TOGETHER, st.fair_loss),
    "answers first, plain mean": (st.ANSWERS_FIRST, st.plain_loss),
    "together, plain mean": (st.TOGETHER, st.plain_loss),
    "answers last": (st.ANSWERS_LAST, st.fair_loss),
}
THIRD = 36  # d_model of a model with a third of the parameters


@torch.no_grad()
def loss_of_answers(model: Transformer) -> float:
    """The mean loss of a word of the answers, the right words before it given."""
    tasks = ["answer"] * len(ASKED)
    target = st.target_of(ASKED, tasks)
    return st.plain_loss(model(st.source_of(ASKED, tasks), target[:, :-1]), target[:, 1:]).item()


def followed(row: Row, every: int, phases: Any, **options: Any) -> Transformer:
    """Train a model, and note in `row` how it does, every so many steps."""
    model = st.new_model(seed=row["seed"], d_model=options.pop("d_model", 64))
    names = ("steps", *st.TASKS, "loss")
    row.update({name: [] for name in names})

    def after(step: int) -> None:
        if step % every == 0:
            row["steps"].append(step)
            for task in st.TASKS:
                row[task].append(round(st.share_right(model, ASKED, task), 3))
            row["loss"].append(round(loss_of_answers(model), 4))

    st.fit(model, phases, seed=row["seed"], after=after, **options)
    return model


@cache
def recipe_row(name: str, seed: int) -> tuple[Row, Transformer]:
    phases, loss = RECIPES[name]
    row: Row = {"recipe": name, "seed": seed}
    return row, followed(row, 50, phases, loss=loss)


def recipes() -> Iterator[Row]:
    for name in RECIPES:
        yield from (recipe_row(name, seed)[0] for seed in SEEDS)


def patience() -> Iterator[Row]:
    for seed in THREE_SEEDS:
        row: Row = {"seed": seed}
        followed(row, 150, (st.Phase(st.TASKS, 1500),))
        yield row


def thirds() -> Iterator[Row]:
    for task in st.TASKS:
        for seed in THREE_SEEDS:
            yield third_row(task, seed)


def third_row(task: str, seed: int) -> Row:
    """Of translations and summaries as many rows as each of them gets of a mixed batch."""
    row: Row = {"task": task, "seed": seed}
    rows = 64 if task == "answer" else 22
    model = followed(row, 100, (st.Phase((task,), 400),), d_model=THIRD, rows=rows)
    row["size"] = sum(each.numel() for each in model.parameters())
    return row


def hidden() -> Iterator[Row]:
    for seed in SEEDS:
        model = recipe_row("answers first", seed)[1]
        n = st.source_of(ASKED[:1], ["answer"]).shape[1]
        ways: dict[str, dict[str, torch.Tensor]] = {
            "nothing hidden": {},
            "hidden from the writer": {"across": st.hidden_from_writer(n)},
            "hidden from the readers": {"reading": st.hidden_from_readers(n)},
        }
        for way, masks in ways.items():
            for task in st.TASKS:
                source = st.source_of(ASKED, [task] * len(ASKED))
                yield done_row(model, seed, way, task, source, **masks)
        yield done_row(model, seed, "no first word", "", source[:, 1:])
        for one, two in (("translate", "answer"), ("answer", "translate")):
            first = st.source_of(ASKED, [one] * len(ASKED))[:, :1]
            both = torch.cat([first, st.source_of(ASKED, [two] * len(ASKED))], dim=1)
            yield done_row(model, seed, "two first words", f"{one} {two}", both)


def done_row(
    model: Transformer, seed: int, way: str, asked: str, source: torch.Tensor, **masks: torch.Tensor
) -> Row:
    done = Counter(st.tasks_done(st.write(model, source, **masks), ASKED))
    counts = {name: done[name] for name in (*st.TASKS, st.OTHER)}
    return {"seed": seed, "way": way, "asked": asked, **counts}


EXPERIMENTS = {each.__name__: each for each in (recipes, patience, thirds, hidden)}


def keep(name: str, rows: Iterable[Row]) -> None:
    """Write the rows of one experiment, a line each, among those of the others."""
    measured = list(rows)
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    known[name] = measured
    parts = []
    for each, kept in known.items():
        lines = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in kept)
        parts.append(f' "{each}": [\n  {lines}\n ]')
    RESULTS.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
    print(name, len(measured), "rows", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or EXPERIMENTS:
        keep(name, EXPERIMENTS[name]())
