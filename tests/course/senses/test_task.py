"""Questions about two digits: the right answers, the shares, and what is kept for the test."""

import pytest
import torch

from course import senses as sn


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("seen", "heard", "question", "right"),
    [
        (7, 5, "sum?", "12"),
        (9, 9, "sum?", "18"),
        (7, 5, "same?", "no"),
        (4, 4, "same?", "yes"),
        (7, 5, "which?", "image"),
        (5, 7, "which?", "sound"),
        (3, 3, "which?", "equal"),
    ],
)
def test_answers(seen, heard, question, right):
    assert sn.answer(seen, heard, question) == right


def test_what_should_be_said_is_what_is_seen_and_heard_and_the_answer():
    batch = sn.ask(300, generator())
    assert batch.image.shape == (300, 8, 8)
    assert batch.sound.shape == (300, 9, 100)
    known = sn.senses("learn")
    for image, sound, question, said in zip(*batch, strict=True):
        seen, heard, answer = said.tolist()
        assert (known.images[seen] == image).flatten(1).all(dim=1).any()
        assert (known.sounds[heard] == sound).flatten(1).all(dim=1).any()
        assert sn.WORDS[answer] == sn.answer(seen, heard, sn.WORDS[question])


def test_a_third_or_so_are_equal_and_each_question_comes_as_often():
    batch = sn.ask(3000, generator())
    equal = (batch.said[:, 0] == batch.said[:, 1]).float().mean()
    assert equal == pytest.approx(0.3 + 0.7 / 10, abs=0.03)
    for question in sn.QUESTIONS:
        share = (batch.question == sn.WORD[question]).float().mean()
        assert share == pytest.approx(1 / 3, abs=0.03)


def test_what_is_asked_at_the_test_was_never_learnt_from():
    learn, test = sn.senses("learn"), sn.senses("test")
    seen = {tuple(picture.tolist()) for picture in learn.images.flatten(0, 1).flatten(1)}
    assert not any(tuple(p.tolist()) in seen for p in test.images.flatten(0, 1).flatten(1))


def test_sounds_are_about_0_and_1_wide():
    sounds = sn.senses("learn").sounds
    assert sounds.mean() == pytest.approx(0, abs=0.15)
    assert sounds.std() == pytest.approx(1, abs=0.15)


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match="part is 'exam', expected 'learn' or 'test'"):
        sn.senses("exam")
