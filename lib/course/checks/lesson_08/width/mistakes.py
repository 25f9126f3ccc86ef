"""08.3: the mistakes that people make."""

from course.checks.lesson_08.width.cases import width
from course.checks.lesson_08.width.right import size


def width_mistake(what, way_out, name, count):
    """Declare a mistake in the sum; count(hidden, vocab, num_layers) -> parameters."""

    def answer(budget, vocab, num_layers):
        best = min(range(1, 1001), key=lambda h: abs(count(h, vocab, num_layers) - budget))
        return best, count(best, vocab, num_layers)

    answer.__name__ = name
    width.mistake(what, way_out)(answer)


ROW = "The table has a row for each part: "
width_mistake(
    "Each gate has one bias here; PyTorch's have two.",
    "A gate is two matrices and two biases: 2 h² + 2 h, and there are four gates.",
    "one_bias",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h * h + h),
)
width_mistake(
    "The biases of the gates are missing.",
    "A gate is two matrices *and two biases*: 2 h² + 2 h.",
    "no_biases",
    lambda h, v, n: 2 * v * h + v + n * 8 * h * h,
)
width_mistake(
    "Each gate has one matrix here, and needs two: one for the token, one for the state.",
    "A gate is 2 h² + 2 h, and there are four gates.",
    "one_matrix",
    lambda h, v, n: 2 * v * h + v + n * 4 * (h * h + 2 * h),
)
width_mistake(
    "Three gates were counted, as in a GRU.",
    "An LSTM has four sets of matrices and biases in each layer.",
    "three_gates",
    lambda h, v, n: 2 * v * h + v + n * 3 * (2 * h * h + 2 * h),
)
width_mistake(
    "One gate was counted, as in a plain RNN.",
    "An LSTM has four sets of matrices and biases in each layer.",
    "one_gate",
    lambda h, v, n: 2 * v * h + v + n * (2 * h * h + 2 * h),
)
width_mistake(
    "The 4 multiplies the matrices only, and the biases are there once.",
    "All four gates have both: brackets around the sum, 4 * (2 * h * h + 2 * h).",
    "brackets",
    lambda h, v, n: 2 * v * h + v + n * (4 * 2 * h * h + 2 * h),
)
width_mistake(
    "One layer was counted.",
    "Each of the num_layers layers has gates of its own.",
    "one_layer",
    lambda h, v, n: 2 * v * h + v + 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The vectors of the tokens and the guess were counted once for each layer.",
    "Only the gates come num_layers times; the first and the last row of the table come once.",
    "all_in_each_layer",
    lambda h, v, n: n * (2 * v * h + v + 4 * (2 * h * h + 2 * h)),
)
width_mistake(
    "One of the two vocab · h is missing: the tokens' vectors, or the matrix of the guess.",
    ROW + "vectors come in, and a guess goes out, and both have vocab · h numbers.",
    "one_table",
    lambda h, v, n: v * h + v + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "Only the layers were counted.",
    ROW + "the tokens' vectors and the guess have parameters too.",
    "only_layers",
    lambda h, v, n: n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The bias of the guess has h numbers here; it has one for each token.",
    "The guess is a matrix (h, vocab) and vocab biases.",
    "bias_of_the_state",
    lambda h, v, n: 2 * v * h + h + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The bias of the guess is missing.",
    "The guess is a matrix (h, vocab) and vocab biases.",
    "no_bias_of_the_guess",
    lambda h, v, n: 2 * v * h + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "Each gate has a matrix of 2 h by 2 h here.",
    "It has two matrices of h by h: 2 * h * h numbers, not (2 * h) ** 2.",
    "twice_as_wide",
    lambda h, v, n: 2 * v * h + v + n * 4 * ((2 * h) ** 2 + 2 * h),
)
width_mistake(
    "The layers multiply each other here.",
    "Parameters add up: num_layers times those of one layer.",
    "to_the_power",
    lambda h, v, n: 2 * v * h + v + (4 * (2 * h * h + 2 * h)) ** n,
)
width_mistake(
    "The vocabulary was left out.",
    ROW + "a vector of width h for each token, and a guess for each token.",
    "width_for_vocab",
    lambda h, v, n: 2 * h * h + h + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "Matrices were counted as h numbers, not h times h.",
    "A matrix (h, h) has h * h numbers.",
    "matrix_of_h",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h + 2 * h),
)


@width.mistake(
    "This is the widest one that does not exceed the budget.",
    "Nearest is asked: a little above may be nearer. The key is the distance, abs(…).",
)
def not_above(budget, vocab, num_layers):
    h = max(h for h in range(1, 1001) if size(h, vocab, num_layers) <= budget)
    return h, size(h, vocab, num_layers)


@width.mistake(
    "This is the narrowest one that reaches the budget.",
    "Nearest is asked: a little below may be nearer. The key is the distance, abs(…).",
)
def not_below(budget, vocab, num_layers):
    h = next(h for h in range(1, 1001) if size(h, vocab, num_layers) >= budget)
    return h, size(h, vocab, num_layers)


def nearest(budget, vocab, num_layers, widths=range(1, 1001)):
    return min(widths, key=lambda h: abs(size(h, vocab, num_layers) - budget))


@width.mistake(
    "The distance keeps its sign, so that the smallest width wins.",
    "The key is abs(parameters(h) - budget).",
)
def no_abs(budget, vocab, num_layers):
    return 1, size(1, vocab, num_layers)


@width.mistake(
    "Where the number of parameters belongs stands its distance to the budget.",
    "min(widths, key=…) gives back the width. Give back that, and parameters(width).",
)
def the_distance(budget, vocab, num_layers):
    h = nearest(budget, vocab, num_layers)
    return h, abs(size(h, vocab, num_layers) - budget)


@width.mistake(
    "The budget was taken off the number of parameters.",
    "Asked is how many there are: parameters(width).",
)
def less_the_budget(budget, vocab, num_layers):
    h = nearest(budget, vocab, num_layers)
    return h, size(h, vocab, num_layers) - budget


@width.mistake(
    "The two came back in the other order.",
    "First the width, then how many parameters it has.",
)
def other_order(budget, vocab, num_layers):
    h = nearest(budget, vocab, num_layers)
    return size(h, vocab, num_layers), h


@width.mistake(
    "The budget came back in place of the parameters.",
    "They are nearly equal, not equal: parameters(width).",
)
def the_budget(budget, vocab, num_layers):
    return nearest(budget, vocab, num_layers), budget


@width.mistake(
    "Only the width came back.",
    "Asked are two: the width, and how many parameters it has.",
)
def only_the_width(budget, vocab, num_layers):
    return nearest(budget, vocab, num_layers)


@width.mistake(
    "This is the place in the list of widths, which begins at 0, and not the width.",
    "The first width is 1, so place and width differ by one.",
)
def the_place(budget, vocab, num_layers):
    h = nearest(budget, vocab, num_layers)
    return h - 1, size(h, vocab, num_layers)


@width.mistake(
    "Only widths below 100 were tried.",
    "A width may be up to 1000: range(1, 1001).",
)
def too_few(budget, vocab, num_layers):
    h = nearest(budget, vocab, num_layers, range(1, 100))
    return h, size(h, vocab, num_layers)
