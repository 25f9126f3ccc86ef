"""03.2: every other way to fill one column of a block, where the other column is right.

Those that have a story of their own stand in `mistakes.py`. The rest are named by what stands in
the two places of the column.
"""

from itertools import product

import torch

from course.checks.lesson_03.shift.cases import shift
from course.checks.lesson_03.shift.mistakes import blocks_of

NAMES = {"s": "sin δ", "-s": "−sin δ", "c": "cos δ", "-c": "−cos δ"}
KINDS = {"s": "sine", "c": "cosine"}
RIGHT = {"first": ("c", "s"), "second": ("-s", "c")}
NAMED_ALREADY = {
    "first": {("c", "-s"), ("-c", "s")},
    "second": {("s", "c"), ("c", "-s"), ("s", "-c"), ("c", "s")},
}
IDENTITY = {
    "first": "It makes the new sine, and is read off the first identity: no minus, and the cosine "
    "above, because the upper number multiplies sin a.",
    "second": "It makes the new cosine, and is read off the second identity. That names cos a "
    "first, but the upper number is the one that multiplies sin a, and takes the minus.",
}


def number(name, sine, cosine):
    return {"s": sine, "-s": -sine, "c": cosine, "-c": -cosine}[name]


def fault(came, wanted, place):
    """What is the matter with one number of a column, or None."""
    if came == wanted:
        return None
    if came.strip("-") == wanted.strip("-"):
        return f"the {place} number has {'a minus too many' if '-' in came else 'lost its minus'}"
    return f"the {place} number is {NAMES[came]}, where the {KINDS[wanted[-1]]} belongs"


def declare_column(which, upper, lower):
    """One column filled with these two numbers."""

    def filled(k, d_model):
        def block(sine, cosine):
            columns = RIGHT | {which: (upper, lower)}
            first, second = (
                [number(name, sine, cosine) for name in columns[column]]
                for column in ("first", "second")
            )
            return [[first[0], second[0]], [first[1], second[1]]]

        return blocks_of(k, d_model, block)

    filled.__name__ = f"{which}_column_{upper}_{lower}".replace("-", "minus_")
    wanted = RIGHT[which]
    faults = [
        found
        for found in (fault(upper, wanted[0], "upper"), fault(lower, wanted[1], "lower"))
        if found
    ]
    shift.mistake(f"In the {which} column, {'; '.join(faults)}.", IDENTITY[which])(filled)


for which, wanted in RIGHT.items():
    for column in product(NAMES, repeat=2):
        if column != wanted and column not in NAMED_ALREADY[which]:
            declare_column(which, *column)


@shift.mistake(
    "The second column of each block holds zeros.",
    IDENTITY["second"],
)
def second_column_empty(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, 0.0], [sine, 0.0]])


ONE_ROW = {
    "upper": "It multiplies sin a: cos δ for the new sine, −sin δ for the new cosine.",
    "lower": "It multiplies cos a: sin δ for the new sine, cos δ for the new cosine.",
}


@shift.mistake("In the upper row of each block the two numbers are exchanged.", ONE_ROW["upper"])
def upper_row_exchanged(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[-sine, cosine], [sine, cosine]])


@shift.mistake("In the lower row of each block the two numbers are exchanged.", ONE_ROW["lower"])
def lower_row_exchanged(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, -sine], [cosine, sine]])


@shift.mistake(
    "The sines stand on the diagonal, where the cosines belong, and a cosine has the minus.",
    "For k = 0 the matrix has to change nothing: cosines on the diagonal, sines beside it, and the "
    "minus in the upper right.",
)
def sines_on_the_diagonal_turned(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[sine, cosine], [-cosine, sine]])


@shift.mistake(
    "torch.tensor was given two things, and takes one.",
    "The two rows stand in a list of their own: torch.tensor([[…, …], […, …]]).",
)
def rows_not_in_a_list(k, d_model):
    return torch.tensor([1.0, 0.0], [0.0, 1.0])
