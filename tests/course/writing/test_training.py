"""The small GPT of lesson 17 learns, and its losses are those of the text's own letters."""

import pytest
import torch
import torch.nn.functional as F

from course.writing import training

pytestmark = pytest.mark.slow  # `--fast` leaves it out


@pytest.fixture(scope="module")
def text():
    return training.prepared(merges=40)


@pytest.fixture(scope="module")
def model(text):
    model = training.new_writer(text.vocab)
    training.fit(model, text.train, steps=12)
    return model


def test_the_novel_as_tokens_is_the_novel(text):
    train, test = training.novel()
    assert text.tokenizer.decode(text.train.tolist()) == train
    assert text.tokenizer.decode(text.test.tolist()) == test
    assert text.letters_a_token == pytest.approx(len(test) / len(text.test))


def test_a_share_is_the_end_of_the_text():
    train, _ = training.novel()
    part = training.prepared(0.1, merges=5)
    assert train.endswith(part.tokenizer.decode(part.train.tolist()))
    assert len(part.tokenizer.decode(part.train.tolist())) == pytest.approx(27_000, rel=0.02)


def test_a_dozen_steps_teach_something_and_each_is_told(text):
    steps: list[int] = []
    model = training.new_writer(text.vocab)
    before = training.nats_a_letter(model, text)
    training.fit(model, text.train, steps=12, after=steps.append)
    assert steps == [*range(1, 13)]
    assert training.nats_a_letter(model, text) < before - 0.5


def test_the_same_seed_gives_the_same_writer(text, model):
    again = training.new_writer(text.vocab)
    training.fit(again, text.train, steps=12)
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-6)


@torch.no_grad()
def test_the_loss_at_a_place_is_that_of_the_rows_read_one_by_one(text, model):
    n, rows = 64, len(text.test[: training.TESTED]) // 64
    places = training.at_places(model, text, n=n)
    for place in (0, 17, 63):
        total = 0.0
        for row in range(rows):
            seen = text.test[row * n : row * n + place + 2]
            total += F.cross_entropy(model(seen[None, :-1])[0, -1], seen[-1]).item()
        expected = total / rows / text.letters_a_token
        assert places[place].item() == pytest.approx(expected, rel=1e-3)


@torch.no_grad()
def test_a_window_reads_the_last_tokens_alone(text, model):
    n, window = 40, 32
    places = training.at_places(model, text, n=n, window=window)
    plain = training.at_places(model, text, n=n)
    assert places.shape == (n,)
    torch.testing.assert_close(places[:window], plain[:window])
    rows, total = training.TESTED // n, 0.0
    for row in range(rows):
        seen = text.test[row * n + n - window : row * n + n + 1]  # for the last place
        total += F.cross_entropy(model(seen[None, :-1])[0, -1], seen[-1]).item()
    assert places[-1].item() == pytest.approx(total / rows / text.letters_a_token, rel=1e-3)
