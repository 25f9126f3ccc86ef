"""How an author declares an exercise."""

import pytest
import torch
from torch import nn

from course.checking import Call, Exercise


def test_everything_is_declared_with_decorators_that_give_back_what_they_take():
    exercise = Exercise("99.1", returns="y", right="Well done.", forbids=["torch.softmax"])

    @exercise.reference
    def reference(x, y):
        return x + y

    @exercise.right_way
    def other(x, y):
        return y + x

    @exercise.mistake("It was taken away.", "Add it.")
    def less(x, y):
        return x - y

    assert (reference(3, 1), other(3, 1), less(3, 1)) == (4, 4, 2)
    assert exercise.oracle is reference
    assert exercise.right_ways == [other]
    assert [mistake.name for mistake in exercise.mistakes] == ["less"]
    assert exercise.argument_names == ["x", "y"]
    assert exercise.forbids == ("torch.softmax",)


def test_the_arguments_of_a_module_are_those_of_its_forward():
    class Module(nn.Module):
        def forward(self, query, key):
            return query @ key

    exercise = Exercise("99.1", returns="y", right="")
    exercise.reference(Module)
    assert exercise.argument_names == ["query", "key"]


def test_an_exercise_without_a_reference_says_so():
    with pytest.raises(ValueError, match=r"99\.1 has no reference, expected one"):
        _ = Exercise("99.1", returns="y", right="").oracle


def test_cases_are_told_apart_by_their_words():
    exercise = Exercise("99.1", returns="y", right="")
    exercise.case("one")(lambda draw: Call(1))
    exercise.case("two")(lambda draw: Call(2))
    with pytest.raises(ValueError, match="two cases 'one', expected one"):
        exercise.case("one")(lambda draw: Call(3))
    assert [case.words for case in exercise.cases] == ["one", "two"]


def test_what_is_never_held_is_declared_with_its_sizes_and_words():
    exercise = Exercise("99.1", returns="y", right="")

    @exercise.never_holds(61, 509, what="All at once.", way_out="In parts.")
    def many(draw):
        return Call(torch.ones(61), torch.ones(509))

    (never,) = exercise.never
    assert (never.sizes, never.what) == ((61, 509), "All at once.")
    assert never.ask is many


def test_mistakes_of_an_earlier_exercise_are_taken_over_by_name():
    earlier, later = (Exercise(f"99.{place}", returns="y", right="") for place in (1, 2))

    @earlier.mistake("One too many.", "Take one away.")
    def one_more(x):
        return x + 1

    later.inherit(earlier, ["one_more"], lambda answer: lambda x: 2 * answer(x))
    (mistake,) = later.mistakes
    assert (mistake.name, mistake.what, mistake.answer(3)) == ("one_more", "One too many.", 8)
    with pytest.raises(ValueError, match="has no mistake 'two_more'"):
        later.inherit(earlier, ["two_more"], lambda answer: answer)
