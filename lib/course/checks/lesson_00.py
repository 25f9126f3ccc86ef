"""The exercises of lesson 00: dot product, softmax, matrix product, slope, training."""

import math

import numpy as np
import torch

from course.checking import Call, Draw, Exercise

# 00.1: the dot product

dot = Exercise(
    "00.1",
    returns="agreement",
    right="Large when two vectors point the same way, 0 at a right angle, negative beyond.",
)


@dot.case("two entries")
def two_entries(draw: Draw) -> Call:
    return Call(np.array([2.0, 3.0]), np.array([4.0, -1.0]))


@dot.case("a right angle")
def right_angle(draw: Draw) -> Call:
    return Call(np.array([1.0, 2.0]), np.array([-2.0, 1.0]))


@dot.case("five entries")
def five_entries(draw: Draw) -> Call:
    return Call(draw.array(5), draw.array(5))


@dot.reference
def dot_by_fsum(a: np.ndarray, b: np.ndarray) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


@dot.right_way
def dot_by_operator(a: np.ndarray, b: np.ndarray) -> float:
    return a @ b


@dot.right_way
def dot_by_sum(a: np.ndarray, b: np.ndarray) -> float:
    return (a * b).sum()


@dot.mistake(
    "The products were not added up.",
    "One number is asked for: how much the two vectors agree in all. Sum over the entries.",
)
def products_alone(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b


@dot.mistake(
    "Each vector was added up first, and then the sums multiplied.",
    "Entry meets entry: multiply the first with the first, the second with the second, then add.",
)
def product_of_sums(a: np.ndarray, b: np.ndarray) -> float:
    return a.sum() * b.sum()


@dot.mistake(
    "The mean of the products was taken.",
    "Add them up; a vector with more entries may agree more.",
)
def mean_of_products(a: np.ndarray, b: np.ndarray) -> float:
    return (a * b).mean()


@dot.mistake(
    "This is the cosine: the lengths were divided out.",
    "The plain dot product keeps them: a longer vector agrees more. Leave the division out.",
)
def cosine_of_angle(a: np.ndarray, b: np.ndarray) -> float:
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@dot.mistake(
    "The entries were added where they should be multiplied.",
    "Multiply entry by entry, then add up the products.",
)
def sum_of_everything(a: np.ndarray, b: np.ndarray) -> float:
    return (a + b).sum()


# 00.2: softmax with a temperature

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
def multiplied_by_temperature(scores: np.ndarray, temperature: float) -> np.ndarray:
    return softmax_of_torch(scores, 1 / temperature)


@soft.mistake(
    "The temperature has no effect.",
    "Either it is not used, or it comes after exp, where the division by the sum cancels it. "
    "Divide the scores by it, before exp.",
)
def temperature_unused(scores: np.ndarray, temperature: float) -> np.ndarray:
    return softmax_of_torch(scores, 1.0)


@soft.mistake(
    "The temperature came after exp, so the weights no longer sum to 1.",
    "Divide the scores, inside exp.",
)
def temperature_too_late(scores: np.ndarray, temperature: float) -> np.ndarray:
    return softmax_of_torch(scores, 1.0) / temperature


@soft.mistake(
    "The exponentials are not divided by their sum.",
    "Shares of a whole sum to 1: divide by the sum of all exponentials.",
)
def sum_missing(scores: np.ndarray, temperature: float) -> np.ndarray:
    return np.exp(scores / temperature)


@soft.mistake(
    "The weights do not sum to 1: the sum below is without the temperature.",
    "Compute the powers once, np.exp(scores / temperature), and divide them by their own sum.",
)
def sum_without_temperature(scores: np.ndarray, temperature: float) -> np.ndarray:
    return np.exp(scores / temperature) / np.exp(scores).sum()


@soft.mistake(
    "The weights do not sum to 1: the powers were divided by the largest of them.",
    "Shares of a whole: divide by the sum of all powers.",
)
def divided_by_maximum(scores: np.ndarray, temperature: float) -> np.ndarray:
    powers = np.exp(scores / temperature)
    return powers / powers.max()


@soft.mistake(
    "The exponential is missing: the scores were divided by their sum.",
    "Scores may be negative. exp makes every one of them positive first.",
)
def exponential_missing(scores: np.ndarray, temperature: float) -> np.ndarray:
    return scores / temperature / (scores / temperature).sum()


@soft.mistake(
    "The largest score takes all: this is the maximum, not its soft version.",
    "Use exp, so that every score keeps a share.",
)
def hard_maximum(scores: np.ndarray, temperature: float) -> np.ndarray:
    return (scores == scores.max()).astype(float)


# 00.3: the matrix product, one dot product at a time

product = Exercise(
    "00.3",
    returns="c",
    right="A matrix product is a table of dot products: rows of a with columns of b.",
)


@product.case("two rows, two columns")
def two_by_two(draw: Draw) -> Call:
    return Call(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 1.0], [0.0, 2.0]]))


@product.case("one row, two columns")
def one_by_two(draw: Draw) -> Call:
    return Call(draw.array(1, 3), draw.array(3, 2))


