"""Rows that repeat, and scores that say what an ideal head does."""

import math

import pytest
import torch
from torch import nn

from course.writing import repeats


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_rows_repeat_after_their_round_and_have_no_letter_twice_in_it():
    tokens, rounds = repeats.rows_that_repeat(50, generator())
    assert {*rounds.flatten().tolist()} <= {*range(8, 17)}
    assert len({*rounds.flatten().tolist()}) > 5
    for row, (p,) in zip(tokens.tolist(), rounds.tolist(), strict=True):
        assert len(set(row[:p])) == p
        assert row[p:] == row[:-p]


class Ideal(nn.Module):
    """Heads that are drawn: in layer 0 all look at the letter before, in layer 1 one induces."""

    def forward(self, tokens, maps):
        batch, n = tokens.shape
        before = torch.zeros(n, n)
        before[0, 0] = 1
        before[range(1, n), range(n - 1)] = 1
        induction = torch.zeros(batch, n, n)
        guesses = torch.zeros(batch, n, repeats.VOCAB)
        for row in range(batch):
            for i in range(n):
                earlier = [j for j in range(1, i + 1) if tokens[row, j - 1] == tokens[row, i]]
                induction[row, i, earlier[-1] if earlier else 0] = 1
                if earlier:
                    guesses[row, i, tokens[row, earlier[-1]]] = 20.0
        maps.append(before.expand(batch, 2, n, n))
        maps.append(torch.stack([induction, torch.eye(n).expand(batch, n, n)], dim=1))
        return guesses


def test_an_ideal_pair_of_heads_has_score_one_and_no_loss():
    look = repeats.look(Ideal(), 7)
    assert look.step == 7
    assert look.previous[0] == pytest.approx([31 / 31] * 2)
    assert look.induction[1] == pytest.approx([1.0, 0.0])
    assert look.best("previous") == pytest.approx(1.0)
    assert look.best("induction") == pytest.approx(1.0)
    # Where a round begins again for the first time, nothing tells that it does.
    _, rounds = repeats.rows_that_repeat(64, generator(1))
    assert look.right == pytest.approx(1 - 64 / (repeats.N - rounds).sum().item(), abs=0.005)
    assert look.loss == pytest.approx(math.log(repeats.VOCAB) * (1 - look.right), rel=0.1)


def test_a_look_after_every_25_steps_and_the_same_from_the_same_seed():
    runs = [repeats.train(1, seed=3, steps=50)[1] for _ in range(2)]
    assert [look.step for look in runs[0]] == [25, 50]
    assert runs[0][1].loss == pytest.approx(runs[1][1].loss, rel=1e-4)
    assert runs[0][1].loss < 3.3  # ln 24 = 3.18


@pytest.mark.slow
def test_two_layers_find_the_repeats_and_heads_of_both_kinds_appear():
    _, looks = repeats.train(2, seed=1, steps=400)
    assert looks[-1].right > 0.9
    early, late = looks[4], looks[-1]
    for kind in ("previous", "induction"):
        assert early.best(kind) < 0.25
        assert late.best(kind) > 0.4
