"""Train a model on one stream, let it say its three words, and count how many are right."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course.senses.task import QUESTIONS, WORD, Batch, ask


def step_loss(model: nn.Module, batch: Batch, *, answer_alone: bool = False) -> Tensor:
    """Cross-entropy of the three words, the right ones given; or of the answer, said at once."""
    words = torch.cat([batch.question[:, None], batch.said[:, :2]], dim=1)
    if answer_alone:
        return F.cross_entropy(
            model(batch.image, batch.sound, words[:, :1])[:, 0], batch.said[:, 2]
        )
    scores = model(batch.image, batch.sound, words)  # (batch, 3, words)
    return F.cross_entropy(scores.flatten(0, 1), batch.said.flatten())


def fit(
    model: nn.Module,
    *,
    steps: int = 500,
    seed: int = 0,
    answer_alone: bool = False,
    after: Callable[[int], None] | None = None,
) -> None:
    """Train a model in place, with 64 questions a step; after(steps done) is called after each."""
    generator = torch.Generator().manual_seed(seed)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    optimiser = torch.optim.AdamW(trained, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, steps, pct_start=0.15)
    for step in range(1, steps + 1):
        loss = step_loss(model, ask(64, generator), answer_alone=answer_alone)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        if after is not None:
            after(step)


@torch.no_grad()
def say(model: nn.Module, batch: Batch, mask: Tensor | None = None, *, words: int = 3) -> Tensor:
    """The words that the model says, one after another, the likeliest each time: (batch, words)"""
    so_far = batch.question[:, None]
    for _ in range(words):
        scores = model(batch.image, batch.sound, so_far, mask)
        so_far = torch.cat([so_far, scores[:, -1].argmax(dim=-1)[:, None]], dim=1)
    return so_far[:, 1:]


def exam(count: int = 1500) -> Batch:
    """Always the same questions, about pictures and sounds that are not learnt from."""
    return ask(count, torch.Generator().manual_seed(99), "test")


def percent_right(said: Tensor, batch: Batch) -> dict[str, float]:
    """Of each word said, and of the answers to each question: how many in 100 are right.

    said (batch, 3); or (batch, 1), the answer alone
    """
    right = (said == batch.said[:, -said.shape[1] :]).double()
    names = ("image", "sound", "answer")[-said.shape[1] :]
    found = dict(zip(names, right.mean(dim=0).tolist(), strict=True))
    for question in QUESTIONS:
        found[question] = right[batch.question == WORD[question], -1].mean().item()
    return {name: round(100 * share, 1) for name, share in found.items()}
