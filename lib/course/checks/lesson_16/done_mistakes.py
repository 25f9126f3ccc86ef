"""16.5: its mistakes."""

import torch

from course.checks.lesson_16.done import cut, done, one_by_one
from course.checks.lesson_16.match import match, match_by_cutting, match_by_masks
from course.checks.lesson_16.match_mistakes import WHOLE


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
FILL = "Fill one number for each row: a row of -1 first, then the task's number where it is right."
ITSELF = "Each row is compared by itself: written[row] with wanted[task, row]."
PLACE = "done[row] = task, for each row that is right."
EVERY = "Try every task of `wanted`: there are len(wanted)."
BATCH = "written[row] is one row, (n,). A batch of one row is written[row : row + 1], (1, n)."
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
    "Only the last task was found: rows that did another one have -1.",
    "Write a number only where a row is right, and leave it as it is elsewhere.",
)
def overwritten(written, wanted, end):
    last = table(written, wanted, end)[-1]
    return torch.where(last, len(wanted) - 1, -1)


@done.mistake(
    "There is a number for each pair of a task and a row.",
    FILL,
)
def every_pair(written, wanted, end):
    right = table(written, wanted, end)
    numbers = torch.arange(len(wanted))[:, None].expand_as(right)
    return torch.where(right, numbers, -1).flatten()


@done.mistake(
    "There is a number for each pair of a row and a task.",
    FILL,
)
def every_pair_row_by_row(written, wanted, end):
    right = table(written, wanted, end)
    numbers = torch.arange(len(wanted))[:, None].expand_as(right)
    return torch.where(right, numbers, -1).T.flatten()


@done.mistake(
    "Rows and tasks are exchanged: each task got the number of a row.",
    PLACE,
)
def rows_of_tasks(written, wanted, end):
    found = torch.full((len(wanted),), -1)
    for task, row in table(written, wanted, end).nonzero().tolist():
        found[task] = row
    return found


@done.mistake(
    "Rows and tasks are exchanged: the number of a row stands at the place of a task.",
    PLACE,
)
def rows_at_tasks(written, wanted, end):
    found = torch.full((len(written),), -1)
    for task, row in table(written, wanted, end).nonzero().tolist():
        found[task] = row
    return found


def row_by_row(match_answer):
    """Row by row and task by task: each a batch of one row for an answer to 16.2."""

    def task_done(written, wanted, end):
        found = torch.full((len(written),), -1)
        for task, targets in enumerate(wanted):
            for row in range(len(written)):
                if match_answer(written[row : row + 1], targets[row : row + 1], end) == 1:
                    found[row] = task
        return found

    return task_done


NAMES = """
    behind_the_end end_left_out cut_without_the_end early_is_right one_word_is_enough
    first_word_alone last_word_alone order_ignored end_is_two last_end padding_alone
    ends_alone rows_as_they_are written_cut_alone ends_left_out padding_to_end
    index_without_asking place_without_asking last_two_alone
"""
done.inherit(match, NAMES.split(), row_by_row)


@done.mistake("Only the lengths were compared.", WHOLE)
def lengths_alone(written, wanted, end):
    def alike(row, target, end):
        return len(cut(row[0].tolist(), end)) == len(cut(target[0].tolist(), end))

    return row_by_row(alike)(written, wanted, end)


@done.mistake("Only the lengths were compared.", WHOLE)
def lengths_alone_first_task(written, wanted, end):
    found = []
    for place, row in enumerate(written.tolist()):
        long = [len(cut(task[place].tolist(), end)) for task in wanted]
        found.append(next((k for k, n in enumerate(long) if n == len(cut(row, end))), -1))
    return torch.tensor(found)


@done.mistake("Every row has -1, as if none had done a task.", PLACE)
def nothing_found(written, wanted, end):
    return torch.full((len(written),), -1)


@done.mistake(
    "A task counts as done only where all rows of the batch did it.",
    "Each row has a task of its own: compare row by row, a batch of one row each time.",
)
def whole_batch(written, wanted, end):
    found = torch.full((len(written),), -1)
    for task, targets in enumerate(wanted):
        if match_by_cutting(written, targets, end) == 1:
            found[:] = task
    return found


@done.mistake(
    "One row that did a task gives its number to all rows.",
    "Each row has a task of its own: done[row] = task, for that row alone.",
)
def any_row_marks_all(written, wanted, end):
    found = torch.full((len(written),), -1)
    for task, targets in enumerate(wanted):
        if match_by_cutting(written, targets, end) > 0:
            found[:] = task
    return found


@done.mistake("Every row was compared with what was wanted of the first one.", OWN)
def always_wanted_of_the_first(written, wanted, end):
    return one_by_one(written, wanted[:, :1].expand_as(wanted), end)


@done.mistake(
    "Every row got the task of the first one.",
    ITSELF,
)
def always_the_first_row(written, wanted, end):
    found = one_by_one(written, wanted, end)
    return found[:1].expand_as(found)


@done.mistake(
    "Only the first row got the number of its task.",
    "Every row is compared. A `return` belongs behind both loops, not into them.",
)
def first_row_alone(written, wanted, end):
    found = one_by_one(written, wanted, end)
    return torch.where(torch.arange(len(found)) == 0, found, -1)


@done.mistake(
    "What was written in the first row was compared in every row.",
    ITSELF,
)
def always_written_of_the_first(written, wanted, end):
    return one_by_one(written[:1].expand_as(written), wanted, end)


@done.mistake("Only the tasks 0 and 1 were found.", EVERY)
def two_tasks_alone(written, wanted, end):
    return one_by_one(written, wanted[:2], end)


@done.mistake("The last task was never found.", EVERY)
def last_task_forgotten(written, wanted, end):
    return one_by_one(written, wanted[:-1], end)


EXCHANGED = "wanted is (tasks, batch, m): wanted[task] are all rows of one task."


@done.mistake(
    "The first axis of `wanted` was counted through as rows, but it holds the tasks.", EXCHANGED
)
def axes_exchanged(written, wanted, end):
    found = torch.full((len(written),), -1)
    for task in range(wanted.shape[0]):
        for row in range(len(written)):
            if cut(written[row].tolist(), end) == cut(wanted[row, task].tolist(), end):
                found[row] = task
    return found


@done.mistake(
    "Rows and tasks of `wanted` are exchanged: row by row, all tasks of one row were taken for all "
    "rows of one task.",
    EXCHANGED,
)
def rows_for_tasks(written, wanted, end):
    found = torch.full((len(written),), -1)
    for task, targets in enumerate(wanted.transpose(0, 1)):  # (tasks, m)
        for row, (one, target) in enumerate(zip(written.tolist(), targets.tolist(), strict=False)):
            if cut(one, end) == cut(target, end):
                found[row] = task
    return found


@done.mistake(
    "A single word was taken for a row.",
    BATCH,
)
def row_without_a_batch(written, wanted, end):
    return torch.tensor(
        [match_by_cutting(one, wanted[0, row], end) for row, one in enumerate(written)]
    )


@done.mistake(
    "A row was taken for a table: it has one axis only.",
    BATCH,
)
def row_with_one_axis(written, wanted, end):
    return torch.tensor(
        [match_by_masks(one, wanted[0, row], end) for row, one in enumerate(written)]
    )
