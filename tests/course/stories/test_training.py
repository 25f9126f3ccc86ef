"""Stories become tables, and the losses are PyTorch's own, example by example."""

import pytest
import torch
import torch.nn.functional as F

from course.stories.telling import TASKS, stories
from course.stories.training import (
    WORDS,
    Phase,
    fair_loss,
    fit,
    new_model,
    plain_loss,
    source_of,
    target_of,
)
from course.translation.vocabulary import END, PAD, START

TOLD = stories(6, seed=2)
MIXED = [*TASKS, *TASKS]


def test_the_first_word_is_the_task_and_the_rest_the_story():
    for task in TASKS:
        source = source_of(TOLD, [task] * 6)
        assert WORDS.decode(source[0].tolist()) == [f"{task}:", *TOLD[0].text]
        others = source_of(TOLD, MIXED)
        assert torch.equal(source[:, 1:], others[:, 1:])


def test_targets_begin_and_end_and_are_padded_behind():
    target = target_of(TOLD, MIXED)
    assert target[:, 0].eq(START).all()
    for row, story, task in zip(target.tolist(), TOLD, MIXED, strict=True):
        assert WORDS.decode(row) == story.wanted[task]
        end = row.index(END)
        assert set(row[end + 1 :]) <= {PAD}


def test_no_word_is_missing_and_none_is_idle():
    seen = {int(word) for story in stories(2000, seed=0) for word in
            torch.cat([source_of([story], ["answer"])[0], *(
                target_of([story], [task])[0] for task in TASKS)])}  # fmt: skip
    tasks = {WORDS.number[f"{task}:"] for task in TASKS}
    assert seen | tasks | {PAD} == set(range(len(WORDS)))


@pytest.fixture(scope="module")
def guesses():
    says = target_of(TOLD, MIXED)[:, 1:]
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(*says.shape, len(WORDS), generator=generator)
    kept = zip(logits, says, strict=True)
    rows = [F.cross_entropy(row[each != PAD], each[each != PAD]) for row, each in kept]
    return logits, says, torch.stack(rows)


def test_the_fair_loss_gives_every_example_one_vote(guesses):
    logits, says, rows = guesses
    torch.testing.assert_close(fair_loss(logits, says), rows.mean())


def test_the_plain_loss_gives_every_word_one_vote(guesses):
    logits, says, rows = guesses
    words = (says != PAD).sum(dim=1)
    torch.testing.assert_close(plain_loss(logits, says), (rows * words).sum() / words.sum())


def test_both_sides_have_the_same_words():
    model = new_model(d_model=16)
    for stack in (model.encoder, model.decoder):
        assert stack.embedding.num_embeddings == len(WORDS)


def test_phases_follow_one_another_each_with_a_rate_that_rises_and_falls():
    """A step of Adam is about as large as its rate, so parameters tell it."""
    model = new_model(d_model=16)
    weight = model.head.weight
    moved, before = [], [weight.detach().clone()]
    seen = []

    def after(step: int) -> None:
        moved.append((weight - before[0]).abs().max().item())
        before[0] = weight.detach().clone()
        seen.append(step)

    fit(model, (Phase(("answer",), 20), Phase(TASKS, 10)), rows=6, after=after)
    assert seen == [*range(1, 31)]
    for phase in (moved[:20], moved[20:]):
        assert max(phase) > 3 * phase[-1]
        assert max(phase[:4]) > 3 * phase[-1]


def test_the_same_seed_trains_the_same_model():
    phases = (Phase(TASKS, 3),)
    first, second = (fit(new_model(d_model=16, seed=1), phases, seed=2) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_summaries_are_learnt_in_a_hundred_steps():
    model = new_model(seed=0)
    losses = fit(model, (Phase(("summarise",), 100),), seed=0)
    assert losses[0] > 3
    assert losses[-1] < 0.3
