"""The exercises of lesson 03: sinusoidal positions, a shift, ALiBi, rotary and its two pairings."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

BUILT_HERE = ("attn",)


def rates(width: int) -> list[float]:
    """How far each hand, or pair, turns from one place to the next."""
    return [10000 ** (-2 * i / width) for i in range(width // 2)]


# 03.1: a clock for each place

clocks = Exercise(
    "03.1",
    returns="table",
    right="Every place has a clock of its own, and no number grows beyond 1.",
    forbids=BUILT_HERE,
    tolerance=1e-3,  # float32 angles of some thousand radians, where a rate is upside down
)


@clocks.case("two places, two hands")
def two_places(draw: Draw) -> Call:
    return Call(2, 4)


@clocks.case("as many places as features")
def as_many_places_as_features(draw: Draw) -> Call:
    return Call(6, 6)


@clocks.case("more places than features")
def more_places(draw: Draw) -> Call:
    return Call(draw.integer(30, 90), 2 * draw.integer(4, 12))


@clocks.reference
def clocks_by_loop(n: int, d_model: int) -> Tensor:
    table = [[0.0] * d_model for _ in range(n)]
    for p in range(n):
        for i, rate in enumerate(rates(d_model)):
            table[p][2 * i], table[p][2 * i + 1] = math.sin(p * rate), math.cos(p * rate)
    return torch.tensor(table)


def waves(n: int, d_model: int, exponent: Tensor, *, start: int = 0) -> Tensor:
    """Sine on even and cosine on odd features, with the exponents given: (d_model / 2,)."""
    angle = torch.arange(start, start + n)[:, None] / 10000.0**exponent  # (n, d_model / 2)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


def doubled(d_model: int) -> Tensor:
    return torch.arange(0, d_model, 2) / d_model


@clocks.right_way
def clocks_stacked(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, doubled(d_model))


@clocks.right_way
def clocks_by_outer_product(n: int, d_model: int) -> Tensor:
    rate = torch.exp(-math.log(10000.0) * torch.arange(0, d_model, 2) / d_model)
    angle = torch.outer(torch.arange(n).float(), rate).repeat_interleave(2, dim=1)
    odd = torch.arange(d_model) % 2  # a cosine is a sine a quarter of a turn later
    return torch.sin(angle + odd * math.pi / 2)


@clocks.mistake(
    "Sines and cosines are exchanged.",
    "Place 0 shows it: every sine is 0, so the even features are 0 and the odd ones 1.",
)
def cosine_first(n: int, d_model: int) -> Tensor:
    return clocks_by_loop(n, d_model).unflatten(1, (-1, 2)).flip(-1).flatten(1)


@clocks.mistake(
    "All sines stand first, then all cosines.",
    "Some libraries do so. Here the sine and the cosine of a hand stand side by side: even "
    "columns `0::2` and odd columns `1::2`.",
)
def in_halves(n: int, d_model: int) -> Tensor:
    table = clocks_by_loop(n, d_model)
    return torch.cat((table[:, 0::2], table[:, 1::2]), dim=1)


@clocks.mistake(
    "The 2 in the exponent 2i / d_model is missing.",
    "i counts the hands, from 0 to d_model / 2 - 1. So the exponents are 0, 2, 4, … divided by "
    "d_model.",
)
def two_is_missing(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, torch.arange(d_model // 2) / d_model)


@clocks.mistake(
    "The exponent is 4i / d_model: 0, 2, 4, … were doubled once more, or d_model was halved.",
    "`even` is 2i already, one number for each hand. Divide it by d_model itself.",
)
def doubled_twice(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, 2 * doubled(d_model))


@clocks.mistake(
    "Every feature has a rate of its own; a sine and its cosine belong to one hand.",
    "Features 2i and 2i + 1 share the rate 1 / 10000^(2i / d_model).",
)
def rate_for_each_feature(n: int, d_model: int) -> Tensor:
    feature = torch.arange(d_model)
    angle = torch.arange(n)[:, None] / 10000.0 ** (feature / d_model)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


@clocks.mistake(
    "Every feature has a rate of its own, and its exponent is twice too large.",
    "Features 2i and 2i + 1 share the rate 1 / 10000^(2i / d_model): i counts the hands, not the "
    "features.",
)
def feature_for_hand(n: int, d_model: int) -> Tensor:
    feature = torch.arange(d_model)
    angle = torch.arange(n)[:, None] / 10000.0 ** (2 * feature / d_model)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


@clocks.mistake(
    "The places are multiplied by 10000^(2i / d_model), not divided by it.",
    "The first hand is the fastest, with rate 1. All others are slower: rates below 1.",
)
def multiplied_not_divided(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, -doubled(d_model))


@clocks.mistake(
    "The rates are upside down: 10000^(2i / d_model) itself, without the `1 /` before it.",
    "The first hand is the fastest, with rate 1. All others are slower: rates below 1.",
)
def rate_upside_down(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] * 10000.0 ** doubled(d_model)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The power was taken first, and divided by d_model afterwards.",
    "`**` binds closer than `/`. The exponent is 2i / d_model as a whole: put it in brackets.",
)
def brackets_missing(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] / 10000.0 ** torch.arange(0, d_model, 2) / d_model
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The angles are 2π times too large.",
    "The rates are in radians already: after one place, the first hand has turned by 1 radian, not "
    "by a whole turn.",
)
def whole_turns(n: int, d_model: int) -> Tensor:
    angle = 2 * math.pi * torch.arange(n)[:, None] / 10000.0 ** doubled(d_model)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The angles are in degrees, or were turned into radians once more.",
    "The rates give radians, and sin and cos take radians: no factor is needed.",
)
def degrees(n: int, d_model: int) -> Tensor:
    angle = torch.deg2rad(torch.arange(n)[:, None] / 10000.0 ** doubled(d_model))
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The angles were multiplied by 180 / π, as for degrees.",
    "sin and cos take radians, and the rates give radians: no factor is needed.",
)
def radians_to_degrees(n: int, d_model: int) -> Tensor:
    angle = torch.rad2deg(torch.arange(n)[:, None] / 10000.0 ** doubled(d_model))
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The angles are negative: every sine has a minus.",
    "Clocks go forward: the angle is place times rate, and a rate is above 0. The minus of "
    "10000^(−2i / d_model) belongs to the exponent alone.",
)
def negative_angles(n: int, d_model: int) -> Tensor:
    angle = -torch.arange(n)[:, None] / 10000.0 ** doubled(d_model)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The power is one of 1000; the formula has 10000, with four zeros.",
    "Writing it as 1e4 avoids the counting.",
)
def base_of_1000(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] / 1000.0 ** doubled(d_model)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "The power is one of 100000; the formula has 10000, with four zeros.",
    "Writing it as 1e4 avoids the counting.",
)
def base_of_100000(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] / 100000.0 ** doubled(d_model)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@clocks.mistake(
    "All hands turn at the same rate, 1.",
    "Each hand has a rate of its own. Is the power missing, or does `//` cut its exponent to 0?",
)
def one_rate(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, torch.zeros(d_model // 2))


@clocks.mistake(
    "All hands turn at the rate 1 / 10000.",
    "Each hand has a rate of its own. Was `^` used, which is no power in Python?",
)
def silent_xor(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, torch.ones(d_model // 2))


@clocks.mistake(
    "The places are counted from 1.",
    "The first row is place 0: `torch.arange(n)`.",
)
def places_from_one(n: int, d_model: int) -> Tensor:
    return waves(n, d_model, doubled(d_model), start=1)


@clocks.mistake(
    "Places and features are exchanged: each column is a place.",
    "A place is a row. The places stand in a column, `torch.arange(n)[:, None]`, the rates in a "
    "row.",
)
def table_turned(n: int, d_model: int) -> Tensor:
    return clocks_by_loop(n, d_model).T


@clocks.mistake(
    "These are the angles; sine and cosine are missing.",
    "Half of the features are the sines of the angles, the other half their cosines.",
)
def angles_alone(n: int, d_model: int) -> Tensor:
    return torch.arange(n)[:, None] * torch.tensor(rates(d_model))


@clocks.mistake(
    "The sines are there; the cosines are not.",
    "The odd columns, `1::2`, hold the cosines of the same angles.",
)
def sines_alone(n: int, d_model: int) -> Tensor:
    table = clocks_by_loop(n, d_model)
    table[:, 1::2] = 0
    return table


@clocks.mistake("The table is NumPy's.", "Build it with torch: arange, sin and cos are there too.")
def clocks_in_numpy(n: int, d_model: int) -> np.ndarray:
    return clocks_by_loop(n, d_model).numpy()


@clocks.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def xor_with_a_tensor(n: int, d_model: int) -> Tensor:
    return torch.arange(n)[:, None] / (10000 ^ (torch.arange(0, d_model, 2) / d_model))


@clocks.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def xor_with_a_number(n: int, d_model: int) -> Tensor:
    return torch.tensor([[p / (10000 ^ (2 * i / d_model)) for i in range(2)] for p in range(n)])  # type: ignore[operator]


@clocks.mistake(
    "The places do not stand in a column, so they were lined up with the rates one by one.",
    "`torch.arange(n)[:, None]` is (n, 1): with the (d_model / 2,) rates, every place meets every "
    "rate.",
)
def no_column(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n) * torch.tensor(rates(d_model))
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "In the table of angles, the hands are rows and the places are columns.",
    "A place is a row: the places stand in a column, `torch.arange(n)[:, None]`, the rates in a "
    "row.",
)
def angles_turned(n: int, d_model: int) -> Tensor:
    angle = torch.tensor(rates(d_model))[:, None] * torch.arange(n)
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "There is a rate for each feature, twice as many as hands.",
    "Sines and cosines share the angles of d_model / 2 hands: `torch.arange(0, d_model, 2)`.",
)
def twice_as_many_rates(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] / 10000.0 ** (torch.arange(d_model) / d_model)
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "The sines went into every second row, not into every second column.",
    "`table[0::2]` is rows. Columns come after a comma: `table[:, 0::2]`.",
)
def every_second_row(n: int, d_model: int) -> Tensor:
    angle = torch.arange(n)[:, None] * torch.tensor(rates(d_model))
    table = torch.zeros(n, d_model)
    table[0::2], table[1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "math.sin was given a whole tensor, and takes one number.",
    "A tensor knows its own: angle.sin(), angle.cos().",
)
def clocks_math_of_a_tensor(n: int, d_model: int) -> Tensor:
    return torch.full(
        (n, d_model), math.sin(torch.arange(n)[:, None] * torch.tensor(rates(d_model)))
    )


# 03.2: the matrix that moves a clock by k places

shift = Exercise(
    "03.2",
    returns="shift",
    right="One matrix for all places: a shift of k can be read from the clocks.",
    forbids=BUILT_HERE,
    tolerance=1e-2,  # also for a matrix that was fitted to a table, with the rounding that brings
)


@shift.case("one hand, two places later")
def one_hand(draw: Draw) -> Call:
    return Call(2, 2)


@shift.case("three hands")
def three_hands(draw: Draw) -> Call:
    return Call(3, 6)


@shift.case("four hands, some places later")
def four_hands(draw: Draw) -> Call:
    return Call(draw.integer(4, 400), 8)


@shift.reference
def shift_by_exponential(k: int, d_model: int) -> Tensor:
    # A turn is the exponential of its generator, which turns by a quarter.
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    generator = torch.block_diag(*(rate * quarter for rate in rates(d_model)))
    return torch.linalg.matrix_exp(k * generator).float()


def blocks(angles: list[float]) -> Tensor:
    """A block for each angle, along the diagonal."""
    turns = [[[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]] for a in angles]
    return torch.block_diag(*(torch.tensor(turn) for turn in turns))


@shift.right_way
def shift_by_blocks(k: int, d_model: int) -> Tensor:
    return blocks([k * rate for rate in rates(d_model)])


@shift.right_way
def shift_by_diagonals(k: int, d_model: int) -> Tensor:
    angle = k * torch.tensor(rates(d_model))
    sines = torch.stack((angle.sin(), torch.zeros_like(angle)), dim=1).flatten()[:-1]
    cosines = angle.cos().repeat_interleave(2)
    return torch.diag(cosines) + torch.diag(sines, -1) - torch.diag(sines, 1)


@shift.right_way
def shift_power(k: int, d_model: int) -> Tensor:
    return torch.linalg.matrix_power(blocks(rates(d_model)).double(), k).float()


@shift.right_way
def shift_fitted(k: int, d_model: int) -> Tensor:
    table = clocks_stacked(500, d_model)
    return torch.linalg.lstsq(table[:-k], table[k:]).solution


@shift.mistake(
    "Only the cosines are there.",
    "Each block mixes the two numbers of a hand: beside its diagonal stand the sines, one of them "
    "with a minus.",
)
def cosines_alone(k: int, d_model: int) -> Tensor:
    return torch.diag(shift_by_blocks(k, d_model).diagonal())


@shift.mistake(
    "The matrix is turned: it moves k places back, not on.",
    "The minus stands in the upper right of each block: row 2i, column 2i + 1.",
)
def shift_back(k: int, d_model: int) -> Tensor:
    return shift_by_blocks(k, d_model).T


@shift.mistake(
    "No sine has a minus.",
    "The cosine of a sum is cos a cos δ − sin a sin δ: the minus stands at row 2i, column 2i + 1.",
)
def no_minus(k: int, d_model: int) -> Tensor:
    turn = shift_by_blocks(k, d_model)
    return torch.where(torch.eye(d_model) == 1, turn, turn.triu().neg() + turn.tril())


def blocks_of(k: int, d_model: int, block: Callable[[float, float], list[list[float]]]) -> Tensor:
    """A block for each hand, made of the sine and the cosine of its turn."""
    turns = [k * rate for rate in rates(d_model)]
    return torch.block_diag(*(torch.tensor(block(math.sin(t), math.cos(t))) for t in turns))


@shift.mistake(
    "The factors were taken in the order in which the identities name them.",
    "The second identity names cos a first. The upper row of a block multiplies sin a, the lower "
    "row cos a; the first column makes the new sine, the second the new cosine.",
)
def in_the_order_of_the_rows(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, sine], [cosine, -sine]])


@shift.mistake(
    "The first column is right; in the second the factors of sin a and cos a are exchanged.",
    "The second identity names cos a first, and the upper row of a block multiplies sin a.",
)
def in_the_order_of_the_columns(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, cosine], [sine, -sine]])


@shift.mistake(
    "The two rows of each block are exchanged.",
    "The table holds sin a first. So the upper row of a block is what multiplies sin a.",
)
def rows_exchanged(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[sine, cosine], [cosine, -sine]])


@shift.mistake(
    "A block is a Python list; torch.block_diag takes tensors.",
    "torch.tensor([[…, …], […, …]]) makes a tensor of it.",
)
def blocks_as_lists(k: int, d_model: int) -> Tensor:
    return torch.block_diag(*(blocks([k * rate]).tolist() for rate in rates(d_model)))


@shift.mistake(
    "A block is a Python tuple; torch.block_diag takes tensors.",
    "torch.tensor([[…, …], […, …]]) makes a tensor of it.",
)
def blocks_as_tuples(k: int, d_model: int) -> Tensor:
    return torch.block_diag(*(tuple(blocks([k * rate]).tolist()) for rate in rates(d_model)))  # type: ignore[arg-type]


@shift.mistake(
    "A block is a NumPy array; torch.block_diag takes tensors.",
    "torch.tensor([[…, …], […, …]]) makes a tensor.",
)
def blocks_in_numpy(k: int, d_model: int) -> Tensor:
    return torch.block_diag(*(blocks([k * rate]).numpy() for rate in rates(d_model)))  # type: ignore[arg-type]


@shift.mistake(
    "Both sines have a minus.",
    "Only the second identity has one, and it belongs to sin a: row 2i, column 2i + 1.",
)
def both_sines_negative(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, -sine], [-sine, cosine]])


@shift.mistake(
    "In the second column a cosine has the minus; it belongs to the sine.",
    "The cosine of a sum is cos a cos δ − sin a sin δ: in the second column the upper number, "
    "which multiplies sin a, is −sin δ.",
)
def minus_on_the_lower_cosine(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, sine], [sine, -cosine]])


@shift.mistake(
    "In the first column a cosine has a minus; only a sine has one, in the second column.",
    "The first column is read off the first identity, and there is no minus in it.",
)
def minus_on_the_upper_cosine(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[-cosine, sine], [sine, cosine]])


@shift.mistake(
    "In the second column the two numbers are exchanged, and no sine has its minus.",
    "The second identity names cos a first, and the upper row of a block multiplies sin a.",
)
def columns_exchanged_no_minus(k: int, d_model: int) -> Tensor:
    return blocks_of(k, d_model, lambda sine, cosine: [[cosine, cosine], [sine, sine]])


@shift.mistake(
    "Each block is one row of four numbers.",
    "A block has two rows of two numbers: torch.tensor([[…, …], […, …]]).",
)
def flat_blocks(k: int, d_model: int) -> Tensor:
    return torch.block_diag(*(blocks([k * rate]).flatten() for rate in rates(d_model)))


@shift.mistake(
    "Sine and cosine are exchanged.",
    "The cosines stand on the diagonal: for k = 0 the matrix has to change nothing.",
)
def shift_sine_on_the_diagonal(k: int, d_model: int) -> Tensor:
    angles = [k * rate for rate in rates(d_model)]
    turns = [[[math.sin(a), -math.cos(a)], [math.cos(a), math.sin(a)]] for a in angles]
    return torch.block_diag(*(torch.tensor(turn) for turn in turns))


@shift.mistake(
    "The matrix moves one place, whatever k is.",
    "The turn of hand i is k times its rate.",
)
def one_place(k: int, d_model: int) -> Tensor:
    return blocks(rates(d_model))


@shift.mistake(
    "All hands turn by the same angle, k.",
    "Hand i turns by k times its rate, 1 / 10000^(2i / d_model).",
)
def same_turn(k: int, d_model: int) -> Tensor:
    return blocks([float(k)] * (d_model // 2))


@shift.mistake(
    "The 2 in the exponent 2i / d_model is missing.",
    "If i counts the hands, hand i has the rate 1 / 10000^(2i / d_model).",
)
def shift_two_is_missing(k: int, d_model: int) -> Tensor:
    return blocks([k / 10000 ** (i / d_model) for i in range(d_model // 2)])


@shift.mistake(
    "The exponent is 4i / d_model: it was doubled twice.",
    "A loop over range(0, d_model, 2) gives 2i already.",
)
def shift_doubled_twice(k: int, d_model: int) -> Tensor:
    return blocks([k / 10000 ** (4 * i / d_model) for i in range(d_model // 2)])


@shift.mistake(
    "k is multiplied by 10000^(2i / d_model), not divided by it.",
    "The first hand is the fastest, with rate 1. All others turn by less.",
)
def shift_multiplied(k: int, d_model: int) -> Tensor:
    return blocks([k / rate for rate in rates(d_model)])


@shift.mistake(
    "Only the first hand is turned; the others are zeros.",
    "Each hand has a block of its own. Does `return` stand inside the loop?",
)
def only_the_first(k: int, d_model: int) -> Tensor:
    table = torch.zeros(d_model, d_model)
    table[:2, :2] = blocks([float(k)])
    return table


@shift.mistake(
    "The blocks overlap: hand i was put at i and i + 1.",
    "Hand i owns the features 2i and 2i + 1.",
)
def overlapping(k: int, d_model: int) -> Tensor:
    table = torch.zeros(d_model, d_model)
    for i, rate in enumerate(rates(d_model)):
        table[i : i + 2, i : i + 2] = blocks([k * rate])
    return table


@shift.mistake(
    "The sines and cosines were laid out in halves.",
    "The table of 03.1 has the sine and the cosine of a hand side by side: hand i owns the "
    "features 2i and 2i + 1.",
)
def shift_in_halves(k: int, d_model: int) -> Tensor:
    order = torch.cat((torch.arange(0, d_model, 2), torch.arange(1, d_model, 2)))
    return shift_by_blocks(k, d_model)[order][:, order]


@shift.mistake(
    "This is the clock of place k, not the matrix that moves by k.",
    "The matrix is (d_model, d_model), with one 2 by 2 block for each hand along its diagonal.",
)
def clock_of_k(k: int, d_model: int) -> Tensor:
    return clocks_by_loop(k + 1, d_model)[k]


@shift.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def shift_xor(k: int, d_model: int) -> Tensor:
    return blocks([k / (10000 ^ (2 * i / d_model)) for i in range(d_model // 2)])  # type: ignore[operator]


@shift.mistake(
    "A tensor was given to math.sin, which takes one number.",
    "Either loop over the hands with plain Python numbers, or use torch's own: angle.sin().",
)
def math_of_a_tensor(k: int, d_model: int) -> Tensor:
    delta = k / 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.full((d_model, d_model), math.sin(delta))


@shift.mistake(
    "torch.sin was given a plain Python number, and takes a tensor.",
    "One number is a matter for math.sin and math.cos.",
)
def torch_of_a_number(k: int, d_model: int) -> Tensor:
    return torch.sin(k / 10000 ** (0 / d_model))  # type: ignore[arg-type]


@shift.mistake(
    "The loop counts features, not hands, and runs over the edge of the matrix.",
    "There are d_model // 2 hands: range(d_model // 2).",
)
def features_for_hands(k: int, d_model: int) -> Tensor:
    table = torch.zeros(d_model, d_model)
    for i in range(d_model):
        table[2 * i, 2 * i] = math.cos(k / 10000 ** (2 * i / d_model))
    return table


@shift.mistake(
    "The loop counts features, not hands, and runs over the edge of the matrix.",
    "There are d_model // 2 hands: range(d_model // 2).",
)
def features_for_hands_in_blocks(k: int, d_model: int) -> Tensor:
    table = torch.zeros(d_model, d_model)
    for i in range(d_model):
        table[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = blocks([k / 10000 ** (2 * i / d_model)])
    return table


# 03.3: minus slope times distance

alibi = Exercise(
    "03.3",
    returns="bias",
    right="Each head fades at its own rate, and the queries stand at the last places.",
    forbids=("attn.positions.alibi_bias",),
)


@alibi.case("two heads, two queries, three keys")
def two_slopes(draw: Draw) -> Call:
    return Call(torch.tensor([1.0, 3.0]), 2, 3)


@alibi.case("as many heads as queries as keys")
def three_of_everything(draw: Draw) -> Call:
    return Call(draw.tensor(3).abs() + 0.1, 3, 3)


@alibi.case("two heads, three queries, five keys")
def five_keys(draw: Draw) -> Call:
    return Call(draw.tensor(2).abs() + 0.1, 3, 5)


@alibi.case("five heads, two queries, seven keys")
def seven_keys(draw: Draw) -> Call:
    return Call(draw.tensor(5).abs() + 0.1, 2, 7)


@alibi.reference
def alibi_by_loop(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    bias = torch.zeros(len(slopes), n_q, n_k)
    for head, slope in enumerate(slopes.tolist()):
        for row in range(n_q):
            for place in range(n_k):
                bias[head, row, place] = -slope * abs(n_k - n_q + row - place)
    return bias


def signed(n_q: int, n_k: int, *, first: int | None = None) -> Tensor:
    """Place of the key minus place of the query; the queries are the last unless told."""
    first = n_k - n_q if first is None else first
    return torch.arange(n_k)[None, :] - torch.arange(first, first + n_q)[:, None]


@alibi.right_way
def alibi_by_broadcasting(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes.view(-1, 1, 1) * signed(n_q, n_k).abs()


@alibi.right_way
def alibi_by_einsum(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return torch.einsum("h,qk->hqk", slopes, -signed(n_q, n_k).abs().float())


@alibi.right_way
def alibi_cut_from_a_square(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_k, n_k).abs()[-n_q:]


@alibi.mistake(
    "The queries were put at the first places; they are the last n_q of the n_k.",
    "The last query stands where the last key stands: count its places from n_k - n_q.",
)
def queries_first(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k, first=0).abs()


@alibi.mistake(
    "The queries are counted backwards: the last one stands in the first row.",
    "The first row is the first of the queries, at place n_k - n_q. From there the places go up.",
)
def queries_backwards(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return alibi_by_broadcasting(slopes, n_q, n_k).flip(1)


@alibi.mistake(
    "The queries are counted backwards, from n_k on.",
    "The first row is the first of the queries, at place n_k - n_q. From there the places go up, "
    "and the last is n_k - 1.",
)
def queries_backwards_from_n_k(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return alibi_by_broadcasting(slopes, n_q + 1, n_k + 1)[:, 1:, :-1].flip(1)


@alibi.mistake(
    "There is a row for each key, not for each query: n_q has no effect.",
    "The queries are only the last n_q of the n_k places, so the table is (n_q, n_k).",
)
def square_table(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_k, n_k).abs()


@alibi.mistake(
    "The queries stand one place too far on.",
    "The first query stands at place n_k - n_q, the last one at n_k - 1.",
)
def one_too_far(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k, first=n_k - n_q + 1).abs()


@alibi.mistake(
    "The queries stand one place too early.",
    "The first query stands at place n_k - n_q, the last one at n_k - 1.",
)
def one_too_early(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k, first=n_k - n_q - 1).abs()


@alibi.mistake(
    "The minus is missing: far keys are heard louder.",
    "Distance is taken away from the score.",
)
def minus_missing(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return slopes[:, None, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The distances have a sign: keys on one side of the query are favoured.",
    "Left and right count alike here: `.abs()`.",
)
def distance_with_a_sign(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k)


@alibi.mistake(
    "The distances have a sign: keys on one side of the query are favoured.",
    "Left and right count alike here: `.abs()`.",
)
def distance_with_the_other_sign(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return slopes[:, None, None] * signed(n_q, n_k)


@alibi.mistake(
    "Queries at the first places, and distances with a sign.",
    "The queries are the last n_q of the n_k places, and left and right count alike: `.abs()`.",
)
def queries_first_and_a_sign(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k, first=0)


@alibi.mistake(
    "Only keys to the left of a query lose; those to the right have distance 0.",
    "Here both sides count: the distance is |i − j|.",
)
def only_the_past(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * (-signed(n_q, n_k)).clamp(min=0)


@alibi.mistake(
    "The distances are squared.",
    "ALiBi is linear: minus slope times the distance itself.",
)
def squared(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * signed(n_q, n_k) ** 2


@alibi.mistake(
    "Rows and columns are exchanged: each row is a key.",
    "Queries are rows: their places are the column, `[:, None]`.",
)
def rows_are_keys(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return (-slopes[:, None, None] * signed(n_q, n_k).abs()).mT


@alibi.mistake(
    "The heads are the last axis; they come first.",
    "Give the slopes two axes of size 1 after their own: `slopes[:, None, None]`.",
)
def heads_last(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -signed(n_q, n_k).abs()[..., None] * slopes


@alibi.mistake(
    "The slopes were lined up with the keys.",
    "`slopes * distance` meets the last axis. `slopes[:, None, None]` is (heads, 1, 1), and every "
    "slope meets the whole table.",
)
def slopes_along_keys(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the keys.",
    "`slopes[None, None, :]` puts the heads last, where the keys are. The heads come first: "
    "`slopes[:, None, None]`.",
)
def slopes_in_the_last_axis(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[None, None, :] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the queries.",
    "`slopes[None, :, None]` puts the heads second, where the queries are. The heads come first: "
    "`slopes[:, None, None]`.",
)
def slopes_in_the_middle(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[None, :, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes were lined up with the queries.",
    "`slopes[:, None]` is (heads, 1). With one more axis, `slopes[:, None, None]`, every slope "
    "meets the whole table.",
)
def slopes_along_queries(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None] * signed(n_q, n_k).abs()


@alibi.mistake(
    "The slopes have no effect: these are the bare distances.",
    "Each head multiplies the distances by its own slope.",
)
def slopes_ignored(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -signed(n_q, n_k).abs().expand(len(slopes), -1, -1)


@alibi.mistake(
    "The places of the queries do not stand in a column.",
    "With `[:, None]` they are (n_q, 1), and a column minus a row is a table (n_q, n_k).",
)
def queries_no_column(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * (torch.arange(n_k) - torch.arange(n_k - n_q, n_k)).abs()


@alibi.mistake(
    "The places of the queries do not stand in a column.",
    "With `[:, None]` they are (n_q, 1), and a column minus a row is a table (n_q, n_k).",
)
def queries_no_column_first(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return -slopes[:, None, None] * (torch.arange(n_k - n_q, n_k) - torch.arange(n_k)).abs()


@alibi.mistake(
    "The places of the queries run from n_q to n_k, and that is another number of them.",
    "The last n_q of the n_k places begin at n_k - n_q.",
)
def queries_from_n_q(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    distance = torch.arange(n_k) - torch.arange(n_q, n_k)[:, None]
    return -slopes[:, None, None] * distance.abs()


@alibi.mistake(
    "The queries were put at the first places, and the minus is missing.",
    "The queries are the last n_q of the n_k places, and distance is taken away from the score.",
)
def queries_first_and_no_minus(slopes: Tensor, n_q: int, n_k: int) -> Tensor:
    return slopes[:, None, None] * signed(n_q, n_k, first=0).abs()


# 03.4: turn each pair of features

rotary = Exercise(
    "03.4",
    returns="turned",
    right="Every pair has turned with its place: scores now know distances, and nothing else.",
    forbids=BUILT_HERE,
)


@rotary.case("one row at place 2, one pair")
def one_pair(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 3.0]]), torch.tensor([2]))


@rotary.case("two rows, two pairs")
def two_pairs(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4), torch.tensor([1, 3]))


@rotary.case("four rows, four features")
def square_rows(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4), torch.arange(4))


@rotary.case("batch=2, heads=3, n=4, d_head=6, places from 5 on")
def rows_with_heads(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), torch.arange(5, 9))


@rotary.case("batch=4, heads=4, n=4, d_head=8")
def equal_axes(draw: Draw) -> Call:
    return Call(draw.tensor(4, 4, 4, 8), torch.arange(1, 5))


@rotary.reference
def rotary_in_the_complex_plane(x: Tensor, positions: Tensor) -> Tensor:
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    angle = positions[:, None].double() * torch.tensor(rates(x.shape[-1]), dtype=torch.float64)
    turned = pairs * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flatten(-2).float()


def angles_of(positions: Tensor, d_head: int) -> Tensor:
    """(n,) -> (n, d_head / 2)"""
    return positions[:, None] * torch.tensor(rates(d_head))


def turn(x: Tensor, angle: Tensor) -> Tensor:
    """Turn neighbours by the angles given: they broadcast to (..., n, d_head / 2)."""
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.right_way
def rotary_stacked(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, angles_of(positions, x.shape[-1]))


@rotary.right_way
def rotary_assigned(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    result = torch.empty_like(x)
    result[..., 0::2] = x[..., 0::2] * angle.cos() - x[..., 1::2] * angle.sin()
    result[..., 1::2] = x[..., 0::2] * angle.sin() + x[..., 1::2] * angle.cos()
    return result


@rotary.right_way
def rotary_by_matrices(x: Tensor, positions: Tensor) -> Tensor:
    rows = []
    for place, row in zip(positions.tolist(), x.unbind(-2), strict=True):
        rows.append(row @ shift_by_blocks(place, x.shape[-1]).T)  # a row of x turns like a vector
    return torch.stack(rows, dim=-2)


@rotary.mistake(
    "The pairs turn the other way round, clockwise, as the block of 03.2 does.",
    "Distances would still be right, but with every sign exchanged: such weights would fit no "
    "other code. The minus belongs to the first number of a pair, a cos θ − b sin θ.",
)
def turned_back(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, -angles_of(positions, x.shape[-1]))


@rotary.mistake(
    "The first half was paired with the second: this is the half-split pairing.",
    "Asked are neighbours: x[..., 0::2] with x[..., 1::2]. The half-split way comes next.",
)
def half_split(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x.chunk(2, dim=-1)
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.cat(turned, dim=-1)


@rotary.mistake(
    "The first half was paired with the second, and the result dealt out in turn.",
    "`chunk` cuts into halves. Asked are neighbours: x[..., 0::2] with x[..., 1::2].",
)
def halves_dealt_out(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x.chunk(2, dim=-1)
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "`0:2` is a range of features, the first two; `0::2` is every second one.",
    "Two colons: x[..., 0::2] holds the first number of each pair, x[..., 1::2] the second.",
)
def one_colon(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0:2], x[..., 1:2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Sine and cosine are exchanged.",
    "At place 0 the angle is 0, and nothing may change: a is multiplied by the cosine, which is 1 "
    "there, in the first number, and b in the second.",
)
def rotary_sine_for_cosine(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.sin() - b * angle.cos(), a * angle.cos() + b * angle.sin())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Both numbers of a pair have a minus.",
    "Only the first has one, a cos θ − b sin θ; the second is a sum, a sin θ + b cos θ.",
)
def rotary_two_minuses(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() - b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "The pairs are right, but they were put together in halves.",
    "Put the two numbers of a pair side by side again: torch.stack(…, dim=-1).flatten(-2), with "
    "dim=-1 and not -2, or write into the columns 0::2 and 1::2.",
)
def joined_in_halves(x: Tensor, positions: Tensor) -> Tensor:
    turned = rotary_stacked(x, positions)
    return torch.cat((turned[..., 0::2], turned[..., 1::2]), dim=-1)


@rotary.mistake(
    "The two numbers of a pair were stacked in front of all axes.",
    "torch.stack makes a new first axis unless told: dim=-1 puts the numbers of a pair side by "
    "side, and .flatten(-2) joins the last two axes.",
)
def stacked_in_front(x: Tensor, positions: Tensor) -> Tensor:
    turned = rotary_stacked(x, positions)
    return torch.stack((turned[..., 0::2], turned[..., 1::2])).flatten(-2)


@rotary.mistake(
    "The pairs stand in an axis of their own: the last two axes are not joined.",
    "One step is left: .flatten(-2).",
)
def not_flattened(x: Tensor, positions: Tensor) -> Tensor:
    return rotary_stacked(x, positions).unflatten(-1, (-1, 2))


@rotary.mistake(
    "No number of a pair has a minus.",
    "The first becomes a cos θ − b sin θ.",
)
def rotary_no_minus(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Each number was only multiplied by its cosine.",
    "A turn mixes the two numbers of a pair: the sine brings in the other one.",
)
def cosine_alone(x: Tensor, positions: Tensor) -> Tensor:
    return x * angles_of(positions, x.shape[-1]).cos().repeat_interleave(2, dim=-1)


@rotary.mistake(
    "x was multiplied by the cosines as it is, with d_head features against d_head / 2 angles.",
    "Take the two numbers of each pair apart, x[..., 0::2] and x[..., 1::2]. Then a turn mixes "
    "them: the sine brings in the other one.",
)
def cosine_of_the_whole(x: Tensor, positions: Tensor) -> Tensor:
    return x * angles_of(positions, x.shape[-1]).cos()


@rotary.mistake(
    "The second number was turned with the first one already changed.",
    "Both new numbers come from the old pair. Keep a and b until both are made.",
)
def one_after_the_other(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    a = a * angle.cos() - b * angle.sin()
    b = a * angle.sin() + b * angle.cos()
    return torch.stack((a, b), dim=-1).flatten(-2)


@rotary.mistake(
    "All pairs turn at the same rate, 1.",
    "Pair i turns at the rate 1 / 10000^(2i / d_head). Is it missing, or does `//` cut its "
    "exponent to 0?",
)
def rotary_one_rate(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, positions[:, None].expand(-1, x.shape[-1] // 2))


@rotary.mistake(
    "The 2 in the exponent 2i / d_head is missing.",
    "If i counts the pairs, pair i turns at 1 / 10000^(2i / d_head).",
)
def rotary_two_is_missing(x: Tensor, positions: Tensor) -> Tensor:
    d_head = x.shape[-1]
    return turn(x, positions[:, None] / 10000.0 ** (torch.arange(d_head // 2) / d_head))


@rotary.mistake(
    "The places are multiplied by 10000^(2i / d_head), not divided by it.",
    "The first pair is the fastest, with rate 1. All others are slower.",
)
def rotary_multiplied(x: Tensor, positions: Tensor) -> Tensor:
    d_head = x.shape[-1]
    return turn(x, positions[:, None] * 10000.0 ** (torch.arange(0, d_head, 2) / d_head))


@rotary.mistake(
    "`positions` has no effect: the rows were counted 0, 1, 2, …",
    "A sentence may begin anywhere: its first row may stand at place 5. Use the places given.",
)
def positions_ignored(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, angles_of(torch.arange(x.shape[-2]), x.shape[-1]))


@rotary.mistake(
    "The rows were counted 0, 1, 2, … along axis 0, which is n only without a batch.",
    "Use the places given in `positions`; the tokens are the last axis but one.",
)
def positions_ignored_from_the_front(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, angles_of(torch.arange(x.shape[0]), x.shape[-1]))


@rotary.mistake(
    "Right without a batch, not with one: the places were lined up with the first axis.",
    "The tokens are the last axis but one. `positions[:, None]` times the rates is "
    "(n, d_head / 2), and lines up with the last two axes whatever stands before.",
)
def places_along_the_batch(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    return turn(x, angle.reshape(len(positions), *(1,) * (x.dim() - 2), -1))


@rotary.mistake(
    "Right without a batch, not with one: the places were lined up with axis 1, the heads.",
    "The tokens are the last axis but one. `positions[:, None]` times the rates is "
    "(n, d_head / 2), and lines up with the last two axes whatever stands before.",
)
def places_along_the_heads(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    return turn(x, angle[:, None] if x.dim() > 2 else angle)


@rotary.mistake(
    "Right without a batch, not with one: d_head or the pairs were counted from the front.",
    "With a batch before it, axis 1 is another one. Write x.shape[-1] and x[..., 0::2].",
)
def pairs_from_the_front(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    a, b = x[:, 0::2], x[:, 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Right without a batch, not with one: d_head was counted from the front.",
    "x.shape[1] is d_head in a table, but the heads as soon as a batch stands before. Count from "
    "the end: x.shape[-1].",
)
def width_from_the_front(x: Tensor, positions: Tensor) -> Tensor:
    width = x.shape[1]
    return turn(x, positions[:, None] * 10000.0 ** (-torch.arange(0, width, 2) / width))


@rotary.mistake(
    "The clocks were added, not used to turn.",
    "Rotary positions add nothing: each pair (a, b) is turned by its angle.",
)
def clocks_added(x: Tensor, positions: Tensor) -> Tensor:
    angle = angles_of(positions, x.shape[-1])
    return x + torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@rotary.mistake(
    "The places do not stand in a column, so they were lined up with the rates one by one.",
    "`positions[:, None]` is (n, 1): times the rates, (d_head / 2,), every place meets every rate.",
)
def rotary_no_column(x: Tensor, positions: Tensor) -> Tensor:
    return turn(x, positions * torch.tensor(rates(x.shape[-1])))


@rotary.mistake(
    "The two numbers of each pair are exchanged.",
    "The first becomes a cos θ − b sin θ, the second a sin θ + b cos θ.",
)
def pair_exchanged(x: Tensor, positions: Tensor) -> Tensor:
    return rotary_stacked(x, positions).unflatten(-1, (-1, 2)).flip(-1).flatten(-2)


# 03.5: carry a projection from one pairing to the other

carry = Exercise(
    "03.5",
    returns="reordered",
    right="So trained weights are carried from one pairing to the other.",
    forbids=BUILT_HERE,
)


@carry.case("one head of width 6, d_model=1")
def one_head_of_six(draw: Draw) -> Call:
    return Call(torch.arange(6.0)[:, None], 1)


@carry.case("two heads of width 4, d_model=1")
def two_heads_of_four(draw: Draw) -> Call:
    return Call(torch.arange(8.0)[:, None], 2)


@carry.case("two heads of width 6, d_model=12")
def square_weight(draw: Draw) -> Call:
    return Call(draw.tensor(12, 12), 2)


@carry.case("three heads of width 8, d_model=5")
def three_heads_of_eight(draw: Draw) -> Call:
    return Call(draw.tensor(24, 5), 3)


def order_of(num_heads: int, d_head: int) -> list[int]:
    """Where each row of the half-split pairing stands in the interleaved one."""
    within = [*range(0, d_head, 2), *range(1, d_head, 2)]
    return [head * d_head + row for head in range(num_heads) for row in within]


@carry.reference
def carried_row_by_row(weight: Tensor, num_heads: int) -> Tensor:
    return torch.stack([weight[row] for row in order_of(num_heads, len(weight) // num_heads)])


@carry.right_way
def carried_by_view(weight: Tensor, num_heads: int) -> Tensor:
    rows, columns = weight.shape
    pairs = weight.view(num_heads, rows // num_heads // 2, 2, columns)
    return pairs.transpose(1, 2).reshape(rows, columns)


@carry.right_way
def carried_head_by_head(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.chunk(num_heads)
    return torch.cat([torch.cat((head[0::2], head[1::2])) for head in heads])


@carry.mistake(
    "All even rows of all heads stand first: right with one head, not with several.",
    "Every head has its own pairs. Either the rows were not cut into heads, or the halves were "
    "joined along axis 0: after unflatten, the rows of a head are axis 1.",
)
def heads_mixed(weight: Tensor, num_heads: int) -> Tensor:
    return torch.cat((weight[0::2], weight[1::2]))


@carry.mistake(
    "This is the way back, from half-split to interleaved.",
    "Given are pairs of neighbours, (0, 1), (2, 3), …; wanted are all firsts, then all seconds.",
)
def carried_back(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (num_heads, 2, -1))
    return heads.transpose(1, 2).flatten(0, 2)


@carry.mistake(
    "This is the way back, from half-split to interleaved, and across all heads at once.",
    "Cut into heads first. Then, within each: the rows 0, 2, 4, … first, then 1, 3, 5, …",
)
def carried_back_across_heads(weight: Tensor, num_heads: int) -> Tensor:
    return torch.stack(weight.chunk(2), dim=1).flatten(0, 1)


@carry.mistake(
    "The odd rows stand first.",
    "The firsts of the pairs are rows 0, 2, 4, …: they come first.",
)
def odd_rows_first(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[:, 1::2], heads[:, 0::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "The rows were cut the wrong way round: into d_head heads of num_heads rows.",
    "The heads come first: unflatten(0, (num_heads, -1)) gives (num_heads, d_head, d_model).",
)
def cut_the_wrong_way(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (-1, num_heads))
    return torch.cat((heads[:, 0::2], heads[:, 1::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "Whole heads were reordered, not the rows within them.",
    "After the cut, heads[0::2] takes every second head. The rows of a head are axis 1: "
    "heads[:, 0::2].",
)
def heads_reordered(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[0::2], heads[1::2])).flatten(0, 1)


@carry.mistake(
    "Whole heads were taken apart, even heads and odd heads, not the rows within them.",
    "After the cut, heads[0::2] takes every second head. The rows of a head are axis 1: "
    "heads[:, 0::2].",
)
def heads_taken_apart(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[0::2], heads[1::2]), dim=1).flatten(0, 1)


@carry.mistake(
    "The columns were reordered, not the rows.",
    "nn.Linear computes x @ weight.T: each row of the weight makes one feature of a head.",
)
def columns_reordered(weight: Tensor, num_heads: int) -> Tensor:
    return torch.cat((weight[:, 0::2], weight[:, 1::2]), dim=1)


@carry.mistake(
    "The halves were joined along the columns: features stand beside features.",
    "After unflatten, the rows of a head are axis 1: join with dim=1.",
)
def joined_along_columns(weight: Tensor, num_heads: int) -> Tensor:
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat((heads[:, 0::2], heads[:, 1::2]), dim=2).flatten(0, 1)


@carry.mistake(
    "The heads are still an axis of their own.",
    "One step is left: .flatten(0, 1) lays the heads one after the other again.",
)
def heads_not_joined(weight: Tensor, num_heads: int) -> Tensor:
    return carried_row_by_row(weight, num_heads).unflatten(0, (num_heads, -1))


@carry.mistake(
    "The heads are still apart, in a Python list.",
    "Each head is right. torch.cat(…) lays them one after the other, as one tensor.",
)
def list_of_heads(weight: Tensor, num_heads: int) -> list[Tensor]:
    heads = weight.chunk(num_heads)
    return [torch.cat((head[0::2], head[1::2])) for head in heads]


@carry.mistake(
    "The order has not changed.",
    "Within each head, the even rows come first and the odd rows after them.",
)
def nothing_carried(weight: Tensor, num_heads: int) -> Tensor:
    return weight.clone()
