"""04.2: the mistakes that people make."""

import torch

from course.checks.lesson_03.shared import rates
from course.checks.lesson_04.rotary.cases import rotary
from course.checks.lesson_04.rotary.right import angles_of, rotary_stacked, turn


@rotary.mistake(
    "The pairs turn the other way round, back by as many places.",
    "Scores would still depend on distance, but weights that were trained with the usual turn "
    "would not fit. The minus belongs to the first number of a pair, a cos θ − b sin θ.",
)
def turned_back(x, positions):
    return turn(x, -angles_of(positions, x.shape[-1]))


@rotary.mistake(
    "The first half was paired with the second: this is the half-split pairing.",
    "Asked are neighbours: x[..., 0::2] with x[..., 1::2]. The half-split way comes next.",
)
def half_split(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x.chunk(2, dim=-1)
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.cat(turned, dim=-1)


@rotary.mistake(
    "The first half was paired with the second, and the result dealt out in turn.",
    "`chunk` cuts into halves, and so does a slice up to d_head // 2. Asked are neighbours: "
    "x[..., 0::2] with x[..., 1::2].",
)
def halves_dealt_out(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x.chunk(2, dim=-1)
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "`0:2` is a range of features, the first two; `0::2` is every second one.",
    "Two colons: x[..., 0::2] holds the first number of each pair, x[..., 1::2] the second.",
)
def one_colon(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0:2], x[..., 1:2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Sine and cosine are exchanged.",
    "At place 0 the angle is 0, and nothing may change: a is multiplied by the cosine, which is 1 "
    "there, in the first number, and b in the second.",
)
def rotary_sine_for_cosine(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.sin() - b * angle.cos(), a * angle.cos() + b * angle.sin())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Both numbers of a pair have a minus.",
    "Only the first has one, a cos θ − b sin θ; the second is a sum, a sin θ + b cos θ.",
)
def rotary_two_minuses(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() - b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "The pairs are right, but they were put together in halves.",
    "Put the two numbers of a pair side by side again: torch.stack(…, dim=-1).flatten(-2), with "
    "dim=-1 and not -2, or write into the columns 0::2 and 1::2.",
)
def joined_in_halves(x, positions):
    turned = rotary_stacked(x, positions)
    return torch.cat((turned[..., 0::2], turned[..., 1::2]), dim=-1)


@rotary.mistake(
    "The two numbers of a pair were stacked in front of all axes.",
    "torch.stack makes a new first axis unless told: dim=-1 puts the numbers of a pair side by "
    "side, and .flatten(-2) joins the last two axes.",
)
def stacked_in_front(x, positions):
    turned = rotary_stacked(x, positions)
    return torch.stack((turned[..., 0::2], turned[..., 1::2])).flatten(-2)


@rotary.mistake(
    "The pairs stand in an axis of their own: the last two axes are not joined.",
    "One step is left: .flatten(-2).",
)
def not_flattened(x, positions):
    return rotary_stacked(x, positions).unflatten(-1, (-1, 2))


