import functools
import linecache
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import attn
from course.checking import LocalSubject, Trouble


def test_call_gives_back_plain_copies() -> None:
    kept = torch.ones(2, requires_grad=True)
    result = LocalSubject(lambda: (kept, np.float64(2.0), [1])).call()
    assert isinstance(result, tuple)
    assert not result[0].requires_grad
    assert result[0] is not kept
    assert result[1:] == (2.0, [1])
    assert type(result[1]) is float


def test_inputs_that_the_answer_changes_are_trouble_and_stay_as_they_were() -> None:
    def answer(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        y -= 1
        return x

    given = np.zeros(2)
    with pytest.raises(Trouble) as caught:
        LocalSubject(answer).call(np.ones(2), given)
    assert (caught.value.what, caught.value.name) == ("changed", "1")
    assert given.tolist() == [0, 0]


def test_inputs_in_a_dict_or_list_are_compared_too() -> None:
    state = {"weight": torch.ones(2), "rows": [torch.zeros(2)]}
    assert LocalSubject(lambda state: len(state)).call(state) == 2
    with pytest.raises(Trouble, match="changed"):
        LocalSubject(lambda state: state["rows"][0].add_(1)).call(state)
    assert state["rows"][0].tolist() == [0, 0]


def test_options_are_compared_too_and_named() -> None:
    def answer(x: np.ndarray, *, state: dict[str, Any]) -> int:
        state.pop("weight")
        return 1

    state = {"weight": torch.ones(2)}
    with pytest.raises(Trouble) as caught:
        LocalSubject(answer).call(np.ones(1), state=state)
    assert (caught.value.what, caught.value.name) == ("changed", "state")
    assert list(state) == ["weight"]


def test_the_gradient_is_that_of_the_first_of_a_tuple_or_a_list() -> None:
    x = torch.ones(2)
    for pair in (tuple, list):
        subject = LocalSubject(lambda x, pair=pair: pair((3 * x, x.detach())))
        (found,) = subject.gradient(x)
        assert torch.allclose(found, 3 * torch.arange(2.0).cos())


def test_who_holds_a_tensor_of_these_sizes_is_told_from_who_does_not() -> None:
    x, y = torch.ones(5, 2), torch.ones(7, 2)
    assert LocalSubject(lambda x, y: (x @ y.T).sum()).holds((5, 7), x, y)
    assert not LocalSubject(lambda x, y: x.sum() + y.sum()).holds((5, 7), x, y)
    assert not LocalSubject(lambda z: z.sum()).holds((5, 7), torch.ones(5, 7))


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), NotImplementedError("later")])
def test_what_the_answer_raises_is_trouble_with_the_learners_line(error: BaseException) -> None:
    def answer() -> None:
        raise error

    with pytest.raises(Trouble) as caught:
        LocalSubject(answer).call()
    assert caught.value == Trouble("raised", type(error).__name__, str(error))
    assert caught.value.line == "raise error"


def cell(name: str, source: str, **names: Any) -> dict[str, Any]:
    """What a notebook's cell defines: to Python, each cell is a file of its own."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), names)
    return names


def test_line_of_trouble_is_in_the_cell_of_the_answer() -> None:
    """Not in an earlier answer that it calls, nor in attn, which lies in the same checkout."""
    earlier = cell("cell-1", "def halve(x):\n    a, b = x.shape\n    return x / 2\n")
    for source in (
        "def answer(x):\n    return halve(x[None])\n",
        "def helper(x):\n    return halve(x[None])\ndef answer(x):\n    return helper(x)\n",
        "class answer:\n    def __call__(self, x):\n        return halve(x[None])\n",
    ):
        answer = cell("cell-2", source, halve=earlier["halve"])["answer"]
        subject = LocalSubject(answer)
        with pytest.raises(Trouble) as caught:
            (subject.build() if isinstance(answer, type) else subject).call(torch.ones(2, 2))
        assert caught.value.line == "return halve(x[None])"

    with pytest.raises(Trouble) as caught:
        LocalSubject(lambda x: attn.split_heads(x, 3)).call(torch.ones(1, 2, 4))
    assert "attn.split_heads(x, 3)" in caught.value.line


def test_line_of_trouble_is_the_learners_where_the_answer_has_no_code_of_its_own() -> None:
    earlier = cell("cell-1", "def halve(x):\n    return x / 0\n")
    with pytest.raises(Trouble) as caught:
        LocalSubject(functools.partial(earlier["halve"], 1)).call()
    assert caught.value.line == "return x / 0"


def test_placeholder_of_an_exercise_is_still_to_be_written() -> None:
    def answer() -> None:
        raise NotImplementedError("Exercise 01.1: write your answer here and delete this line")

    with pytest.raises(Trouble) as caught:
        LocalSubject(answer).call()
    assert (caught.value.what, caught.value.name) == ("unwritten", "01.1")


def test_tensor_subclass_or_any_other_object_is_strange() -> None:
    class Sly(torch.Tensor):
        pass

    masked = np.ma.masked_equal([1, 2], 1)
    for thing in (torch.ones(2).as_subclass(Sly), object(), masked):
        with pytest.raises(Trouble) as caught:
            LocalSubject(lambda thing=thing: thing).call()
        assert (caught.value.what, caught.value.name) == ("strange", type(thing).__name__)


def test_what_the_answer_prints_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    subject = LocalSubject(lambda: print("look"))
    subject.call()
    subject.call()
    assert subject.printed == "look\n"
    assert capsys.readouterr().out == ""


def test_gradient_is_that_of_a_weighted_sum_and_0_where_an_input_is_unused() -> None:
    x, unused = torch.tensor([1.0, 2.0, 3.0]), torch.ones(2)
    found = LocalSubject(lambda x, unused: x**2).gradient(x, unused)
    expected = 2 * x * torch.arange(3.0).cos()
    assert torch.allclose(found[0], expected)
    assert found[1].tolist() == [0, 0]


def test_gradient_through_numpy_is_trouble() -> None:
    with pytest.raises(Trouble) as caught:
        LocalSubject(lambda x: torch.from_numpy(x.numpy())).gradient(torch.ones(2))
    assert caught.value.what == "raised"


def test_raises_names_the_exception_or_none() -> None:
    assert LocalSubject(lambda x: 1 / x).raises(0) == "ZeroDivisionError"
    assert LocalSubject(lambda x: 1 / x).raises(1) is None


def test_built_module_answers_state_load_and_count() -> None:
    built = LocalSubject(nn.Linear).build(3, 2)
    state = {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}
    built.load(state)
    assert built.call(torch.ones(3)).tolist() == [3, 3]
    assert torch.equal(built.state()["weight"], state["weight"])
    assert built.count_parameters() == 8
    built.state()["weight"].zero_()
    assert built.call(torch.ones(3)).tolist() == [3, 3]


def test_state_that_does_not_fit_and_things_that_are_no_module_are_trouble() -> None:
    with pytest.raises(Trouble, match="raised"):
        LocalSubject(nn.Linear).build(3, 2).load({"weights": torch.ones(2, 3)})
    with pytest.raises(Trouble, match="strange"):
        LocalSubject(dict).build().count_parameters()


def test_what_goes_to_the_error_stream_is_kept_too(capsys: pytest.CaptureFixture[str]) -> None:
    # nbgrader takes a cell that writes there for one that failed.
    subject = LocalSubject(lambda: print("careful", file=sys.stderr))
    subject.call()
    assert subject.printed == "careful\n"
    assert capsys.readouterr().err == ""
