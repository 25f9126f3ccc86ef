"""03.2: the mistakes that people make."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course.checks.lesson_03.clocks.right import clocks_by_loop
from course.checks.lesson_03.shared import rates
from course.checks.lesson_03.shift.cases import shift
from course.checks.lesson_03.shift.right import blocks, shift_by_blocks


@shift.mistake(
    "Only the cosines are there.",
    "Each block mixes the two numbers of a hand: beside its diagonal stand the sines, one of them "
    "with a minus.",
)
def cosines_alone(k, d_model):
    return torch.diag(shift_by_blocks(k, d_model).diagonal())


@shift.mistake(
    "The matrix is turned: it moves k places back, not on.",
    "The minus stands in the upper right of each block: row 2i, column 2i + 1.",
)
def shift_back(k, d_model):
    return shift_by_blocks(k, d_model).T


@shift.mistake(
    "No sine has a minus.",
    "The cosine of a sum is cos a cos δ − sin a sin δ: the minus stands at row 2i, column 2i + 1.",
)
def no_minus(k, d_model):
    turn = shift_by_blocks(k, d_model)
    return torch.where(torch.eye(d_model) == 1, turn, turn.triu().neg() + turn.tril())


def blocks_of(k: int, d_model: int, block: Callable[[float, float], list[list[float]]]) -> Tensor:
    """A block for each hand, made of the sine and the cosine of its turn."""
    turns = [k * rate for rate in rates(d_model)]
    return torch.block_diag(*(torch.tensor(block(math.sin(t), math.cos(t))) for t in turns))


@shift.mistake(
    "Each row of a block holds the factors of one identity, in the order in which it names them.",
    "The second identity names cos a first. The upper row of a block multiplies sin a, the lower "
    "row cos a; the first column makes the new sine, the second the new cosine.",
)
def in_the_order_of_the_rows(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, sine], [cosine, -sine]])


@shift.mistake(
    "The first column is right; in the second the factors of sin a and cos a are exchanged.",
    "The second identity names cos a first, and the upper row of a block multiplies sin a.",
)
def in_the_order_of_the_columns(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, cosine], [sine, -sine]])


@shift.mistake(
    "The two rows of each block are exchanged.",
    "The table holds sin a first. So the upper row of a block is what multiplies sin a.",
)
def rows_exchanged(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[sine, cosine], [cosine, -sine]])


@shift.mistake(
    "A Python list stands where a tensor is wanted, as where a block is one.",
    "torch.tensor([[…, …], […, …]]) makes a tensor of it.",
)
def blocks_as_lists(k, d_model):
    return torch.block_diag(*(blocks([k * rate]).tolist() for rate in rates(d_model)))


@shift.mistake(
    "A Python tuple stands where a tensor is wanted, as where a block is one.",
    "torch.tensor([[…, …], […, …]]) makes a tensor of it.",
)
def blocks_as_tuples(k, d_model):
    return torch.block_diag(*(tuple(blocks([k * rate]).tolist()) for rate in rates(d_model)))  # type: ignore[arg-type]


@shift.mistake(
    "A NumPy array stands where a tensor is wanted, as where a block is one.",
    "torch.tensor([[…, …], […, …]]) makes a tensor.",
)
def blocks_in_numpy(k, d_model):
    return torch.block_diag(*(blocks([k * rate]).numpy() for rate in rates(d_model)))  # type: ignore[arg-type]


@shift.mistake(
    "Both sines have a minus.",
    "Only the second identity has one, and it belongs to sin a: row 2i, column 2i + 1.",
)
def both_sines_negative(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, -sine], [-sine, cosine]])


@shift.mistake(
    "In the second column a cosine has the minus; it belongs to the sine.",
    "The cosine of a sum is cos a cos δ − sin a sin δ: in the second column the upper number, "
    "which multiplies sin a, is −sin δ.",
)
def minus_on_the_lower_cosine(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, sine], [sine, -cosine]])


@shift.mistake(
    "In the first column a cosine has a minus; only a sine has one, in the second column.",
    "The first column is read off the first identity, and there is no minus in it.",
)
def minus_on_the_upper_cosine(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[-cosine, sine], [sine, cosine]])


@shift.mistake(
    "In the second column the two numbers are exchanged, and no sine has its minus.",
    "The second identity names cos a first, and the upper row of a block multiplies sin a.",
)
def columns_exchanged_no_minus(k, d_model):
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, cosine], [sine, sine]])


@shift.mistake(
    "Each block is one row of four numbers.",
    "A block has two rows of two numbers: torch.tensor([[…, …], […, …]]).",
)
def flat_blocks(k, d_model):
    return torch.block_diag(*(blocks([k * rate]).flatten() for rate in rates(d_model)))


@shift.mistake(
    "Sine and cosine are exchanged.",
    "The cosines stand on the diagonal: for k = 0 the matrix has to change nothing.",
)
def shift_sine_on_the_diagonal(k, d_model):
    angles = [k * rate for rate in rates(d_model)]
    turns = [[[math.sin(a), -math.cos(a)], [math.cos(a), math.sin(a)]] for a in angles]
    return torch.block_diag(*(torch.tensor(turn) for turn in turns))


@shift.mistake(
    "The matrix moves one place, whatever k is.",
    "The turn of hand i is k times its rate.",
)
def one_place(k, d_model):
    return blocks(rates(d_model))


@shift.mistake(
    "All hands turn by the same angle, k.",
    "Hand i turns by k times its rate, 1 / 10000^(2i / d_model).",
)
def same_turn(k, d_model):
    return blocks([float(k)] * (d_model // 2))


@shift.mistake(
    "The exponents are half of what they should be: the 2 of 2i / d_model is missing, or the power "
    "is one of 100.",
    "If i counts the hands, hand i has the rate 1 / 10000^(2i / d_model).",
)
def shift_two_is_missing(k, d_model):
    return blocks([k / 10000 ** (i / d_model) for i in range(d_model // 2)])


@shift.mistake(
    "The exponent is 4i / d_model, twice what it should be.",
    "A loop over range(0, d_model, 2) gives 2i already.",
)
def shift_doubled_twice(k, d_model):
    return blocks([k / 10000 ** (4 * i / d_model) for i in range(d_model // 2)])


@shift.mistake(
    "k is multiplied by 10000^(2i / d_model), not divided by it.",
    "The first hand is the fastest, with rate 1. All others turn by less.",
)
def shift_multiplied(k, d_model):
    return blocks([k / rate for rate in rates(d_model)])


@shift.mistake(
    "Only the first hand is turned; the others are zeros.",
    "Each hand has a block of its own. Does `return` stand inside the loop?",
)
def only_the_first(k, d_model):
    table = torch.zeros(d_model, d_model)
    table[:2, :2] = blocks([float(k)])
    return table


@shift.mistake(
    "The blocks overlap: hand i was put at i and i + 1.",
    "Hand i owns the features 2i and 2i + 1.",
)
def overlapping(k, d_model):
    table = torch.zeros(d_model, d_model)
    for i, rate in enumerate(rates(d_model)):
        table[i : i + 2, i : i + 2] = blocks([k * rate])
    return table


@shift.mistake(
    "The sines and cosines were laid out in halves.",
    "The table of 03.1 has the sine and the cosine of a hand side by side: hand i owns the "
    "features 2i and 2i + 1.",
)
def shift_in_halves(k, d_model):
    order = torch.cat((torch.arange(0, d_model, 2), torch.arange(1, d_model, 2)))
    return shift_by_blocks(k, d_model)[order][:, order]


@shift.mistake(
    "This is the clock of place k, not the matrix that moves by k.",
    "The matrix is (d_model, d_model), with one 2 by 2 block for each hand along its diagonal.",
)
def clock_of_k(k, d_model):
    return clocks_by_loop(k + 1, d_model)[k]


@shift.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def shift_xor(k, d_model):
    return blocks([k / (10000 ^ (2 * i / d_model)) for i in range(d_model // 2)])  # type: ignore[operator]


@shift.mistake(
    "A tensor was given to math.sin, which takes one number.",
    "Either loop over the hands with plain Python numbers, or use torch's own: angle.sin().",
)
def math_of_a_tensor(k, d_model):
    delta = k / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.full((d_model, d_model), math.sin(delta))


@shift.mistake(
    "torch.sin was given a plain Python number, and takes a tensor.",
    "One number is a matter for math.sin and math.cos.",
)
def torch_of_a_number(k, d_model):
    return torch.sin(k / 10000 ** (0 / d_model))  # type: ignore[arg-type]


@shift.mistake(
    "A place beyond the edge of the matrix was to be filled: does the loop count features, not "
    "hands?",
    "There are d_model // 2 hands: range(d_model // 2).",
)
def features_for_hands(k, d_model):
    table = torch.zeros(d_model, d_model)
    for i in range(d_model):
        table[2 * i, 2 * i] = math.cos(k / 10000 ** (2 * i / d_model))
    return table


@shift.mistake(
    "A place beyond the edge of the matrix was to be filled: does the loop count features, not "
    "hands?",
    "There are d_model // 2 hands: range(d_model // 2).",
)
def features_for_hands_in_blocks(k, d_model):
    table = torch.zeros(d_model, d_model)
    for i in range(d_model):
        table[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = blocks([k / 10000 ** (2 * i / d_model)])
    return table
