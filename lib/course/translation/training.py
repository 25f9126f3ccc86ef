"""Train a translator, let it write, and ask how much is right. Lesson 07 says why each is so."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import Transformer, generate
from course.translation.grammar import Sentence
from course.translation.vocabulary import END, PAD, START, Vocabulary


class Task(NamedTuple):
    """Sentences as tables of numbers: source without marks, target with START and END."""

    english: Vocabulary
    japanese: Vocabulary
    source: Tensor  # (sentences, n_source)
    target: Tensor  # (sentences, n_target)


def as_task(train: Sequence[Sentence], test: Sequence[Sentence] = ()) -> Task:
    """The sentences to learn from, with vocabularies that know the words of both lists."""
    both = [*train, *test]
    english = Vocabulary(pair.english for pair in both)
    japanese = Vocabulary(pair.japanese for pair in both)
    source = english.encode(pair.english for pair in train)
    target = japanese.encode((pair.japanese for pair in train), marks=True)
    return Task(english, japanese, source, target)


def new_translator(
    task: Task, *, seed: int = 0, d_model: int = 64, heads: int = 1, layers: int = 1
) -> Transformer:
    """A Transformer that is not trained; of one layer and one head unless told otherwise."""
    torch.manual_seed(seed)
    return Transformer(
        len(task.english),
        len(task.japanese),
        d_model=d_model,
        num_heads=heads,
        num_layers=layers,
        d_ff=2 * d_model,
    )


def real(tokens: Tensor) -> Tensor:
    """True where there is a word and no padding, as a mask for keys: (batch, 1, 1, n)"""
    return (tokens != PAD)[:, None, None, :]


def translation_loss(
    model: nn.Module, source: Tensor, target: Tensor, *, smoothing: float = 0.0
) -> Tensor:
    """The mean cross-entropy of each next word, the right words given; padding does not count."""
    logits = model(source, target[:, :-1], real(source))  # (batch, n - 1, vocab)
    labels = target[:, 1:].flatten()
    options = {"ignore_index": PAD, "label_smoothing": smoothing}
    return F.cross_entropy(logits.flatten(0, 1), labels, **options)  # type: ignore[arg-type]


def fit(
    model: nn.Module,
    task: Task,
    *,
    steps: int = 200,
    rate: float = 3e-3,
    warm_up: float = 0.1,
    seed: int = 0,
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor] = translation_loss,
    after: Callable[[int], None] | None = None,
) -> list[float]:
    """Train a model in place on batches of 64 sentences; the loss of each step.

    rate, warm_up  the learning rate goes up in a straight line for a share `warm_up` of the steps,
                   and comes down on a cosine
    after          called with the number of steps done, after each
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    up = max(1, int(warm_up * steps))

    def height(step: int) -> float:
        if step < up:
            return min(1.0, (step + 1) / up)
        return 0.5 * (1 + math.cos(math.pi * (step - up) / max(1, steps - up)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, height)
    losses = []
    for step in range(1, steps + 1):
        rows = torch.randint(len(task.source), (64,), generator=generator)
        source, target = (_shortened(table[rows]) for table in (task.source, task.target))
        value = loss(model, source, target)
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(value.item())
        if after is not None:
            after(step)
    return losses


def _shortened(tokens: Tensor) -> Tensor:
    """Without columns that are padding in every row."""
    return tokens[:, : int((tokens != PAD).sum(dim=1).max())]


def write(model: Transformer, source: Tensor, *, beam: int = 1, longest: int = 24) -> Tensor:
    """Translate: the most probable next word each time, or a beam search: (batch, n_written)"""
    begin = torch.full((len(source), 1), START)
    written = generate(
        model,
        begin,
        source=source,
        source_mask=real(source),
        max_new_tokens=longest,
        end_token=END,
        temperature=0.0,
        beam=beam,
    )
    return written[:, 1:]


def share_right(
    model: Transformer, task: Task, sentences: Sequence[Sentence], *, longest: int = 24
) -> float:
    """The share of sentences that are translated word for word as the grammar does."""
    written = write(model, task.english.encode(pair.english for pair in sentences), longest=longest)
    said = [task.japanese.decode(row) for row in written.tolist()]
    right = sum(words == pair.japanese for words, pair in zip(said, sentences, strict=True))
    return right / len(sentences)
