"""16.2: the share of answers that are right from the first word to the end."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

match = Exercise(
    "16.2",
    returns="share",
    right="A whole answer counts once, and what stands behind its end does not count at all.",
    without={"gradient": "a count has none"},
)


def tables(draw: Draw, *changes: str, width: int, end: int) -> Call:
    """A row for each change; `wanted` has 0 behind the end, `written` has any words."""
    written, wanted = [], []
    for change in changes:
        words = [draw.integer(9, 60) for _ in range(draw.integer(2, width - 3))]
        other = {
            "right": [*words, end],
            "first": [words[0] - 1, *words[1:], end],
            "last": [*words[:-1], words[-1] + 1, end],
            "turned": [*words[::-1], end],
            "short": [*words[:-1], end],
            "long": [*words, draw.integer(9, 60), end],
            "endless": [*words, *[words[-1]] * width][:width],
        }[change]
        behind = [draw.integer(9, 60) for _ in range(width - len(other))]
        written.append((other + behind)[:width])
        wanted.append([*words, end] + [0] * (width - 2 - len(words)))
    return Call(torch.tensor(written), torch.tensor(wanted), end)


@match.case("two answers: one right, one with another first word")
def two_answers(draw: Draw) -> Call:
    written = torch.tensor([[7, 8, 2, 2], [9, 8, 2, 2]])
    return Call(written, torch.tensor([[7, 8, 2], [7, 8, 2]]), 2)


@match.case("four answers of four words: two right, behind them anything")
def four_of_four(draw: Draw) -> Call:
    a, b, c, d = (draw.integer(9, 60) for _ in range(4))
    written = torch.tensor([[a, b, 2, c], [c, 2, d, a], [a, 2, b, 2], [d, c, b, 2]])
    wanted = torch.tensor([[a, b, 2, 0], [c, 2, 0, 0], [a, b, 2, 0], [d, c, a, 2]])
    return Call(written, wanted, 2)


@match.case("one stops too early, one goes on too long, one is right")
def early_and_late(draw: Draw) -> Call:
    return tables(draw, "short", "long", "right", width=7, end=2)


@match.case("all words right, but it never stops")
def never_stops(draw: Draw) -> Call:
    return Call(torch.tensor([[7, 8], [7, 2]]), torch.tensor([[7, 8, 2], [7, 2, 0]]), 2)


@match.case("all words of one right, and it goes on without an end")
def goes_on(draw: Draw) -> Call:
    return Call(torch.tensor([[7, 8, 9], [7, 2, 2]]), torch.tensor([[7, 8, 2], [7, 2, 0]]), 2)


@match.case("each has written what was wanted of the other")
def of_the_other(draw: Draw) -> Call:
    a, b = draw.integer(9, 30), draw.integer(31, 60)
    return Call(torch.tensor([[a, b, 2], [b, 2, 2]]), torch.tensor([[b, 2, 0], [a, b, 2]]), 2)


@match.case("nothing is right")
def nothing(draw: Draw) -> Call:
    return tables(draw, "first", "last", "short", width=6, end=2)


@match.case("everything is right")
def everything(draw: Draw) -> Call:
    return tables(draw, "right", "right", "right", "right", width=6, end=2)


@match.case("nine answers of all kinds, and the end is word 5")
def all_kinds(draw: Draw) -> Call:
    kinds = ("right", "first", "right", "last", "long", "turned", "right", "right", "endless")
    return tables(draw, *kinds, width=8, end=5)


@match.reference
def word_by_word(written: Tensor, wanted: Tensor, end: int) -> float:
    right = 0
    for row, target in zip(written.tolist(), wanted.tolist(), strict=True):
        length = target.index(end) + 1
        right += len(row) >= length and all(row[k] == target[k] for k in range(length))
    return right / len(written)


def cut(row: list[int], end: int) -> list[int]:
    """A row up to its first end; the whole of it where there is none."""
    return row[: row.index(end) + 1] if end in row else row


@match.right_way
def match_by_cutting(written: Tensor, wanted: Tensor, end: int) -> float:
    pairs = zip(written.tolist(), wanted.tolist(), strict=True)
    return sum(cut(row, end) == cut(target, end) for row, target in pairs) / len(written)


@match.right_way
def match_by_masks(written: Tensor, wanted: Tensor, end: int) -> Tensor:
    n = min(written.shape[1], wanted.shape[1])
    ends = (wanted == end).int()
    before = (ends.cumsum(dim=1) - ends) == 0  # up to the first end, itself included
    same = (written[:, :n] == wanted[:, :n]) | ~before[:, :n]
    fits = ~before[:, n:].any(dim=1)  # where more is wanted than was written
    return (same.all(dim=1) & fits).float().mean()


@match.right_way
def match_by_counting(written: Tensor, wanted: Tensor, end: int) -> float:
    found = 0
    for row, target in zip(written, wanted, strict=True):
        length = target.tolist().index(end) + 1
        if row[:length].tolist() == target[:length].tolist():
            found += 1
    return found / written.shape[0]
