"""What moves what, on answers that are wrong in a known way."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checking.bank import find
from course.checking.detect import influence, sizes
from course.checking.detect.entries import _is_regular
from course.checking.detect.trials import moves_between
from course.checking.evidence import Evidence


def everybody() -> Exercise:
    """An exercise in which every place is the sum of what `x` has in all places."""
    exercise = Exercise("99.1", returns="total", right="All of them.")

    @exercise.case("four places of three numbers, twice")
    def some(draw: Draw) -> Call:
        return Call(draw.tensor(2, 4, 3))

    @exercise.reference
    def total(x: Tensor) -> Tensor:
        return x.sum(-2, keepdim=True).expand_as(x) + x

    return exercise


def said(evidence: Evidence) -> tuple[str, str] | None:
    found = influence.detect(evidence)
    return (found.by, found.what) if found else None


@pytest.mark.parametrize(
    ("answer", "by", "what"),
    [
        (
            lambda x: 2 * x,
            "alone",
            "Each place sees itself alone: entry i of `x` along axis -2 moves only place i of "
            "total along axis -2.",
        ),
        (
            lambda x: x.cumsum(-2),
            "causal",
            "No place sees a later one: entry j of `x` along axis -2 moves only places of total "
            "along axis -2 from j on.",
        ),
        (
            lambda x: (1 - torch.eye(4)) @ x,
            "itself",
            "No place sees itself: entry i of `x` along axis -2 does not move place i of total "
            "along axis -2.",
        ),
        (
            lambda x: x.sum((0, 1), keepdim=True) + x,
            "batch",
            "The batch is mixed: entry 0 of `x` along the first axis moves entry 1 of total.",
        ),
        (
            lambda x: x.sum((1, 2), keepdim=True) + x,
            "mixed",
            "Places are mixed: entry 0 of `x` along the last axis moves place 1 of total along "
            "the last axis, and should move place 0 alone.",
        ),
        (
            lambda x: x[:, :3].sum(-2, keepdim=True).expand_as(x) * 2,
            "silent",
            "With `x` of shape (2, 4, 3): along axis -2, the last entry has no influence on total.",
        ),
        (
            lambda x: torch.arange(24.0).view(2, 4, 3),
            "unused",
            "`x` has no influence on total: with other numbers in its place the same came back.",
        ),
    ],
)
def test_what_is_seen_is_said(
    answer: Callable[[Tensor], Tensor],
    by: str,
    what: str,
    evidence_of: Callable[..., Evidence],
) -> None:
    assert said(evidence_of(everybody(), answer)) == (f"influence.{by}", what)


def test_an_answer_that_draws_is_told_so(evidence_of: Callable[..., Evidence]) -> None:
    found = said(evidence_of(everybody(), torch.rand_like))
    assert found == ("influence.random", "The same input gave another answer when it came again.")


def test_an_answer_that_remembers_is_told_so_before_anything_else_is(
    evidence_of: Callable[..., Evidence],
) -> None:
    before: list[Tensor] = []

    def remembers(x: Tensor) -> Tensor:
        before.append(x)
        # As memory that is not filled: what the last question left there.
        return 2 * x + before[-2].mean() if len(before) > 1 else 2 * x + x.mean()

    found = said(evidence_of(everybody(), remembers))
    assert found is not None
    assert found[0] == "influence.random"


def test_a_softmax_that_has_all_but_chosen_is_not_taken_for_one_that_cannot_see(
    evidence_of: Callable[..., Evidence],
) -> None:
    def chosen(x: Tensor) -> Tensor:
        return (x @ x.mT * 3).softmax(-1) @ x

    found = said(evidence_of(everybody(), chosen))
    assert not found or found[0] not in {"influence.alone", "influence.unused", "influence.little"}


def test_of_a_number_that_only_larger_ones_drown_nothing_is_said(
    evidence_of: Callable[..., Evidence],
) -> None:
    def filled_with_a_small_number(scores: Tensor, mask: Tensor) -> Tensor:
        empty = ~mask.any(-1, keepdim=True)
        scores = scores.masked_fill(~mask, -20.0).masked_fill(empty, 0.0)
        return scores.softmax(-1).masked_fill(empty, 0.0)

    evidence = evidence_of(find("05.3"), filled_with_a_small_number)
    found = influence.detect(evidence)
    assert found is None or "no influence" not in found.what


@pytest.mark.parametrize("nothing", [torch.zeros_like, lambda x: x * torch.nan])
def test_all_0_and_nan_have_no_influence_to_speak_of(
    nothing: Callable[[Tensor], Tensor], evidence_of: Callable[..., Evidence]
) -> None:
    assert said(evidence_of(everybody(), nothing)) is None


def test_who_raises_at_other_numbers_is_not_told_that_they_have_no_influence(
    evidence_of: Callable[..., Evidence],
) -> None:
    exercise = everybody()
    (known,) = exercise.cases[0].ask(Draw(0, 0)).arguments
    calls = []

    def now_and_then(x: Tensor) -> Tensor:
        calls.append(x)
        if not torch.equal(x, known) and len(calls) % 3 == 0:
            raise ValueError("other numbers")
        return torch.arange(24.0).view(2, 4, 3)

    assert said(evidence_of(exercise, now_and_then)) is None


def test_tiny_numbers_move_as_large_ones_do() -> None:
    (moves,) = moves_between(np.array([1e-12, 1.0e-12]), np.array([2e-12, 1.0e-12])) or []
    assert moves.stirred.tolist() == [True, False]
    assert moves.still.tolist() == [False, True]


def test_rounding_is_neither_a_move_nor_none() -> None:
    (moves,) = moves_between(np.array([1.0, 1.0]), np.array([2.0, 1.0 + 1e-9])) or []
    assert (bool(moves.stirred[1]), bool(moves.still[1])) == (False, False)


@pytest.mark.parametrize("number", ["10.3", "12.2", "13.2"])
def test_the_dearest_exercises_leave_questions_for_sizes(
    number: str, evidence_of: Callable[..., Evidence]
) -> None:
    exercise = find(number)
    oracle = exercise.oracle

    def nearly(*arguments: Tensor) -> object:
        answer = oracle(*arguments)
        parts = answer if isinstance(answer, tuple) else (answer,)
        wrong = tuple(part + part.roll(1, 0) / 2 for part in parts)
        return wrong if isinstance(answer, tuple) else wrong[0]

    evidence = evidence_of(exercise, nearly)
    asked = []
    ask = evidence.ask
    evidence.ask = lambda question: (asked.append(question), ask(question))[1]  # type: ignore[method-assign]
    influence.detect(evidence)
    assert 0 < len(asked) <= 49
    sizes.detect(evidence)  # raises where nothing is left


def test_of_what_wins_a_contest_it_is_not_said_that_too_much_or_too_little_is_seen(
    evidence_of: Callable[..., Evidence],
) -> None:
    """Nothing is hidden in 07.5: whoever changes wins or loses, by the numbers of the case."""

    def each_word_once(scores: Tensor, log_probs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        candidates = scores[:, None] + log_probs
        best = torch.where(candidates == candidates.max(0).values, candidates, -torch.inf)
        top, places = best.flatten().topk(len(scores))
        return places // best.shape[1], places % best.shape[1], top

    def one_word_fewer(scores: Tensor, log_probs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        top, places = (scores[:, None] + log_probs).flatten().topk(len(scores))
        words = log_probs.shape[1] - 1
        return places // words, places % words, top

    for answer in (each_word_once, one_word_fewer):
        for seed in range(6):
            found = said(evidence_of(find("07.5"), answer, seed))
            assert not found or found[0] not in {"influence.reach", "influence.little"}, found


def test_one_corner_that_is_hidden_by_chance_is_no_pattern() -> None:
    seen = np.ones((4, 4), dtype=bool)
    seen[0, 3] = False
    assert not _is_regular(seen, ~seen)
    seen[3, 0] = False
    assert _is_regular(seen, ~seen)  # a window of three, before and after
