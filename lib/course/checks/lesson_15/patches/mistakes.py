"""15.1: the mistakes that people make."""

import torch

from course.checks.lesson_15.patches.cases import patches
from course.checks.lesson_15.patches.right import pixel_by_pixel


def split(x, p):
    """(batch, H/p, p, W/p, p): patch row, pixel row, patch column, pixel column."""
    return x.unflatten(2, (-1, p)).unflatten(1, (-1, p))


BESIDE = (
    "Split both sides first, (batch, H/p, p, W/p, p), and bring the two axes of a patch's own "
    "pixels together, before anything is flattened."
)
IN_A_ROW = (
    "A view alone leaves the numbers in their order, one row of pixels after the other. " + BESIDE
)
NEW_AXIS = "torch.cat makes no new axis; torch.stack(…, dim=1) makes one for the patches."
ROW_BY_ROW = "Patches are read as a page is: along the first row of patches, then the next row."


@patches.mistake(
    "A patch is a stretch of the picture's numbers in their order, not a square.", IN_A_ROW
)
def view_alone(x, p):
    return x.reshape(len(x), -1, p * p)


@patches.mistake("The patches go down the columns, not along the rows.", ROW_BY_ROW)
def columns_first(x, p):
    return split(x, p).permute(0, 3, 1, 2, 4).flatten(3).flatten(1, 2)


@patches.mistake(
    "Inside each patch, the pixels go down its columns.",
    "A patch's pixels are read row by row too: its row axis stands before its column axis.",
)
def pixels_turned(x, p):
    return split(x, p).permute(0, 1, 3, 4, 2).flatten(3).flatten(1, 2)


@patches.mistake(
    "Patches and pixels go down the columns, both: as of the picture turned, height for width.",
    "The batch is axis 0, the rows are axis 1 and the columns axis 2: rows come first.",
)
def picture_turned(x, p):
    return pixel_by_pixel(x.mT, p)


@patches.mistake(
    "Pixels that lie p apart came to stand side by side.",
    "Neighbours belong together. " + BESIDE,
)
def combed(x, p):
    return split(x, p).permute(0, 2, 4, 1, 3).reshape(len(x), -1, p * p)


@patches.mistake(
    "The pixels of a patch are still a square: an axis is too many.",
    "A patch becomes one row of p · p numbers: flatten its last two axes.",
)
def squares_kept(x, p):
    return split(x, p).transpose(2, 3).flatten(1, 2)


@patches.mistake(
    "The patches still stand in rows and columns.",
    "A stream has one axis of tokens: flatten the two axes of patches.",
)
def grid_kept(x, p):
    return split(x, p).transpose(2, 3).flatten(3)


@patches.mistake(
    "Nothing is flattened: patches and pixels still have two axes each.",
    "Flatten the axes of patches to one, and those of pixels to one: (batch, n, p · p).",
)
def nothing_flattened(x, p):
    return split(x, p).transpose(2, 3)


@patches.mistake(
    "The patches of all pictures stand in one row: the batch is gone.",
    "Keep axis 0: each picture has its own patches.",
)
def batch_gone(x, p):
    return pixel_by_pixel(x, p).flatten(0, 1)


@patches.mistake(
    "The patches stand before the pictures.",
    "The batch stays axis 0: stack along dim=1.",
)
def patches_before_batch(x, p):
    return pixel_by_pixel(x, p).transpose(0, 1)


@patches.mistake(
    "Pixels and patches are exchanged: the last axis should be the pixels of one patch.",
    "A token is a row: (batch, patches, p · p). (F.unfold gives columns: turn its answer.)",
)
def tokens_in_columns(x, p):
    return pixel_by_pixel(x, p).mT


@patches.mistake(
    "Each patch became its mean.",
    "Keep all of its p · p pixels; what they are worth is learnt later.",
)
def means(x, p):
    return pixel_by_pixel(x, p).mean(dim=-1, keepdim=True)


@patches.mistake(
    "The patches overlap: they move on by one pixel.",
    "From one patch to the next it is p pixels, down and across: the step of unfold, or of range.",
)
def overlapping(x, p):
    return x.unfold(1, p, 1).unfold(2, p, 1).flatten(3).flatten(1, 2)


