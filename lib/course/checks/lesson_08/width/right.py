"""08.3: the reference, and other right ways."""

from torch import nn

from course.checks.lesson_08.width.cases import width


def numbers(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


@width.reference
def by_building(h: int, vocab: int, num_layers: int) -> int:
    """PyTorch's own layers, built and counted."""
    return numbers(nn.Embedding(vocab, h), nn.LSTM(h, h, num_layers), nn.Linear(h, vocab))


@width.right_way
def in_one_line(h: int, vocab: int, num_layers: int) -> int:
    return 2 * vocab * h + vocab + num_layers * 8 * h * (h + 1)


@width.right_way
def part_by_part(h: int, vocab: int, num_layers: int) -> int:
    vectors = vocab * h
    one_set = h * h + h * h + h + h
    layers = num_layers * 4 * one_set
    guess = h * vocab + vocab
    return vectors + layers + guess


@width.right_way
def in_a_loop(h: int, vocab: int, num_layers: int) -> int:
    total = vocab * h
    for _ in range(num_layers):
        total += 4 * (2 * h**2 + 2 * h)
    return total + (h + 1) * vocab
