"""Training, and what is counted after it."""

import pytest
import torch

from course import senses as sn


def new(seed: int = 0) -> sn.OneStream:
    torch.manual_seed(seed)
    return sn.OneStream()


def test_the_same_seed_gives_the_same_model_and_after_is_called_after_each_step():
    steps: list[int] = []
    models = [new(), new()]
    for model in models:
        sn.fit(model, steps=3, seed=5, after=steps.append)
    assert steps == [1, 2, 3, 1, 2, 3]
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("alone", [True, False])
def test_the_loss_of_the_answer_alone_reads_nothing_that_was_said(alone):
    model, batch = new(), sn.ask(8, torch.Generator().manual_seed(0))
    said = batch.said.clone()
    said[:, :2] = 0
    losses = [
        sn.step_loss(model, asked, answer_alone=alone)
        for asked in (batch, batch._replace(said=said))
    ]
    assert bool(losses[0] == losses[1]) is alone


class Parrot(torch.nn.Module):
    """Says each time the number of the word that came last, plus one."""

    def forward(self, image, sound, words, mask=None):
        return torch.nn.functional.one_hot(words + 1, 40).float()


def test_each_word_is_said_after_the_one_before():
    batch = sn.ask(3, torch.Generator().manual_seed(0))
    said = sn.say(Parrot(), batch)
    assert torch.equal(said, batch.question[:, None] + torch.tensor([1, 2, 3]))
    assert sn.say(Parrot(), batch, words=1).shape == (3, 1)


def test_the_exam_is_always_the_same():
    assert all(torch.equal(*pair) for pair in zip(sn.exam(20), sn.exam(20), strict=True))


def test_percent_right_counts_words_and_questions():
    asked = [sn.WORD[question] for question in ("sum?", "sum?", "same?", "which?")]
    said = torch.tensor([[1, 2, 3], [1, 1, 2], [4, 4, 19], [5, 4, 21]])
    batch = sn.Batch(torch.zeros(4, 8, 8), torch.zeros(4, 9, 100), torch.tensor(asked), said)
    answered = said.clone()
    answered[0, 2] = 4
    answered[1:, 0] = 9
    found = sn.percent_right(answered, batch)
    questions = {"sum?": 50, "same?": 100, "which?": 100}
    assert found == {"image": 25, "sound": 100, "answer": 75, **questions}
    assert "image" not in sn.percent_right(answered[:, 2:], batch)


@pytest.mark.slow
def test_it_learns_the_sound_first_then_the_image_and_then_to_answer():
    model, asked, found = new(1), sn.exam(), {}

    def look(step):
        if step in (100, 200, 500):
            found[step] = sn.percent_right(sn.say(model, asked), asked)

    sn.fit(model, seed=1, after=look)
    assert found[100]["sound"] > 95 > 75 > found[100]["image"]
    assert found[200]["image"] > found[200]["answer"]
    assert min(found[500].values()) > 88
