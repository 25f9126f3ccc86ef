"""The race of lesson 08: equal sizes, an LSTM that is PyTorch's, tasks that are what they say."""

import pytest
import torch
from torch import nn

from course import race
from course.measure import longest_chain


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def size(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def test_the_racers_are_as_large_as_their_docstring_says_and_no_lstm_comes_nearer():
    gpt = size(race.racer("GPT"))
    assert (gpt, size(race.racer("LSTM"))) == (27_520, 27_488)
    others = [size(race.LSTM(race.VOCAB, hidden=hidden)) for hidden in (38, 40)]
    assert all(abs(other - gpt) > 32 for other in others)


def test_an_unknown_racer_is_named():
    with pytest.raises(ValueError, match="kind is 'GRU', expected 'GPT' or 'LSTM'"):
        race.racer("GRU")


@pytest.mark.parametrize("layers", [1, 3])
def test_step_by_step_is_pytorchs_lstm(layers):
    torch.manual_seed(0)
    model = race.LSTM(7, hidden=5, num_layers=layers).double()
    tokens = torch.randint(7, (2, 11), generator=generator())
    torch.testing.assert_close(model.step_by_step(tokens), model(tokens))


def test_the_chain_of_the_lstm_is_14_n_and_8_and_that_of_the_gpt_33():
    gpt, lstm = race.racer("GPT"), race.racer("LSTM")
    for n in (8, 31, 64):
        tokens = torch.zeros(1, n, dtype=torch.long)
        assert longest_chain(lstm.step_by_step, tokens).longest == 14 * n + 8
        assert longest_chain(gpt, tokens).longest == 33


def test_the_forget_gate_begins_where_it_is_told_to():
    for forget in (1.0, 5.0):
        body = race.LSTM(7, hidden=5, forget=forget).body
        for layer in (0, 1):
            both = body.get_parameter(f"bias_ih_l{layer}") + body.get_parameter(f"bias_hh_l{layer}")
            assert (both[5:10] == forget).all()
            assert (both[:5] != forget).all()
    assert (race.LSTM(7, hidden=5, forget=None).body.get_parameter("bias_ih_l0").abs() < 1).all()


def test_each_question_of_look_up_has_its_own_number():
    tokens, answers = race.look_up(24, 50, generator())
    for row, wanted in zip(tokens.tolist(), answers.tolist(), strict=True):
        pairs = dict(zip(row[:16:2], row[1:16:2], strict=True))
        assert len(pairs) == 8
        assert sorted(row[16:]) == sorted(pairs)
        assert wanted == [race.NO_ANSWER] * 16 + [pairs[key] for key in row[16:]]


def test_words_are_to_be_said_in_the_order_in_which_they_came():
    tokens, answers = race.copy_words(32, 50, generator())
    for row, wanted in zip(tokens.tolist(), answers.tolist(), strict=True):
        words = [token for token in row[:28] if token != 17]
        assert len(words) == 4
        assert set(words) <= set(range(1, 17))
        assert row[28:] == [18] * 4
        assert wanted == [race.NO_ANSWER] * 28 + words


def test_parity_counts_the_ones_so_far():
    tokens, answers = race.parity(16, 50, generator())
    for row, wanted in zip(tokens.tolist(), answers.tolist(), strict=True):
        assert wanted == [sum(row[: t + 1]) % 2 for t in range(16)]


@pytest.mark.parametrize("task", race.RACE)
def test_a_task_draws_anew_each_time_and_the_same_from_the_same_seed(task):
    draw, n, _ = race.RACE[task]
    first = generator()
    rows = [draw(n, 8, first)[0] for _ in range(2)]
    assert not torch.equal(*rows)
    assert torch.equal(rows[0], draw(n, 8, generator())[0])
    assert rows[0].min() >= 0
    assert rows[0].max() < race.VOCAB


def test_only_what_is_asked_is_counted():
    class Always(nn.Module):
        def forward(self, tokens):
            return torch.nn.functional.one_hot(torch.full_like(tokens, 3), 5).float()

    answers = torch.tensor([[race.NO_ANSWER, 3, 3, 4], [race.NO_ANSWER, race.NO_ANSWER, 1, 3]])
    assert race.share_right(Always(), answers.clamp(min=0), answers) == pytest.approx(3 / 5)


def test_the_same_seed_gives_the_same_run_and_shares_every_25_steps():
    runs = [race.train("LSTM", "parity", seed=1, steps=60) for _ in range(2)]
    assert runs[0].shares == runs[1].shares
    assert runs[0].steps == [25, 50]
    assert race.train("LSTM", "parity", seed=2, steps=60).shares != runs[0].shares


@pytest.mark.slow
def test_an_lstm_learns_parity_and_goes_on_to_sixteen_times_the_length():
    run = race.train("LSTM", "parity", seed=0)
    assert run.shares[-1] > race.ENOUGH
    assert run.steps[-1] < race.RACE["parity"].steps
    assert min(race.at_lengths(run.model)) > 0.9
