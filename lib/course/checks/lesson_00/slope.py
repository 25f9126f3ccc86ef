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


@slope.case("the best w: level ground")
def level_ground(draw: Draw) -> Call:
    return Call(2.0, np.array([1.0, -3.0]), np.array([2.0, -6.0]))


@slope.case("five points")
def five_points(draw: Draw) -> Call:
    return Call(draw.number(-2.0, 2.0), draw.array(5), draw.array(5))


@slope.case("six points")
def six_points(draw: Draw) -> Call:
    return Call(draw.number(-2.0, 2.0), draw.array(6), draw.array(6))


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


@slope.right_way
def slope_by_loop(w: float, x: np.ndarray, y: np.ndarray) -> float:
    total = 0.0
    for x_i, y_i in zip(x, y, strict=True):
        total += 2 * (w * x_i - y_i) * x_i
    return total / len(x)


@slope.right_way
def slope_multiplied_out(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return 2 / len(x) * (w * (x @ x) - x @ y)


@slope.mistake(
    "The factor 2 is missing.",
    "The slope of error² is 2 · error · (slope of the error).",
)
def no_factor_two(w, x, y):
    return ((w * x - y) * x).mean()


@slope.mistake(
    "The factor x is missing.",
    "When w grows by a little, the guess w · x grows x times as much.",
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
    "The sum was divided by one less than the number of points.",
    "A mean divides by all of them, n: .mean() does.",
)
def divided_by_one_less(w, x, y):
    return (2 * (w * x - y) * x).sum() / (len(x) - 1)


@slope.mistake(
    "The mean over the points is missing: there is one slope for all of them.",
    "You have a number for each point. The loss is their mean, so its slope is one too.",
)
def slopes_of_points(w, x, y):
    return 2 * (w * x - y) * x


@slope.mistake(
    "This is 2 · error · (the mean of x): x alone was averaged, not the products.",
    "Brackets round 2 · error · x, and `.mean()` behind them, average all that stands inside.",
)
def mean_of_x_alone(w, x, y):
    return 2 * (w * x - y) * x.mean()


@slope.mistake(
    "This is 2 · error · (the sum of x): x alone was added up, and no products were averaged.",
    "Brackets round 2 · error · x, and `.mean()` behind them, average all that stands inside.",
)
def sum_of_x_alone(w, x, y):
    return 2 * (w * x - y) * x.sum()


@slope.mistake(
    "The errors lost their signs.",
    "A guess that is too small has to pull the other way: take w · x − y with its sign.",
)
def errors_without_signs(w, x, y):
    return (2 * abs(w * x - y) * x).mean()


@slope.mistake(
    "One factor is w where it should be x.",
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


@slope.mistake(
    "The error is still squared.",
    "In the slope it stands once: error² falls to 2 · error, times x.",
)
def error_still_squared(w, x, y):
    return (2 * (w * x - y) ** 2 * x).mean()


@slope.mistake(
    "This is 2 · (the mean of the errors) · (the mean of x): they met only after averaging.",
    "Each point's error meets the x of the same point. Multiply first, then take one mean.",
)
def means_multiplied(w, x, y):
    return 2 * (w * x - y).mean() * x.mean()


@slope.mistake(
    "The errors and the x were added up apart, and multiplied only then.",
    "Each point's error meets the x of the same point. Multiply first, then take the mean.",
)
def sums_multiplied(w, x, y):
    return 2 * (w * x - y).sum() * x.sum() / len(x)


BRACKETS = "All of the error is multiplied, by 2 and by x: brackets around w * x - y keep it whole."


@slope.mistake("This is 2 · w · x − x · y: the error did not meet 2 and x as a whole.", BRACKETS)
def no_brackets(w, x, y):
    return (2 * w * x - y * x).mean()


@slope.mistake("This is 2 · (w − y) · x: in it, w has not met x before y was taken away.", BRACKETS)
def brackets_too_far(w, x, y):
    return (2 * (w * x - y * x)).mean()


@slope.mistake("The factor 2 reached only w · x, not the whole error.", BRACKETS)
def two_inside(w, x, y):
    return ((2 * w * x - y) * x).mean()


@slope.mistake(
    "One factor is y where it should be x.",
    "The error w · x − y grows by x when w grows by 1.",
)
def factor_y(w, x, y):
    return (2 * (w * x - y) * y).mean()


@slope.mistake(
    "The error was measured without w.",
    "The guess is w · x, and the error is the guess minus y.",
)
def error_without_w(w, x, y):
    return (2 * (x - y) * x).mean()


@slope.mistake(
    "A factor is x², where x alone belongs.",
    "One x is enough: the error w · x − y grows by x when w grows by 1.",
)
def factor_x_squared(w, x, y):
    return (2 * (w * x - y) * x**2).mean()


@slope.mistake(
    "Only the sign of the error was used: this is the slope of the plain distance |error|.",
    "The loss is error², so a large error has to count more: 2 · error · x.",
)
def sign_of_the_error(w, x, y):
    return (np.sign(w * x - y) * x).mean()


@slope.mistake(
    "The slope came back without its sign.",
    "The sign says which way is up: negative where the loss falls as w grows.",
)
def slope_without_sign(w, x, y):
    return abs((2 * (w * x - y) * x).mean())


@slope.mistake(
    "This is where a step downhill leads, not the slope.",
    "Give back the slope alone. Steps come in 00.5.",
)
def step_taken(w, x, y):
    return w - (2 * (w * x - y) * x).mean()


@slope.mistake(
    "Only the first point was used.",
    "Does `return` stand inside a loop? The loss is a mean over all points, and so is its slope.",
)
def first_point_only(w, x, y):
    return 2 * (w * x[0] - y[0]) * x[0]


@slope.mistake(
    "This is how much the loss rises over a whole step of 1, not its slope.",
    "The loss is a curve, and the slope is that at w itself: use the formula, or a very small "
    "step, and divide the rise by it.",
)
def a_whole_step(w, x, y):
    return (((w + 1) * x - y) ** 2).mean() - ((w * x - y) ** 2).mean()