@patches.mistake(
    "The patches do not overlap down the picture, but across it.",
    "From one patch to the next it is p pixels across as well: the step of unfold, or of range.",
)
def overlapping_across(x, p):
    return x.unfold(1, p, p).unfold(2, p, 1).flatten(3).flatten(1, 2)


@patches.mistake(
    "p was taken for the number of patches on a side; it is the side of a patch, in pixels.",
    "A picture of height H has H / p patches below one another.",
)
def p_patches_a_side(x, p):
    high, wide = x.shape[1] // p, x.shape[2] // p
    return x.unfold(1, high, high).unfold(2, wide, wide).flatten(3).flatten(1, 2)


@patches.mistake(
    "The side of a patch is always 2.",
    "It is p, whatever p is.",
)
def always_two(x, p):
    return x.unfold(1, 2, 2).unfold(2, 2, 2).flatten(3).flatten(1, 2)


@patches.mistake(
    "The picture was cut into strips, over its whole width.",
    "A patch is p wide as well: cut the columns too.",
)
def strips(x, p):
    return x.unflatten(1, (-1, p)).flatten(2)


@patches.mistake(
    "Only the first patch came back.",
    "Each picture has H/p · W/p of them: go on by p, down and across.",
)
def first_alone(x, p):
    return x[:, :p, :p].flatten(1)[:, None]


@patches.mistake(
    "Only the patches along the diagonal came back.",
    "Each row of patches has one in each column: H/p · W/p of them.",
)
def diagonal(x, p):
    steps = range(0, min(x.shape[1:]), p)
    return torch.stack([x[:, i : i + p, i : i + p].flatten(1) for i in steps], dim=1)


@patches.mistake(
    "Each square begins one pixel after the last: the steps are not p wide.",
    "The square in row i and column j of patches begins at pixel (i · p, j · p): "
    "range(0, H, p), or multiply by p.",
)
def one_pixel_on(x, p):
    rows, columns = range(x.shape[1] // p), range(x.shape[2] // p)
    return torch.stack([x[:, i : i + p, j : j + p].flatten(1) for i in rows for j in columns], 1)


@patches.mistake(
    "The patches were joined along the batch, which is axis 0: there is no axis for them.",
    NEW_AXIS,
)
def joined_on_the_batch(x, p):
    return pixel_by_pixel(x, p).transpose(0, 1).flatten(0, 1)


@patches.mistake(
    "The patches were joined along their pixels: there is no axis for them.",
    NEW_AXIS,
)
def joined_on_the_pixels(x, p):
    return pixel_by_pixel(x, p).flatten(1)


@patches.mistake(
    "A patch holds the pixels of all pictures: the batch was flattened, too.",
    "x[:, i : i + p, j : j + p] is (batch, p, p): flatten(1) leaves the batch alone.",
)
def batch_flattened(x, p):
    return pixel_by_pixel(x, p).transpose(0, 1).flatten(1)


@patches.mistake(
    "The picture came back as it was: its numbers stand in rows of pixels, not in squares.", BESIDE
)
def as_it_was(x, p):
    return x.clone()


AXES = ("", "patch rows", "pixel rows", "patch columns", "pixel columns")


def exchange(one, other, in_rows):
    """Declare a mistake: these two axes of the split picture are exchanged."""

    def answer(x, p):
        moved = split(x, p).transpose(one, other)
        if in_rows:
            return moved.reshape(len(x), -1, p * p)
        return moved.flatten(3).flatten(1, 2)

    answer.__name__ = f"axes_{one}_and_{other}" + "_in_rows" * in_rows
    patches.mistake(
        "Pixels of different patches are mixed: as if, of the split picture, the axis of "
        f"{AXES[one]} and that of {AXES[other]} were exchanged.",
        BESIDE,
    )(answer)


for pair in ((1, 2), (1, 3), (1, 4), (2, 4), (3, 4)):
    for in_rows in (False, True):
        exchange(*pair, in_rows)
