"""00.2: softmax with a temperature."""

import math

import numpy as np
import torch

from course.checking import Call, Draw, Exercise

soft = Exercise(
    "00.2",
    returns="weights",
    right="Positive, summing to 1, and as sharp as the temperature says.",
    forbids=("torch.softmax", "torch.nn.functional.softmax", "torch.Tensor.softmax"),
)


@soft.case("two scores, temperature 1")
def warm(draw: Draw) -> Call:
    return Call(np.array([0.0, 1.0]), 1.0)


@soft.case("two scores, temperature 0.5")
def cold(draw: Draw) -> Call:
    return Call(np.array([0.0, 1.0]), 0.5)


@soft.case("five scores, any temperature")
def any_temperature(draw: Draw) -> Call:
    return Call(draw.array(5), draw.number(1.5, 3.0))


@soft.reference
def softmax_of_torch(scores: np.ndarray, temperature: float) -> np.ndarray:
    return torch.from_numpy(scores).div(temperature).softmax(dim=-1).numpy()


@soft.right_way
def softmax_plain(scores: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.exp(scores / temperature)
    return powers / powers.sum()


@soft.right_way
def softmax_by_ratios(scores: np.ndarray, temperature: float) -> np.ndarray:
    return np.array([1 / sum(math.exp((t - s) / temperature) for t in scores) for s in scores])


@soft.mistake(
    "The scores were multiplied by the temperature.",
    "A low temperature should make the choice sharper, so it has to divide.",
)
def multiplied_by_temperature(scores, temperature):
    return softmax_of_torch(scores, 1 / temperature)


@soft.mistake(
    "The temperature has no effect.",
    "Either it is not used, or it comes after exp, where the division by the sum cancels it. "
    "Divide the scores by it, before exp.",
)
def temperature_unused(scores, temperature):
    return softmax_of_torch(scores, 1.0)


@soft.mistake(
    "The temperature came after exp, so the weights no longer sum to 1.",
    "Divide the scores, inside exp.",
)
def temperature_too_late(scores, temperature):
    return softmax_of_torch(scores, 1.0) / temperature


@soft.mistake(
    "The exponentials are not divided by their sum.",
    "Shares of a whole sum to 1: divide by the sum of all exponentials.",
)
def sum_missing(scores, temperature):
    return np.exp(scores / temperature)


@soft.mistake(
    "The weights do not sum to 1: the sum below is without the temperature.",
    "Compute the powers once, np.exp(scores / temperature), and divide them by their own sum.",
)
def sum_without_temperature(scores, temperature):
    return np.exp(scores / temperature) / np.exp(scores).sum()


@soft.mistake(
    "The weights do not sum to 1: the powers were divided by the largest of them.",
    "Shares of a whole: divide by the sum of all powers.",
)
def divided_by_maximum(scores, temperature):
    powers = np.exp(scores / temperature)
    return powers / powers.max()


@soft.mistake(
    "The exponential is missing: the scores were divided by their sum.",
    "Scores may be negative. exp makes every one of them positive first.",
)
def exponential_missing(scores, temperature):
    return scores / temperature / (scores / temperature).sum()


@soft.mistake(
    "The largest score takes all: this is the maximum, not its soft version.",
    "Use exp, so that every score keeps a share.",
)
def hard_maximum(scores, temperature):
    return (scores == scores.max()).astype(float)
