"""Makes lessons/data/results_06.json, the runs of lesson 06 that would take too long in it.

    OMP_NUM_THREADS=1 python lessons/data/make_06.py     # some four minutes

"norms"  twelve layers learn to write a row backwards, with the norm before each sub-layer, after
         it, after it with a warm-up, or before it without a residual: the loss, a mean of five
         steps each
"xor"    one layer, or two, with or without a feed-forward network, learn whether two signs
         differ: how many of the four cases are right, and the loss, after 200 steps
"""

import itertools
import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import attn
from attn.layers import Residual

LETTERS, LENGTH, WIDTH, LAYERS = 12, 12, 32, 12
STEPS, FIVE = 100, 5
KINDS = ("before", "after", "after, warm-up", "before, no residual")
RATES = (1e-3, 3e-3, 1e-2)
SEEDS = range(3)


class NoResidual(Residual):
    """A sub-layer behind its norm, that replaces what was there."""

    def forward(self, x: Tensor, sublayer: Any) -> Tensor:
        return sublayer(self.norm(x))


def norms_model(kind: str) -> nn.Module:
    """Rows of letters (batch, n) -> scores (batch, n, letters)."""
    sizes = {"d_model": WIDTH, "num_heads": 4, "num_layers": LAYERS}
    body = attn.Encoder(LETTERS, norm_first=kind.startswith("before"), **sizes)
    if "no residual" in kind:
        for part in body.modules():
            if isinstance(part, Residual):
                part.__class__ = NoResidual
    return nn.Sequential(body, nn.Linear(WIDTH, LETTERS))


def norms_losses(kind: str, rate: float, seed: int) -> list[float]:
    """The loss of each step: write a row of letters backwards, by Adam, without clipping."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = norms_model(kind)
    optimizer = torch.optim.Adam(model.parameters())
    warm_up = 50 if "warm-up" in kind else 1
    losses = []
    for step in range(1, STEPS + 1):
        optimizer.param_groups[0]["lr"] = rate * min(1.0, step / warm_up)
        rows = torch.randint(LETTERS, (32, LENGTH), generator=generator)
        loss = F.cross_entropy(model(rows).flatten(0, 1), rows.flip(1).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def norms_row(kind: str, rate: float, seed: int) -> dict[str, Any]:
    losses = torch.tensor(norms_losses(kind, rate, seed)).view(-1, FIVE).mean(dim=1)
    shown = [round(loss, 3) for loss in losses.tolist()]
    return {"kind": kind, "rate": rate, "seed": seed, "loss": shown}


def xor_row(feed_forward: bool, layers: int, seed: int) -> dict[str, Any]:
    torch.manual_seed(seed)
    signs = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    differ = (signs[:, 0] * signs[:, 1] < 0).long()  # (4,)
    stack = nn.ModuleList(attn.EncoderLayer(16, 2) for _ in range(layers))
    embed, answer = nn.Linear(2, 16, bias=False), nn.Linear(16, 2)
    trained = nn.ModuleList([embed, stack, answer])
    if not feed_forward:
        for layer in stack:
            layer.feed_forward_residual.forward = lambda x, sublayer: x
    optimizer = torch.optim.Adam(trained.parameters(), lr=0.01)
    for _ in range(200):
        x = embed(signs)[:, None]  # (4, n=1, 16): each token is alone
        for layer in stack:
            x = layer(x)
        scores = answer(x[:, 0])  # (4, 2)
        loss = F.cross_entropy(scores, differ)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    right = int((scores.argmax(dim=-1) == differ).sum())
    row = {"feed-forward": feed_forward, "layers": layers, "seed": seed}
    return {**row, "right of 4": right, "loss": round(loss.item(), 3)}


def main() -> None:
    torch.set_num_threads(1)
    rows = {
        "norms": [norms_row(*case) for case in itertools.product(KINDS, RATES, SEEDS)],
        "xor": [xor_row(*case) for case in itertools.product((False, True), (1, 2), SEEDS)],
    }
    lines = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in made) + "\n]"
        for name, made in rows.items()
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    Path(__file__).with_name("results_06.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
