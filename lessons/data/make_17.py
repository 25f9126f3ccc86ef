"""Make results_17.json: what lesson 17 measures, with other seeds, longer, and on a real model.

    python lessons/data/make_17.py [EXPERIMENT …]      all take a quarter of an hour on one thread

induction  course.writing.repeats.train: a row for each number of layers and each seed, with a list
           each for the looks after every 25 steps: loss, right, best head of either kind
writers    course.writing.training.fit, 700 steps on a share of the novel: the test loss in nats a
           letter after every 100 steps; for the whole novel also by place, up to four times the
           length of training, and the same where only the last 32 tokens are read
counts     the n-gram model: its test loss for each order
cut        SmolLM2: 4 rows of 24 random tokens, read twice, with some heads cut: the mean loss of
           the first and the second time, and at each place; the loss of SENTENCE and of STORY
single     SmolLM2: for each layer and head, the loss of the second time and of SENTENCE without it
heads      SmolLM2: the scores of its 270 heads on the rows of seed 0
written    SmolLM2: what it writes, always the most probable token, with some heads cut

The lesson itself runs seed 0. tests/lessons/data/test_make_17.py makes rows again. The last four
need the model: `course models`.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch

from attn import GPT, generate
from course.models import load_smollm2
from course.models.bpe import BPE
from course.writing import NGram, repeats, training
from course.writing.heads import (
    Head,
    best_heads,
    drawn_heads,
    head_scores,
    loss_of_each,
    twice,
    without,
)

RESULTS = Path(__file__).with_name("results_17.json")
Row = dict[str, Any]
KINDS = ("nothing", "induction", "previous-token", "random")
DRAWS = 4  # of random heads for each seed
SENTENCE = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife."
)
STORY = (
    "The lighthouse at Carrow Point was built in 1821, after three ships had been lost on the "
    "rocks in a single winter. Its keeper, a quiet man named Tobias Hale, lived there with his "
    "daughter for almost thirty years. Every evening Hale climbed the stairs, lit the lamp, and "
    "wrote a few lines about the weather in a small black book. When the lighthouse was closed, "
    "the book was found in a drawer, and it is still the best record of storms on that coast."
)
PROMPTS = (
    "The password is 7 4 9 1 3 8. Remember: the password is",
    "bam tiv rok zul fen, bam tiv rok zul fen, bam tiv",
    "Once upon a time, there was a",
    "The capital of Japan is",
)


def induction() -> Iterator[Row]:
    for layers, seed in [(2, seed) for seed in range(5)] + [(1, seed) for seed in range(3)]:
        _, looks = repeats.train(layers, seed=seed, steps=400 if layers == 2 else 700)
        yield {
            "layers": layers,
            "seed": seed,
            "loss": [round(look.loss, 2) for look in looks],
            "right": [round(look.right, 2) for look in looks],
            "previous": [round(look.best("previous"), 2) for look in looks],
            "induction": [round(look.best("induction"), 2) for look in looks],
        }


@cache
def text(share: float) -> training.Writer:
    return training.prepared(share)


def writer(share: float, seed: int) -> Row:
    """A GPT that learnt a share of the novel for 700 steps."""
    model, losses = training.new_writer(text(share).vocab, seed=seed), []

    def after(step: int) -> None:
        if step % 100 == 0:
            losses.append(round(training.nats_a_letter(model, text(share)), 3))

    training.fit(model, text(share).train, steps=700, seed=seed, after=after)
    row = {"share": share, "seed": seed, "loss": losses}
    if share == 1.0:
        for name, window in (("places", None), ("windowed", training.N)):
            places = training.at_places(model, text(1.0), n=128, window=window)  # (128,)
            row[name] = _rounded(places.view(-1, 8).mean(dim=1))
    return row


def writers() -> Iterator[Row]:
    for share in (1.0, 0.3, 0.1):
        for seed in range(3):
            yield writer(share, seed)


def counts() -> Iterator[Row]:
    for share in (1.0, 0.3, 0.1):
        novel = text(share)
        for order in range(1, 6):
            model = NGram(novel.train.tolist(), novel.vocab, order)
            loss = model.loss(novel.test[: training.TESTED].tolist()) / novel.letters_a_token
            yield {"share": share, "order": order, "loss": round(loss, 3)}


@cache
def real() -> tuple[GPT, BPE]:
    return load_smollm2()


def random_twice(seed: int) -> torch.Tensor:
    """Four rows of 24 random tokens, read twice; in front the token that begins a message."""
    generator = torch.Generator().manual_seed(seed)
    return twice(torch.randint(1000, 20000, (4, 24), generator=generator), first=1)


def chosen(kind: str, seed: int, draw: int = 0) -> list[Head]:
    """The heads that are cut."""
    previous, inducing = head_scores(real()[0], random_twice(seed))
    if kind == "random":
        return drawn_heads(inducing, 8, seed=DRAWS * seed + draw)
    scores = {"induction": inducing, "previous-token": previous}
    return best_heads(scores[kind], 8) if kind in scores else []


def cut_row(kind: str, seed: int, draw: int = 0) -> Row:
    model, tokenizer = real()
    heads = chosen(kind, seed, draw)
    with without(model, heads):
        losses = loss_of_each(model, random_twice(seed)).mean(dim=0)  # (48,)
        spoken = [
            loss_of_each(model, torch.tensor([tokenizer.encode(text)])).mean().item()
            for text in (SENTENCE, STORY)
        ]
    return {
        "kind": kind,
        "seed": seed,
        "draw": draw,
        "heads": heads,
        "first": round(losses[:24].mean().item(), 2),
        "second": round(losses[25:].mean().item(), 2),
        "sentence": round(spoken[0], 2),
        "story": round(spoken[1], 2),
        "places": _rounded(losses, 1),
    }


def cut() -> Iterator[Row]:
    for seed in range(3):
        for kind in KINDS:
            for draw in range(DRAWS if kind == "random" else 1):
                yield cut_row(kind, seed, draw)


def single() -> Iterator[Row]:
    model, tokenizer = real()
    tokens, sentence = random_twice(0), torch.tensor([tokenizer.encode(SENTENCE)])
    for layer, block in enumerate(model.body.layers):
        row: Row = {"layer": layer, "second": [], "sentence": []}
        for head in range(block.self_attention.num_heads):
            with without(model, [(layer, head)]):
                row["second"].append(round(loss_of_each(model, tokens)[:, 25:].mean().item(), 2))
                row["sentence"].append(round(loss_of_each(model, sentence).mean().item(), 2))
        yield row


def heads() -> Iterator[Row]:
    for kind, scores in zip(
        ("previous-token", "induction"), head_scores(real()[0], random_twice(0)), strict=True
    ):
        yield {"kind": kind, "scores": [_rounded(layer) for layer in scores]}


def written() -> Iterator[Row]:
    model, tokenizer = real()
    cuts = {kind: chosen(kind, 0) for kind in KINDS if kind != "random"}
    cuts |= {f"random {draw}": chosen("random", 0, draw) for draw in range(DRAWS)}
    for kind, heads in cuts.items():
        with without(model, heads):
            for prompt in PROMPTS:
                tokens = torch.tensor([tokenizer.encode(prompt)])
                out = generate(model, tokens, max_new_tokens=16, temperature=0.0)
                text = tokenizer.decode(out[0, tokens.shape[1] :].tolist())
                yield {"kind": kind, "prompt": prompt, "text": text}


def _rounded(x: torch.Tensor, digits: int = 2) -> list[float]:
    return [round(value, digits) for value in x.tolist()]


EXPERIMENTS: dict[str, Callable[[], Iterator[Row]]] = {
    "induction": induction,
    "writers": writers,
    "counts": counts,
    "cut": cut,
    "single": single,
    "heads": heads,
    "written": written,
}


def as_text(results: dict[str, list[Row]]) -> str:
    """JSON with a line for each row."""
    blocks = [
        f" {json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, rows)) + "\n ]"
        for name, rows in results.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    torch.set_num_threads(1)
    for name in sys.argv[1:] or EXPERIMENTS:
        rows = []
        for row in EXPERIMENTS[name]():
            rows.append(row)
            print(name, row, file=sys.stderr)
        results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        results[name] = rows
        ordered = {each: results[each] for each in EXPERIMENTS if each in results}
        RESULTS.write_text(as_text(ordered), encoding="utf-8")


if __name__ == "__main__":
    main()
