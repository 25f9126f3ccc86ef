"""00.5: training is walking downhill."""

import numpy as np
import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_00.slope import slope_by_formula

training = Exercise(
    "00.5",
    returns="w",
    right="Every model that this course trains learns so: downhill, step by step.",
    rests_on={"slope_of_loss": ("00.4", "slope_of_loss")},
)


@training.case("one step, two points")
def one_step(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([3.0, 6.0]), 0.1, 1)


@training.case("no step at all")
def no_step(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([3.0, 6.0]), 0.1, 0)


@training.case("three steps, five points")
def three_steps(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5), draw.number(0.05, 0.2), 3)


@training.case("forty steps, five points")
def forty_steps(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5), draw.number(0.05, 0.2), 40)


@training.reference
def train_with_torch(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    # Not with torch.optim: its first optimiser imports a compiler, and takes seconds over it.
    w = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss(w * torch.from_numpy(x), torch.from_numpy(y))
        (slope,) = torch.autograd.grad(loss, w)
        w = (w - learning_rate * slope).detach().requires_grad_()
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


@training.right_way
def train_by_while(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    w = np.float64(0)
    while steps > 0:
        w -= learning_rate * 2 * np.dot(w * x - y, x) / len(x)
        steps -= 1
    return w


@training.right_way
def train_by_recursion(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    if steps == 0:
        return 0
    w = train_by_recursion(x, y, learning_rate, steps - 1)
    return w - learning_rate * slope_by_formula(w, x, y)


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
    "Only the sign of the slope was used: all steps are equally long.",
    "A step is learning_rate times the slope itself, so that it gets shorter near the bottom.",
)
def steps_by_sign(x, y, learning_rate, steps):
    w = 0.0
    for _ in range(steps):
        w = w - learning_rate * np.sign(slope_by_formula(w, x, y))
    return w


@training.mistake(
    "Every step has the slope of the start, w = 0.",
    "The slope changes as w moves: in every step it is measured anew, at the w of that step.",
)
def slope_of_the_start(x, y, learning_rate, steps):
    return -steps * learning_rate * slope_by_formula(0.0, x, y)


@training.mistake(
    "The answer is where one step leads, and with 0 steps nothing comes back.",
    "Does `return` stand inside the loop? It belongs behind it, on the level of `for`.",
)
def return_in_the_loop(x, y, learning_rate, steps):
    for _ in range(steps):
        return train_by_loop(x, y, learning_rate, 1)


@training.mistake(
    "For 0 steps nothing comes back.",
    "Then w stays at 0. Is `return w` met where the loop has no round? It belongs behind the loop.",
)
def nothing_for_no_step(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate, steps) if steps else None


@training.mistake(
    "However many steps there are, the answer is where the first one leads.",
    "Either every round begins at w = 0 again: set w to 0 once, before the loop. Or the loop is "
    "left in its first round: does `return` or `break` stand inside it?",
)
def set_back_in_every_round(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate, min(steps, 1))


@training.mistake(
    "Every round begins at w = 0 again.",
    "Set w to 0 once, before the loop, and let each round go on from the w of the round before.",
)
def set_in_the_loop_alone(x, y, learning_rate, steps):
    for _ in range(steps):
        w = 0.0
        w = w - learning_rate * slope_by_formula(w, x, y)
    return w


@training.mistake(
    "It takes one step, whatever `steps` says.",
    "A loop over range(steps) repeats the line that moves w.",
)
def one_step_without_loop(x, y, learning_rate, steps):
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
    "Was `w - …` computed and forgotten, where `w = w - …` keeps it? Does the loop run `steps` "
    "times? Or is what was taken for the slope 0 at w = 0? It is slope_of_loss(w, x, y), in this "
    "order.",
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


@training.mistake(
    "It took one step too many.",
    "range(steps) counts `steps` rounds; with 0 steps, w stays at 0.",
)
def one_step_too_many(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate, steps + 1)


@training.mistake(
    "w was replaced by the step, and the minus is missing; the way walked so far is lost.",
    "Go on from where you stand: w = w - learning_rate * slope.",
)
def way_lost_uphill(x, y, learning_rate, steps):
    return way_lost(x, y, -learning_rate, steps)


@training.mistake(
    "slope_of_loss was called with w last.",
    "It wants w first: slope_of_loss(w, x, y).",
)
def w_last(x, y, learning_rate, steps):
    w = 0.0
    for _ in range(steps):
        w = w - learning_rate * slope_by_formula(x, y, w)
    return w


@training.mistake(
    "Every step was divided by the number of steps.",
    "A step is learning_rate times the slope, however many there are.",
)
def rate_divided_by_steps(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate / steps, steps) if steps else 0.0


@training.mistake(
    "The slope was measured where the step's number is, not where w is.",
    "The loop's counter only counts: slope_of_loss(w, x, y).",
)
def slope_at_the_number_of_the_step(x, y, learning_rate, steps):
    return -learning_rate * sum(slope_by_formula(step, x, y) for step in range(steps))


@training.mistake(
    "It stepped after every single point, so there are as many steps a round as points.",
    "One step looks at all points: slope_of_loss(w, x, y) is the slope of the whole loss.",
)
def a_step_for_each_point(x, y, learning_rate, steps):
    w = 0.0
    for _ in range(steps):
        for place in range(len(x)):
            w = w - learning_rate * slope_by_formula(w, x[[place]], y[[place]])
    return w


@training.mistake(
    "Every step is half as long as it should be.",
    "Is the factor 2 of the slope missing, here or in your slope_of_loss of 00.4?",
)
def half_steps(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate / 2, steps)


@training.mistake(
    "Every step is as many times too long as there are points.",
    "The loss is a mean over the points, so its slope is one too, here and in slope_of_loss.",
)
def steps_of_the_sum(x, y, learning_rate, steps):
    return train_by_loop(x, y, learning_rate * len(x), steps)


@training.mistake(
    "The slope was divided by the learning rate.",
    "A small rate makes small steps: multiply.",
)
def divided_by_the_rate(x, y, learning_rate, steps):
    return train_by_loop(x, y, 1 / learning_rate, steps)


@training.mistake(
    "This is the loss at the end, not w.",
    "Asked is where the walk ends: return w.",
)
def loss_at_the_end(x, y, learning_rate, steps):
    return ((train_by_loop(x, y, learning_rate, steps) * x - y) ** 2).mean()


@training.mistake(
    "This is the slope at the end, not w.",
    "Asked is where the walk ends: return w.",
)
def slope_at_the_end(x, y, learning_rate, steps):
    return slope_by_formula(train_by_loop(x, y, learning_rate, steps), x, y)


@training.mistake(
    "This is the bottom of the valley, where endless steps would lead.",
    "Asked is where `steps` steps lead from 0, so that one can watch it walk: use a loop.",
)
def bottom_of_the_valley(x, y, learning_rate, steps):
    return (x @ y) / (x @ x)
