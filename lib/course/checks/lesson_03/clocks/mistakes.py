"""03.1: the mistakes that people make."""

import math

import torch

from course.checks.lesson_03.clocks.cases import clocks
from course.checks.lesson_03.clocks.right import clocks_by_loop, doubled, of_angles, waves
from course.checks.lesson_03.shared import rates


@clocks.mistake(
    "Sines and cosines are exchanged.",
    "Place 0 shows it: every sine is 0, so the even features are 0 and the odd ones 1.",
)
def cosine_first(n, d_model):
    return clocks_by_loop(n, d_model).unflatten(1, (-1, 2)).flip(-1).flatten(1)


@clocks.mistake(
    "All sines stand first, then all cosines.",
    "Some libraries do so. Here the sine and the cosine of a hand stand side by side: even "
    "columns `0::2` and odd columns `1::2`.",
)
def in_halves(n, d_model):
    table = clocks_by_loop(n, d_model)
    return torch.cat((table[:, 0::2], table[:, 1::2]), dim=1)


@clocks.mistake(
    "The exponents are half of what they should be: the 2 of 2i / d_model is missing, or the power "
    "is one of 100.",
    "i counts the hands, from 0 to d_model / 2 - 1. So the exponents are 0, 2, 4, … divided by "
    "d_model.",
)
def two_is_missing(n, d_model):
    return waves(n, d_model, torch.arange(d_model // 2) / d_model)


@clocks.mistake(
    "The exponent is 4i / d_model: 0, 2, 4, … were doubled once more, or d_model was halved.",
    "`even` is 2i already, one number for each hand. Divide it by d_model itself.",
)
def doubled_twice(n, d_model):
    return waves(n, d_model, 2 * doubled(d_model))


@clocks.mistake(
    "Every feature has a rate of its own; a sine and its cosine belong to one hand.",
    "Features 2i and 2i + 1 share the rate 1 / 10000^(2i / d_model).",
)
def rate_for_each_feature(n, d_model):
    feature = torch.arange(d_model)
    angle = torch.arange(n)[:, None] / 10000.0 ** (feature / d_model)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


@clocks.mistake(
    "Every feature f has a rate of its own, 1 / 10000^(2f / d_model).",
    "Features 2i and 2i + 1 share the rate 1 / 10000^(2i / d_model): i counts the hands, not the "
    "features.",
)
def feature_for_hand(n, d_model):
    feature = torch.arange(d_model)
    angle = torch.arange(n)[:, None] / 10000.0 ** (2 * feature / d_model)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


@clocks.mistake(
    "The places are multiplied by 10000^(2i / d_model), not divided by it.",
    "The first hand is the fastest, with rate 1. All others are slower: rates below 1.",
)
def multiplied_not_divided(n, d_model):
    return waves(n, d_model, -doubled(d_model))


@clocks.mistake(
    "The rates are upside down: 10000^(2i / d_model) itself, without the `1 /` before it.",
    "The first hand is the fastest, with rate 1. All others are slower: rates below 1.",
)
def rate_upside_down(n, d_model):
    angle = torch.arange(n)[:, None] * 10000.0 ** doubled(d_model)
    return of_angles(angle)


@clocks.mistake(
    "The power was taken first, and divided by d_model afterwards.",
    "`**` binds closer than `/`. The exponent is 2i / d_model as a whole: put it in brackets.",
)
def brackets_missing(n, d_model):
    angle = torch.arange(n)[:, None] / 10000.0 ** torch.arange(0, d_model, 2) / d_model
    return of_angles(angle)


@clocks.mistake(
    "The angles are 2π times too large.",
    "The rates are in radians already: after one place, the first hand has turned by 1 radian, not "
    "by a whole turn.",
)
def whole_turns(n, d_model):
    angle = 2 * math.pi * torch.arange(n)[:, None] / 10000.0 ** doubled(d_model)
    return of_angles(angle)


@clocks.mistake(
    "The angles are in degrees, or were turned into radians once more.",
    "The rates give radians, and sin and cos take radians: no factor is needed.",
)
def degrees(n, d_model):
    angle = torch.deg2rad(torch.arange(n)[:, None] / 10000.0 ** doubled(d_model))
    return of_angles(angle)


@clocks.mistake(
    "The angles were multiplied by 180 / π, as for degrees.",
    "sin and cos take radians, and the rates give radians: no factor is needed.",
)
def radians_to_degrees(n, d_model):
    angle = torch.rad2deg(torch.arange(n)[:, None] / 10000.0 ** doubled(d_model))
    return of_angles(angle)


@clocks.mistake(
    "Every sine has a minus, as of a negative angle.",
    "Clocks go forward: the angle is place times rate, and a rate is above 0. The minus of "
    "10000^(−2i / d_model) belongs to the exponent alone.",
)
def negative_angles(n, d_model):
    angle = -torch.arange(n)[:, None] / 10000.0 ** doubled(d_model)
    return of_angles(angle)


@clocks.mistake(
    "The power is one of 1000; the formula has 10000, with four zeros.",
    "Writing it as 1e4 avoids the counting.",
)
def base_of_1000(n, d_model):
    angle = torch.arange(n)[:, None] / 1000.0 ** doubled(d_model)
    return of_angles(angle)


@clocks.mistake(
    "The power is one of 100000; the formula has 10000, with four zeros.",
    "Writing it as 1e4 avoids the counting.",
)
def base_of_100000(n, d_model):
    angle = torch.arange(n)[:, None] / 100000.0 ** doubled(d_model)
    return of_angles(angle)


@clocks.mistake(
    "All hands turn at the same rate, 1.",
    "Each hand has a rate of its own. Is the power missing, or does `//` cut its exponent to 0?",
)
def one_rate(n, d_model):
    return waves(n, d_model, torch.zeros(d_model // 2))


@clocks.mistake(
    "All hands turn at the rate 1 / 10000.",
    "Each hand has a rate of its own. Was `^` used, which is no power in Python?",
)
def silent_xor(n, d_model):
    return waves(n, d_model, torch.ones(d_model // 2))


@clocks.mistake(
    "The places are counted from 1.",
    "The first row is place 0: `torch.arange(n)`.",
)
def places_from_one(n, d_model):
    return waves(n, d_model, doubled(d_model), start=1)


@clocks.mistake(
    "Places and features are exchanged: each column is a place.",
    "A place is a row. The places stand in a column, `torch.arange(n)[:, None]`, the rates in a "
    "row.",
)
def table_turned(n, d_model):
    return clocks_by_loop(n, d_model).T


@clocks.mistake(
    "These are the angles; sine and cosine are missing.",
    "Half of the features are the sines of the angles, the other half their cosines.",
)
def angles_alone(n, d_model):
    return torch.arange(n)[:, None] * torch.tensor(rates(d_model))


@clocks.mistake(
    "The sines are there; the cosines are not.",
    "The odd columns, `1::2`, hold the cosines of the same angles.",
)
def sines_alone(n, d_model):
    table = clocks_by_loop(n, d_model)
    table[:, 1::2] = 0
    return table


@clocks.mistake("The table is NumPy's.", "Build it with torch: arange, sin and cos are there too.")
def clocks_in_numpy(n, d_model):
    return clocks_by_loop(n, d_model).numpy()


@clocks.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def xor_with_a_tensor(n, d_model):
    return torch.arange(n)[:, None] / (10000 ^ (torch.arange(0, d_model, 2) / d_model))


@clocks.mistake(
    "`^` is no power in Python.",
    "It compares whole numbers bit by bit. A power is `**`.",
)
def xor_with_a_number(n, d_model):
    return torch.tensor([[p / (10000 ^ (2 * i / d_model)) for i in range(2)] for p in range(n)])  # type: ignore[operator]


@clocks.mistake(
    "The places do not stand in a column, so they were lined up with the rates one by one.",
    "`torch.arange(n)[:, None]` is (n, 1): with the (d_model / 2,) rates, every place meets every "
    "rate.",
)
def no_column(n, d_model):
    angle = torch.arange(n) * torch.tensor(rates(d_model))
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "In the table of angles, the hands are rows and the places are columns.",
    "A place is a row: the places stand in a column, `torch.arange(n)[:, None]`, the rates in a "
    "row.",
)
def angles_turned(n, d_model):
    angle = torch.tensor(rates(d_model))[:, None] * torch.arange(n)
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "The angles have d_model columns, one for each feature: twice as many as there are hands.",
    "Sines and cosines share the angles of d_model / 2 hands: `torch.arange(0, d_model, 2)`.",
)
def twice_as_many_rates(n, d_model):
    angle = torch.arange(n)[:, None] / 10000.0 ** (torch.arange(d_model) / d_model)
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "Every second row was to be filled, not every second column.",
    "`table[0::2]` is rows. Columns come after a comma: `table[:, 0::2]`.",
)
def every_second_row(n, d_model):
    angle = torch.arange(n)[:, None] * torch.tensor(rates(d_model))
    table = torch.zeros(n, d_model)
    table[0::2], table[1::2] = angle.sin(), angle.cos()
    return table


@clocks.mistake(
    "A whole tensor stands where one number is wanted, as by math.sin.",
    "A tensor knows its own: angle.sin(), angle.cos().",
)
def clocks_math_of_a_tensor(n, d_model):
    return torch.full(
        (n, d_model), math.sin(torch.arange(n)[:, None] * torch.tensor(rates(d_model)))
    )
