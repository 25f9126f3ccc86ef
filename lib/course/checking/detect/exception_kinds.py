"""Sentences for what else stops an answer: calls, joins, masks, numbers of a wrong kind.

They are asked before those of `exception_words`, which hold for more.
"""

# A pattern, what it is, and the way out. {0} is the pattern's first group, {at} the learner's line.
KINDS: tuple[tuple[str, str, str], ...] = (
    (
        r"^it was stopped as it took more",
        "It takes more and more memory{at}.",
        "What a loop makes in each round keeps its size, unless it is meant to grow.",
    ),
    (
        r"^it was stopped after",
        "It does not come to an end, or takes very long{at}.",
        "In each round of a `while` something has to change that its condition asks about, or a "
        "`break` has to be reached.",
    ),
    (
        r"(\w+)\(\) got multiple values for argument '(\w+)'",
        "`{1}` is given to `{0}` twice{at}, once by its place and once by its name.",
        "",
    ),
    (
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size "
        r"(\d+)",
        "Tensors that are to stand one behind the other along axis {0} differ along another{at}: "
        "{1} and {2}.",
        "torch.cat joins along one axis; along all others the sizes have to be equal.",
    ),
    (
        r"stack expects each tensor to be equal size, but got (\[[\d, ]*\]) at entry 0 and "
        r"(\[[\d, ]*\])",
        "Tensors that are to be stacked have different shapes{at}: {0} and {1}.",
        "torch.stack makes a new axis of tensors that are alike; torch.cat joins along an old one.",
    ),
    (
        r"all input arrays must have the same shape|all the input array dimensions",
        "Arrays that are to be joined do not have the same shape{at}.",
        "np.stack takes arrays of one shape; np.concatenate needs it along all axes but one.",
    ),
    (
        r"expects? a non-empty|expected a non-empty|need at least one array to",
        "There is nothing to be joined{at}: the list is empty.",
        "",
    ),
    (
        r"Tensors must have same number of dimensions: got (\d+) and (\d+)|zero-dimensional tensor "
        r"\(at position \d+\) cannot be concatenated",
        "Tensors that are to be joined have different numbers of axes{at}.",
        "torch.cat joins along an axis that all have; torch.stack makes a new one.",
    ),
    (
        r"zip\(\) argument \d+ is (longer|shorter) than argument",
        "What goes side by side does not have the same length{at}: one list is {0} than the other.",
        "",
    ),
    (
        r"1D tensors expected, but got (\d+)D|inconsistent tensor size, expected tensor \[(\d+)\]",
        "`dot` takes two rows of numbers, of equal length{at}.",
        "`@` multiplies tables.",
    ),
    (
        r"both arguments to matmul need to be at least 1D|does not have enough dimensions",
        "A factor of `@` is a single number{at}.",
        "`@` multiplies rows and tables; `*` takes single numbers, too.",
    ),
    (
        r"output with shape (\[[\d, ]*\]) doesn't match the broadcast shape (\[[\d, ]*\])",
        "What is changed in place has shape {0}, and would need {1}{at}.",
        "x += y and names that end in _ keep the shape of x. x = x + y makes a new one.",
    ),
    (
        r"shape mismatch: value (?:tensor|array) of shape (\S.*?[\])]) (?:cannot|could not) be "
        r"broadcast to indexing result of shape (\S.*?[\])])",
        "What is put in has shape {0}, and its place has {1}{at}.",
        "The two are lined up from the last axis, and only an axis of length 1 is stretched.",
    ),
    (
        r"shape mismatch: (?:indexing|objects|indexed)",
        "Lists of places that pick together do not line up{at}.",
        "x[rows, columns] takes pairs, one of each. Rows as a column, rows[:, None], meet all "
        "columns.",
    ),
    (
        r"used as indices must be|only integers, slices",
        "Places are picked by numbers that are not whole{at}.",
        "An index is a whole number, a slice, or a table of whole numbers or of True and False.",
    ),
    (
        r"(?:only supports boolean masks|expected condition to be a boolean tensor)",
        "A mask of True and False is needed{at}, and another kind came.",
        "A comparison makes one, such as `mask == 0`, and .bool() of numbers.",
    ),
    (
        r"value cannot be converted to type",
        "What is to be written in does not fit the type of the table{at}.",
        "-torch.inf is a float: whole numbers, and True and False, can't hold it.",
    ),
    (
        r"Subtraction, the `-` operator|numpy boolean subtract",
        "True and False are subtracted{at}.",
        "`~mask` turns yes and no around; .float() or .astype(float) makes numbers of them.",
    ),
    (
        r"math domain error|expected a nonnegative input",
        "A root or a logarithm is taken of a number that has none{at}.",
        "A root needs a number that is not below 0, a logarithm one above 0.",
    ),
    (
        r"cannot convert float (?:infinity|NaN) to integer",
        "inf, or nan, is to become a whole number{at}.",
        "",
    ),
    (
        r"Trying to create tensor with negative dimension|negative dimensions are not "
        r"allowed|Dimension size must be non-neg",
        "A table with a size below 0 is asked for{at}.",
        "",
    ),
    (
        r"step must be greater than zero",
        "A tensor can't be read backwards by a slice{at}.",
        "x.flip(dim) turns an axis around.",
    ),
    (
        r"split_with_sizes expects split_sizes to sum exactly to (\d+)",
        "The pieces do not make the whole{at}: their sizes should sum to {0}.",
        "split(n, dim) makes pieces of n each; split([a, b], dim) names every size.",
    ),
    (
        r"split_size can only be 0 if|chunk expects|number sections must be larger than 0|"
        r"split expects split_size be non-negative",
        "It is to be cut into pieces of no size{at}.",
        "",
    ),
    (
        r"array split does not result in an equal division",
        "It can't be cut into so many equal pieces{at}.",
        "",
    ),
    (
        r"bad operand type for unary ([-~+]): '([\w.]+)'",
        "`{0}` stands before something of type {1}{at}.",
        "It takes a number, an array or a tensor.",
    ),
    (
        r"ufunc '(\w+)' not supported for the input types",
        "`{0}` was given another kind of numbers than it takes{at}.",
        "",
    ),
    (
        r"loop of ufunc does not support argument \d+ of type (\w+) which has no callable",
        "A function of NumPy's was given something of type {0}{at}.",
        "It takes numbers and arrays.",
    ),
    (
        r"Cannot cast ufunc '\w+' output from dtype\('(\w+)'\) to dtype\('(\w+)'\)",
        "{0} is to be written in place into a table of {1}{at}.",
        "x += y keeps the type of x. x = x + y makes a new one.",
    ),
    (
        r"result type (\w+) can't be cast to the desired output type (\w+)",
        "{0} is to be written in place into a table of {1}{at}.",
        "x += y keeps the type of x. x = x + y makes a new one.",
    ),
    (
        r"appears to not have been used in the graph",
        "One of the inputs has no part in what is differentiated{at}.",
        "A `.detach()` on its way, or another tensor in its place, leaves it out.",
    ),
    (
        r"No module named '([\w.]+)'|cannot import name '(\w+)'",
        "Something is imported that is not there{at}.",
        "",
    ),
)
