"""Rows of letters that repeat, and what a small GPT's heads learn from them.

A head that looks at the token before is a previous-token head; one that looks at the token that
followed this very token earlier is an induction head.

Source: Olsson et al., "In-context Learning and Induction Heads", 2022, arXiv 2209.11895.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from attn import GPT

VOCAB, N = 24, 32  # letters to choose from; letters of a row
EVERY = 25  # steps from one look to the next


def rows_that_repeat(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A few letters in a random order, again and again; how many, 8 to 16, differs by row.

    So no fixed distance helps. -> letters (count, N), rounds (count, 1): letters of a round
    """
    rounds = torch.randint(8, 17, (count, 1), generator=generator)
    order = torch.rand(count, VOCAB, generator=generator).argsort(dim=1)
    return order.gather(1, torch.arange(N) % rounds), rounds


class Look(NamedTuple):
    """What is seen after some steps: the loss where letters repeat, and each head's scores.

    One repeat in twenty can't be known: the first of a row, since nothing tells that a round ends.
    """

    step: int
    loss: float
    right: float  # the share of repeated letters that were guessed
    previous: list[list[float]]  # by layer and head
    induction: list[list[float]]

    def best(self, kind: str) -> float:
        """The best head's score, of "previous" or of "induction"."""
        return max(max(heads) for heads in getattr(self, kind))


@torch.no_grad()
def look(model: GPT, step: int) -> Look:
    """What a model does on 64 rows that are always the same."""
    tokens, rounds = rows_that_repeat(64, torch.Generator().manual_seed(1))
    maps: list[Tensor] = []
    logits = model(tokens, maps=maps)[:, :-1]  # (64, N - 1, VOCAB)
    seen = torch.arange(1, N) >= rounds  # (64, N - 1): is the next letter a repeat?
    losses = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
    right = (logits.argmax(dim=-1) == tokens[:, 1:])[seen].float()
    weights = torch.stack(maps, dim=1)  # (64, layers, heads, N, N)
    previous = weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, -1))
    i, j = torch.arange(N)[:, None], torch.arange(N)
    # Place j follows an earlier place of the letter at i.
    follows = (j <= i) & (j > 0) & (i != j - 1) & ((i - j + 1) % rounds[:, :, None] == 0)
    found = (weights * follows[:, None, None]).sum(dim=-1)  # (64, layers, heads, N)
    repeats = (torch.arange(N) >= rounds).float()[:, None, None]  # (64, 1, 1, N)
    induction = (found * repeats).sum(dim=(0, -1)) / repeats.sum()
    return Look(
        step, losses[seen].mean().item(), right.mean().item(), previous.tolist(), induction.tolist()
    )


def train(layers: int, *, seed: int, steps: int) -> tuple[GPT, list[Look]]:
    """Train a GPT of so many layers on 32 new rows at each step; a look after every EVERY."""
    torch.manual_seed(seed)
    model = GPT(VOCAB, d_model=64, num_heads=4, num_layers=layers, d_ff=128, positions="rotary")
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.01, betas=(0.9, 0.98))
    generator = torch.Generator().manual_seed(seed)
    looks = []
    for step in range(1, steps + 1):
        optimiser.param_groups[0]["lr"] = 3e-3 * min(1.0, step / 50)
        tokens, _ = rows_that_repeat(32, generator)
        loss = F.cross_entropy(model(tokens)[:, :-1].transpose(1, 2), tokens[:, 1:])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step % EVERY == 0:
            looks.append(look(model, step))
    return model, looks
