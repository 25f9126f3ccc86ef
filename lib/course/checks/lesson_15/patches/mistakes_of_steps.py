"""15.1: mistakes of the steps and sizes, and of what is flattened."""

import torch

from course.checks.lesson_15.patches.cases import patches
from course.checks.lesson_15.patches.right import pixel_by_pixel

IN_P = "Pieces that are p long: unflatten(…, (-1, p)). (p, -1) makes p pieces."
ALL_OF_THEM = "Each picture has H/p · W/p patches: H/p below one another, W/p side by side."


def cut(x, rows, columns, p):
    """The squares of side p that begin in these rows and columns."""
    return torch.stack([x[:, i : i + p, j : j + p].flatten(1) for i in rows for j in columns], 1)


@patches.mistake(
    "The columns are split the other way round: p pieces, in place of pieces of p.",
    IN_P,
)
def columns_in_p_pieces(x, p):
    turned = x.unflatten(2, (p, -1)).unflatten(1, (-1, p))
    return turned.transpose(2, 3).flatten(3).flatten(1, 2)


@patches.mistake(
    "The rows are split the other way round: p pieces, in place of pieces of p.",
    IN_P,
)
def rows_in_p_pieces(x, p):
    turned = x.unflatten(2, (-1, p)).unflatten(1, (p, -1))
    return turned.transpose(2, 3).flatten(3).flatten(1, 2)


@patches.mistake("The side of a patch is always 2.", "It is p, whatever p is.")
def always_two_cut(x, p):
    return cut(x, range(0, x.shape[1], 2), range(0, x.shape[2], 2), 2)


@patches.mistake(
    "The side of a patch is always 2, though the steps are p.", "It is p, whatever p is."
)
def always_two_in_steps_of_p(x, p):
    return cut(x, range(0, x.shape[1], p), range(0, x.shape[2], p), 2)


@patches.mistake(
    "The steps from patch to patch are always 2.", "They are p, like the patches: range(0, H, p)."
)
def steps_of_two(x, p):
    return cut(x, range(0, x.shape[1], 2), range(0, x.shape[2], 2), p)


@patches.mistake(
    "A patch holds the pixels of all pictures: the batch was flattened, too.",
    "x[:, i : i + p, j : j + p] is (batch, p, p): flatten(1) leaves the batch alone.",
)
def batch_flattened_in_columns(x, p):
    return pixel_by_pixel(x, p).transpose(0, 1).flatten(1).mT


@patches.mistake(
    "Everything stands in one row: pictures, patches and pixels have one axis together.",
    "flatten() joins all axes; flatten(1) leaves axis 0 alone, flatten(1, 2) joins two.",
)
def one_long_row(x, p):
    return pixel_by_pixel(x, p).flatten()


@patches.mistake("There are as many columns of patches as rows.", ALL_OF_THEM)
def as_many_columns_as_rows(x, p):
    begins = range(0, x.shape[1], p)
    return cut(x, begins, begins, p)


@patches.mistake("There are as many rows of patches as columns.", ALL_OF_THEM)
def as_many_rows_as_columns(x, p):
    begins = range(0, x.shape[2], p)
    return cut(x, begins, begins, p)


@patches.mistake(
    "The last row of patches and the last column of patches are missing.",
    "The last patch begins at H - p, and range leaves its end out: range(0, H, p).",
)
def last_ones_lost(x, p):
    return cut(x, range(0, x.shape[1] - p, p), range(0, x.shape[2] - p, p), p)
