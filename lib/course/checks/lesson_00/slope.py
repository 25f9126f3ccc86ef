"""00.4: the slope of a loss."""

import numpy as np
import torch

from course.checking import Call, Draw, Exercise

slope = Exercise(
    "00.4",
    returns="slope",
    right="The sign says which way the loss falls, the size how steeply.",
)


@slope.case("two points")
def two_points(draw: Draw) -> Call:
    return Call(1.0, np.array([1.0, 2.0]), np.array([3.0, 6.0]))


@slope.case("w too large")
def w_too_large(draw: Draw) -> Call:
    return Call(4.0, np.array([1.0, -2.0]), np.array([3.0, -5.0]))


@slope.case("five points")
def five_points(draw: Draw) -> Call:
    return Call(draw.number(-2.0, 2.0), draw.array(5), draw.array(5))


@slope.reference
def slope_by_autograd(w: float, x: np.ndarray, y: np.ndarray) -> float:
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    torch.nn.functional.mse_loss(weight * torch.from_numpy(x), torch.from_numpy(y)).backward()
    assert weight.grad is not None
    return weight.grad.item()


@slope.right_way
def slope_by_formula(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return (2 * (w * x - y) * x).mean()


@slope.right_way
def slope_by_small_step(w: float, x: np.ndarray, y: np.ndarray) -> float:
    def loss(w: float) -> float:
        return ((w * x - y) ** 2).mean()

    return (loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5


@slope.mistake(
    "The factor 2 is missing.",
    "The slope of error² is 2 · error · (slope of the error).",
)
def no_factor_two(w, x, y):
    return ((w * x - y) * x).mean()


@slope.mistake(
    "The factor x is missing.",
    "When w grows by a little, the guess w · x grows x times as much: the chain rule brings an x.",
)
def no_factor_x(w, x, y):
    return (2 * (w * x - y)).mean()


@slope.mistake(
    "The sign is turned: this is downhill.",
    "The slope itself is asked: positive where the loss rises with w. The error is w · x − y.",
)
def downhill(w, x, y):
    return (2 * (y - w * x) * x).mean()


@slope.mistake(
    "The sum over the points was taken in place of the mean.",
    "The loss is a mean, so its slope is one too.",
)
def sum_over_points(w, x, y):
    return (2 * (w * x - y) * x).sum()


@slope.mistake(
    "The mean over the points is missing: there is one slope for all of them.",
    "You have a number for each point. The loss is their mean, so its slope is one too.",
)
def slopes_of_points(w, x, y):
    return 2 * (w * x - y) * x


@slope.mistake(
    "The last factor is w where it should be x.",
    "The error w · x − y grows by x when w grows by 1.",
)
def factor_w(w, x, y):
    return (2 * (w * x - y) * w).mean()


@slope.mistake(
    "This is the loss itself, not its slope.",
    "Ask how fast it changes with w: 2 · error · x, averaged over the points.",
)
def loss_itself(w, x, y):
    return ((w * x - y) ** 2).mean()
