"""00.5: training is walking downhill."""

import numpy as np
import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_00.slope import slope_by_formula

training = Exercise(
    "00.5",
    returns="w",
    right="Every model of this course learns by this very loop.",
)


@training.case("one step, two points")
def one_step(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([3.0, 6.0]), 0.1, 1)


@training.case("three steps, five points")
def three_steps(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5), draw.number(0.05, 0.2), 3)


@training.case("forty steps, five points")
def forty_steps(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5), draw.number(0.05, 0.2), 40)


@training.reference
def train_with_torch(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(w * torch.from_numpy(x), torch.from_numpy(y)).backward()
        optimizer.step()
    return w.item()


@training.right_way
def train_by_loop(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    w = 0.0
    for _ in range(steps):
        w = w - learning_rate * slope_by_formula(w, x, y)
    return w


@training.right_way
def train_in_closed_form(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    best, curvature = (x @ y) / (x @ x), 2 * (x @ x) / len(x)
    return best * (1 - (1 - learning_rate * curvature) ** steps)


@training.mistake(
    "The steps go uphill.",
    "The slope points to where the loss rises; take it away from w.",
)
def uphill(x, y, learning_rate, steps):
    return train_by_loop(x, y, -learning_rate, steps)


@training.mistake(
    "The learning rate is not used.",
    "A step is learning_rate times the slope.",
)
def no_learning_rate(x, y, learning_rate, steps):
    return train_by_loop(x, y, 1.0, steps)


@training.mistake(
    "The slope was measured once, at the start.",
    "The slope changes as w moves: measure it again in every step, inside the loop.",
)
def slope_of_the_start(x, y, learning_rate, steps):
    return -steps * learning_rate * slope_by_formula(0.0, x, y)


@training.mistake(
    "The answer is where one step leads.",
    "Either `return` stands inside the loop, or w is set back to 0 in every round.",
)
def one_step_only(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate, 1)


@training.mistake(
    "w was replaced by the step; the way walked so far is lost.",
    "Go on from where you stand: w = w - learning_rate * slope.",
)
def way_lost(x, y, learning_rate, steps):
    w = 0.0
    for _ in range(steps):
        w = -learning_rate * slope_by_formula(w, x, y)
    return w


@training.mistake(
    "w has not moved.",
    "`w - …` alone computes and forgets: write `w = w - …`, and let the loop run `steps` times.",
)
def not_moved(x, y, learning_rate, steps):
    return 0.0


@training.mistake(
    "It took one step too few.",
    "range(steps) counts `steps` rounds already, from 0 to steps − 1.",
)
def one_step_too_few(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate, steps - 1)


@training.mistake(
    "It started at w = 1.",
    "Start at w = 0, so that everybody walks the same way.",
)
def started_at_one(x, y, learning_rate, steps):
    w = 1.0
    for _ in range(steps):
        w = w - learning_rate * slope_by_formula(w, x, y)
    return w
