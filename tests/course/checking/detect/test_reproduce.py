"""An answer is reproduced by the reference with one change, and by no other that is told.

Each is made of a right way of the bank's own, with its inputs or its result changed by hand.
"""

import re

import numpy as np
import pytest
import torch

from course.checking import Call, Exercise, LocalSubject, exercises, find, judge
from course.checking import lessons_with_exercises as lessons
from course.checking.detect import first_of, reproduce
from course.checking.evidence import gather


def reproduced(evidence):
    return first_of(evidence, [reproduce.detect])


def right(number):
    return find(number).right_ways[0]


def said_of(number, answer, seed=0):
    evidence = gather(find(number), LocalSubject(answer), seed)
    assert evidence.failing
    found = reproduced(evidence)
    assert found is not None
    return found


def of_first(number, change):
    """A right way whose first result is changed."""

    def answer(*inputs):
        first, *rest = right(number)(*inputs)
        return (change(first), *rest)

    return answer


INPUTS = {
    "`query` and `key` are exchanged.": (
        "09.2", lambda query, key, *rest: right("09.2")(key, query, *rest),
    ),
    "`key` is used where `value` belongs.": (
        "14.1", lambda query, key, value: right("14.1")(query, key, key),
    ),
    "`scores` has the wrong sign.": ("01.2", lambda scores: right("01.2")(-scores)),
    "`query` has lost its signs.": (
        "09.2", lambda query, *rest: right("09.2")(query.abs(), *rest),
    ),
    "`temperature` is squared.": ("00.2", lambda scores, t: right("00.2")(scores, t**2)),
    "`learning_rate` counts twice.": (
        "00.5", lambda x, y, rate, steps: right("00.5")(x, y, 2 * rate, steps),
    ),
    "`window` is taken as one more.": (
        "10.1", lambda n, window, tokens: right("10.1")(n, window + 1, tokens),
    ),
    "`steps` is always taken as 1.": (
        "00.5", lambda x, y, rate, steps: right("00.5")(x, y, rate, 1),
    ),
    "`mask` hides nothing.": (
        "05.3", lambda scores, mask: right("05.3")(scores, torch.ones_like(mask)),
    ),
    "A softmax is taken of `value`.": (
        "14.1", lambda query, key, value: right("14.1")(query, key, value.softmax(-1)),
    ),
    "`scores` is cut off at some limit.": (
        "01.2", lambda scores: right("01.2")(scores.clip(-99, 99)),
    ),
    "1 divided by `key` is used in its place.": (
        "01.4", lambda query, key, value: right("01.4")(query, 1 / key, value),
    ),
    "Something is divided by √queries.shape[-1] once too often.": (
        "01.3", lambda q, k, v: right("01.3")(q / q.shape[-1] ** 0.5, k, v),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "made"), INPUTS.items(), ids=INPUTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_changed_in_the_inputs_is_said(what, made, seed):
    diagnosis = said_of(*made, seed)
    assert (diagnosis.what, diagnosis.by) == (what, "reproduce: inputs")
    assert diagnosis.way_out.startswith("It is exactly what comes out ")


def last_part(query, key, value, num_heads):
    output, weights = right("02.3")(query, key, value, num_heads)
    return output.chunk(num_heads, -1)[-1], weights


RESULTS = {
    "`output` has the wrong sign.": ("01.4", of_first("01.4", lambda x: -x)),
    "`output` is cut to whole numbers.": ("01.4", of_first("01.4", torch.trunc)),
    "`output` is rounded to 2 decimals.": ("01.4", of_first("01.4", lambda x: x.round(decimals=2))),
    "`answers` is shifted by one along the first axis: the last stands in the first place.": (
        "01.3", lambda *inputs: np.roll(right("01.3")(*inputs), 1, 0),
    ),
    "The last of `scores` along the first axis is left empty.": (
        "01.1", lambda q, k: np.concatenate([right("01.1")(q[:-1], k), np.zeros((1, len(k)))]),
    ),
    "Of `scores` only the first along the first axis is filled in.": (
        "01.1", lambda q, k: np.concatenate([q[:1] @ k.T, np.zeros((len(q) - 1, len(k)))]),
    ),
    "`scores` is added to `weights`.": (
        "05.3", lambda scores, mask: right("05.3")(scores, mask) + scores,
    ),
    "Of `output` only the last of `num_heads` parts came back.": (
        "02.3", last_part,
    ),
    "Yes and no are exchanged in `mask`.": ("05.2", lambda *sizes: ~right("05.2")(*sizes)),
    "Axes -2 and -1 of `shift` are exchanged.": ("03.2", lambda k, d: right("03.2")(k, d).T),
    "`output` and `weights` are exchanged in what comes back.": (
        "01.4", lambda *inputs: right("01.4")(*inputs)[::-1],
    ),
    "An axis of length 1 is missing in `mask`, or is too many.": (
        "05.1", lambda lengths, n: right("05.1")(lengths, n).squeeze(1),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "made"), RESULTS.items(), ids=RESULTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_changed_in_the_result_is_said(what, made, seed):
    diagnosis = said_of(*made, seed)
    assert (diagnosis.what, diagnosis.sure) == (what, "certain")
    assert diagnosis.by == "reproduce: result"


def test_of_two_wrong_parts_the_one_that_is_explained_is_named():
    def upside_down(query, key, value):
        scores = query @ key.mT / query.shape[-1] ** 0.5
        powers = (scores - scores.amax(-1, keepdim=True)).exp()
        weights = powers.sum(-1, keepdim=True) / powers
        return weights @ value, weights

    diagnosis = said_of("01.4", upside_down)
    assert diagnosis.what == "`weights` is 1 divided by what is expected."
    assert (diagnosis.way_out, diagnosis.by) == ("`output` may follow from it.", "reproduce: part")


FACTORS = {
    "All of `c` is twice what is expected.": ("00.3", lambda a, b: 2 * (a @ b)),
    "`slope` is half of what is expected.": ("00.4", lambda *inputs: right("00.4")(*inputs) / 2),
    "All of `scores` is 1/√queries.shape[-1] (or keys": (
        "01.1", lambda q, k: q @ k.T / q.shape[-1] ** 0.5,
    ),
    "All of `scores` is 1.7 times what is expected, wherever it is wrong.": (
        "01.1", lambda q, k: 1.7 * q @ k.T,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "made"), FACTORS.items(), ids=FACTORS)
def test_one_factor_everywhere_is_said(what, made):
    diagnosis = said_of(*made)
    assert diagnosis.what.replace("(or 1/√keys", "(or keys").startswith(what)
    assert diagnosis.by == "reproduce: factor"


def test_a_whole_number_that_two_others_explain_is_not_pinned_to_one():
    diagnosis = said_of("10.1", lambda n, window, tokens: right("10.1")(n, window, 0))
    assert diagnosis.what == "`global_tokens` is taken as another number."
    assert "global_tokens = 0, and also with -global_tokens" in diagnosis.way_out


@pytest.mark.parametrize(
    "answer",
    [
        lambda q, k: 0 * (q @ k.T),
        lambda q, k: 0 * (q @ k.T) + 1,
        lambda q, k: np.full((len(q), len(k)), np.nan),
    ],
)
def test_what_can_be_reproduced_in_a_hundred_ways_says_nothing(answer):
    assert reproduced(gather(find("01.1"), LocalSubject(answer))) is None


def test_two_numbers_of_one_case_are_luck():
    exercise = Exercise("99.1", returns="y", right="")
    exercise.case("two numbers")(lambda draw: Call(np.array([3.0, 5.0])))
    exercise.reference(lambda x: x + 1)
    evidence = gather(exercise, LocalSubject(lambda x: np.flip(x + 1)))
    assert reproduced(evidence) is None


def test_a_change_that_a_right_case_speaks_against_is_not_told():
    exercise = Exercise("99.1", returns="y", right="")
    for size in (3, 4, 5):
        exercise.case(f"{size} numbers")(lambda draw, size=size: Call(draw.array(size)))
    exercise.reference(lambda x: x + 1)
    everywhere = gather(exercise, LocalSubject(lambda x: -x - 1))
    not_everywhere = gather(exercise, LocalSubject(lambda x: x + 1 if len(x) == 3 else -x - 1))
    assert reproduced(everywhere) is not None
    assert reproduced(not_everywhere) is None


@pytest.mark.slow
@pytest.mark.parametrize("lesson", lessons())
def test_predictions_are_kept_and_the_same_is_said_again(lesson):
    for number, exercise in exercises(lesson).items():
        answers = [mistake.answer for mistake in exercise.mistakes[:3]]
        first, second = (
            [reproduced(gather(exercise, LocalSubject(answer))) for answer in answers]
            for _ in range(2)
        )
        assert first == second, number


def test_the_message_says_it_and_the_bank_does_not():
    verdict = judge(find("01.1"), LocalSubject(lambda queries, keys: 1.7 * queries @ keys.T))
    assert verdict.mistake is None
    assert verdict.diagnosis is not None
    assert verdict.message.startswith("01.1 not yet · All of `scores` is 1.7 times what is")
    assert "there, scores[0, 0] is" in " ".join(verdict.message.split())


@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("04.1", lambda bias: bias[:, -1:].expand(bias.shape)),
        ("04.1", lambda bias: bias[:, :1]),
        ("04.1", lambda bias: bias * (torch.arange(bias.shape[1]) == 0)[:, None]),
        ("04.3", lambda rows: rows * (torch.arange(len(rows)) < len(rows) - 1)[:, None]),
    ],
)
def test_no_loop_is_taken_for_granted_where_none_may_be(number, change):
    def answer(*inputs):
        return change(right(number)(*inputs))

    way_out = said_of(number, answer).way_out
    assert re.search(r"[Ww]here there is a loop|a slice or a loop", way_out)


GREEDY = {
    "second best": lambda scores: scores.topk(2).indices[:, 1],
    "the score itself": lambda scores: scores.max(-1).values,
    "never the end": lambda scores: scores[:, :2].argmax(-1),
}


@pytest.mark.parametrize("best", GREEDY.values(), ids=GREEDY)
def test_false_is_no_empty_place_and_true_for_all_is_no_index(best):
    def step(logits, tokens, over, end):
        words = best(logits[:, -1]).masked_fill(over, end)
        return torch.cat([tokens, words[:, None]], dim=1), over | (words == end)

    found = reproduced(gather(find("07.3"), LocalSubject(step)))
    assert found is None or not re.search("empty|in every place|filled", found.what)


def test_one_truth_for_all_rows_is_not_taken_for_a_fixed_index():
    def any_for_all(logits, tokens, over, end):
        tokens, over = right("07.3")(logits, tokens, over, end)
        return tokens, over.any().expand(len(over))

    assert reproduced(gather(find("07.3"), LocalSubject(any_for_all))) is None
