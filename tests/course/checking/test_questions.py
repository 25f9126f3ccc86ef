"""Questions, taken apart and asked again with other inputs."""

import numpy as np
import pytest
import torch
from torch import nn

from course.checking import Built, Call, CountParameters, Gradient, LocalSubject, Raises
from course.checking.questions import Holds, Types, again, answer_names, given, innermost, instead


class Twice(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x, plus=0):
        return 2 * x * self.weight + plus


BUILT = Built({"width": 3}, Call(torch.ones(3), plus=1), {"weight": torch.full((3,), 5.0)})


def test_what_is_asked_of_a_built_module_is_the_innermost_question():
    assert innermost(BUILT) is BUILT.then
    assert given(BUILT) == (BUILT.then.arguments, {"plus": 1})
    assert BUILT.ask(LocalSubject(Twice)).tolist() == [11, 11, 11]
    assert Built({"width": 4}, CountParameters()).ask(LocalSubject(Twice)) == 4


def test_a_question_is_asked_again_with_other_inputs():
    other = again(BUILT, (torch.zeros(3),), {"plus": 7})
    assert other.ask(LocalSubject(Twice)).tolist() == [7, 7, 7]
    assert again(BUILT, (torch.zeros(3),)).ask(LocalSubject(Twice)).tolist() == [1, 1, 1]
    assert BUILT.ask(LocalSubject(Twice)).tolist() == [11, 11, 11]
    assert isinstance(again(Raises(1), (2,)), Raises)


def test_another_kind_of_question_has_the_same_inputs():
    gradient = instead(BUILT, Gradient)
    (found,) = gradient.ask(LocalSubject(Twice))
    # the factors of the blend are cos(0), cos(1), cos(2), and each entry is 2·5·x + 1
    assert torch.allclose(found, 10 * torch.arange(3.0).cos())
    assert instead(Call(1, y=2), Types).options == {"y": 2}


class Odd:
    def __init__(self):
        self.arguments, self.options = (), {}

    def ask(self, subject):
        return None


@pytest.mark.parametrize("change", [lambda q: again(q, (1,)), lambda q: instead(q, Gradient)])
def test_a_question_of_a_lessons_own_can_not_be_asked_again(change):
    with pytest.raises(TypeError, match="Odd can't be asked again"):
        change(Odd())


def test_types_are_those_of_all_that_comes_back():
    def answer():
        return np.zeros(2), torch.ones(1, dtype=torch.float16), 3.0, [torch.ones(1) > 0]

    assert Types().ask(LocalSubject(answer)) == "float64, float16, float, bool"


def test_holds_asks_whether_a_tensor_of_these_sizes_is_made():
    inputs = torch.ones(5, 2), torch.ones(7, 2)
    assert Holds((5, 7), Call(*inputs)).ask(LocalSubject(lambda x, y: (x @ y.T).sum()))
    assert not Holds((5, 7), Call(*inputs)).ask(LocalSubject(lambda x, y: (x.T @ x) @ y.T))
    question = Holds((5, 7), Call(*inputs, z=1))
    assert (len(question.arguments), question.options) == (2, {"z": 1})


def test_a_gradient_has_a_name_for_each_float_tensor_among_the_inputs():
    question = Gradient(torch.ones(1), 2, torch.ones(1) > 0, torch.ones(2))
    names = ["x", "n", "mask", "y"]
    assert answer_names(question, names, "output") == ("gradient by x", "gradient by y")
    assert answer_names(Call(), names, "output") == "output"
