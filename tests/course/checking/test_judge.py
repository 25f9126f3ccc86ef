import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course.cells.placeholder import placeholder
from course.checking import (
    Built,
    Call,
    CountParameters,
    Draw,
    Exercise,
    Gradient,
    LocalSubject,
    Raises,
    find,
    judge,
)


def halving() -> Exercise:
    """An exercise with two cases: halve x, once whole, once with a fraction."""
    exercise = Exercise("99.1", returns="half", right="Cut in the middle.")

    @exercise.case("an even number")
    def even(draw: Draw) -> Call:
        return Call(np.array([4.0]))

    @exercise.case("any numbers")
    def some(draw: Draw) -> Call:
        return Call(draw.array(2, 3))

    @exercise.reference
    def reference(x: np.ndarray) -> np.ndarray:
        return x / 2

    @exercise.mistake("It was doubled.", "Divide.")
    def doubled(x: np.ndarray) -> np.ndarray:
        return x * 2

    @exercise.mistake("The fraction was cut off.", "Use /, not //.")
    def cut_off(x: np.ndarray) -> np.ndarray:
        return x // 2

    return exercise


def test_who_fills_its_argument_is_told_how_to_begin_a_new_one() -> None:
    def in_place(x: np.ndarray) -> np.ndarray:
        x[...] = x / 2
        return x

    message = " ".join(judge(halving(), LocalSubject(in_place)).message.split())
    assert "your function writes into its argument `x`" in message
    assert "`out = np.empty_like(x)`" in message
    assert "torch" not in message
    assert "`x = x + y`" in message


def test_a_mistake_is_named_only_where_it_answers_alike_on_every_case_that_fails() -> None:
    def doubled_if_even(x: np.ndarray) -> np.ndarray:
        return x * 2 if x.shape == (1,) else x * 3

    verdict = judge(halving(), LocalSubject(doubled_if_even))
    assert (verdict.cases_right, verdict.mistake) == (0, None)
    assert "doubled" not in verdict.message


def test_right_answer_gets_one_line() -> None:
    verdict = judge(halving(), LocalSubject(lambda x: x * 0.5))
    assert (verdict.verdict, verdict.cases_right, verdict.cases) == ("right", 3, 3)
    assert verdict.message == "99.1 right · Cut in the middle."


def test_message_has_the_mistake_the_smallest_case_what_came_and_the_shapes_in_this_order() -> None:
    verdict = judge(halving(), LocalSubject(lambda x: x + x))
    assert verdict.mistake == "doubled"
    assert verdict.message.splitlines() == [
        "99.1 not yet · It was doubled.",
        "  Divide.",
        "",
        "  smallest case that fails: an even number",
        "    x = [4.]",
        "",
        "  there, half[0] is 8, expected 2",
        "    your half = [8.]",
        "    expected half = [2.]",
        "  shapes: x (1,) → half (1,), as expected",
    ]


def test_no_zero_is_shown_with_a_minus() -> None:
    exercise = Exercise("99.2", returns="x", right="Right.")
    exercise.case("one number")(lambda draw: Call(np.array([0.0])))
    exercise.reference(lambda x: -x)
    message = judge(exercise, LocalSubject(lambda x: x - 2)).message
    assert "x[0] is -2, expected 0" in message
    assert "expected x = [0.]" in message


def test_mistake_that_shows_in_a_later_case_is_named_and_counts_the_right_cases() -> None:
    verdict = judge(halving(), LocalSubject(lambda x: np.floor(x / 2)))
    assert (verdict.mistake, verdict.cases_right) == ("cut_off", 1)
    assert "smallest case that fails: any numbers" in verdict.message
    assert verdict.message.endswith("right already: 1 of 2 cases")


def test_unknown_mistake_is_said_in_numbers() -> None:
    verdict = judge(halving(), LocalSubject(lambda x: x - 1))
    assert verdict.mistake is None
    assert verdict.message.startswith("99.1 not yet · half[0] is 3, expected 2")


def test_mistake_that_raises_is_known_by_what_it_raises() -> None:
    exercise = halving()

    @exercise.mistake("The rows do not fit.", "Turn one of them.")
    def does_not_fit(x: np.ndarray) -> np.ndarray:
        return x @ np.ones((7, 7))

    assert judge(exercise, LocalSubject(lambda x: x @ np.ones((7, 7)))).mistake == "does_not_fit"
    assert judge(exercise, LocalSubject(lambda x: x @ np.ones((8, 8)))).mistake is None


def test_seed_draws_other_inputs_and_the_first_case_keeps_its_own() -> None:
    seen: dict[int, list[np.ndarray]] = {}
    for seed in (0, 1):
        judge(halving(), LocalSubject(lambda x, s=seed: seen.setdefault(s, []).append(x)), seed)
    assert np.array_equal(seen[0][0], seen[1][0])
    assert not np.array_equal(seen[0][1], seen[1][1])


def test_forbidden_function_is_named_and_no_case_is_shown() -> None:
    subject = LocalSubject(lambda x: torch.tensor(x).softmax(0).numpy(), ["torch.Tensor.softmax"])
    verdict = judge(halving(), subject)
    assert verdict.verdict == "not yet"
    assert "`torch.Tensor.softmax` is what this exercise builds" in verdict.message
    assert "smallest case" not in verdict.message


