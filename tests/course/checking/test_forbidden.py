import contextlib
import sys
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import scaled_dot_product_attention as under_another_name

import attn
from course.checking.forbidden import Forbidden, Watch

FORBIDDEN = [
    "attn.core",
    "torch.Tensor.softmax",
    "torch.nn.MultiheadAttention",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.softmax",
    "torch.softmax",
]
X = torch.ones(1, 2, 4)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: attn.scaled_dot_product_attention(X, X, X),
        lambda: X.softmax(-1),
        lambda: nn.MultiheadAttention(4, 2),
        lambda: under_another_name(X, X, X),
        lambda: F.softmax(X, dim=-1),
        lambda: X.log_softmax(-1).exp(),
        lambda: torch._refs.softmax(X, -1),
    ],
    ids=[*FORBIDDEN[:5], "log_softmax", "torch._refs"],
)
def test_forbidden_call_is_noticed_whatever_it_is_called_by(answer: Callable[[], object]) -> None:
    with pytest.raises(Forbidden), Watch(FORBIDDEN):
        answer()


def test_forbidden_call_is_noticed_where_the_answer_hides_the_exception() -> None:
    def answer() -> None:
        with contextlib.suppress(Exception):
            under_another_name(X, X, X)

    with pytest.raises(Forbidden, match="scaled_dot_product"), Watch(FORBIDDEN):
        answer()


def test_other_calls_pass_and_the_profiler_of_before_comes_back() -> None:
    def profiler(*_: object) -> None:
        pass

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        with Watch(FORBIDDEN):
            torch.relu(X @ X.mT).exp().sum().item()
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_name_that_is_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"forbids has 'nowhere\.at_all'"):
        Watch(["nowhere.at_all"])
