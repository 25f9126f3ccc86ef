"""A row of the map is of the query that writes the word: it is seen to act on that word."""

import pytest
import torch

from course.translation.grammar import Sentence, corpus
from course.translation.reading import agreement, looked_at
from course.translation.training import as_task, new_translator, real

LEARNT = corpus(train=30, test=5)


@pytest.fixture(scope="module")
def untrained():
    task = as_task(LEARNT.train, LEARNT.test)
    return task, new_translator(task)


def test_each_row_sums_to_one_and_has_a_weight_for_each_source_word(untrained):
    task, model = untrained
    for pair in LEARNT.test:
        weights = looked_at(model, task, pair)
        assert weights.shape == (len(pair.japanese), len(pair.english))
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(len(pair.japanese)))


def test_the_row_of_a_word_does_not_depend_on_that_word_nor_on_later_ones(untrained):
    task, model = untrained
    pair = LEARNT.test[0]
    other = Sentence(pair.english, [*pair.japanese[:2], *reversed(pair.japanese[2:])])
    here, there = (looked_at(model, task, each) for each in (pair, other))
    torch.testing.assert_close(here[:3], there[:3])  # the third word is the first that differs
    assert not torch.allclose(here[3:], there[3:])


def test_agreement_is_one_where_each_noun_looks_at_its_translation_and_zero_where_none_does(
    untrained, monkeypatch
):
    task, model = untrained
    pair = Sentence(
        ["Ken", "loves", "sushi", "."], ["ケン", "は", "寿司", "が", "好き", "です", "。"]
    )
    for places, share in (((0, 3, 2, 3, 1, 1, 3), 1.0), ((2, 3, 0, 3, 1, 1, 3), 0.0)):
        weights = torch.eye(4)[list(places)]
        monkeypatch.setattr("course.translation.reading.looked_at", lambda *_, w=weights: w)
        assert agreement(model, task, [pair]) == share


def test_padding_of_others_is_not_there(untrained):
    task, _ = untrained
    assert real(task.english.encode([LEARNT.test[0].english])).all()
