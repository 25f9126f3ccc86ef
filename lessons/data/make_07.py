"""Make results_07.json: what lesson 07 shows and does not run itself, measured over several seeds.

    python lessons/data/make_07.py                 all of them, about 15 minutes on one thread
    python lessons/data/make_07.py unseen names    these, the others stay as they are

make_07_real.py adds the rows of real language.

Each row is a dict: what was asked, with which seed, and what came of it. A seed stands for
everything that chance decides: which pairs are held out, which sentences are drawn, where the model
begins. tests/lessons/data/test_make_07.py makes rows again.
"""

import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import Transformer
from course.translation import (
    ALL_PARTNERS,
    END,
    FEW_PARTNERS,
    MANY_PARTNERS,
    PAD,
    Sentence,
    Task,
    agreement,
    as_task,
    corpus,
    fit,
    looked_at,
    new_translator,
    real,
    sentence,
    share_right,
    translation_loss,
    write,
)
from course.translation.beams import log_probability
from course.translation.grammar import held_out
from course.translation.peer import Bahdanau2014, as_large_as
from course.translation.spoken import spoken

Row = dict[str, Any]
RESULTS = Path(__file__).with_name("results_07.json")
SEEDS = range(5)
THREE_SEEDS = range(3)
TEN_SEEDS = range(10)


def unseen_row(seed: int, pairs: list[tuple[str, str]]) -> Row:
    """Combinations never seen: 400 sentences with pairs that training never had."""
    learnt = corpus(seed, pairs=pairs)
    task = as_task(learnt.train, learnt.test)
    model = new_translator(task, seed=seed)
    losses = fit(model, task, seed=seed)
    tokyo = sentence("I", "love", "Tokyo")
    looks = dict(zip(tokyo.japanese, looked_at(model, task, tokyo), strict=True))
    return {
        "pairs": len(pairs),
        "seed": seed,
        "right": share_right(model, task, learnt.test),
        "known": share_right(model, task, learnt.train[:400]),
        "loss": round(sum(losses[-10:]) / 10, 4),
        "agreement": round(agreement(model, task, learnt.test[:100]), 3),
        "東京 at Tokyo": round(looks["東京"][2].item(), 2),
        **{f"{word} at love": round(looks[word][1].item(), 2) for word in ("が", "好き", "です")},
    }


def unseen() -> Iterator[Row]:
    for pairs in (FEW_PARTNERS, MANY_PARTNERS, ALL_PARTNERS):
        yield from (unseen_row(seed, pairs) for seed in TEN_SEEDS)


def forcing() -> Iterator[Row]:
    """Words and sentences right, the right beginning given or not, while the model learns."""
    for seed in SEEDS:
        learnt = corpus(seed)
        task = as_task(learnt.train, learnt.test)
        source = task.english.encode(pair.english for pair in learnt.test)
        target = task.japanese.encode((pair.japanese for pair in learnt.test), marks=True)
        model = new_translator(task, seed=seed)
        rows: list[Row] = []

        def after(step: int, *, seed=seed, model=model, source=source, target=target, rows=rows):
            if step in (10, 20, 30, 40, 50, 60, 80, 100, 150, 200):
                rows.append({"seed": seed, "step": step, **given_and_free(model, source, target)})

        fit(model, task, seed=seed, after=after)
        yield from rows


@torch.no_grad()
def given_and_free(model: Transformer, source: Tensor, target: Tensor) -> Row:
    """The share of words, and of whole sentences, that are right: (batch, n) tables given."""
    wanted = target[:, 1:]
    counted = wanted != PAD
    given = model(source, target[:, :-1], real(source)).argmax(dim=-1)
    free = write(model, source, longest=wanted.shape[1])
    free = F.pad(free, (0, wanted.shape[1] - free.shape[1]), value=END)
    found = {}
    for name, guess in (("given", given), ("free", free)):
        right = guess == wanted
        found[f"words {name}"] = round(right[counted].float().mean().item(), 4)
        whole = (right | ~counted).all(dim=1).float().mean().item()
        found[f"sentences {name}"] = round(whole, 4)
    return found


def beam() -> Iterator[Row]:
    """Greedy against beams, where several translations are right."""
    for seed in SEEDS:
        learnt = corpus(seed)
        generator = random.Random(seed)
        free = [spoken(pair, generator) for _ in range(4) for pair in learnt.train]
        task = as_task(free, learnt.test)
        model = new_translator(task, seed=seed)
        fit(model, task, steps=300, seed=seed)
        source = task.english.encode(pair.english for pair in learnt.test[:200])
        found = {size: write(model, source, beam=size) for size in (1, 2, 4, 8)}
        scores = {size: log_probability(model, source, each) for size, each in found.items()}
        for size, each in found.items():
            change = scores[size] - scores[1]
            yield {
                "seed": seed,
                "beam": size,
                "log probability": round(scores[size].mean().item(), 3),
                "better": round((change > 1e-3).float().mean().item(), 3),
                "worse": round((change < -1e-3).float().mean().item(), 3),
                "words": round(((each != END).sum(dim=1)).float().mean().item(), 2),
            }


