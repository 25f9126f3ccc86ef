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


@soft.case("a cold choice among four scores below 0")
def cold_and_negative(draw: Draw) -> Call:
    return Call(-abs(draw.array(4)) - 1, draw.number(0.3, 0.7))


@soft.case("scores far below 0: all powers are very small")
def far_below(draw: Draw) -> Call:
    return Call(-abs(draw.array(3)) - 12, 0.5)


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


@soft.right_way
def softmax_shifted(scores: np.ndarray, temperature: float) -> np.ndarray:
    cooled = scores / temperature
    powers = np.exp(cooled - cooled.max())
    return powers / powers.sum()


@soft.right_way
def softmax_by_powers_of_shares(scores: np.ndarray, temperature: float) -> np.ndarray:
    shares = (np.exp(scores) / np.exp(scores).sum()) ** (1 / temperature)
    return shares / shares.sum()


@soft.mistake(
    "The scores were multiplied by the temperature.",
    "A low temperature should make the choice sharper, so it has to divide.",
)
def multiplied_by_temperature(scores, temperature):
    return softmax_of_torch(scores, 1 / temperature)


@soft.mistake(
    "The fraction in exp is upside down: the temperature was divided by the scores.",
    "The scores are to be divided, so they stand above: scores / temperature.",
)
def upside_down(scores, temperature):
    with np.errstate(all="ignore"):
        powers = np.exp(temperature / scores)
        return powers / powers.sum()


@soft.mistake(
    "The temperature has no effect.",
    "Either it is not used, or the division by the sum cancels it: what is added to all scores, "
    "or multiplies all powers, makes no difference. Divide the scores by it, before exp.",
)
def temperature_unused(scores, temperature):
    return softmax_of_torch(scores, 1.0)


@soft.mistake(
    "The temperature came after exp: the weights sum to 1 / temperature, not to 1.",
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
    "The weights do not sum to 1: the powers above are without the temperature.",
    "Compute the powers once, np.exp(scores / temperature), and divide them by their own sum.",
)
def temperature_in_the_sum_alone(scores, temperature):
    return np.exp(scores) / np.exp(scores / temperature).sum()


@soft.mistake(
    "The weights do not sum to 1: it is the largest of them that is 1.",
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


@soft.mistake(
    "The temperature was divided out twice: inside exp, and once more from the weights.",
    "It belongs inside exp alone. What follows is a plain division by the sum.",
)
def temperature_inside_and_after(scores, temperature):
    return softmax_of_torch(scores, temperature) / temperature


@soft.mistake(
    "The scores were divided by the square root of the temperature.",
    "By the temperature itself: the root belongs to attention, and comes in lesson 01.",
)
def root_of_temperature(scores, temperature):
    return softmax_of_torch(scores, temperature**0.5)


@soft.mistake(
    "The scores were divided by the temperature twice, or by its square.",
    "Once is enough: scores / temperature, inside exp.",
)
def divided_twice(scores, temperature):
    return softmax_of_torch(scores, temperature**2)


@soft.mistake(
    "The signs are turned: the lowest score gets the largest share.",
    "A high score should get a large share, so no minus belongs before it.",
)
def signs_turned(scores, temperature):
    return softmax_of_torch(-scores, temperature)


@soft.mistake(
    "These are powers of 2, not of e.",
    "np.exp(x) is e to the x.",
)
def powers_of_two(scores, temperature):
    powers = 2 ** (scores / temperature)
    return powers / powers.sum()


@soft.mistake(
    "The powers were divided by their mean: the weights sum to their number, not to 1.",
    "Shares of a whole: divide by the sum of all powers.",
)
def divided_by_mean(scores, temperature):
    powers = np.exp(scores / temperature)
    return powers / powers.mean()


@soft.mistake(
    "It is the squares of the weights that sum to 1: the powers were divided by the root of the "
    "sum of their squares.",
    "Shares of a whole: divide by the plain sum of all powers.",
)
def divided_by_length(scores, temperature):
    powers = np.exp(scores / temperature)
    return powers / np.linalg.norm(powers)


@soft.mistake(
    "These are the shares at temperature 1, raised to the power 1 / temperature: they do not sum "
    "to 1.",
    "Divide by the sum last. Simplest is to divide the scores, inside exp, and the powers by their "
    "own sum.",
)
def not_divided_again(scores, temperature):
    return softmax_of_torch(scores, 1.0) ** (1 / temperature)


@soft.mistake(
    "Each score was looked at alone: this is a sigmoid, and its values do not sum to 1.",
    "A share depends on all scores: divide each power by the sum of all of them.",
)
def sigmoid(scores, temperature):
    return 1 / (1 + np.exp(-scores / temperature))


@soft.mistake(
    "These are the logarithms of the weights.",
    "One exp is missing, or one logarithm too many was taken.",
)
def logarithms(scores, temperature):
    return np.log(softmax_of_torch(scores, temperature))


@soft.mistake(
    "The softmax was taken twice.",
    "Its result is the weights already.",
)
def softmax_twice(scores, temperature):
    return softmax_of_torch(softmax_of_torch(scores, temperature), temperature)


@soft.mistake(
    "`T` stands in the formula alone: in the code it is called `temperature`.",
    "Divide the scores by temperature, inside exp.",
)
def named_as_in_the_formula(scores, temperature):
    raise NameError("name 'T' is not defined")


@soft.mistake(
    "The powers were divided by the sum of the scores.",
    "Shares of a whole: divide by the sum of the powers themselves.",
)
def divided_by_scores(scores, temperature):
    return np.exp(scores / temperature) / scores.sum()


@soft.mistake(
    "The divided scores were rounded down to whole numbers, as `//` does.",
    "A single / divides, and keeps the fraction.",
)
def whole_division(scores, temperature):
    return softmax_of_torch(scores // temperature, 1.0)


@soft.mistake(
    "A small number was added to the sum, and where all powers are small it is not small beside "
    "them.",
    "Powers of e are above 0, and so is their sum: divide by it as it is.",
)
def small_number_added(scores, temperature):
    powers = np.exp(scores / temperature)
    return powers / (powers.sum() + 1e-6)


@soft.mistake(
    "e was taken to the power of the sum, where the sum of the powers belongs.",
    "First the power of each score, then their sum: np.exp(…).sum().",
)
def power_of_the_sum(scores, temperature):
    return np.exp(scores / temperature) / np.exp((scores / temperature).sum())
