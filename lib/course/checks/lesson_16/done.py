"""16.5: which of several tasks each row did."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

done = Exercise(
    "16.5",
    returns="done",
    right="Each row has one task at most, and where none fits it says so.",
    without={"gradient": "numbers of tasks have none"},
    rests_on={"exact_match": ("16.2", "exact_match")},
)


def told(draw: Draw, *rows: tuple[int, str], tasks: int, width: int, end: int) -> Call:
    """For each row what every task wants, and what was written: of a task, changed in one way."""
    written, wanted = [], torch.zeros(tasks, len(rows), width, dtype=torch.long)
    turn = draw.integer(0, tasks - 1)  # else the answer is the same for every draw
    for row, (before, change) in enumerate(rows):
        chosen = (before + turn) % tasks
        for task in range(tasks):
            words = [draw.integer(9, 60) for _ in range(draw.integer(2, width - 3))]
            words[0] = 70 + task  # no two tasks want the same
            wanted[task, row, : len(words) + 1] = torch.tensor([*words, end])
            if task == chosen:
                written.append(changed(draw, words, change, width + 1, end))
    return Call(torch.tensor(written), wanted, end)


def changed(draw: Draw, words: list[int], change: str, width: int, end: int) -> list[int]:
    """An answer with one change; behind its end anything, and the end again."""
    other = {
        "right": [*words, end],
        "first": [69, *words[1:], end],
        "last": [*words[:-1], words[-1] + 1, end],
        "turned": [*words[::-1], end],
        "short": [*words[:-1], end],
        "long": [*words, draw.integer(9, 60), end],
        "endless": [*words, *[words[-1]] * width][:width],
    }[change]
    behind = [draw.integer(9, 60) for _ in range(width - len(other))]
    return [*other, *behind[:-1], end] if behind else other


@done.case("two rows, two tasks: the second, then none")
def by_hand(draw: Draw) -> Call:
    written = torch.tensor([[8, 9, 2, 2], [8, 8, 2, 2]])
    wanted = torch.tensor([[[7, 2, 0], [7, 2, 0]], [[8, 9, 2], [5, 9, 2]]])
    return Call(written, wanted, 2)


@done.case("three rows, three tasks, each done once")
def each_once(draw: Draw) -> Call:
    return told(draw, (2, "right"), (0, "right"), (1, "right"), tasks=3, width=5, end=2)


@done.case("a row that writes what was wanted of another row")
def another_rows(draw: Draw) -> Call:
    written = torch.tensor([[4, 9, 2], [7, 8, 2], [4, 9, 2]])
    wanted = torch.tensor([[[7, 8, 2], [4, 9, 2], [3, 2, 0]], [[5, 6, 2], [7, 8, 2], [4, 9, 2]]])
    return Call(written, wanted, 2)


@done.case("all words right, but it never stops")
def never_stops(draw: Draw) -> Call:
    written = torch.tensor([[5, 6], [4, 2], [7, 8]])
    wanted = torch.tensor([[[7, 8, 2], [7, 2, 0], [7, 8, 2]], [[5, 6, 2], [4, 2, 0], [5, 2, 0]]])
    return Call(written, wanted, 2)


@done.case("one stops too early, one goes on too long, one is right")
def early_and_late(draw: Draw) -> Call:
    written = torch.tensor([[7, 2, 8, 2], [6, 9, 4, 2], [5, 8, 2, 9]])
    wanted = torch.tensor([[[3, 4, 2], [6, 9, 2], [5, 2, 0]], [[7, 8, 2], [4, 2, 0], [5, 8, 2]]])
    return Call(written, wanted, 2)


@done.case("three rows that did the same task of two")
def same_task(draw: Draw) -> Call:
    return told(draw, *[(1, "right")] * 3, tasks=2, width=6, end=2)


@done.case("one with another first word, one with another last one, one turned around")
def other_words(draw: Draw) -> Call:
    rows = ((1, "first"), (2, "last"), (1, "turned"), (1, "right"))
    return told(draw, *rows, tasks=3, width=8, end=2)


@done.case("seven rows of all kinds, four tasks, and the end is word 5")
def seven_rows(draw: Draw) -> Call:
    rows = ((3, "right"), (1, "long"), (2, "right"), (0, "right"), (1, "short"), (2, "endless"))
    return told(draw, *rows, (3, "right"), tasks=4, width=7, end=5)


def cut(row: list[int], end: int) -> list[int]:
    """A row up to its first end; the whole of it where there is none."""
    return row[: row.index(end) + 1] if end in row else row


@done.reference
def one_by_one(written: Tensor, wanted: Tensor, end: int) -> Tensor:
    found = []
    for place, row in enumerate(written.tolist()):
        answers = [cut(task[place].tolist(), end) for task in wanted]
        found.append(next((k for k, each in enumerate(answers) if each == cut(row, end)), -1))
    return torch.tensor(found)


@done.right_way
def done_by_filling(written: Tensor, wanted: Tensor, end: int) -> Tensor:
    found = torch.full((len(written),), -1)
    for task, targets in enumerate(wanted.tolist()):
        for place, (row, target) in enumerate(zip(written.tolist(), targets, strict=True)):
            if cut(row, end) == cut(target, end):
                found[place] = task
    return found


@done.right_way
def done_by_a_table(written: Tensor, wanted: Tensor, end: int) -> Tensor:
    right = torch.tensor(
        [
            [
                cut(a, end) == cut(b, end)
                for a, b in zip(written.tolist(), task.tolist(), strict=True)
            ]
            for task in wanted
        ]
    )  # (tasks, batch)
    return torch.where(right.any(dim=0), right.int().argmax(dim=0), -1)


@done.right_way
def done_by_lists(written: Tensor, wanted: Tensor, end: int) -> Tensor:
    rows = [cut(row, end) for row in written.tolist()]
    answers = [[cut(row, end) for row in task] for task in wanted.tolist()]
    return torch.tensor(
        [
            ([task[k] for task in answers].index(row) if row in [t[k] for t in answers] else -1)
            for k, row in enumerate(rows)
        ]
    )
