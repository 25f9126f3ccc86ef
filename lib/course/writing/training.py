"""A small GPT that learns to write like a novel. Lesson 17 says why each is so."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import GPT
from course.models.bpe import BPE
from course.writing.novel import novel
from course.writing.pieces import learn_merges, tokenizer_of

N = 32  # tokens of a row in training
MERGES = 300
TESTED = 10_000  # tokens of the test text that are read for a loss


class Writer(NamedTuple):
    """A novel as tokens: what to learn from, what to test on."""

    tokenizer: BPE
    train: Tensor  # (tokens,)
    test: Tensor  # (tokens,)
    letters_a_token: float  # in the test text

    @property
    def vocab(self) -> int:
        """How many tokens there are to choose from."""
        return len(self.tokenizer.tokens)


def prepared(share: float = 1.0, merges: int = MERGES) -> Writer:
    """The novel as tokens.

    share  of the text to learn from, its end: the part nearest to the test text
    """
    train, test = novel()
    train = train[round((1 - share) * len(train)) :]
    tokenizer = tokenizer_of(train + test, learn_merges(train, merges))
    ids = [torch.tensor(tokenizer.encode(text)) for text in (train, test)]
    return Writer(tokenizer, ids[0], ids[1], len(test) / len(ids[1]))


def new_writer(vocab: int, *, seed: int = 0) -> GPT:
    """A GPT of two layers, not trained yet."""
    torch.manual_seed(seed)
    return GPT(vocab, d_model=64, num_heads=4, num_layers=2, positions="rotary")


def fit(
    model: GPT,
    tokens: Tensor,
    *,
    steps: int,
    seed: int = 0,
    after: Callable[[int], None] | None = None,
) -> None:
    """Train on 32 rows of N tokens at each step, drawn anywhere in the text (tokens,).

    after  called with the number of steps done, after each
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.1, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 5e-3, total_steps=steps, pct_start=0.1
    )
    for step in range(1, steps + 1):
        first = torch.randint(len(tokens) - N, (32, 1), generator=generator)
        rows = tokens[first + torch.arange(N + 1)]  # (32, N + 1)
        loss = loss_of_each_token(model, rows).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if after is not None:
            after(step)


def loss_of_each_token(model: GPT, rows: Tensor) -> Tensor:
    """rows (batch, n + 1) -> the loss of each guess (batch, n), in nats"""
    logits = model(rows[:, :-1])  # (batch, n, vocab)
    return F.cross_entropy(logits.transpose(1, 2), rows[:, 1:], reduction="none")


@torch.no_grad()
def nats_a_letter(model: GPT, text: Writer) -> float:
    """The loss on the test text, where each token has at least N / 2 before it."""
    tokens = text.test[:TESTED]
    first = torch.arange(0, len(tokens) - N, N // 2)[:, None]
    losses = loss_of_each_token(model, tokens[first + torch.arange(N + 1)])  # (rows, N)
    return losses[:, -N // 2 :].mean().item() / text.letters_a_token


@torch.no_grad()
def at_places(model: GPT, text: Writer, *, n: int, window: int | None = None) -> Tensor:
    """The mean loss at each place of rows of the test text, in nats a letter: (n,)

    window  read the last so many tokens only, and count their places from 0
    """
    rows = text.test[: TESTED // n * n + 1]
    rows = rows[torch.arange(0, len(rows) - n, n)[:, None] + torch.arange(n + 1)]  # (rows, n + 1)
    losses = loss_of_each_token(model, rows[:, : (window or n) + 1]).mean(dim=0)
    if window is not None:
        ends = range(window + 1, n + 1)
        late = [loss_of_each_token(model, rows[:, e - window : e + 1])[:, -1].mean() for e in ends]
        losses = torch.cat([losses, torch.stack(late)])
    return losses / text.letters_a_token
