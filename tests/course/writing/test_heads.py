"""Scores of heads, and models without some of them."""

import pytest
import torch
import torch.nn.functional as F

from attn import GPT
from course.writing.heads import (
    best_heads,
    drawn_heads,
    head_scores,
    loss_of_each,
    twice,
    without,
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = GPT(50, d_model=24, num_heads=3, num_layers=2, positions="rotary", num_kv_heads=1)
    return model.eval()


@pytest.fixture
def tokens():
    return twice(torch.randint(50, (4, 6), generator=torch.Generator().manual_seed(0)), first=1)


def test_rows_are_read_twice_behind_the_first_token(tokens):
    assert tokens.shape == (4, 13)
    assert (tokens[:, 0] == 1).all()
    assert torch.equal(tokens[:, 1:7], tokens[:, 7:])


def test_losses_are_those_of_the_next_tokens(model, tokens):
    losses = loss_of_each(model, tokens)
    assert losses.shape == (4, 12)
    with torch.no_grad():
        expected = F.cross_entropy(model(tokens[2:3, :5])[0, -1], tokens[2, 5])
    torch.testing.assert_close(losses[2, 4], expected)


def test_scores_are_means_of_the_cells_that_the_docstring_names(model, tokens):
    previous, induction = head_scores(model, tokens)
    assert previous.shape == induction.shape == (2, 3)
    maps: list[torch.Tensor] = []
    with torch.no_grad():
        model(tokens, maps=maps)
    for layer in range(2):
        for head in range(3):
            weights = maps[layer][:, head]
            # Places 1 to 6 are the first round, 7 to 12 the second; p - 1 = 5 back.
            cells = torch.stack([weights[:, i, i - 5] for i in range(7, 13)])
            torch.testing.assert_close(induction[layer, head], cells.mean())
            cells = torch.stack([weights[:, i, i - 1] for i in range(2, 13)])
            torch.testing.assert_close(previous[layer, head], cells.mean())


def test_the_best_come_first_and_the_drawn_are_different_heads():
    scores = torch.tensor([[0.1, 0.9, 0.3], [0.8, 0.0, 0.2]])
    assert best_heads(scores, 3) == [(0, 1), (1, 0), (0, 2)]
    drawn = drawn_heads(scores, 4, seed=1)
    assert len(set(drawn)) == 4
    assert drawn == drawn_heads(scores, 4, seed=1)
    assert {drawn_heads(scores, 4, seed)[0] for seed in range(20)} > {drawn[0]}
    assert all(layer in (0, 1) and head in (0, 1, 2) for layer, head in drawn)


def test_a_head_that_is_cut_is_as_if_it_had_found_nothing(model, tokens):
    layer = model.body.layers[1].self_attention
    heard = []
    handle = layer.out_proj.register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    bias = layer.out_proj.bias
    with torch.no_grad(), without(model, [(1, 2), (1, 0)]):
        model(tokens)
        spoken = layer.out_proj(heard[0])
    handle.remove()
    silenced = heard[0].clone()
    silenced[..., :8] = silenced[..., 16:] = 0.0  # d_head is 8
    torch.testing.assert_close(spoken, F.linear(silenced, layer.out_proj.weight, bias))


def test_the_heads_are_back_behind_the_block_even_if_it_raises(model, tokens):
    whole = loss_of_each(model, tokens)
    with without(model, [(0, 1), (0, 1), (1, 0)]) as cut:
        assert cut is model
        assert not torch.allclose(loss_of_each(model, tokens), whole)
    assert torch.equal(loss_of_each(model, tokens), whole)
    with pytest.raises(KeyError), without(model, [(0, 1)]):
        raise KeyError
    assert torch.equal(loss_of_each(model, tokens), whole)
    with without(model, []):
        assert torch.equal(loss_of_each(model, tokens), whole)
