"""An exception is said in terms of the learner's line; it is raised here by what raises it."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from course.checking import Built, Call, Exercise, LocalSubject, judge

QUERY, KEY = torch.ones(2, 3), torch.ones(4, 3)


def said_of(answer, *inputs, names="query, key"):
    """The diagnosis and the message for an answer to an exercise with these inputs."""
    exercise = Exercise("99.1", returns="scores", right="")
    exercise.case("two tables")(lambda draw: Call(*inputs))
    reference = {"query, key": lambda query, key: query @ key.T, "x": lambda x: x.sum()}[names]
    exercise.reference(reference)
    verdict = judge(exercise, LocalSubject(answer))
    assert verdict.diagnosis is not None, verdict.message
    return verdict.diagnosis, verdict.message


def _fill(query, key):
    table = len(query)
    table[0] = 1


def _two(one, other):
    return one


TORCH = {
    "A product does not fit in `lambda query, key: query @ key,`: (2, 3) times (4, 3).": (
        lambda query, key: query @ key,
    ),
    "Two tensors do not line up": (lambda query, key: query + key,),
    "`view` can't cut this tensor": (lambda query, key: query.mT.view(-1),),
    "The new shape holds another number of entries": (lambda query, key: query.reshape(4, 3),),
    "There is no axis 2 in `lambda query, key: query.softmax(2),`: there are 2 axes": (
        lambda query, key: query.softmax(2),
    ),
    "There is no axis 1 in `lambda query, key: query[0].sum(1),`: there is 1 axis here.": (
        lambda query, key: query[0].sum(1),
    ),
    # unsqueeze counts the axes of what it makes
    "There is no axis 2 in `lambda query, key: torch.arange(3).unsqueeze(2),`.": (
        lambda query, key: torch.arange(3).unsqueeze(2),
    ),
    "There is no axis 3 in `lambda query, key: torch.stack([query, key[:2]], 3),`.": (
        lambda query, key: torch.stack([query, key[:2]], 3),
    ),
    "What is put in has another shape than the place where it is to stand in "
    "`lambda query, key: query.expand(2, 5),`: [2, 3] for [2, 5].": (
        lambda query, key: query.expand(2, 5),
    ),
    "What is put in has another shape": (
        lambda query, key: query.new_empty(2, 3).__setitem__(slice(0, 1), key),
    ),
    "einsum's text names another number": (lambda query, key: torch.einsum("id,jd->ij", query),),
    "An axis can't be cut so in `lambda q, key: q.unflatten(1, (2, -1)),`: axis 1 has length 3": (
        lambda q, key: q.unflatten(1, (2, -1)),
    ),
    "`.mT` needs two axes": (lambda query, key: query[0].mT,),
    "Another number of axes is named": (lambda query, key: query.permute(0, 1, 2),),
    "A largest or smallest one is asked for": (lambda query, key: query[:0].amax(0),),
    "A largest or smallest one is": (lambda query, key: max([]),),
    "The range ends before it begins": (lambda query, key: torch.arange(3, 1),),
    "Something of type `int` has no length": (lambda query, key: len(3),),
    "Something of type `int` is to be filled": (_fill,),
    "A number grew larger": (lambda query, key: math.exp(1000),),
    "A product does not fit in `lambda query, key: query[None] @ key[None],`: rows of 3 meet": (
        lambda query, key: query[None] @ key[None],
    ),
    "An axis is named twice": (lambda query, key: query.permute(1, 1),),
    "`bmm` takes exactly three axes": (lambda query, key: torch.bmm(query, key),),
    "There are fewer axes than indices": (lambda query, key: query[:, :, 0],),
    "Index 2 is beyond the end": (lambda query, key: query[2],),
    "Index 1 is beyond the end in `lambda query, key: query[:1][1],`: on axis 0 there is 1": (
        lambda query, key: query[:1][1],
    ),
    "topk is asked for more": (lambda query, key: query.topk(5),),
    "topk is asked for more than its axis holds, or for less": (lambda query, key: query.topk(-1),),
    "`x[mask]` does not stretch": (lambda query, key: query[torch.ones(3, 2) > 0],),
    "A whole number is needed": (lambda query, key: range(6 / 2),),
    "One yes or no is asked of a whole table": (lambda query, key: query if query > 0 else key,),
    "One number is needed": (lambda query, key: float(query),),
    "A function of torch was given too few things, too many, or another kind": (
        lambda query, key: torch.sqrt(2),
    ),
    "A function of torch was given too few": (lambda query, key: query.masked_fill(query > 0),),
    "`_two` is called without 'other'": (lambda query, key: _two(query),),
    "Two tensors of different types meet": (lambda query, key: query.double() @ key.T,),
    "Something of type `Tensor` has no `.astype`": (lambda query, key: query.astype(float),),
    "Something of type `tuple` has no `.sum`": (lambda query, key: (query, key).sum(),),
    "A letter of einsum stands": (lambda query, key: torch.einsum("id,id->i", query, key),),
    "`scores` is used, and has no value": (lambda query, key: scores,),  # noqa: F821
    "It divides by 0": (lambda query, key: 1 / 0,),
    "Your function takes other arguments": (lambda query: query,),
    "2 names are to be filled, and only 1 came": (lambda query, key: [(a, b) for a, b in [(1,)]],),
    "Something of type `int` is called": (lambda query, key: len(query)(key),),
    "A function for floats was given another type": (lambda query, key: query.long().softmax(0),),
    "A function stands where its result is meant": (lambda query, key: query - query.max,),
    "Something of type `int` has no entries": (lambda query, key: list(len(query)),),
    "`^` is no power": (lambda query, key: query ^ 2,),
    "Something of type `tuple` is indexed as if": (lambda *both: both[0, 1],),
    "Something is None": (lambda query, key: None @ query,),
}


@pytest.mark.parametrize(("what", "answer"), TORCH.items(), ids=TORCH)
def test_what_torch_and_python_raise_is_said_of_the_line(what, answer):
    diagnosis, message = said_of(answer[0], QUERY, KEY)
    assert diagnosis.what.startswith(what)
    assert (diagnosis.sure, diagnosis.by) == ("fact", "exceptions")
    assert diagnosis.what.endswith(".")
    assert "there, it raised " in " ".join(message.split())


NUMPY = {
    "A product does not fit": (lambda query, key: query @ key,),
    "A product does not fit in `": (lambda query, key: np.dot(query, key),),
    "Two arrays do not line up": (lambda query, key: query + key,),
    "A letter of einsum stands": (lambda query, key: np.einsum("id,id->i", query, key),),
    "There is no axis 2": (lambda query, key: query.sum(axis=2),),
    "The new shape holds another": (lambda query, key: query.reshape(4, 3),),
    "einsum's text names": (lambda query, key: np.einsum("id,jd->ij", query),),
    "`.mT` needs two axes": (lambda query, key: query[0].mT,),
    "Another number of axes is": (lambda query, key: query.transpose(0, 1, 2),),
    "A largest or smallest one": (lambda query, key: query[:0].max(axis=0),),
    "Something of type `numpy.ndarray` has no `.softmax`": (lambda query, key: query.softmax(0),),
}


@pytest.mark.parametrize(("what", "answer"), NUMPY.items(), ids=NUMPY)
def test_what_numpy_raises_is_said_of_the_line_and_not_of_numpys_inside(what, answer):
    diagnosis, message = said_of(answer[0], QUERY.numpy(), KEY.numpy())
    assert diagnosis.what.startswith(what)
    assert "n?" not in message


def test_sizes_are_named_by_the_inputs_that_have_them():
    diagnosis, _ = said_of(lambda query, key: query @ key, QUERY, KEY)
    assert "3 (query.shape[-1] = key.shape[-1]) and 4 (key.shape[-2])" in diagnosis.way_out
    assert "the right one, turned (`.mT`), would fit" in diagnosis.way_out


class Scale(nn.Module):
    def __init__(self, name: str, width: int = 3) -> None:
        super().__init__()
        setattr(self, name, nn.Linear(width, 1, bias=False))

    def forward(self, x):
        return x


def test_a_module_with_other_layers_is_told_so_and_not_of_load_state_dict():
    exercise = Exercise("99.2", returns="y", right="")
    state = {"weights.weight": torch.ones(1, 3)}
    exercise.case("three features")(lambda draw: Built({}, Call(torch.ones(2, 3)), state))
    exercise.reference(lambda: Scale("weights"))
    for wrong, words in (
        (lambda: Scale("layer"), "It has no `weights.weight`. It has `layer.weight`"),
        (lambda: Scale("weights", 4), "`weights.weight` has shape [1, 4], expected [1, 3]."),
    ):
        verdict = judge(exercise, LocalSubject(wrong))
        assert verdict.diagnosis is not None
        assert "layers have other names or shapes" in verdict.diagnosis.what
        assert words in verdict.diagnosis.way_out
        assert "state_dict" not in verdict.message


def test_of_an_exception_of_the_answers_own_nothing_is_made_up():
    exercise = Exercise("99.3", returns="y", right="")
    exercise.case("a number")(lambda draw: Call(1.0))
    exercise.reference(lambda x: x)

    def complains(x):
        raise ValueError("I don't like it")

    verdict = judge(exercise, LocalSubject(complains))
    assert verdict.diagnosis is None
    assert "it raised ValueError: I don't like it" in verdict.message
