"""What is said where there was no answer to compare."""

import pytest

from course.checking.subject import Trouble
from course.checking.troubles import in_words

NAMES = ["query", "key"]


@pytest.mark.parametrize(
    ("trouble", "words", "way_out"),
    [
        (Trouble("forbidden", "torch.softmax"), "`torch.softmax` is what this exercise", "Write"),
        (Trouble("changed", "1"), "your function writes into its argument `key`", "still needs"),
        (Trouble("changed", "state", "dict"), "writes into its argument `state`", "`dict(x)`"),
        (Trouble("changed", "rows", "list"), "writes into its argument `rows`", "`list(x)`"),
        (Trouble("changed", "0", "Tensor"), "writes into its argument `query`", "torch.empty_like"),
        (Trouble("changed", "99"), "writes into its argument `99`", ""),
        (Trouble("strange", "builtin_function_or_method"), "it gave back a function", "brackets"),
        (Trouble("strange", "set"), "it gave back a set", "Give back numbers"),
        (Trouble("raised", "ValueError", "no", "x = y"), "it raised ValueError: no", "at `x = y`"),
        (Trouble("raised", "KeyError"), "it raised KeyError", ""),
    ],
)
def test_each_kind_of_trouble_has_its_words(trouble, words, way_out):
    found = in_words(trouble, NAMES)
    assert words in found.words
    assert way_out in found.way_out
    assert not found.words.endswith(": ")


def test_what_only_numpy_and_the_check_know_of_is_left_out():
    gufunc = (
        "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
    )
    found = in_words(Trouble("raised", "ValueError", f"{gufunc}(n?,k),(k,m?)->(n?,m?) (size)"), [])
    assert found.words.endswith("mismatch in its core dimension 0 (size)")
    state = 'Error(s) in loading state_dict for Layer:\n\tMissing key(s) in state_dict: "w". '
    found = in_words(Trouble("raised", "RuntimeError", state), [])
    assert "state_dict" not in found.words
