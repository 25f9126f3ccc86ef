"""One model for three tasks: its words, its batches and its training.

That the task is a word at the beginning of the input is from Johnson et al., 2016, arXiv 1611.04558
(the language to translate into), and Raffel et al., 2019, arXiv 1910.10683 (any task).
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import Transformer
from course.stories.telling import TASKS, Story, draw
from course.stories.words import LATIN, LOVED, NAMES, THINGS, VERBS
from course.translation.vocabulary import PAD, Vocabulary

FIRST_WORD = {task: f"{task}:" for task in TASKS}
WORDS = Vocabulary(
    [
        list(FIRST_WORD.values()),
        [word for table in (NAMES, LOVED, THINGS, VERBS) for word in table],
        ["loves", ".", "suddenly", "the", "what", "does", "love", "?"],
        list(LATIN),
    ]
)


class Phase(NamedTuple):
    """A part of a training, with a warm-up and an end of its own."""

    tasks: tuple[str, ...]  # mixed in equal shares in every batch
    steps: int


ANSWERS_FIRST = (Phase(("answer",), 300), Phase(TASKS, 300))
ANSWERS_LAST = (Phase(("translate", "summarise"), 300), Phase(TASKS, 300))
TOGETHER = (Phase(TASKS, 600),)
Loss = Callable[[Tensor, Tensor], Tensor]


def source_of(stories: Sequence[Story], tasks: Sequence[str]) -> Tensor:
    """What the model reads, a first word for each story: (batch, n_source)"""
    rows = [[FIRST_WORD[task], *story.text] for story, task in zip(stories, tasks, strict=True)]
    return WORDS.encode(rows)


def target_of(stories: Sequence[Story], tasks: Sequence[str]) -> Tensor:
    """What it should write, from START to END, padding behind: (batch, n_target)"""
    rows = [story.wanted[task] for story, task in zip(stories, tasks, strict=True)]
    return WORDS.encode(rows, marks=True)


def new_model(*, seed: int = 0, d_model: int = 64) -> Transformer:
    """A Transformer that is not trained: two layers, four heads, the same words on both sides."""
    torch.manual_seed(seed)
    return Transformer(
        len(WORDS),
        len(WORDS),
        d_model=d_model,
        num_heads=4,
        num_layers=2,
        d_ff=2 * d_model,
        positions="relative",
    )


def fair_loss(logits: Tensor, says: Tensor) -> Tensor:
    """Cross-entropy, the mean over each example's words first, then over examples.

    logits (batch, n, vocab), says (batch, n) whole numbers, PAD where there is none
    """
    each = F.cross_entropy(logits.transpose(1, 2), says, ignore_index=PAD, reduction="none")
    return (each.sum(dim=1) / (says != PAD).sum(dim=1)).mean()


def plain_loss(logits: Tensor, says: Tensor) -> Tensor:
    """Cross-entropy, the mean over all words of the batch: long targets count for more."""
    return F.cross_entropy(logits.flatten(0, 1), says.flatten(), ignore_index=PAD)


def fit(
    model: Transformer,
    phases: Sequence[Phase] = ANSWERS_FIRST,
    *,
    seed: int = 0,
    rows: int = 64,
    loss: Loss = fair_loss,
    after: Callable[[int], None] | None = None,
) -> list[float]:
    """Train a model in place on stories that are new in every step; the loss of each step.

    after  called with the number of steps done, after each

    Adam's step size is 0.003, and ten times that for the relative positions: few numbers, each
    of them read by all. It goes up in a straight line for a tenth of a phase, and comes down on a
    cosine.
    """
    few = [each for name, each in model.named_parameters() if "position_bias" in name]
    many = [each for name, each in model.named_parameters() if "position_bias" not in name]
    chance, losses = random.Random(seed), []
    for tasks, steps in phases:
        groups = [{"params": many, "lr": 3e-3}, {"params": few, "lr": 3e-2}]
        optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _height(steps))
        asked = [tasks[row % len(tasks)] for row in range(rows)]
        for _ in range(steps):
            told = [draw(chance) for _ in asked]
            source, target = source_of(told, asked), target_of(told, asked)
            value = loss(model(source, target[:, :-1]), target[:, 1:])
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(value.item())
            if after is not None:
                after(len(losses))
    return losses


def _height(steps: int) -> Callable[[int], float]:
    """The share of the step size at each step: up for a tenth, then down on a cosine."""
    up = max(1, steps // 10)

    def height(step: int) -> float:
        if step < up:
            return (step + 1) / up
        return 0.5 * (1 + math.cos(math.pi * (step - up) / max(1, steps - up)))

    return height