@product.case("a (3, 2), b (2, 4)")
def three_by_four(draw: Draw) -> Call:
    return Call(draw.array(3, 2), draw.array(2, 4))


@product.reference
def product_of_torch(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return torch.from_numpy(a).matmul(torch.from_numpy(b)).numpy()


@product.right_way
def product_by_three_loops(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return c


@product.right_way
def product_by_broadcasting(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a[:, :, None] * b[None, :, :]).sum(axis=1)


@product.mistake(
    "Rows of a met rows of b.",
    "The second partner is a column of b: b[:, j].",
)
def rows_with_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[i], b[j])
    return c


@product.mistake(
    "The table is turned: c[j, i] stands where c[i, j] should.",
    "Row i of c belongs to row i of a; column j of c belongs to column j of b.",
)
def table_turned(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return product_of_torch(a, b).T


@product.mistake(
    "The matrices were multiplied entry by entry.",
    "Each entry of c is a whole dot product: a row of a with a column of b.",
)
def entry_by_entry(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * b


@product.mistake(
    "The order is exchanged: this is b times a.",
    "a @ b and b @ a differ. Rows come from a, columns from b.",
)
def order_exchanged(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return product_of_torch(b, a)


@product.mistake(
    "Only the first place is filled.",
    "Does `return` stand inside a loop? It belongs behind both.",
)
def first_place_only(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.zeros((a.shape[0], b.shape[1]))
    c[0, 0] = dot_by_sum(a[0], b[:, 0])
    return c


@product.mistake(
    "The last row and the last column stay empty.",
    "range(n) counts from 0 to n − 1 already: no − 1 is needed.",
)
def last_places_empty(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = product_of_torch(a, b)
    c[-1], c[:, -1] = 0, 0
    return c


@product.mistake(
    "Columns of a met columns of b.",
    "The first partner is a row of a: a[i].",
)
def columns_with_columns(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] = dot_by_sum(a[:, i], b[:, j])
    return c


# 00.4: the slope of a loss

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
def no_factor_two(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return ((w * x - y) * x).mean()


@slope.mistake(
    "The factor x is missing.",
    "When w grows by a little, the guess w · x grows x times as much: the chain rule brings an x.",
)
def no_factor_x(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return (2 * (w * x - y)).mean()


@slope.mistake(
    "The sign is turned: this is downhill.",
    "The slope itself is asked: positive where the loss rises with w. The error is w · x − y.",
)
def downhill(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return (2 * (y - w * x) * x).mean()


@slope.mistake(
    "The sum over the points was taken in place of the mean.",
    "The loss is a mean, so its slope is one too.",
)
def sum_over_points(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return (2 * (w * x - y) * x).sum()


@slope.mistake(
    "The mean over the points is missing: there is one slope for all of them.",
    "You have a number for each point. The loss is their mean, so its slope is one too.",
)
def slopes_of_points(w: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 2 * (w * x - y) * x


@slope.mistake(
    "The last factor is w where it should be x.",
    "The error w · x − y grows by x when w grows by 1.",
)
def factor_w(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return (2 * (w * x - y) * w).mean()


@slope.mistake(
    "This is the loss itself, not its slope.",
    "Ask how fast it changes with w: 2 · error · x, averaged over the points.",
)
def loss_itself(w: float, x: np.ndarray, y: np.ndarray) -> float:
    return ((w * x - y) ** 2).mean()


# 00.5: training is walking downhill

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
def uphill(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return train_by_loop(x, y, -learning_rate, steps)


@training.mistake(
    "The learning rate is not used.",
    "A step is learning_rate times the slope.",
)
def no_learning_rate(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return train_by_loop(x, y, 1.0, steps)


@training.mistake(
    "The slope was measured once, at the start.",
    "The slope changes as w moves: measure it again in every step, inside the loop.",
)
def slope_of_the_start(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return -steps * learning_rate * slope_by_formula(0.0, x, y)


@training.mistake(
    "The answer is where one step leads.",
    "Either `return` stands inside the loop, or w is set back to 0 in every round.",
)
def one_step_only(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return train_by_loop(x, y, learning_rate, 1)


@training.mistake(
    "w was replaced by the step; the way walked so far is lost.",
    "Go on from where you stand: w = w - learning_rate * slope.",
)
def way_lost(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    w = 0.0
    for _ in range(steps):
        w = -learning_rate * slope_by_formula(w, x, y)
    return w


@training.mistake(
    "w has not moved.",
    "`w - …` alone computes and forgets: write `w = w - …`, and let the loop run `steps` times.",
)
def not_moved(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return 0.0


@training.mistake(
    "It took one step too few.",
    "range(steps) counts `steps` rounds already, from 0 to steps − 1.",
)
def one_step_too_few(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    return train_by_loop(x, y, learning_rate, steps - 1)


@training.mistake(
    "It started at w = 1.",
    "Start at w = 0, so that everybody walks the same way.",
)
def started_at_one(x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> float:
    w = 1.0
    for _ in range(steps):
        w = w - learning_rate * slope_by_formula(w, x, y)
    return w