@rotary.mistake(
    "No number of a pair has a minus.",
    "The first becomes a cos θ − b sin θ.",
)
def rotary_no_minus(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    turned = (a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Each number was only multiplied by its cosine.",
    "A turn mixes the two numbers of a pair: the sine brings in the other one.",
)
def cosine_alone(x, positions):
    return x * angles_of(positions, x.shape[-1]).cos().repeat_interleave(2, dim=-1)


@rotary.mistake(
    "x was multiplied by the cosines as it is, with d_head features against d_head / 2 angles.",
    "Take the two numbers of each pair apart, x[..., 0::2] and x[..., 1::2]. Then a turn mixes "
    "them: the sine brings in the other one.",
)
def cosine_of_the_whole(x, positions):
    return x * angles_of(positions, x.shape[-1]).cos()


@rotary.mistake(
    "The second number was turned with the first one already changed.",
    "Both new numbers come from the old pair. Keep a and b until both are made.",
)
def one_after_the_other(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[..., 0::2], x[..., 1::2]
    a = a * angle.cos() - b * angle.sin()
    b = a * angle.sin() + b * angle.cos()
    return torch.stack((a, b), dim=-1).flatten(-2)


@rotary.mistake(
    "All pairs turn at the same rate, 1.",
    "Pair i turns at the rate 1 / 10000^(2i / d_head). `angle` has a column for each pair, and all "
    "of them are needed; or were the places taken without their rate?",
)
def rotary_one_rate(x, positions):
    return turn(x, positions[:, None].expand(-1, x.shape[-1] // 2))


@rotary.mistake(
    "The exponents are half of what they should be: the 2 of 2i / d_head is missing, or the power "
    "is one of 100.",
    "If i counts the pairs, pair i turns at 1 / 10000^(2i / d_head).",
)
def rotary_two_is_missing(x, positions):
    d_head = x.shape[-1]
    return turn(x, positions[:, None] / 10000.0 ** (torch.arange(d_head // 2) / d_head))


@rotary.mistake(
    "The places are multiplied by 10000^(2i / d_head), not divided by it.",
    "The first pair is the fastest, with rate 1. All others are slower.",
)
def rotary_multiplied(x, positions):
    d_head = x.shape[-1]
    return turn(x, positions[:, None] * 10000.0 ** (torch.arange(0, d_head, 2) / d_head))


@rotary.mistake(
    "The rows were counted 0, 1, 2, …, whatever stands in `positions`.",
    "A sentence may begin anywhere: its first row may stand at place 5. Use the places given.",
)
def positions_ignored(x, positions):
    return turn(x, angles_of(torch.arange(x.shape[-2]), x.shape[-1]))


@rotary.mistake(
    "The rows were counted 0, 1, 2, … along axis 0, which is n only without a batch.",
    "Use the places given in `positions`; the tokens are the last axis but one.",
)
def positions_ignored_from_the_front(x, positions):
    return turn(x, angles_of(torch.arange(x.shape[0]), x.shape[-1]))


@rotary.mistake(
    "Right without a batch, not with one: the places were lined up with the first axis.",
    "The tokens are the last axis but one. `positions[:, None]` times the rates is "
    "(n, d_head / 2), and lines up with the last two axes whatever stands before.",
)
def places_along_the_batch(x, positions):
    angle = angles_of(positions, x.shape[-1])
    return turn(x, angle.reshape(len(positions), *(1,) * (x.dim() - 2), -1))


@rotary.mistake(
    "Right without a batch, not with one: the places were lined up with axis 1, the heads.",
    "The tokens are the last axis but one. `positions[:, None]` times the rates is "
    "(n, d_head / 2), and lines up with the last two axes whatever stands before.",
)
def places_along_the_heads(x, positions):
    angle = angles_of(positions, x.shape[-1])
    return turn(x, angle[:, None] if x.dim() > 2 else angle)


@rotary.mistake(
    "Right without a batch, not with one: d_head or the pairs were counted from the front.",
    "With a batch before it, axis 1 is another one. Write x.shape[-1] and x[..., 0::2].",
)
def pairs_from_the_front(x, positions):
    angle = angles_of(positions, x.shape[-1])
    a, b = x[:, 0::2], x[:, 1::2]
    turned = (a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


@rotary.mistake(
    "Right without a batch, and with one only by chance: d_head was counted from the front.",
    "x.shape[1] is d_head in a table, and another size as soon as a batch stands before. Count "
    "from the end: x.shape[-1].",
)
def width_from_the_front(x, positions):
    width = x.shape[1]
    return turn(x, positions[:, None] * 10000.0 ** (-torch.arange(0, width, 2) / width))


@rotary.mistake(
    "The clocks were added, not used to turn.",
    "Rotary positions add nothing: each pair (a, b) is turned by its angle.",
)
def clocks_added(x, positions):
    angle = angles_of(positions, x.shape[-1])
    return x + torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2)


@rotary.mistake(
    "The places do not stand in a column, so they were lined up with the rates one by one.",
    "`positions[:, None]` is (n, 1): times the rates, (d_head / 2,), every place meets every rate.",
)
def rotary_no_column(x, positions):
    return turn(x, positions * torch.tensor(rates(x.shape[-1])))


@rotary.mistake(
    "The two numbers of each pair are exchanged.",
    "The first becomes a cos θ − b sin θ, the second a sin θ + b cos θ.",
)
def pair_exchanged(x, positions):
    return rotary_stacked(x, positions).unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
