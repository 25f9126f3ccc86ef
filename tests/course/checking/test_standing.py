"""The standing cases: asked where the right ways agree, of an answer that is right elsewhere."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from course.checking import Call, Exercise, LocalSubject, exercises, find, judge
from course.checking import lessons_with_exercises as lessons
from course.checking.standing import standing, standing_cases, table
from course.checks.lesson_12.way_back.mistakes_of_rows import tile_gradients


def kinds(number: str) -> set[str]:
    return {case.kind for case in standing_cases(find(number), 0)}


def rows(x, dim=-1):
    """A softmax by hand, safe for large numbers."""
    powers = (x - x.amax(dim, keepdim=True)).exp()
    return powers / powers.sum(dim, keepdim=True)


def attention(query, key, value, weigh=rows):
    weights = weigh(query @ key.mT / query.shape[-1] ** 0.5)
    return weights @ value, weights


def unsafe(x):
    return x.exp() / x.exp().sum(-1, keepdim=True)


CASES = len(find("01.4").cases) + 1  # the standing cases count as one


def test_an_answer_that_keeps_every_promise_is_right():
    verdict = judge(find("01.4"), LocalSubject(attention))
    assert (verdict.verdict, verdict.cases_right, verdict.cases) == ("right", CASES, CASES)


BROKEN: dict[str, tuple[Any, str, str]] = {
    "detached": (
        lambda q, k, v: tuple(x.detach() for x in attention(q, k, v)),
        "gradient", "The numbers are right, but no gradient reaches the inputs",
    ),
    "key detached": (
        lambda q, k, v: attention(q, k.detach(), v),
        "gradient", "The numbers are right, but there is no gradient by key",
    ),
    "scaled gradient": (
        lambda q, k, v: attention(q, k, v + v.detach() - v + (v - v.detach()) / 2 + v - v.detach()),
        "gradient", "The numbers are right, but the gradient is not: gradient by value[",
    ),
    "float": (
        lambda q, k, v: attention(q.float(), k.float(), v.float()),
        "float64", "The numbers are right, but their type is not: float64 came in, and float32",
    ),
    "clipped": (
        lambda q, k, v: attention(q, k, v.clamp(-9, 9)),
        "large", "Right in all cases but the one with large numbers: there output[",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "kind", "what"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_promise_that_is_broken_is_named_and_costs_one_case(answer, kind, what, seed):
    verdict = judge(find("01.4"), LocalSubject(answer), seed)
    assert verdict.verdict == "not yet"
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.what.startswith(what)
    assert verdict.diagnosis.by == f"standing: {kind}"
    assert (verdict.cases_right, verdict.cases) == (CASES - 1, CASES)
    assert verdict.share == (CASES - 1) / CASES
    assert f"right already: {CASES - 1} of {CASES} cases" in verdict.message


def test_who_holds_all_scores_at_once_where_chunks_are_promised_is_told_so():
    verdict = judge(find("11.3"), LocalSubject(lambda q, k, v, chunk: attention(q, k, v)[0]))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: memory"
    assert "the scores of all queries with all keys were there at once" in verdict.diagnosis.what
    assert "expected output = " not in verdict.message


def test_who_forms_all_pairs_where_the_brackets_should_move_is_told_so():
    def left_side(query, key, value):
        query, key = (torch.nn.functional.elu(x) + 1 for x in (query, key))
        weights = query @ key.mT
        return weights @ value / weights.sum(-1, keepdim=True)

    verdict = judge(find("14.1"), LocalSubject(left_side))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: memory"
    assert "a table of all queries by all keys was there at once" in verdict.diagnosis.what


def test_who_masks_a_table_where_a_sum_should_run_is_told_so():
    def masked(query, key, value):
        query, key = (torch.nn.functional.elu(x) + 1 for x in (query, key))
        weights = (query @ key.mT).tril()
        return weights @ value / weights.sum(-1, keepdim=True)

    verdict = judge(find("14.2"), LocalSubject(masked))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: memory"
    assert "a table of all tokens by all tokens was there at once" in verdict.diagnosis.what


def way_back(visits):
    """12.3, with the tiles that visits(mask) does not pass over, of all there are."""

    def tiled(query, key, value, output, log_sum, grad_output, chunk):
        n_q, n_k = query.shape[-2], key.shape[-2]
        average = (grad_output * output).sum(dim=-1, keepdim=True)
        grads = [torch.zeros_like(x) for x in (query, key, value)]
        for start in range(0, n_q, chunk):
            rows = slice(start, min(start + chunk, n_q))
            q, *of_rows = (x[..., rows, :] for x in (query, log_sum, average, grad_output))
            places = torch.arange(rows.start, rows.stop)[:, None] + n_k - n_q
            for first in range(0, n_k, chunk):
                columns = slice(first, min(first + chunk, n_k))
                mask = torch.arange(columns.start, columns.stop) <= places
                if visits(mask):
                    k, v = key[..., columns, :], value[..., columns, :]
                    added = tile_gradients(q, k, v, *of_rows, mask)
                    for grad, where, piece in zip(
                        grads, (rows, columns, columns), added, strict=True
                    ):
                        grad[..., where, :] += piece
        return tuple(grads)

    return LocalSubject(tiled)


def test_who_computes_hidden_tiles_is_told_so_and_who_asks_a_mask_is_right():
    verdict = judge(find("12.3"), way_back(lambda mask: True))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: memory"
    assert "a tile was made that is hidden from all of its queries" in verdict.diagnosis.what
    assert judge(find("12.3"), way_back(lambda mask: mask.any())).verdict == "right"


def test_a_dictionary_and_an_option_are_left_as_they_were():
    renaming = find("02.5")
    right = renaming.right_ways[0]

    def pops(state):
        renamed = right(state)
        state.clear()
        return renamed

    message = judge(renaming, LocalSubject(pops)).message
    assert "your function writes into its argument `state`" in message


def test_lists_of_results_have_a_gradient_too():
    verdict = judge(find("01.4"), LocalSubject(lambda q, k, v: list(attention(q, k, v))))
    assert verdict.verdict == "right"


@pytest.mark.parametrize("lesson", lessons())
def test_standing_cases_are_the_same_for_every_seed(lesson):
    for number, exercise in exercises(lesson).items():
        found = [{case.kind for case in standing_cases(exercise, seed)} for seed in (0, 1, 2)]
        assert found[0] == found[1] == found[2], number


def test_exercises_have_the_standing_cases_that_their_right_ways_agree_on():
    everything = {"gradient", "float64", "large", "long"}
    assert kinds("01.4") == kinds("02.3") == everything
    assert kinds("11.3") == kinds("14.1") == kinds("14.2") == everything | {"memory"}
    assert [case.kind for case in standing_cases(find("12.3"), 0)].count("memory") == 2
    assert kinds("01.2") == {"float64", "large", "long"}  # NumPy knows no gradient
    assert kinds("05.1") == {"long"}  # lengths in, a mask out
    assert "int64" in kinds("07.1") & kinds("07.3") & kinds("07.5")  # numbers of words and rows


def test_what_is_left_out_by_hand_is_not_asked_and_the_author_reads_why():
    assert "gradient" not in kinds("12.2")
    assert "its answer is a gradient; a right one may differentiate inside" in table(find("12.2"))
    assert "it takes no tensor of floats" in table(find("01.2"))


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("07.1", lambda reads, says: (reads, says.float())),
        ("07.3", lambda tokens, over: (tokens.double(), over)),
        ("07.5", lambda parents, words, scores: (parents.float(), words, scores)),
    ],
)
def test_whole_numbers_that_came_as_floats_are_told_so_and_as_int64_they_are_right(number, change):
    right = find(number).right_ways[0]
    verdict = judge(find(number), LocalSubject(lambda *inputs: change(*right(*inputs))))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: int64"
    assert re.search(r"int64 is expected, and .*float\d\d", verdict.diagnosis.what)
    assert judge(find(number), LocalSubject(right)).verdict == "right"


def halves(**about: Any) -> Exercise:
    """Two cases of halving a table, with two right ways."""
    exercise = Exercise("99.1", returns="half", right="", **about)
    exercise.case("one")(lambda draw: Call(torch.ones(1)))
    exercise.case("many")(lambda draw: Call(draw.tensor(3)))
    exercise.reference(lambda x: x / 2)
    exercise.right_way(lambda x: x / 2)
    exercise.right_way(lambda x: x * 0.5)
    return exercise


def test_a_standing_case_that_right_ways_disagree_on_is_left_out():
    exercise = halves()
    assert [case.kind for case in standing_cases(exercise, 0)] == [
        "gradient", "float64", "large", "long",
    ]  # fmt: skip
    disagreeing = halves()
    disagreeing.right_way(lambda x: (x / 2).float().detach())
    assert [made for made in standing(disagreeing).values() if isinstance(made, str)] == [
        "the right ways do not agree, or no gradient reaches the inputs",
        "the right ways do not agree, or give back no float64",
        "no whole numbers come back",
    ]


def test_an_exercise_can_leave_one_out():
    exercise = halves(without={"large": "it is about small numbers"})
    assert standing(exercise)["large"] == "left out by hand: it is about small numbers"
    clipped = LocalSubject(lambda x: (x / 2).clamp(-9, 9))
    assert judge(halves(), clipped).verdict == "not yet"
    assert judge(exercise, clipped).verdict == "right"


def test_only_what_there_is_can_be_left_out():
    with pytest.raises(ValueError, match=r"without \['grad'\], expected some of gradient, float64"):
        standing(halves(without={"grad": "misspelt"}))


def test_what_an_answer_raises_there_is_said_of_the_standing_case():
    def picky(x):
        if x.dtype == torch.float64:
            raise ValueError("floats only")
        return x / 2

    message = " ".join(judge(halves(), LocalSubject(picky)).message.split())
    assert "Right so far, but for the same in float64 it raised ValueError: floats only" in message


def test_of_numbers_that_are_not_drawn_none_can_be_large():
    exercise = Exercise("99.2", returns="y", right="")
    exercise.case("two")(lambda draw: Call(np.array([1.0, 2.0])))
    exercise.reference(lambda x: x + 1)
    exercise.right_way(lambda x: 1 + x)
    assert standing(exercise)["large"] == "its inputs are not drawn"


def test_what_is_right_for_few_places_alone_is_found_on_many():
    def clamped(slopes, n_q, n_k):
        places = torch.arange(n_k - n_q, n_k)[:, None]
        return -slopes[:, None, None] * (torch.arange(n_k) - places).abs().clamp(max=30)

    def at_most_sixteen(query, key, value):
        output, weights = attention(query, key, value)
        return torch.cat([output[..., :16, :], 0 * output[..., 16:, :]], dim=-2), weights

    assert "long" in kinds("01.4")
    verdict = judge(find("01.4"), LocalSubject(at_most_sixteen))
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.by == "standing: long"
    assert verdict.message.startswith(
        "01.4 not yet · Right in all cases but the one with many places: there"
    )
    assert judge(find("04.1"), LocalSubject(clamped)).verdict == "not yet"


def test_a_small_number_in_a_sum_is_not_called_clipped():
    def with_eps(x):
        powers = np.exp(x - x.max(-1, keepdims=True) - 9)
        return powers / (powers.sum(-1, keepdims=True) + 1e-7)

    exercise = Exercise("99.1", returns="weights", right="")
    exercise.case("three numbers")(lambda draw: Call(draw.array(3) / 100))
    exercise.reference(lambda x: np.exp(x) / np.exp(x).sum())
    exercise.right_way(lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum())
    verdict = judge(exercise, LocalSubject(with_eps))
    assert verdict.diagnosis is None or "clipped" not in verdict.message
