"""03.1: mistakes in the formula of the rates, and in what becomes of the angles."""

import math

import torch

from course.checks.lesson_03.clocks.cases import clocks
from course.checks.lesson_03.clocks.right import clocks_by_loop, doubled, of_angles
from course.checks.lesson_03.shared import rates


def declare_rates(name, what, way_out, rate):
    """The right table, by other rates: (d_model / 2,) of d_model."""

    def built(n, d_model):
        return of_angles(torch.arange(n)[:, None] * rate(torch.arange(0, d_model, 2), d_model))

    built.__name__ = name
    clocks.mistake(what, way_out)(built)


FASTEST_FIRST = "The first hand is the fastest, with rate 1. All others are slower: rates below 1."

for name, what, way_out, rate in (
    (
        "exponent_not_divided",
        "Only the first hand moves; all others stand still.",
        "Are their exponents far too large? They are `even` divided by d_model. Or does `//` cut "
        "their rates to 0?",
        lambda even, d: 10000.0 ** (-even.double()),
    ),
    (
        "last_feature_for_width",
        "The exponents were divided by d_model − 1.",
        "The formula divides by d_model itself.",
        lambda even, d: 10000.0 ** (-even / (d - 1)),
    ),
    (
        "exponent_upside_down",
        "The exponent is upside down: d_model / 2i.",
        "Divide `even` by d_model. For the first hand that is 0, and 10000 to the 0 is 1.",
        lambda even, d: 10000.0 ** (-d / even),
    ),
    (
        "times_for_power",
        "10000 was multiplied by 2i / d_model where it should be raised to that power.",
        "A power is `**`, with two stars.",
        lambda even, d: 1 / (10000.0 * even / d),
    ),
    (
        "power_missing",
        "The rates are 2i / d_model: the power is missing.",
        "2i / d_model is the exponent. 10000 is raised to it, with `**`, and 1 divided by that.",
        lambda even, d: even / d,
    ),
    (
        "divided_then_multiplied",
        "1 / 10000 was multiplied by 2i / d_model: there is no power.",
        "The 10000 is raised to the power 2i / d_model, with `**`; then 1 is divided by that.",
        lambda even, d: 1 / 10000.0 * even / d,
    ),
    (
        "logarithm_to_base_10",
        "The logarithm is one to base 10, and exp is the power of e.",
        "exp undoes the natural logarithm, math.log. Or write the power itself, `10000.0 ** …`.",
        lambda even, d: torch.exp(-math.log10(10000.0) * even / d),
    ),
    (
        "logarithm_to_base_2",
        "The logarithm is one to base 2, and exp is the power of e.",
        "exp undoes the natural logarithm, math.log. Or write the power itself, `10000.0 ** …`.",
        lambda even, d: torch.exp(-math.log2(10000.0) * even / d),
    ),
    (
        "power_of_e",
        "The power is one of e, not of 10000.",
        "exp(−2i / d_model) lacks the logarithm of 10000. Simpler is `10000.0 ** …`.",
        lambda even, d: torch.exp(-even / d),
    ),
    (
        "slowest_first",
        "The hands stand in reverse order: the slowest first.",
        FASTEST_FIRST,
        lambda even, d: (10000.0 ** (-even / d)).flip(0),
    ),
    (
        "hands_from_one",
        "The hands are counted from 1, so that the fastest is missing.",
        "i begins at 0: the first rate is 1 / 10000^0 = 1.",
        lambda even, d: 10000.0 ** (-(even + 2) / d),
    ),
    (
        "odd_exponents",
        "The exponents are (2i + 1) / d_model.",
        "Sine and cosine of hand i share 2i / d_model: `even` as it stands.",
        lambda even, d: 10000.0 ** (-(even + 1) / d),
    ),
    (
        "up_to_the_last",
        "The exponents were divided by d_model − 2, so that the last one is 1.",
        "Some libraries do so. The formula divides by d_model.",
        lambda even, d: 10000.0 ** (-even / (d - 2)),
    ),
):
    declare_rates(name, what, way_out, rate)


