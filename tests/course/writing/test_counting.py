"""The n-gram model: a distribution at every context, and what one can work out by hand."""

import math
import random

import pytest

from course.writing.counting import NGram

SEA, SUN, SKY, THE = range(4)


def test_sea_sun_and_sky_by_hand():
    tokens = [THE, SEA, THE, SEA, THE, SUN, THE, SEA]
    model = NGram(tokens, vocab=4, order=2)
    below = [
        max(c - 0.75, 0) / 8 + 0.75 * 3 / 8 / 4 for c in (3, 1, 0, 4)
    ]  # of the four tokens, three came
    for token, count in ((SEA, 3), (SUN, 1), (SKY, 0), (THE, 0)):
        by_hand = max(count - 0.75, 0) / 4 + 0.75 * 2 / 4 * below[token]
        assert model.probability([THE], token) == pytest.approx(by_hand)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_behind_any_context(order):
    draw = random.Random(0)
    tokens = [draw.randrange(6) for _ in range(200)]
    model = NGram(tokens, vocab=7, order=order)  # token 6 never comes
    for context in ([], [3], [6], [1, 6], [0, 1, 2], tokens[:4], [6, 6, 6, 6, 6]):
        assert math.fsum(model.probability(context, c) for c in range(7)) == pytest.approx(1)
        assert model.probability(context, 6) > 0


def test_only_the_last_few_tokens_are_read():
    model = NGram([0, 1, 2] * 20, vocab=3, order=2)
    assert model.probability([0, 0, 0, 1], 2) == model.probability([1], 2)


def test_what_repeats_is_foreseen_and_the_loss_is_a_mean_of_logarithms():
    tokens = [0, 1, 2] * 50
    model = NGram(tokens, vocab=3, order=3)
    wanted = [-math.log(model.probability(tokens[i - 2 : i], tokens[i])) for i in range(2, 30)]
    assert model.loss(tokens[:30]) == pytest.approx(sum(wanted) / 28)
    assert model.loss(tokens[:30]) < 0.05


def test_more_context_helps_where_there_is_text_enough():
    draw = random.Random(1)
    tokens = [0, 0]
    for _ in range(4000):  # the token two before decides, nine times in ten
        tokens.append((tokens[-2] + 1) % 4 if draw.random() < 0.9 else draw.randrange(4))
    losses = [NGram(tokens[:3000], 4, order).loss(tokens[3000:]) for order in (1, 2, 3)]
    assert losses[2] < losses[1] - 0.5
    assert losses[2] < losses[0] - 0.5