@pytest.mark.parametrize(
    ("missing", "verdict", "begins"),
    [
        ("99.1", "to be written", "99.1 to be written · "),
        ("98.2", "not yet", "99.1 waits for 98.2"),
    ],
)
def test_placeholder_is_told_from_that_of_another_exercise(
    missing: str, verdict: str, begins: str
) -> None:
    def unwritten(x: np.ndarray) -> None:
        exec(placeholder(missing))

    found = judge(halving(), LocalSubject(unwritten))
    assert found.verdict == verdict
    assert found.message.startswith(begins)


class Scale(nn.Module):
    """x times a learnt number for each feature."""

    def __init__(self, width: int, factor: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != len(self.weight):
            raise ValueError("x has another width")
        return self.factor * x * self.weight


def scaling() -> Exercise:
    """An exercise about a class, asked in every way there is."""
    exercise = Exercise("99.2", returns="y", right="Scaled.")
    state = {"weight": torch.tensor([1.0, 2.0, 3.0])}

    @exercise.case("called with loaded weights")
    def called(draw: Draw) -> Built:
        return Built({"width": 3}, Call(draw.tensor(2, 3)), state)

    @exercise.case("its gradient")
    def gradient(draw: Draw) -> Built:
        return Built({"width": 3}, Gradient(draw.tensor(2, 3)), state)

    @exercise.case("another width")
    def refused(draw: Draw) -> Built:
        return Built({"width": 3}, Raises(draw.tensor(2, 4)))

    @exercise.case("its parameters")
    def counted(draw: Draw) -> Built:
        return Built({"width": 5}, CountParameters())

    exercise.reference(Scale)
    return exercise


def test_class_is_built_loaded_called_differentiated_and_counted() -> None:
    assert judge(scaling(), LocalSubject(Scale)).verdict == "right"

    class Detached(Scale):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x).detach() + 0 * x

    class Lax(Scale):
        def forward(self, x: Tensor) -> Tensor:
            return x[..., : len(self.weight)] * self.weight

    class Fat(Scale):
        def __init__(self, width: int) -> None:
            super().__init__(width)
            self.bias = nn.Parameter(torch.zeros(width))

        def load_state_dict(self, state: dict[str, Tensor], strict: bool = True) -> None:  # type: ignore[override]
            super().load_state_dict(state, strict=False)

    said = {wrong: judge(scaling(), LocalSubject(wrong)) for wrong in (Detached, Lax, Fat)}
    assert "smallest case that fails: its gradient" in said[Detached].message
    assert "it raised no exception, expected ValueError" in said[Lax].message
    assert "y is 10, expected 5" in said[Fat].message
    assert all(verdict.cases_right == 3 for verdict in said.values())


def test_gradient_is_called_a_gradient_by_what() -> None:
    exercise = Exercise("99.3", returns=("total", "parts"), right="Added.")
    exercise.case("its gradient")(lambda draw: Gradient(torch.ones(2), 3.0, torch.ones(1)))
    exercise.reference(lambda x, factor, y: (x * factor + y).sum())
    message = judge(exercise, LocalSubject(lambda x, factor, y: (x * factor).sum() + y[0])).message
    assert "gradient by y[0] is 1, expected 2" in message
    assert "your gradient by x = [3., 3.]" in message
    assert "x (2,), y (1,) → gradient by x (2,), gradient by y (1,), as expected" in message


STEPS = {
    "01.1": "def agreement_scores(queries, keys):\n    return {} @ keys.T",
    "01.2": "def attention_weights(scores):\n"
    "    powers = np.exp(scores - scores.max(-1, keepdims=True))\n"
    "    return powers / powers.sum(-1, keepdims=True)",
    "01.3": "def soft_look_up(queries, keys, values):\n"
    "    weights = attention_weights(agreement_scores(queries, keys))\n"
    "    return {} * weights @ values",
}


def looked_up(scores_of: str, factor: int) -> LocalSubject:
    space: dict[str, object] = {"np": np}
    for source in STEPS.values():
        exec(source.format(scores_of if "agreement" in source[:20] else factor), space)
    return LocalSubject(space["soft_look_up"])


def test_who_uses_a_wrong_answer_to_an_earlier_exercise_waits_for_it() -> None:
    waits = judge(find("01.3"), looked_up("2 * queries", 1))
    assert waits.message.startswith("01.3 waits for 01.1 · Your code uses `agreement_scores`")
    assert (waits.verdict, waits.mistake, waits.waits) == ("not yet", None, True)
    own = judge(find("01.3"), looked_up("queries", 2))
    assert own.message.startswith("01.3 not yet")
    assert not own.waits
    assert judge(find("01.3"), looked_up("queries", 1)).verdict == "right"


def test_the_first_of_several_steps_that_rest_on_each_other_is_named() -> None:
    space: dict[str, object] = {"torch": torch}
    for source in (
        "def split_heads(x, num_heads):\n    return x.unflatten(-1, (num_heads, -1))",  # not moved
        "def merge_heads(x):\n    return x.transpose(1, 2).flatten(2)",
        "def attend_with_heads(q, k, v, num_heads):\n"
        "    heads = [split_heads(x, num_heads) for x in (q, k, v)]\n"
        "    return merge_heads(heads[2])",
        "def module(d_model, num_heads):\n    return attend_with_heads",
    ):
        exec(source, space)
    verdict = judge(find("02.4"), LocalSubject(space["module"]))
    assert verdict.message.startswith("02.4 waits for 02.1 · Your code uses `split_heads`")