def invented_names(generator: random.Random, count: int) -> list[str]:
    """Names of two or three syllables, all different, as Kato or Misune."""
    made = set()
    while len(made) < count:
        syllables = generator.choice((2, 3))
        made.add(
            "".join(
                generator.choice("kstnhmr") + generator.choice("aiueo") for _ in range(syllables)
            )
        )
    names = sorted(made)
    generator.shuffle(names)
    return [name.capitalize() for name in names]


def spelled(generator: random.Random, pairs: list[tuple[str, str]], names: list[str]) -> Sentence:
    """A sentence about somebody, whose name is written letter by letter in both languages."""
    verb, thing = generator.choice(pairs)
    past, negative = generator.random() < 0.5, generator.random() < 0.3
    made = sentence("Ken", verb, thing, past=past, negative=negative)
    name = list(generator.choice(names))
    english = [letter for word in made.english for letter in (name if word == "Ken" else [word])]
    japanese = [letter for word in made.japanese for letter in (name if word == "ケン" else [word])]
    return Sentence(english, japanese)


def names() -> Iterator[Row]:
    """Names never seen, after training with few names or with many."""
    for count in (20, 100, 500, 2000):
        for seed in SEEDS:
            generator = random.Random(seed)
            made = invented_names(generator, 2200)
            pairs = [pair for pair in MANY_PARTNERS if pair not in held_out(MANY_PARTNERS, seed)]
            learnt = [spelled(generator, pairs, made[:count]) for _ in range(4000)]
            known = [spelled(generator, pairs, made[:count]) for _ in range(200)]
            new = [spelled(generator, pairs, made[2000:]) for _ in range(200)]
            task = as_task(learnt, known + new)
            model = new_translator(task, seed=seed, heads=2)
            fit(model, task, steps=250, seed=seed)
            right = {"known": share_right(model, task, known), "new": share_right(model, task, new)}
            yield {"names": count, "seed": seed, **right}


def peer() -> Iterator[Row]:
    """The translator of 2014 and the Transformer: equal parameters, three learning rates each."""
    for kind in ("2014", "Transformer"):
        for rate in (2e-3, 5e-3, 1e-2):
            yield from (peer_row(seed, kind, rate) for seed in THREE_SEEDS)


def peer_row(seed: int, kind: str, rate: float) -> Row:
    learnt = corpus(seed)
    task = as_task(learnt.train, learnt.test)
    model: Any = new_translator(task, seed=seed)
    if kind == "2014":
        torch.manual_seed(seed)
        model = as_large_as(model, len(task.english), len(task.japanese))
    rights = []

    def after(step: int) -> None:
        if step in (100, 200):
            rights.append(share_of(model, task, learnt.test))

    fit(model, task, rate=rate, seed=seed, after=after)
    size = sum(each.numel() for each in model.parameters())
    half, right = rights
    return {
        "kind": kind,
        "rate": rate,
        "seed": seed,
        "half way": half,
        "right": right,
        "size": size,
    }


def share_of(model: nn.Module, task: Task, test: list[Sentence]) -> float:
    """share_right, for both kinds of model."""
    if not isinstance(model, Bahdanau2014):
        return share_right(model, task, test)
    written = model.write(task.english.encode(pair.english for pair in test))
    said = [task.japanese.decode(row) for row in written.tolist()]
    return sum(a == b.japanese for a, b in zip(said, test, strict=True)) / len(test)


VARIANTS: dict[str, dict[str, float]] = {
    "as it is": {},
    "no warm-up": {"warm_up": 0.0},
    "label smoothing": {"smoothing": 0.1},
    "rate 0.01": {"rate": 1e-2},
    "rate 0.01, no warm-up": {"rate": 1e-2, "warm_up": 0.0},
}


def variants() -> Iterator[Row]:
    """Label smoothing and warm-up, one change at a time."""
    for name, given in VARIANTS.items():
        for seed in SEEDS:
            options = dict(given)
            smoothing = options.pop("smoothing", 0.0)
            learnt = corpus(seed)
            task = as_task(learnt.train, learnt.test)
            model = new_translator(task, seed=seed)
            half = []

            def after(step: int, *, model=model, task=task, half=half, learnt=learnt) -> None:
                if step == 100:
                    half.append(share_right(model, task, learnt.test))

            def loss(model, source, target, *, smoothing=smoothing):
                return translation_loss(model, source, target, smoothing=smoothing)

            fit(model, task, seed=seed, loss=loss, after=after, **options)
            with torch.no_grad():
                plain = translation_loss(model, task.source[:400], task.target[:400]).item()
            right = share_right(model, task, learnt.test)
            yield {
                "variant": name,
                "seed": seed,
                "half way": half[0],
                "right": right,
                "loss": round(plain, 4),
            }


EXPERIMENTS = {each.__name__: each for each in (unseen, forcing, beam, names, peer, variants)}


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
    print(name, len(known[name]), "rows", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or EXPERIMENTS:
        keep(name, EXPERIMENTS[name]())
