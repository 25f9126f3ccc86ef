"""What calls, joins, masks and types raise is said in a sentence; here by what raises it."""

import math

import numpy as np
import pytest
import torch

from course.checking import Call, Exercise, LocalSubject, judge

X = torch.arange(6.0).reshape(2, 3)
N = X.numpy()


def said_of(answer, x):
    """What is said of an answer that raises for x, and the way out."""
    exercise = Exercise("99.1", returns="y", right="")
    exercise.case("one table")(lambda draw: Call(x))
    exercise.reference(lambda x: x.sum())
    verdict = judge(exercise, LocalSubject(answer))
    assert verdict.diagnosis is not None, verdict.message
    assert (verdict.diagnosis.sure, verdict.diagnosis.by) == ("fact", "exceptions")
    return verdict.diagnosis.what, verdict.diagnosis.way_out


def takes_one(x):
    return x


def _in_place(x):
    y = torch.zeros(3)
    y += x.reshape(2, 3)


def _integers(x):
    y = torch.zeros(2, 3, dtype=torch.long)
    y += x


def _numpy_integers(x):
    y = np.zeros((2, 3), dtype=int)
    y += x


def _put(x):
    y = x.clone()
    y[torch.tensor([0, 1]), :] = torch.ones(4)


def _asserts(x):
    assert x is None


KINDS = {
    "`takes_one` takes 1 arguments, and 3 were given": lambda x: takes_one(x, x, x),
    "`x` is given to `takes_one` twice": lambda x: takes_one(x, x=x),
    "`takes_one` takes no argument `y`": lambda x: takes_one(y=x),
    "Tensors that are to stand one behind the other along axis 0 differ along another": (
        lambda x: torch.cat([x, x[:, :2]])
    ),
    "Tensors that are to be stacked have different shapes": lambda x: torch.stack([x, x[:1]]),
    "There is nothing to be joined": lambda x: torch.stack([]),
    "There is nothing to be joined i": lambda x: torch.cat([]),
    "Tensors that are to be joined have different numbers": lambda x: torch.cat([x, x[0]]),
    "What goes side by side": lambda x: list(zip(x, x[0], strict=True)),
    "`dot` takes two rows": lambda x: torch.dot(x, x),
    "A factor of `@` is a single number": lambda x: x @ x[0, 0],
    "What is changed in place has shape [3], and would need [2, 3]": _in_place,
    "What is put in has shape [4], and its place has [2, 3]": _put,
    "Places are picked by numbers that are not whole": lambda x: x[x],
    "A mask of True and False is needed": lambda x: x.masked_fill(x, 0),
    "A mask of True and False is needed i": lambda x: torch.where(x, x, 0 * x),
    "What is to be written in does not fit": lambda x: x.long().masked_fill(x > 0, -torch.inf),
    "True and False are subtracted": lambda x: (x > 0) - (x > 1),
    "A root or a logarithm": lambda x: math.log(0),
    "inf, or nan, is to become": lambda x: int(math.inf),
    "A table with a size below 0": lambda x: torch.zeros(-1),
    "A tensor can't be read backwards": lambda x: x[::-1],
    "The pieces do not make the whole": lambda x: x.split([1, 4], dim=1),
    "It is to be cut into pieces of no size": lambda x: x.chunk(0),
    "Float is to be written in place into a table of Long": _integers,
    "`-` stands before something of type list": lambda x: -[x],
    "Something is imported that is not there": lambda x: __import__("no_such_module"),
    "Two kinds of thing meet that do not go together, list and int": lambda x: [x] / 2,
    "An `assert` in your answer does not hold": _asserts,
    "There is no entry 'a'": lambda x: {}["a"],
    "`next` is asked for more": lambda x: next(iter([])),
}


@pytest.mark.parametrize(("what", "answer"), KINDS.items(), ids=KINDS)
def test_each_kind_of_exception_has_a_sentence_of_its_own(what, answer):
    assert said_of(answer, X)[0].startswith(what)


NUMPY = {
    "Arrays that are to be joined": lambda x: np.stack([x, x[:1]]),
    "Arrays that are to be joined d": lambda x: np.concatenate([x, x[:, :2]]),
    "There is nothing to be joined": lambda x: np.concatenate([]),
    "Lists of places that pick together": lambda x: x[np.array([0, 1]), np.array([0, 1, 2])],
    "Places are picked by numbers": lambda x: x[1.5],
    "True and False are subtracted": lambda x: (x > 0) - (x > 1),
    "It can't be cut into so many equal": lambda x: np.split(x, 4, axis=1),
    "float64 is to be written in place": lambda x: np.zeros((2, 3), int).__iadd__(x),
    "`exp` was given another kind": lambda x: np.exp("a"),
    "A function of NumPy's was given something of type list": (
        lambda x: np.exp(np.array([[1], [1, 2]], dtype=object))
    ),
}


@pytest.mark.parametrize(("what", "answer"), NUMPY.items(), ids=NUMPY)
def test_each_kind_that_numpy_raises_has_one(what, answer):
    assert said_of(answer, N)[0].startswith(what)


def _two_more(x):
    return x.view(-1, len(x) + 2)


IN_EVIDENCE = [
    # the same exception, once with what is to be mended in the line and once without
    (lambda x: math.exp(x), N, "math.exp takes one number alone. np.exp goes through"),
    (lambda x: math.exp(x), X, "math.exp takes one number alone. torch.exp goes through"),
    (lambda x: float(x), X, "`float(…)` takes one number alone."),
    (lambda x: [a for a, b, c, d in [x.shape]], X, "The shape has fewer axes than there are names"),
    (lambda x: [a for a, b, c in [(1, 2)]], X, "On the left of `=` there is one name for each"),
    (lambda x: x[0] + x[1] + x[2], X, "The place 2 is written out: there may be any number"),
    (lambda x: sum(x[i] for i in range(3)), X, "Places count from 0, so the last is 1."),
    (lambda x: x.view(2, 4), X, "2 × 4 = 8 does not go into 6. You asked for 2, 4. Written out"),
    (_two_more, X, "A reshape keeps every entry: 4 does not go into 6. You asked for 4."),
    (lambda x: x.transpose(0, 1, 2), X, "Of a tensor it exchanges two axes."),
    (lambda x: x.transpose(0, 1, 2, 3), X, "`permute` takes a new order of them all."),
    (lambda x: x + x[:, :2], X, "have to be equal, or one of them 1. Here 3 (x.shape[-1]) meets 2"),
    (lambda x: x.astype(int), X, "An array of NumPy's has it, and a tensor has"),
    (lambda x: x.softmax(0), N, "A tensor has it, and an array of NumPy's has not."),
    (lambda x: x.softmx(0), X, "It has `.softmax`."),
    (lambda x: np.sum(x, dim=0), N, "What is `dim` elsewhere is `axis` in NumPy."),
]


@pytest.mark.parametrize(("answer", "x", "way_out"), IN_EVIDENCE)
def test_a_way_out_is_offered_only_where_its_fault_is_seen(answer, x, way_out):
    said = said_of(answer, x)[1]
    assert way_out in said
    assert ("ritten out" in said) == ("ritten out" in way_out)


def test_T_of_a_batch_is_told_apart_from_that_of_a_table():
    batch = torch.ones(2, 3, 4)
    assert "`.T` turns all axes of a batch" in said_of(lambda x: x @ x.T, batch)[1]
    assert "`.T`" not in said_of(lambda x: x + x.T, X)[1]
