"""04.2: mistakes with the two pairings, the angles, and the formula of a turn."""

import math

import torch

from course.checks.lesson_04.rotary.cases import rotary
from course.checks.lesson_04.rotary.right import (
    angles_of,
    neighbours_for_quarter_turn,
    rotary_stacked,
    side_by_side,
    turn,
)


def halves_for_quarter_turn(x):
    """(a, b, c, d) -> (-c, -d, a, b), in public code rotate_half."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((-b, a), dim=-1)


def in_halves(angle):
    return torch.cat((angle, angle), dim=-1)


ONE_PAIRING = (
    "Two pairings are about, and each is right by itself. Asked are neighbours: features 2i and "
    "2i + 1 share angle i, and each brings in the other."
)


@rotary.mistake(
    "The two pairings are mixed: neighbours share an angle, but each feature was turned with its "
    "partner in the other half.",
    ONE_PAIRING,
)
def angles_of_neighbours_partners_of_halves(x, positions):
    angle = side_by_side(angles_of(positions, x.shape[-1]))
    return x * angle.cos() + halves_for_quarter_turn(x) * angle.sin()


@rotary.mistake(
    "The two pairings are mixed: neighbours are turned together, but the angles were laid out in "
    "halves, so the two numbers of a pair have different ones.",
    ONE_PAIRING,
)
def angles_of_halves_partners_of_neighbours(x, positions):
    angle = in_halves(angles_of(positions, x.shape[-1]))
    return x * angle.cos() + neighbours_for_quarter_turn(x) * angle.sin()


@rotary.mistake(
    "The first half was paired with the second, and turned the other way round.",
    "Asked are neighbours, x[..., 0::2] with x[..., 1::2], and the minus belongs to the first "
    "number of a pair: a cos θ − b sin θ.",
)
def half_split_turned_back(x, positions):
    angle = in_halves(angles_of(positions, x.shape[-1]))
    return x * angle.cos() - halves_for_quarter_turn(x) * angle.sin()


@rotary.mistake(
    "The first half was paired with the second, and no number of a pair has a minus.",
    "Asked are neighbours, x[..., 0::2] with x[..., 1::2], and the first number of a pair becomes "
    "a cos θ − b sin θ.",
)
def half_split_no_minus(x, positions):
    angle = in_halves(angles_of(positions, x.shape[-1]))
    return x * angle.cos() + x.roll(x.shape[-1] // 2, -1) * angle.sin()


@rotary.mistake(
    "The pairs begin one feature too late: (1, 2), (3, 4), …",
    "The first pair is features 0 and 1: x[..., 0::2] with x[..., 1::2].",
)
def pairs_one_too_late(x, positions):
    return rotary_stacked(x.roll(-1, -1), positions).roll(1, -1)


@rotary.mistake(
    "The numbers of each pair changed places before the turn: b was taken for a.",
    "x[..., 0::2] is the first number of each pair, a; x[..., 1::2] is the second, b.",
)
def second_number_first(x, positions):
    swapped = x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return rotary_stacked(swapped, positions)


def declare_formula(name, what, way_out, formula):
    """Another formula for the two numbers of a pair, from a, b, cos θ and sin θ."""

    def formed(x, positions):
        angle = angles_of(positions, x.shape[-1])
        pair = formula(x[..., 0::2], x[..., 1::2], angle.cos(), angle.sin())
        return torch.stack(pair, dim=-1).flatten(-2)

    formed.__name__ = name
    rotary.mistake(what, way_out)(formed)


for name, what, way_out, formula in (
    (
        "both_sines_negative",
        "Both sines have a minus.",
        "Only the first number has one: a cos θ − b sin θ. The second is a sum, a sin θ + b cos θ.",
        lambda a, b, cosine, sine: (a * cosine - b * sine, -a * sine + b * cosine),
    ),
    (
        "minus_on_the_last_cosine",
        "The minus is in the second number, before b cos θ; it belongs to the first.",
        "The first number is a cos θ − b sin θ, the second a sum.",
        lambda a, b, cosine, sine: (a * cosine + b * sine, a * sine - b * cosine),
    ),
    (
        "partners_missing",
        "No number brings in its partner: each was multiplied by its own cosine and its own sine.",
        "A turn mixes: where a meets the cosine, b meets the sine, and the other way round.",
        lambda a, b, cosine, sine: (a * cosine - a * sine, b * sine + b * cosine),
    ),
    (
        "partners_missing_no_minus",
        "No number brings in its partner, and there is no minus: x was multiplied by the sum of "
        "cosine and sine.",
        "A turn mixes: where a meets the cosine, b meets the sine, and the first number has a "
        "minus.",
        lambda a, b, cosine, sine: (a * cosine + a * sine, b * cosine + b * sine),
    ),
    (
        "second_number_by_the_formula_of_the_first",
        "In the second number of each pair sine and cosine are exchanged.",
        "The second number is a sin θ + b cos θ: there b meets the cosine.",
        lambda a, b, cosine, sine: (a * cosine - b * sine, a * cosine + b * sine),
    ),
    (
        "bracketed",
        "Sine and cosine were put outside the brackets: (a − b) cos θ and (a + b) sin θ.",
        "Each number mixes both: a cos θ − b sin θ, and a sin θ + b cos θ.",
        lambda a, b, cosine, sine: ((a - b) * cosine, (a + b) * sine),
    ),
    (
        "first_formula_twice",
        "Both numbers of each pair are a cos θ − b sin θ.",
        "That is the first. The second is a sum: a sin θ + b cos θ.",
        lambda a, b, cosine, sine: (a * cosine - b * sine, a * cosine - b * sine),
    ),
    (
        "first_number_alone",
        "Only the first number of each pair was turned; the second is as it was.",
        "A turn changes both: the second becomes a sin θ + b cos θ.",
        lambda a, b, cosine, sine: (a * cosine - b * sine, b),
    ),
    (
        "second_number_alone",
        "Only the second number of each pair was turned; the first is as it was.",
        "A turn changes both: the first becomes a cos θ − b sin θ.",
        lambda a, b, cosine, sine: (a, a * sine + b * cosine),
    ),
):
    declare_formula(name, what, way_out, formula)


@rotary.mistake(
    "The clocks were added, not used to turn.",
    "Rotary positions add nothing: a pair (a, b) becomes (a cos θ − b sin θ, a sin θ + b cos θ).",
)
def clocks_added_cosine_first(x, positions):
    angle = angles_of(positions, x.shape[-1])
    pair = (x[..., 0::2] + angle.cos(), x[..., 1::2] + angle.sin())
    return torch.stack(pair, dim=-1).flatten(-2)


def declare_angles(name, what, way_out, angles):
    """The right turn, by other angles."""

    def turned(x, positions):
        return turn(x, angles(positions, x.shape[-1]))

    turned.__name__ = name
    rotary.mistake(what, way_out)(turned)


GIVEN = "The angles are given: use `angle` as it stands."

for name, what, way_out, angles in (
    (
        "twice_the_angle",
        "Every pair turned by twice its angle.",
        "Once is enough: is x turned, and the result turned again? " + GIVEN,
        lambda positions, d: 2 * angles_of(positions, d),
    ),
    (
        "angles_in_degrees",
        "The angles were turned into radians once more, as if they were degrees.",
        "place times rate is in radians, and sin and cos take radians. " + GIVEN,
        lambda positions, d: torch.deg2rad(angles_of(positions, d)),
    ),
    (
        "whole_turns",
        "The angles are 2π times too large.",
        "place times rate is in radians: at place 1 the first pair has turned by 1 radian. "
        + GIVEN,
        lambda positions, d: 2 * math.pi * angles_of(positions, d),
    ),
    (
        "rate_squared",
        "Everything turns at the square of its rate.",
        "`angle` holds the rate already: it is place times rate. " + GIVEN,
        lambda positions, d: positions[:, None] / 10000.0 ** (2 * torch.arange(0, d, 2) / d),
    ),
    (
        "pairs_from_the_slowest",
        "The rates stand in reverse order: the first pair is the slowest.",
        "The first pair is the fastest, with rate 1. " + GIVEN,
        lambda positions, d: angles_of(positions, d).flip(-1),
    ),
    (
        "places_one_on",
        "Every row turned as if it stood one place further on.",
        "Place 0 is not turned at all: use `positions` as they are, without + 1.",
        lambda positions, d: angles_of(positions + 1, d),
    ),
    (
        "places_in_reverse",
        "The places were taken in reverse order: the last row turned by the first place.",
        "Row i stands at positions[i].",
        lambda positions, d: angles_of(positions.flip(0), d),
    ),
    (
        "all_at_the_first_place",
        "All rows turned by the place of the first.",
        "Each row has its own place: positions[:, None] is a column, one row for each.",
        lambda positions, d: angles_of(positions[:1], d),
    ),
    (
        "counted_on_from_the_first_place",
        "The places were counted on from the first one.",
        "Places need not follow each other: use all of `positions`.",
        lambda positions, d: angles_of(positions[0] + torch.arange(len(positions)), d),
    ),
    (
        "places_from_the_first",
        "The first place was taken away from all: every sentence begins at place 0.",
        "Use `positions` as they are: a sentence may begin anywhere.",
        lambda positions, d: angles_of(positions - positions[0], d),
    ),
):
    declare_angles(name, what, way_out, angles)