@clocks.mistake(
    "The places were divided by their number, n.",
    "A place counts as it is, 0, 1, 2, …: otherwise place 3 would have another clock in a longer "
    "sentence.",
)
def places_as_shares(n, d_model):
    return of_angles(torch.arange(n)[:, None] / n * torch.tensor(rates(d_model)))


@clocks.mistake(
    "The places are counted backwards, from n − 1 down to 0.",
    "The first row is place 0: `torch.arange(n)`.",
)
def places_backwards(n, d_model):
    return clocks_by_loop(n, d_model).flip(0)


@clocks.mistake(
    "The places stand in the exponent, and the hands before it: place and hand are exchanged.",
    "The angle is place times rate, and the hand alone makes the rate.",
)
def place_and_hand_exchanged(n, d_model):
    return of_angles(torch.arange(0, d_model, 2) / 10000.0 ** (torch.arange(n)[:, None] / d_model))


@clocks.mistake(
    "Places and rates were added.",
    "The angle is place times rate.",
)
def added(n, d_model):
    return of_angles(torch.arange(n)[:, None] + torch.tensor(rates(d_model)))


@clocks.mistake(
    "The rate was raised to the power of the place.",
    "The angle is place times rate: a hand turns by the same angle from each place to the next.",
)
def rate_to_the_place(n, d_model):
    return of_angles(torch.tensor(rates(d_model)) ** torch.arange(n)[:, None])


@clocks.mistake(
    "The odd features are sines too; cosines are asked there.",
    "A hand has two numbers, the sine of its angle and the cosine.",
)
def sines_twice(n, d_model):
    return clocks_by_loop(n, d_model)[:, 0::2].repeat_interleave(2, dim=1)


@clocks.mistake(
    "The even features are cosines too; sines are asked there.",
    "A hand has two numbers, the sine of its angle and the cosine.",
)
def cosines_twice(n, d_model):
    return clocks_by_loop(n, d_model)[:, 1::2].repeat_interleave(2, dim=1)


@clocks.mistake(
    "The cosines are there; the sines are not.",
    "The even columns, `0::2`, hold the sines of the same angles.",
)
def cosines_alone(n, d_model):
    table = clocks_by_loop(n, d_model)
    table[:, 0::2] = 0
    return table


@clocks.mistake(
    "Every row holds the sines and cosines of the rates themselves: the places are missing.",
    "The angle of a place is place times rate.",
)
def places_missing(n, d_model):
    return of_angles(torch.tensor(rates(d_model)).expand(n, -1))


@clocks.mistake(
    "The angles were cut to whole numbers.",
    "`//` cuts off what stands behind the point; divide with `/`.",
)
def whole_angles(n, d_model):
    return of_angles(torch.arange(n)[:, None] // 10000.0 ** doubled(d_model))


@clocks.mistake(
    "The exponents were divided by n, the number of places, and not by d_model.",
    "How many places there are changes no rate: the formula divides by d_model.",
)
def places_for_width(n, d_model):
    even = torch.arange(0, d_model, 2)
    return of_angles(torch.arange(n)[:, None] * 10000.0 ** (-even / n))


@clocks.mistake(
    "There are two rates, whatever d_model is: right for d_model = 4 alone.",
    "The example worked by hand has d_model = 4. Compute the rates from the d_model at hand.",
)
def rates_of_the_example(n, d_model):
    angles = torch.arange(n)[:, None] * torch.tensor([1.0, 0.01])
    table = torch.zeros(n, d_model)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table


@clocks.mistake(
    "All rows are alike: each is the clock of place n.",
    "Each place has its own angle: 0, 1, 2, … up to n - 1, in a column, torch.arange(n)[:, None].",
)
def one_place_for_all(n, d_model):
    return of_angles(n * torch.tensor(rates(d_model)).expand(n, -1))
