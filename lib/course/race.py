"""Lesson 08's race: an LSTM and a GPT with as many parameters, on three tasks.

Sources: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; the bias of 1 at the forget
gate: Jozefowicz, Zaremba and Sutskever, 2015.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attn import GPT

VOCAB = 32  # tokens; each task uses some of them
NO_ANSWER = -100  # where nothing is asked: what cross_entropy leaves out by itself
ENOUGH = 0.995  # the share of right answers at which a run ends
EVERY = 25  # steps from one look at the share of right answers to the next
Task = Callable[[int, int, torch.Generator], tuple[Tensor, Tensor]]


class LSTM(nn.Module):
    """Guess like a GPT, but with a state that is carried from token to token.

    forget  what the bias of each forget gate is set to; None leaves it as PyTorch draws it
    """

    def __init__(
        self, vocab: int, *, hidden: int, num_layers: int = 2, forget: float | None = 1.0
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.body = nn.LSTM(hidden, hidden, num_layers, batch_first=True)
        self.head = nn.Linear(hidden, vocab)
        if forget is not None:
            for layer in range(num_layers):
                # The gates stand in the order input, forget, cell, output. There are two biases,
                # which are added: all of it into the first.
                for name, value in (("ih", forget), ("hh", 0.0)):
                    bias = self.body.get_parameter(f"bias_{name}_l{layer}")
                    nn.init.constant_(bias.detach()[hidden : 2 * hidden], value)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens (batch, n) -> logits (batch, n, vocab)"""
        states, _ = self.body(self.embedding(tokens))  # (batch, n, hidden)
        logits: Tensor = self.head(states)
        return logits

    def step_by_step(self, tokens: Tensor) -> Tensor:
        """The same numbers as forward gives, from a loop that one can read and count."""
        x = self.embedding(tokens)  # (batch, n, hidden)
        for layer in range(self.body.num_layers):
            w, u, b, b_2 = (
                self.body.get_parameter(f"{name}_l{layer}")
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            h = c = x.new_zeros(len(x), self.body.hidden_size)
            inputs = x @ w.T + b + b_2  # (batch, n, 4 hidden): what need not wait, for all tokens
            states = []
            for t in range(x.shape[1]):
                i, f, g, o = (inputs[:, t] + h @ u.T).chunk(4, dim=-1)  # (batch, hidden) each
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
                states.append(h)
            x = torch.stack(states, dim=1)
        logits: Tensor = self.head(x)
        return logits


def racer(kind: str, forget: float | None = 1.0) -> GPT | LSTM:
    """A new "GPT" of 27,520 parameters, or the "LSTM" that comes closest: 27,488.

    The two have two layers each; the GPT has 32 features and 4 heads. forget: see LSTM.
    """
    if kind == "GPT":
        return GPT(VOCAB, d_model=32, num_heads=4, num_layers=2, positions="sinusoidal")
    if kind == "LSTM":
        return LSTM(VOCAB, hidden=39, forget=forget)
    raise ValueError(f"kind is {kind!r}, expected 'GPT' or 'LSTM'")


def look_up(n: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """n / 3 pairs of a key (0 to 15) and a value (16 to 31), then each key again: which value?

    -> tokens (count, n), answers (count, n), NO_ANSWER where nothing is asked
    """
    pairs = n // 3
    keys = torch.rand(count, 16, generator=generator).argsort(1)[:, :pairs]
    values = torch.randint(16, 32, (count, pairs), generator=generator)
    order = torch.rand(count, pairs, generator=generator).argsort(1)
    listed = torch.stack([keys, values], dim=2).flatten(1)  # (count, 2 pairs)
    tokens = torch.cat([listed, keys.gather(1, order)], dim=1)
    nothing = torch.full_like(listed, NO_ANSWER)
    return tokens, torch.cat([nothing, values.gather(1, order)], dim=1)


def copy_words(n: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Four words (1 to 16) somewhere in noise (17), then "say them" (18) at the last four places.

    -> tokens (count, n), answers (count, n), NO_ANSWER where nothing is asked
    """
    words = torch.randint(1, 17, (count, 4), generator=generator)
    places = torch.rand(count, n - 4, generator=generator).argsort(1)[:, :4].sort(1).values
    tokens = torch.full((count, n), 17)
    tokens.scatter_(1, places, words)
    tokens[:, -4:] = 18
    answers = torch.full_like(tokens, NO_ANSWER)
    answers[:, -4:] = words
    return tokens, answers


def parity(n: int, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Bits; at each place: is the number of ones so far odd (1) or even (0)?

    -> tokens (count, n), answers (count, n)
    """
    bits = torch.randint(2, (count, n), generator=generator)
    return bits, bits.cumsum(1) % 2


class Entry(NamedTuple):
    """A task of the race, the length it is trained at, and the steps that both have."""

    task: Task
    n: int
    steps: int


RACE = {
    "look_up": Entry(look_up, 24, 800),
    "copy": Entry(copy_words, 32, 400),
    "parity": Entry(parity, 16, 500),
}
RATES = {"GPT": 0.003, "LSTM": 0.005}  # step sizes of Adam


@torch.no_grad()
def share_right(model: nn.Module, tokens: Tensor, answers: Tensor) -> float:
    """The share of the asked answers that the model gets right."""
    asked = answers != NO_ANSWER
    right: Tensor = (model(tokens).argmax(dim=-1) == answers)[asked]
    return right.float().mean().item()


@dataclass(frozen=True)
class Run:
    """A trained racer, and the share of right answers after every EVERY steps."""

    model: nn.Module
    shares: list[float]

    @property
    def steps(self) -> list[int]:
        """The steps at which the shares were taken."""
        return [EVERY * (k + 1) for k in range(len(self.shares))]


LENGTHS = (16, 32, 64, 128, 256)


def at_lengths(model: nn.Module) -> list[float]:
    """The share of right parities at each of LENGTHS, of 128 rows from a seed of their own."""
    generator = torch.Generator().manual_seed(99)
    return [share_right(model, *parity(n, 128, generator)) for n in LENGTHS]


def train(
    kind: str,
    task: str,
    *,
    seed: int,
    steps: int | None = None,
    rate: float | None = None,
    forget: float = 1.0,
) -> Run:
    """Train a racer on a task of RACE, 32 new rows at each step, until nearly all are right.

    steps, rate  at most how many, and Adam's step size: those of RACE and RATES unless given
    forget       see LSTM

    Both kinds get a warm-up over 30 steps, and gradients clipped at 1.
    """
    draw, n, allowed = RACE[task]
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = racer(kind, forget)
    optimizer = torch.optim.Adam(model.parameters())
    shares: list[float] = []
    for step in range(1, (steps or allowed) + 1):
        optimizer.param_groups[0]["lr"] = (rate or RATES[kind]) * min(1.0, step / 30)
        tokens, answers = draw(n, 32, generator)
        loss = F.cross_entropy(model(tokens).flatten(0, 1), answers.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % EVERY == 0:
            shares.append(share_right(model, *draw(n, 128, generator)))
            if shares[-1] > ENOUGH:
                break
    return Run(model, shares)
