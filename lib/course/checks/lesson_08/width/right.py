"""08.3: the reference, and other right ways."""

import math

import torch
from torch import nn

from course.checks.lesson_08.width.cases import width


def size(hidden: int, vocab: int, num_layers: int) -> int:
    """The parameters of the lesson's LSTM, on paper."""
    return 2 * vocab * hidden + vocab + num_layers * 8 * hidden * (hidden + 1)


def numbers(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


@width.reference
def by_building(budget: int, vocab: int, num_layers: int) -> tuple[int, int]:
    """PyTorch's own layers, built on a device without numbers, and counted; halving the range."""

    def built(hidden: int) -> int:
        with torch.device("meta"):
            ends = nn.Embedding(vocab, hidden), nn.Linear(hidden, vocab)
            layer = nn.LSTM(hidden, hidden)  # all layers are alike
        return numbers(*ends) + num_layers * numbers(layer)

    low, high = 1, 1000
    while high - low > 1:  # the size grows with the width
        middle = (low + high) // 2
        low, high = (middle, high) if built(middle) < budget else (low, middle)
    nearest = min((low, high), key=lambda hidden: abs(built(hidden) - budget))
    return nearest, built(nearest)


@width.right_way
def by_min(budget: int, vocab: int, num_layers: int) -> tuple[int, int]:
    best = min(range(1, 1001), key=lambda hidden: abs(size(hidden, vocab, num_layers) - budget))
    return best, size(best, vocab, num_layers)


@width.right_way
def by_loop(budget: int, vocab: int, num_layers: int) -> tuple[int, int]:
    best, least = 1, size(1, vocab, num_layers)
    for hidden in range(2, 1001):
        one_layer = 4 * (hidden * hidden + hidden * hidden + hidden + hidden)
        total = vocab * hidden + num_layers * one_layer + hidden * vocab + vocab
        if abs(total - budget) < abs(least - budget):
            best, least = hidden, total
    return best, least


@width.right_way
def by_argmin(budget: int, vocab: int, num_layers: int) -> tuple[int, int]:
    hidden = torch.arange(1, 1001)
    totals = 2 * vocab * hidden + vocab + num_layers * (8 * hidden**2 + 8 * hidden)
    place = int((totals - budget).abs().argmin())
    return place + 1, int(totals[place])


@width.right_way
def by_quadratic_formula(budget: int, vocab: int, num_layers: int) -> tuple[int, int]:
    a, b, c = 8 * num_layers, 8 * num_layers + 2 * vocab, vocab - budget
    root = math.floor((-b + math.sqrt(b * b - 4 * a * c)) / (2 * a))
    both = [(hidden, size(hidden, vocab, num_layers)) for hidden in (root, root + 1)]
    return min(both, key=lambda pair: abs(pair[1] - budget))
