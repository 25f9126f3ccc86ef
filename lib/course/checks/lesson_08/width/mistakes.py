"""08.3: the mistakes that people make."""

from course.checks.lesson_08.width.cases import width


def width_mistake(what, way_out, name, count):
    """Declare a mistake in the sum; count(h, vocab, num_layers) -> parameters."""

    def answer(h, vocab, num_layers):
        return count(h, vocab, num_layers)

    answer.__name__ = name
    width.mistake(what, way_out)(answer)


ROW = "The table has a row for each part: "
width_mistake(
    "Each of the four sets has one bias of h numbers here; PyTorch's have two.",
    "A set is two matrices and two biases: 2 h² + 2 h, and there are four sets.",
    "one_bias",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h * h + h),
)
width_mistake(
    "The biases of the layers are missing.",
    "A set is two matrices *and two biases*: 2 h² + 2 h.",
    "no_biases",
    lambda h, v, n: 2 * v * h + v + n * 8 * h * h,
)
width_mistake(
    "Each of the four sets has one matrix here, and needs two: for the token and for the state.",
    "A set is 2 h² + 2 h, and there are four sets.",
    "one_matrix",
    lambda h, v, n: 2 * v * h + v + n * 4 * (h * h + 2 * h),
)
width_mistake(
    "Three sets in each layer were counted, as in a GRU.",
    "An LSTM has four in each layer: three gates, and what is added.",
    "three_gates",
    lambda h, v, n: 2 * v * h + v + n * 3 * (2 * h * h + 2 * h),
)
width_mistake(
    "One set in each layer was counted, as in a plain RNN.",
    "An LSTM has four in each layer: three gates, and what is added.",
    "one_gate",
    lambda h, v, n: 2 * v * h + v + n * (2 * h * h + 2 * h),
)
width_mistake(
    "The biases are there for one set only, the matrices for all four.",
    "All four sets have both: 4 * (2 * h * h + 2 * h).",
    "brackets",
    lambda h, v, n: 2 * v * h + v + n * (4 * 2 * h * h + 2 * h),
)
width_mistake(
    "One layer was counted.",
    "Each of the num_layers layers has four sets of its own.",
    "one_layer",
    lambda h, v, n: 2 * v * h + v + 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The vectors of the tokens and the guess were counted once for each layer.",
    "Only the layers come num_layers times; the first and the last row of the table come once.",
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
    "Each set has a matrix of 2 h by 2 h here.",
    "It has two matrices of h by h: 2 * h * h numbers, not (2 * h) ** 2.",
    "twice_as_wide",
    lambda h, v, n: 2 * v * h + v + n * 4 * ((2 * h) ** 2 + 2 * h),
)
width_mistake(
    "The numbers of the layers were multiplied with each other.",
    "Parameters add up: num_layers times those of one layer.",
    "to_the_power",
    lambda h, v, n: 2 * v * h + v + (4 * (2 * h * h + 2 * h)) ** n,
)
width_mistake(
    "h stands where vocab belongs, in the vectors and in the guess.",
    ROW + "a vector of width h for each token, and a guess for each token.",
    "width_for_vocab",
    lambda h, v, n: 2 * h * h + h + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The matrices of the layers were counted as h numbers, not h times h.",
    "A matrix (h, h) has h * h numbers.",
    "matrix_of_h",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h + 2 * h),
)
width_mistake(
    "The first layer reads vectors of vocab numbers here.",
    "It reads the tokens' vectors, and these have h numbers: all its matrices are (h, h).",
    "first_layer_reads_vocab",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h * h + 2 * h) + 4 * (v - h) * h,
)
width_mistake(
    "vocab are too many, as where the tokens' vectors have a bias, or the guess two.",
    ROW + "one vector for each token and no more, vocab · h. The guess alone has a bias.",
    "bias_of_the_vectors",
    lambda h, v, n: 2 * v * h + 2 * v + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "In Python, ^ is not a power.",
    "h * h or h ** 2; h ^ 2 exchanges bits.",
    "not_a_power",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h ^ 2 + 2 * h),
)
width_mistake(
    "The guess was left out.",
    ROW + "the guess has a matrix (h, vocab) and vocab biases.",
    "no_guess",
    lambda h, v, n: v * h + n * 4 * (2 * h * h + 2 * h),
)
width_mistake(
    "The bias of the guess was counted once for each layer.",
    "Only the layers come num_layers times; the guess comes once.",
    "bias_of_the_guess_in_each_layer",
    lambda h, v, n: 2 * v * h + n * (v + 4 * (2 * h * h + 2 * h)),
)
width_mistake(
    "The guess was counted once for each layer.",
    "Only the layers come num_layers times; the guess comes once, behind the last.",
    "guess_in_each_layer",
    lambda h, v, n: v * h + n * (v * h + v + 4 * (2 * h * h + 2 * h)),
)
width_mistake(
    "Each layer has eight sets here.",
    "A set is two matrices and two biases, 2 h² + 2 h, and there are four sets.",
    "eight_sets",
    lambda h, v, n: 2 * v * h + v + n * 8 * (2 * h * h + 2 * h),
)
width_mistake(
    "Each set has two numbers of bias here, not two biases of h numbers.",
    "A bias (h) has h numbers, so a set is 2 h² + 2 h.",
    "bias_of_one_number",
    lambda h, v, n: 2 * v * h + v + n * 4 * (2 * h * h + 2),
)
