"""A translator learns sentences by heart, and its loss is PyTorch's own without the padding."""

import pytest
import torch
import torch.nn.functional as F

from course.translation.grammar import corpus
from course.translation.training import (
    as_task,
    fit,
    new_translator,
    real,
    share_right,
    translation_loss,
    write,
)
from course.translation.vocabulary import PAD

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

LEARNT = corpus(train=12, test=3)


@pytest.fixture(scope="module")
def learnt():
    task = as_task(LEARNT.train, LEARNT.test)
    model = new_translator(task, d_model=32)
    losses = fit(model, task, steps=120, rate=1e-2)
    return task, model, losses


def test_a_dozen_sentences_are_learnt_by_heart(learnt):
    task, model, losses = learnt
    assert losses[-1] < 0.1 < losses[0]
    assert share_right(model, task, LEARNT.train) == 1.0


def test_the_loss_is_the_mean_over_the_real_words_one_by_one(learnt):
    task, model, _ = learnt
    each = []
    for source, target in zip(task.source, task.target, strict=True):
        source, target = source[source != PAD][None], target[target != PAD][None]
        scores = model(source, target[:, :-1])[0]
        each.append(F.cross_entropy(scores, target[0, 1:], reduction="none"))
    together = translation_loss(model, task.source, task.target)
    torch.testing.assert_close(together, torch.cat(each).mean(), rtol=1e-4, atol=1e-6)


def test_padding_behind_a_sentence_changes_no_translation(learnt):
    task, model, _ = learnt
    alone = [write(model, row[row != PAD][None])[0].tolist() for row in task.source]
    together = write(model, task.source).tolist()
    decode = task.japanese.decode
    assert [decode(row) for row in alone] == [decode(row) for row in together]
    assert not real(task.source)[task.source.eq(PAD)[:, None, None]].any()


def test_the_same_seed_trains_the_same_model():
    task = as_task(LEARNT.train)
    first, second = (fit(new_translator(task, seed=1), task, steps=3, seed=2) for _ in range(2))
    assert first == second


def test_the_rate_rises_and_falls_and_after_is_told_each_step():
    task = as_task(LEARNT.train)
    model, seen = new_translator(task), []
    moved = []
    before = [each.detach().clone() for each in model.parameters()]

    def after(step: int) -> None:
        nonlocal before
        now = [each.detach().clone() for each in model.parameters()]
        moved.append(max((a - b).abs().max().item() for a, b in zip(now, before, strict=True)))
        before = now
        seen.append(step)

    fit(model, task, steps=20, warm_up=0.5, after=after)
    assert seen == [*range(1, 21)]
    assert moved[0] < max(moved) > moved[-1]
