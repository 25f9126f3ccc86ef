"""15.1: cut a picture into patches."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

patches = Exercise(
    "15.1",
    returns="patches",
    right="Each patch is a square of the picture, row by row.",
    forbids=("course.senses",),
)


def numbered(height: int, width: int) -> Tensor:
    """A picture whose pixels say where they are: row i, column j holds 10 i + j."""
    return torch.arange(height)[:, None] * 10.0 + torch.arange(width)


@patches.case("a picture of 2 by 4 pixels, in squares of 2 by 2")
def by_hand(draw: Draw) -> Call:
    return Call(numbered(2, 4)[None], 2)


@patches.case("a picture of 4 by 6 pixels, in squares of 2 by 2")
def two_rows(draw: Draw) -> Call:
    return Call(numbered(4, 6)[None], 2)


@patches.case("four pictures of 4 by 4 pixels, in squares of 2 by 2")
def square(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4, 4), 2)


@patches.case("a picture of 3 by 5 pixels, each pixel a patch")
def single_pixels(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 5), 1)


@patches.case("one patch is the whole picture")
def whole_picture(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 3), 3)


@patches.case("two pictures of 6 by 12 pixels, in squares of 3 by 3")
def larger_squares(draw: Draw) -> Call:
    return Call(draw.tensor(2, 6, 12), 3)


@patches.reference
def pixel_by_pixel(x: Tensor, p: int) -> Tensor:
    _, height, width = x.shape
    cut = [
        torch.stack([x[:, p * i + a, p * j + b] for a in range(p) for b in range(p)], dim=-1)
        for i in range(height // p)
        for j in range(width // p)
    ]
    return torch.stack(cut, dim=1)


@patches.right_way
def patches_by_view(x: Tensor, p: int) -> Tensor:
    batch, height, width = x.shape
    split = x.reshape(batch, height // p, p, width // p, p)
    return split.permute(0, 1, 3, 2, 4).reshape(batch, -1, p * p)


@patches.right_way
def patches_by_unfold(x: Tensor, p: int) -> Tensor:
    return x.unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)


@patches.right_way
def patches_by_slices(x: Tensor, p: int) -> Tensor:
    rows, columns = range(0, x.shape[1], p), range(0, x.shape[2], p)
    cut = [x[:, i : i + p, j : j + p].flatten(1) for i in rows for j in columns]
    return torch.stack(cut, dim=1)


@patches.right_way
def patches_by_transpose(x: Tensor, p: int) -> Tensor:
    split = x.unflatten(2, (-1, p)).unflatten(1, (-1, p))  # (batch, H/p, p, W/p, p)
    return split.transpose(2, 3).flatten(3).flatten(1, 2)


# The mistakes


def split(x, p):
    """(batch, H/p, p, W/p, p): patch row, pixel row, patch column, pixel column."""
    return x.unflatten(2, (-1, p)).unflatten(1, (-1, p))


BESIDE = (
    "Split both sides first, (batch, H/p, p, W/p, p), and bring the two axes of a patch's own "
    "pixels together, before anything is flattened."
)
IN_A_ROW = (
    "A view alone cuts the picture's rows into pieces: the numbers stay in their order. " + BESIDE
)
NEW_AXIS = "torch.cat makes no new axis; torch.stack(…, dim=1) makes one for the patches."
ROW_BY_ROW = "Patches are read as a page is: along the first row of patches, then the next row."


@patches.mistake("A patch is a stretch of one row of pixels, not a square.", IN_A_ROW)
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
    "The picture was turned: height and width are exchanged, for patches and for pixels.",
    "The batch is axis 0, the rows are axis 1 and the columns axis 2: rows come first.",
)
def picture_turned(x, p):
    return pixel_by_pixel(x.mT, p)


@patches.mistake(
    "A patch holds pixels from all over the picture, every so-manieth.",
    "Neighbours belong together. " + BESIDE,
)
def combed(x, p):
    return split(x, p).permute(0, 2, 4, 1, 3).reshape(len(x), -1, p * p)


@patches.mistake(
    "A patch mixes pixels of different patches: axes were exchanged that are not side by side.",
    BESIDE,
)
def mixed(x, p):
    return split(x, p).permute(0, 1, 4, 3, 2).reshape(len(x), -1, p * p)


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
    "unfold(dimension, size, step): the step is p as well.",
)
def overlapping(x, p):
    return x.unfold(1, p, 1).unfold(2, p, 1).flatten(3).flatten(1, 2)


@patches.mistake(
    "The patches do not overlap down the picture, but across it.",
    "unfold(dimension, size, step): the step is p for the columns as well.",
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
    "Each row of patches is joined with each column: two loops, one inside the other.",
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
