"""03.2: mistakes in how far a hand turns, and in what a turn is."""

import math

import torch

from course.checks.lesson_03.shift.cases import shift
from course.checks.lesson_03.shift.mistakes import blocks_of
from course.checks.lesson_03.shift.right import shift_by_blocks

BOTH_COLUMNS = (
    "Its columns make the new numbers out of the old: the first identity gives the first column, "
    "the second the second."
)


def rotation(sine, cosine):
    return [[cosine, -sine], [sine, cosine]]


@shift.mistake(
    "Each block holds the clock itself, sine and cosine of the turn, once for each row.",
    BOTH_COLUMNS,
)
def clock_in_each_row(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[sine, cosine], [sine, cosine]])


@shift.mistake(
    "Each block holds the clock itself, sine and cosine of the turn, once for each column.",
    BOTH_COLUMNS,
)
def clock_in_each_column(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[sine, sine], [cosine, cosine]])


@shift.mistake(
    "The angle was taken for degrees.",
    "δ is in radians already, as math.sin and math.cos want it.",
)
def degrees(k, d_model):
    return shift_by_blocks(math.radians(k), d_model)


@shift.mistake(
    "The angle was turned into degrees.",
    "math.sin and math.cos want radians, which δ is already.",
)
def into_degrees(k, d_model):
    return shift_by_blocks(math.degrees(k), d_model)


@shift.mistake(
    "The matrix of one place was multiplied by k.",
    "To repeat a move is to multiply by its matrix again: the angle is k times as large, and not "
    "the numbers. δ holds k already.",
)
def one_place_times_k(k, d_model):
    return k * shift_by_blocks(1, d_model)


@shift.mistake(
    "Each number of the matrix of one place was taken to the power k, as `**` does.",
    "To repeat a move is to multiply by its matrix again, which is the matrix power; or turn by δ, "
    "which holds k already.",
)
def numbers_to_the_power_k(k, d_model):
    return shift_by_blocks(1, d_model) ** k


@shift.mistake(
    "δ stands where sin δ belongs, and 1 where cos δ does.",
    "That is near for small angles only. `sine` and `cosine` stand there.",
)
def small_angles(k, d_model):
    turns = [k / 10000 ** (2 * i / d_model) for i in range(d_model // 2)]
    return torch.block_diag(*(torch.tensor(rotation(turn, 1.0)) for turn in turns))


@shift.mistake(
    "Each hand has the rate of the next: the hands were counted from 1.",
    "They are counted from 0, as in the line above: range(d_model // 2).",
)
def hands_from_one(k, d_model):
    turns = [k / 10000 ** (2 * i / d_model) for i in range(1, d_model // 2 + 1)]
    blocks = (torch.tensor(rotation(math.sin(turn), math.cos(turn))) for turn in turns)
    return torch.block_diag(*blocks)
