"""16.4: how often each task is drawn, where some have far more examples than others."""

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise

rates = Exercise(
    "16.4",
    returns="rates",
    right="A larger temperature brings the tasks together, and the rates sum to 1.",
)


def sizes(draw: Draw, count: int) -> Tensor:
    """Drawn numbers of examples, all different, from about a hundred to tens of thousands."""
    return (7 + 1.3 * draw.tensor(count)).exp().round() + 20 * torch.arange(count) + 2


@rates.case("the numbers of the text: 900, 100 and 25,600 examples, at most 1,600, T = 2")
def by_hand(draw: Draw) -> Call:
    return Call(torch.tensor([900.0, 100.0, 25600.0]), 2.0, 1600.0)


@rates.case("two tasks, T = 1, none above the limit")
def proportional(draw: Draw) -> Call:
    return Call(torch.tensor([300.0, 100.0]), 1.0, 1000.0)


@rates.case("four tasks, a high temperature")
def nearly_equal(draw: Draw) -> Call:
    return Call(sizes(draw, 4), draw.number(4.0, 8.0), 3000.0)


@rates.case("six tasks, T below 1")
def cold(draw: Draw) -> Call:
    return Call(sizes(draw, 6), draw.number(0.4, 0.8), 2500.0)


@rates.case("seven tasks, most of them above the limit")
def low_limit(draw: Draw) -> Call:
    return Call(sizes(draw, 7), draw.number(1.5, 3.0), draw.number(200.0, 600.0))


@rates.reference
def one_by_one(sizes: Tensor, temperature: float, limit: float) -> Tensor:
    heights = [min(float(size), limit) ** (1 / temperature) for size in sizes]
    return torch.tensor([height / sum(heights) for height in heights], dtype=sizes.dtype)


@rates.right_way
def rates_by_clamp(sizes: Tensor, temperature: float, limit: float) -> Tensor:
    heights = sizes.clamp(max=limit) ** (1 / temperature)
    return heights / heights.sum()


@rates.right_way
def rates_normalised_twice(sizes: Tensor, temperature: float, limit: float) -> Tensor:
    shares = torch.minimum(sizes, torch.full_like(sizes, limit))
    shares = (shares / shares.sum()).pow(1 / temperature)
    return shares / shares.sum()


@rates.right_way
def rates_by_softmax(sizes: Tensor, temperature: float, limit: float) -> Tensor:
    return (sizes.clamp(max=limit).log() / temperature).softmax(dim=0)


POWER = "Raise the sizes to the power 1 / temperature."
LIMIT = "First no size counts for more than the limit: sizes.clamp(max=limit)."
SUM = "At the end divide by the sum, so that the rates sum to 1."


def normal(heights):
    return heights / heights.sum()


@rates.mistake(
    "The limit changes nothing.",
    LIMIT + " Laid on the rates, which are below 1, it would change nothing.",
)
def no_limit(sizes, temperature, limit):
    return normal(sizes ** (1 / temperature))


@rates.mistake(
    "The temperature plays no part in the shares.",
    "Dividing all sizes by one number would change no share. " + POWER,
)
def no_temperature(sizes, temperature, limit):
    return normal(sizes.clamp(max=limit))


@rates.mistake(
    "The sizes were raised to the power T, not 1/T: a high temperature drives them apart.", POWER
)
def power_t(sizes, temperature, limit):
    return normal((sizes.clamp(max=limit) / limit) ** temperature)


@rates.mistake("The rates don't sum to 1.", SUM)
def not_normalised(sizes, temperature, limit):
    return sizes.clamp(max=limit) ** (1 / temperature)


@rates.mistake(
    "They were made to sum to 1 before the power, and not after it.",
    "A power changes the sum. " + SUM,
)
def normalised_before(sizes, temperature, limit):
    return normal(sizes.clamp(max=limit)) ** (1 / temperature)


@rates.mistake("The limit was taken for a lower bound.", LIMIT)
def lower_bound(sizes, temperature, limit):
    return normal(sizes.clamp(min=limit) ** (1 / temperature))


@rates.mistake(
    "The limit came after the power.",
    "It is a number of examples, so it meets the sizes before the power. " + LIMIT,
)
def limit_after(sizes, temperature, limit):
    return normal((sizes ** (1 / temperature)).clamp(max=limit))


@rates.mistake(
    "Tasks above the limit were left out.",
    "They keep their place, and count as if they had `limit` examples.",
)
def left_out(sizes, temperature, limit):
    heights = sizes ** (1 / temperature) * (sizes <= limit)
    return heights / heights.sum().clamp(min=1)


@rates.mistake("This is a softmax of the sizes.", "A power, not e to the power of. " + POWER)
def softmax_of_sizes(sizes, temperature, limit):
    return (sizes.clamp(max=limit) / temperature).softmax(dim=0)


@rates.mistake(
    "This is a softmax of the shares.",
    "A power of the sizes, not e to the power of the shares. " + POWER,
)
def softmax_of_shares(sizes, temperature, limit):
    return (normal(sizes.clamp(max=limit)) / temperature).softmax(dim=0)


@rates.mistake(
    "All tasks get the same rate.", "Below the limit a larger task gets a larger rate. " + POWER
)
def equal(sizes, temperature, limit):
    return torch.full_like(sizes, 1 / len(sizes))


@rates.mistake("The power is always 1/2.", "It is 1 / temperature.")
def always_a_root(sizes, temperature, limit):
    return normal(sizes.clamp(max=limit) ** 0.5)


@rates.mistake(
    "The power is negative: the smallest task comes most often.",
    "The power is 1 / temperature, which is above 0.",
)
def negative(sizes, temperature, limit):
    return normal(sizes.clamp(max=limit) ** (-1 / temperature))


@rates.mistake(
    "The rates were divided by their number, not by their sum.",
    SUM,
)
def by_number(sizes, temperature, limit):
    return sizes.clamp(max=limit) ** (1 / temperature) / len(sizes)


@rates.mistake(
    "The rates were divided by the largest of them.",
    SUM,
)
def by_largest(sizes, temperature, limit):
    heights = sizes.clamp(max=limit) ** (1 / temperature)
    return heights / heights.max()


@rates.mistake("The logarithm of the sizes was taken, not a power.", POWER)
def logarithm(sizes, temperature, limit):
    return normal(sizes.clamp(max=limit).log() / temperature)


@rates.mistake(
    "The rates were divided by the sum of the sizes.",
    "Divide by the sum of what you divide: the sizes *after* the power.",
)
def by_sum_of_sizes(sizes, temperature, limit):
    small = sizes.clamp(max=limit)
    return small ** (1 / temperature) / small.sum()


@rates.mistake(
    "The rates were divided by the sum of the sizes, without a limit.",
    "Divide by the sum of what you divide: the sizes after the limit and the power.",
)
def by_sum_of_all_sizes(sizes, temperature, limit):
    return sizes.clamp(max=limit) ** (1 / temperature) / sizes.sum()


@rates.mistake(
    "The limit is missing from the sum that you divide by.",
    "Divide by the sum of the very numbers that you divide, limited all of them.",
)
def sum_without_the_limit(sizes, temperature, limit):
    return sizes.clamp(max=limit) ** (1 / temperature) / (sizes ** (1 / temperature)).sum()


@rates.mistake(
    "The limit is in the sum alone, not in what is divided by it.",
    "Divide by the sum of the very numbers that you divide, limited all of them.",
)
def limit_in_the_sum_alone(sizes, temperature, limit):
    return sizes ** (1 / temperature) / (sizes.clamp(max=limit) ** (1 / temperature)).sum()
