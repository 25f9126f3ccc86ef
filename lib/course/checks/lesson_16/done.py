"""16.5: which of several tasks each row did."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

done = Exercise(
    "16.5",
    returns="done",
    right="Each row has one task at most, and where none fits it says so.",
    without={"gradient": "numbers of tasks have none"},
)
END = 2


def told(draw: Draw, *which: int, tasks: int, width: int) -> Call:
    """For each row `tasks` different answers; written is that of number `which`, -1 for none."""
    wanted = torch.zeros(tasks, len(which), width, dtype=torch.long)
    written = torch.full((len(which), width + 1), END)
    for row, chosen in enumerate(which):
        for task in range(tasks):
            words = [draw.integer(9, 60) for _ in range(draw.integer(2, width - 1))]
            words[0] = 70 + task  # no two tasks want the same
            wanted[task, row, : len(words) + 1] = torch.tensor([*words, END])
            if task == max(chosen, 0):
                written[row, : len(words)] = torch.tensor(words)
        if chosen == -1:
            written[row, 1] = 99
    return Call(written, wanted, END)


@done.case("two rows, two tasks: the second, then none")
def by_hand(draw: Draw) -> Call:
    written = torch.tensor([[8, 9, 2], [8, 8, 2]])
    wanted = torch.tensor([[[7, 2, 0], [7, 2, 0]], [[8, 9, 2], [5, 9, 2]]])
    return Call(written, wanted, END)


@done.case("three rows, three tasks, each done once")
def each_once(draw: Draw) -> Call:
    return told(draw, 2, 0, 1, tasks=3, width=5)


@done.case("a row that writes what was wanted of another row")
def another_rows(draw: Draw) -> Call:
    written = torch.tensor([[7, 9, 2], [7, 8, 2]])
    wanted = torch.tensor([[[7, 8, 2], [7, 9, 2]], [[5, 6, 2], [7, 8, 2]]])
    return Call(written, wanted, END)


@done.case("seven rows, three tasks")
def seven_rows(draw: Draw) -> Call:
    return told(draw, 1, 1, 0, -1, 2, 1, -1, tasks=3, width=6)


@done.case("five rows, four tasks")
def five_rows(draw: Draw) -> Call:
    return told(draw, 3, -1, 2, 0, 3, tasks=4, width=7)


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


def table(written, wanted, end):
    rows = written.tolist()
    return torch.tensor(
        [
            [cut(a, end) == cut(b, end) for a, b in zip(rows, task, strict=True)]
            for task in wanted.tolist()
        ]
    )


NONE = "Where no task's answer was written, the row's number is -1."
OWN = "Compare a row with what was wanted of the *same* row: wanted[task, row]."
NUMBER = "The first task has number 0."


@done.mistake("A row that did none of the tasks counts as having done the first.", NONE)
def none_is_the_first(written, wanted, end):
    return table(written, wanted, end).int().argmax(dim=0)


@done.mistake("A row that did none of the tasks counts as having done the last.", NONE)
def none_is_the_last(written, wanted, end):
    right = table(written, wanted, end)
    return torch.where(right.any(dim=0), right.int().argmax(dim=0), len(wanted) - 1)


@done.mistake("A row that did none of the tasks got the number of tasks.", NONE)
def none_is_one_more(written, wanted, end):
    right = table(written, wanted, end)
    return torch.where(right.any(dim=0), right.int().argmax(dim=0), len(wanted))


@done.mistake("The tasks are counted from 1.", NUMBER)
def counted_from_one(written, wanted, end):
    found = one_by_one(written, wanted, end)
    return torch.where(found >= 0, found + 1, found)


@done.mistake("The tasks are counted from 1, and none is 0.", NUMBER + " " + NONE)
def shifted(written, wanted, end):
    return one_by_one(written, wanted, end) + 1


@done.mistake("Rows that did none of the tasks were left out.", "Every row has a number. " + NONE)
def left_out(written, wanted, end):
    found = one_by_one(written, wanted, end)
    return found[found >= 0]


@done.mistake("A row may have what was wanted of another row.", OWN)
def any_row(written, wanted, end):
    found = []
    for row in written.tolist():
        tasks = [[cut(each, end) for each in task] for task in wanted.tolist()]
        found.append(next((k for k, task in enumerate(tasks) if cut(row, end) in task), -1))
    return torch.tensor(found)


@done.mistake("This says whether a row did any task, not which.", "Give back the task's number.")
def whether(written, wanted, end):
    return table(written, wanted, end).any(dim=0)


@done.mistake("The table of all tasks and rows came back.", "One number for each row: which task.")
def whole_table(written, wanted, end):
    return table(written, wanted, end)


@done.mistake("This counts the rows of each task.", "One number for each *row*: its task.")
def counts(written, wanted, end):
    return table(written, wanted, end).sum(dim=1)


@done.mistake("The rows were compared with the first task alone.", "Try every task of `wanted`.")
def first_task_alone(written, wanted, end):
    return table(written, wanted, end)[0].int() - 1


@done.mistake(
    "Only the first words were compared.",
    "A task is done if every word is right, up to the end and with it.",
)
def first_words(written, wanted, end):
    right = written[:, 0] == wanted[:, :, 0]  # (tasks, batch)
    return torch.where(right.any(dim=0), right.int().argmax(dim=0), -1)


@done.mistake(
    "Only the lengths were compared.",
    "A task is done if every word is right, up to the end and with it.",
)
def lengths(written, wanted, end):
    found = []
    for place, row in enumerate(written.tolist()):
        long = [len(cut(task[place].tolist(), end)) for task in wanted]
        found.append(next((k for k, n in enumerate(long) if n == len(cut(row, end))), -1))
    return torch.tensor(found)


@done.mistake(
    "Words behind the end were compared too.",
    "Cut both rows at their first `end`: what stands behind it is padding.",
)
def behind_the_end(written, wanted, end):
    n = min(written.shape[1], wanted.shape[2])
    right = (written[None, :, :n] == wanted[:, :, :n]).all(dim=2)
    return torch.where(right.any(dim=0), right.int().argmax(dim=0), -1)


@done.mistake(
    "The axes of `wanted` are exchanged: rows were taken for tasks.",
    "wanted is (tasks, batch, n): wanted[task] are all rows of one task.",
)
def axes_exchanged(written, wanted, end):
    found = []
    for place, row in enumerate(written.tolist()):
        answers = wanted[place % len(wanted)].tolist()
        found.append(
            next((k for k, each in enumerate(answers) if cut(each, end) == cut(row, end)), -1)
        )
    return torch.tensor(found)


@done.mistake(
    "Only the last task counts: where it doesn't fit, what was found before is lost.",
    "Write a number only where a row is right, and leave it as it is elsewhere.",
)
def overwritten(written, wanted, end):
    last = table(written, wanted, end)[-1]
    return torch.where(last, len(wanted) - 1, -1)


@done.mistake("These are the tasks' shares of all rows.", "One number for each *row*: its task.")
def shares(written, wanted, end):
    return table(written, wanted, end).float().mean(dim=1)


@done.mistake(
    "There is a number for each pair of a task and a row.",
    "Fill one number for each row: a row of -1 first, then the task's number where it is right.",
)
def every_pair(written, wanted, end):
    right = table(written, wanted, end)
    numbers = torch.arange(len(wanted))[:, None].expand_as(right)
    return torch.where(right, numbers, -1).flatten()


@done.mistake(
    "Rows and tasks are exchanged: each task got the number of a row.",
    "done[row] = task, for each row that is right.",
)
def rows_of_tasks(written, wanted, end):
    found = torch.full((len(wanted),), -1)
    for task, row in table(written, wanted, end).nonzero().tolist():
        found[task] = row
    return found
