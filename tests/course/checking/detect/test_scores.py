"""Shares that are another softmax: the factor, the bias or the hiding is named, and is as said."""

import numpy as np
import pytest
import torch

from course.checking import Call, Exercise, find
from course.checking.detect import patterns, scores, written


def weigh(query, key, scale=None, bias=0.0, mask=None):
    made = query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale) + bias
    made = made if mask is None else made.masked_fill(~mask, -torch.inf)
    return made.softmax(-1)


def attention(**how):
    def answer(query, key, value):
        weights = weigh(query, key, **how)
        return weights @ value, weights

    return answer


def columns(query, key, value):
    weights = weigh(query, key, bias=torch.arange(1.0, key.shape[-2] + 1))
    return weights @ value, weights


def distances(query, key, value):
    i, j = torch.arange(query.shape[-2])[:, None], torch.arange(key.shape[-2])
    weights = weigh(query, key, bias=-(i - j).abs().float())
    return weights @ value, weights


def by_row(query, key, value):
    made = query @ key.mT / query.norm(dim=-1, keepdim=True)
    return made.softmax(-1) @ value, made.softmax(-1)


def diagonal_hidden(query, key, value):
    mask = ~torch.eye(query.shape[-2], key.shape[-2], dtype=torch.bool)
    return attention(mask=mask)(query, key, value)


def some_hidden(query, key, value):
    mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool)
    mask[0, 2] = mask[1, 0] = False
    return attention(mask=mask)(query, key, value)


def base_two(query, key, value):
    powers = 2 ** (query @ key.mT / query.shape[-1] ** 0.5)
    weights = powers / powers.sum(-1, keepdim=True)
    return weights @ value, weights


def equal(query, key, value):
    weights = weigh(query, key, scale=0.0)
    return weights @ value, weights


def scaled(by):
    return lambda q, k, v: attention(scale=by(q, k, v))(q, k, v)


SAID = [
    (scaled(lambda q, k, v: 1.0), "Before the softmax the scores are √query.shape[-1] (or √key"),
    (scaled(lambda q, k, v: 1 / 3), "Before the softmax the scores are 0.3333 · √query.shape[-1] "),
    (scaled(lambda q, k, v: 2 * q.shape[-1] ** -0.5), "Before the softmax the scores are twice"),
    (scaled(lambda q, k, v: -(q.shape[-1] ** -0.5)), "Before the softmax the scores are -1 times"),
    (base_two, "Before the softmax the scores are 0.693 times what they should be."),
    (columns, "Before the softmax a number for each key, the same for every query, is added"),
    (distances, None),
    (by_row, "Before the softmax that makes `weights` each row of scores is right but for a "),
    (
        diagonal_hidden,
        "`weights[…, i, j]` is 0 where j = i, and there alone. No place sees itself.",
    ),
    (some_hidden, "`weights` hides what should be seen, such as place [0, 2], and nothing else "),
    (equal, "In each row of `weights` all shares are alike, whatever the scores are."),
]


@pytest.mark.parametrize(("answer", "what"), SAID)
def test_what_happened_before_the_softmax_is_told(answer, what, evidence_of):
    exercise = Exercise("99.1", returns=("output", "weights"), right="")
    for name, shapes in (("small", (3, 4, 2)), ("large", (5, 6, 8))):
        n_q, n_k, d = shapes
        exercise.case(name)(
            lambda draw, n_q=n_q, n_k=n_k, d=d: Call(
                draw.tensor(n_q, d), draw.tensor(n_k, d), draw.tensor(n_k, 3)
            )
        )
    exercise.reference(attention())
    found = scores.detect(evidence_of(exercise, answer))
    if what is None:  # |j - i| is a number for each j - i
        what = "Before the softmax a number that depends on j - i alone, is added to the scores"
    assert found is not None
    assert found.what.startswith(what)


def test_weights_that_are_not_given_back_are_seen_through_the_values(evidence_of):
    def unscaled(query, key, value, key_chunk):
        return weigh(query, key, scale=1.0) @ value

    found = scores.detect(evidence_of(find("11.3"), unscaled))
    assert found is not None
    assert found.what.startswith("Before the softmax the scores are √query.shape[-1]")


def test_a_mistake_behind_the_softmax_is_no_matter_of_scores(evidence_of):
    def scaled_output(query, key, value):
        weights = weigh(query, key)
        return weights @ value / 2, weights

    assert scores.detect(evidence_of(find("01.4"), scaled_output)) is None


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_shares_that_come_of_no_scores_are_told_of_no_softmax(power, evidence_of):
    def of_means(weights, row, sizes):
        pieces = weights[:, :, row].mean(0).split(sizes, dim=-1)
        means = torch.stack([piece.mean(-1) for piece in pieces], -1) ** power
        return means / means.sum(-1, keepdim=True)

    def too_much(weights, row, sizes):
        return of_means(weights, row, sizes) ** 0.5

    evidence = evidence_of(find("15.4"), of_means)
    assert scores.detect(evidence) is None
    told = patterns.detect(evidence)
    assert told is None or "score" not in told.what + told.way_out
    told = patterns.detect(evidence_of(find("15.4"), too_much))
    assert told is not None
    assert "powers" not in told.way_out


def test_counts_that_are_squared_are_told_of_no_softmax(evidence_of):
    exercise = Exercise("99.2", returns="shares", right="")
    for n in (4, 7):
        exercise.case(str(n))(lambda draw, n=n: Call(draw.tensor(3, n).abs() + 0.1))
    exercise.reference(lambda counts: counts / counts.sum(-1, keepdim=True))

    def squared(counts):
        return counts**2 / (counts**2).sum(-1, keepdim=True)

    evidence = evidence_of(exercise, squared)
    assert scores.detect(evidence) is None
    told = patterns.detect(evidence)
    assert told is not None
    assert told.what == "The rows of shares sum to 1, as they should, but the shares are others."
    assert told.way_out == ""


def test_what_is_never_read_is_told_behind_a_symptom_and_not_where_a_right_way_does_not(
    evidence_of,
):
    def answer(k, d_model):
        sine, cosine = np.sin(k), np.cos(k)  # noqa: F841
        return torch.zeros(d_model, d_model)

    told = written.remark(evidence_of(find("03.2"), answer))
    assert told == "In your answer `sine` and `cosine` are never read."
    assert written.remark(evidence_of(find("03.2"), answer), "`sine` …") == (
        "In your answer `cosine` is never read."
    )

    def chunked(query, key, value, key_chunk):
        return value

    assert "`key_chunk`" not in written.remark(evidence_of(find("11.3"), chunked))
