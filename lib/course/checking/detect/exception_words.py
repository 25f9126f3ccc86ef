"""Sentences for the exceptions that Python, NumPy and PyTorch raise, by what their messages say."""

LINED_UP = (
    "Shapes are lined up from the last axis (of factors of `@`, from the last but two); there two "
    "sizes have to be equal, or one of them 1."
)

# A pattern, what it is, and the way out. {0} is the pattern's first group, {at} the learner's line.
PLAIN: tuple[tuple[str, str, str], ...] = (
    (
        r"could not be broadcast together with shapes (\([\d, ]*\)) (\([\d, ]*\))",
        "Two arrays do not line up{at}: {0} against {1}.",
        LINED_UP,
    ),
    (
        r"einsum\(\): (?:fewer|more) operands|(?:more|fewer) operands provided to einstein "
        r"sum",
        "einsum's text names another number of tensors than are given{at}.",
        "Between its commas there is one group of letters for each tensor.",
    ),
    (
        r"could not be broadcast together with remapped shapes|subscript \w+ has size|einstein sum",
        "A letter of einsum stands for two different sizes, or not for every axis{at}.",
        "Each letter is one axis, in the order of the tensor's axes, and one letter is one size.",
    ),
    (
        r"expanded size of the tensor .*Target sizes: (\[[\d, -]*\])\.\s+Tensor sizes: "
        r"(\[[\d, ]*\])",
        "What is put in has another shape than the place where it is to stand{at}: {1} for {0}.",
        "The two are lined up from the last axis, and only an axis of length 1 is stretched.",
    ),
    (
        r"unflatten: Provided sizes (\[[\d, -]*\]) don't multiply up to the size of dim (-?\d+) "
        r"\((\d+)\)",
        "An axis can't be cut so{at}: axis {1} has length {2}, and is to become {0}.",
        "The new lengths, multiplied, have to make the old one.",
    ),
    (
        r"matrix transpose with ndim < 2|only supported on matrices or batches of matrices",
        "`.mT` needs two axes, and there are fewer{at}.",
        "It exchanges the last two. One row of numbers has nothing to turn.",
    ),
    (
        r"setting an array element with a sequence",
        "A whole row is put where one number is to stand{at}.",
        "The place on the left of `=` holds one number.",
    ),
    (
        r"number of dimensions in the tensor input does not match the length of the desired|axes "
        r"don't match array",
        "Another number of axes is named than there is{at}.",
        "A new order of axes names each of them, once.",
    ),
    (
        r"Expected reduction dim -?\d+ to have non-zero size|zero-size array to reduction|"
        r"\(\) iterable argument is empty|arg is an empty sequence",
        "A largest or smallest one is asked for where there is nothing{at}.",
        "What should hold numbers there is empty.",
    ),
    (
        r"inconsistent with step sign",
        "The range ends before it begins{at}.",
        "torch.arange(start, stop) counts from the first up to the second, without it.",
    ),
    (
        r"object of type '(\w+)' has no len\(\)",
        "Something of type `{0}` has no length{at}.",
        "`len` counts the entries of a list or a table.",
    ),
    (
        r"'(\w+)' object does not support item assignment",
        "Something of type `{0}` is to be filled as if it were a table{at}.",
        "Lists, arrays and tensors have places to be filled: zeros(…) and empty(…) make them.",
    ),
    (
        r"math range error",
        "A number grew larger than a float can hold{at}.",
        "exp overflows above some 700. For a softmax the largest score is taken away first.",
    ),
    (
        r"view size is not compatible",
        "`view` can't cut this tensor{at}: its numbers no longer lie in the order of its axes.",
        "After transpose, permute or .mT they lie in another order in memory. `reshape` copies "
        "them where it must; `.contiguous()` before `.view` does the same.",
    ),
    (
        r"batch1 must be a 3D tensor|batch2 must be a 3D tensor",
        "`bmm` takes exactly three axes, and there is another number{at}.",
        "`@` works for any number of axes before the last two.",
    ),
    (
        r"expects a tensor with <= 2 dimensions|t\(\) expects",
        "`.t()` takes at most two axes, and there are more{at}.",
        "`.mT` exchanges the last two of any number.",
    ),
    (
        r"too many indices for (?:array|tensor)",
        "There are fewer axes than indices{at}.",
        "`x[..., i]` counts from the end, and works for any number of axes.",
    ),
    (
        r"permute\(\): duplicate dims|repeated axis in transpose|repeated dim",
        "An axis is named twice{at}.",
        "Each axis has one place in the new order, and only one.",
    ),
    (
        r"start_dim cannot come after end_dim",
        "It is to be flattened from an axis to one before it{at}.",
        "flatten(first, last) joins the axes between the two, both included.",
    ),
    (
        r"selected index k out of range",
        "topk is asked for more than its axis holds, or for less than none{at}.",
        "k lies between 0 and the length of the axis, which is the last one unless dim=… says "
        "otherwise.",
    ),
    (
        r"index out of range|index -?\d+ is out of (?:bounds|range)",
        "An index is beyond the end{at}.",
        "Places count from 0, so the last is one less than there are entries.",
    ),
    (
        r"leaf [Vv]ariable that requires grad",
        "A tensor that is being trained is changed in place{at}.",
        "Gradients need the old numbers. Make a new tensor: `x = x + y`, not `x += y`.",
    ),
    (
        r"modified by an inplace operation",
        "A tensor that the gradient needs was changed in place.",
        "`x += y`, `x[…] = y` and names that end in `_` change it. Make a new tensor.",
    ),
    (
        r"does not require grad",
        "No gradient reaches the result.",
        "It was cut on the way: by `.detach()`, `.data`, `torch.no_grad()`, `.item()`, NumPy, or a "
        "new tensor made of numbers.",
    ),
    (
        r"The shape of the mask (\[[\d, ]*\]) at index \d+ does not match the shape of the indexed "
        r"tensor (\[[\d, ]*\])",
        "`x[mask]` does not stretch the mask{at}: {0} on {1}.",
        "In square brackets the shapes must be equal. torch.where(mask, x, y) and "
        "x.masked_fill(~mask, y) line the mask up with x, and leave x as it is.",
    ),
    (
        r"boolean index did not match indexed array",
        "`x[mask]` does not stretch the mask{at}.",
        "In square brackets the shapes must be equal. np.where(mask, x, y) lines the mask up.",
    ),
    (
        r"(tuple|list) indices must be integers",
        "Something of type `{0}` is indexed as if it were a table{at}.",
        "It has one whole number for each entry: x[0], or x[i][j] for a list in a list.",
    ),
    (
        r"unsupported operand type\(s\) for \^|\"bitwise_xor",
        "`^` is no power in Python{at}.",
        "Powers are written **; ^ compares bits.",
    ),
    (
        r"cannot be interpreted as an integer|indices must be integers|must be tuple of ints, but "
        r"found element of type float",
        "A whole number is needed{at}, and another kind came.",
        "`/` makes a float even of whole numbers; `//` keeps them whole.",
    ),
    (
        r"value of (?:Tensor|an array) with more than one (?:value|element) is ambiguous",
        "One yes or no is asked of a whole table{at}.",
        "`if`, `and`, `or` and `not` take one truth. For tables: &, |, ~ and where(…), with "
        "brackets around each comparison; or .any() and .all(), which make one of many.",
    ),
    (
        r"can't be cast to the desired output type Long|Input dtype must be either a floating",
        "Decimals are asked of whole numbers{at}.",
        "A tensor of whole numbers holds none: make floats first, with .float() or 1.0 in place "
        "of 1.",
    ),
    (
        r"not implemented for '(Long|Int|Bool)'",
        "A function for floats was given another type, {0}{at}.",
        "Make floats first: x.float(), or dtype=torch.float32 where the tensor is made.",
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "NumPy is asked to take a tensor with a gradient{at}.",
        "Stay with torch's own operations: NumPy knows no gradients.",
    ),
    (
        r"invalid combination of arguments|must be Tensor, not (\w+)",
        "A function of torch was given too few things, too many, or another kind than it "
        "takes{at}.",
        "torch.sqrt, torch.exp and the like take tensors; for a single number there is x ** 0.5, "
        "or math.sqrt(x). masked_fill and where want the mask first, and then what to write.",
    ),
    (
        r"expected (?:m1 and m2|mat1 and mat2|scalar type|both)[^.]*",
        "Two tensors of different types meet{at}.",
        "Both have to be of one dtype: x.to(y.dtype).",
    ),
    (
        r"'(?:builtin_function_or_method|method|function)' (?:and|object)|and '(?:builtin_function_"
        r"or_method|method|function)'",
        "A function stands where its result is meant{at}.",
        "With brackets behind its name it is called, as in `.mean()`.",
    ),
    (
        r"'NoneType' object|for [^ ]+: '[\w.]+' and 'NoneType'|'NoneType' and '",
        "Something is None{at}.",
        "None is what comes back from a function without `return`, and from x.sort() of a list.",
    ),
    (
        r"'(\w+)' object is not callable",
        "Something of type `{0}` is called as if it were a function{at}.",
        "A bracket behind a name, or behind another bracket, is a call. A product needs its `*`, "
        "and what is picked its [ ].",
    ),
    (
        r"'(\w+)' object is not iterable",
        "Something of type `{0}` has no entries to go through{at}.",
        "`for`, min, max, list and zip go through the entries of a thing; range(n) has the places "
        "0 to n - 1.",
    ),
    (
        r"'(\w+)' object is not subscriptable",
        "Something of type `{0}` has no places to pick from{at}.",
        "Lists, tuples, arrays and tensors have places; a number and a function have none.",
    ),
    (
        r"unsupported operand type\(s\) for [^ ]+: '([\w.]+)' and '([\w.]+)'",
        "Two kinds of thing meet that do not go together, {0} and {1}{at}.",
        "Python reckons with numbers, arrays and tensors.",
    ),
    (
        r"can't (?:multiply|convert)|can only concatenate|not supported between instances",
        "Two kinds of thing meet that do not go together{at}.",
        "Python reckons with numbers, arrays and tensors; lists and tuples it joins.",
    ),
)
