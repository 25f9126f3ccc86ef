"""Make results_16.json: what lesson 16 shows and does not run itself, over several seeds.

    python lessons/data/make_16.py                 all of it, about 15 minutes on one thread
    python lessons/data/make_16.py first looks told  these, the others stay as they are

first     300 steps of questions alone, then 300 of all three tasks: `steps`, and at each of them
          the share of right `translate`, `summarise` and `answer`, of 120 stories, and the `loss`
          of an answer's word, the right words before it given
together  the same with all three tasks for 600 steps
variants  the same with questions last, or with a plain mean over all words as the loss
patience  all three together, for three times as many steps
alone     questions alone, as many a step as each mixed batch has, for 600 steps
thirds    a model of a third of the parameters, alone with one task
looks     how much weight the first word gets as the writing begins, by the models of "first"
told      which task these models do, of 120 stories, where there is no first word or two, where it
          is hidden from the writer or from other tokens, or is of one task at its own place and of
          another (`asked`) at all others; and how many have `begun` with the word that the asked
          task begins with

tests/lessons/data/test_make_16.py makes a row again.
"""

import itertools
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
SEEDS = range(4)
THREE_SEEDS = range(3)
ASKED = st.stories(120, seed=10_000)
RECIPES = {
    "answers first": (st.ANSWERS_FIRST, st.fair_loss),
    "together": (st.TOGETHER, st.fair_loss),
    "answers last": (st.ANSWERS_LAST, st.fair_loss),
    "answers first, plain mean": (st.ANSWERS_FIRST, st.plain_loss),
    "together, plain mean": (st.TOGETHER, st.plain_loss),
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


def first() -> Iterator[Row]:
    yield from (recipe_row("answers first", seed)[0] for seed in SEEDS)


def together() -> Iterator[Row]:
    yield from (recipe_row("together", seed)[0] for seed in SEEDS)


def variants() -> Iterator[Row]:
    for name in list(RECIPES)[2:]:
        yield from (recipe_row(name, seed)[0] for seed in THREE_SEEDS)


def patience() -> Iterator[Row]:
    for seed in THREE_SEEDS:
        row: Row = {"seed": seed}
        followed(row, 150, (st.Phase(st.TASKS, 1800),))
        yield row


def alone() -> Iterator[Row]:
    yield from (alone_row(seed) for seed in SEEDS)


def alone_row(seed: int) -> Row:
    row: Row = {"seed": seed}
    followed(row, 50, (st.Phase(("answer",), 600),), rows=21)
    return row


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


def looks() -> Iterator[Row]:
    for seed in SEEDS:
        model = recipe_row("answers first", seed)[1]
        for task in st.TASKS:
            weight = round(st.first_look(model, ASKED, task), 3)
            yield {"seed": seed, "asked": task, "weight": weight}


def told() -> Iterator[Row]:
    sources = {task: st.source_of(ASKED, [task] * len(ASKED)) for task in st.TASKS}
    n = sources["answer"].shape[1]
    for seed in SEEDS:
        model = recipe_row("answers first", seed)[1]
        for task, source in sources.items():
            yield done_row(seed, "as it is", task, st.write(model, source))
            across, reading = st.hidden_from_writer(n), st.hidden_from_readers(n)
            yield done_row(seed, "not for the writer", task, st.write(model, source, across=across))
            yield done_row(seed, "not for tokens", task, st.write(model, source, reading=reading))
        yield done_row(seed, "no first word", "", st.write(model, sources["answer"][:, 1:]))
        for one, two in itertools.permutations(st.TASKS, 2):
            both = torch.cat([sources[one][:, :1], sources[two]], dim=1)
            yield done_row(seed, f"{one}: in front", two, st.write(model, both))
            yield done_row(seed, f"{one}: grafted", two, st.grafted(model, ASKED, one, two))


def done_row(seed: int, way: str, asked: str, written: torch.Tensor) -> Row:
    done = Counter(st.tasks_done(written, ASKED))
    counts = {name: done[name] for name in (*st.TASKS, st.OTHER)}
    rows = zip(st.said(written), ASKED, strict=True) if asked else ()
    begun = sum(words[:1] == story.wanted[asked][:1] for words, story in rows)
    return {"seed": seed, "way": way, "asked": asked, **counts, "begun": begun}


EXPERIMENTS = {
    each.__name__: each
    for each in (first, together, variants, patience, alone, thirds, looks, told)
}


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
