"""A row among padding, or packed behind another one, answers as it does alone."""

from functools import partial

import pytest
import torch
from torch import nn

from attn import (
    GPT,
    MultiHeadAttention,
    Transformer,
    document_mask,
    generate,
    padding_mask,
)
from attn.positions import rotary_turns

VOCAB, LENGTHS, N = 11, (6, 3, 1), 6
SIZES = {"d_model": 8, "num_heads": 2, "num_layers": 2, "max_len": 9}
every_kind = pytest.mark.parametrize(
    "positions", ["learned", "sinusoidal", "rotary", "alibi", "relative", "none"]
)
close = partial(torch.testing.assert_close, rtol=0, atol=1e-10)


def make_gpt(positions, **options):
    torch.manual_seed(0)
    model = GPT(VOCAB, positions=positions, **{**SIZES, **options}).double()
    for name, weight in model.named_parameters():  # loud, so that a wrong place shows
        if "learned_positions" in name or "position_bias" in name:
            nn.init.normal_(weight)
    return model.requires_grad_(False)


def make_transformer(positions):
    torch.manual_seed(0)
    model = Transformer(VOCAB, VOCAB, positions=positions, **SIZES).double()
    return model.requires_grad_(False)


def padded_on_the_left():
    """Tokens (3, 6) of which 6, 3 and 1 count; their mask, and where they stand."""
    tokens = torch.randint(VOCAB, (len(LENGTHS), N), generator=torch.Generator().manual_seed(1))
    places = [[0] * (N - length) + list(range(length)) for length in LENGTHS]
    return tokens, padding_mask(LENGTHS).flip(-1), torch.tensor(places)


@every_kind
@pytest.mark.parametrize("kv_heads", [1, 2])
def test_rows_padded_on_the_left(positions, kv_heads):
    model = make_gpt(positions, num_kv_heads=kv_heads)
    tokens, mask, places = padded_on_the_left()
    caches = model.new_caches()
    parts = [
        model(tokens[:, a:b], mask[..., :b], positions=places[:, a:b], caches=caches)
        for a, b in ((0, 4), (4, 5), (5, 6))
    ]
    maps = []
    for logits in (
        model(tokens, mask, positions=places),
        model(tokens, mask, positions=places, maps=maps),
        torch.cat(parts, dim=1),
    ):
        assert logits.isfinite().all()
        for row, length in enumerate(LENGTHS):
            close(logits[row, N - length :], model(tokens[row : row + 1, N - length :])[0])
    assert len(maps) == 2


@every_kind
def test_documents_packed_into_one_row(positions):
    model = make_gpt(positions)  # max_len 9: the row is longer, no document is
    tokens = torch.randint(VOCAB, (1, 14))
    cuts = ((0, 2), (2, 11), (11, 14))
    ids = torch.cat([torch.full((b - a,), i) for i, (a, b) in enumerate(cuts)])[None]
    places = torch.cat([torch.arange(b - a) for a, b in cuts])[None]
    logits = model(tokens, document_mask(ids), positions=places)
    for a, b in cuts:
        close(logits[:, a:b], model(tokens[:, a:b]))


@every_kind
def test_positions_counted_along_the_row_are_those_it_has_without(positions):
    model = make_gpt(positions)
    tokens = torch.randint(VOCAB, (2, 5))
    close(model(tokens, positions=torch.arange(5).expand(2, 5)), model(tokens))


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary"])
def test_tokens_at_every_other_position_are_those_of_a_row_whose_others_are_hidden(positions):
    model, tokens = make_gpt(positions), torch.randint(VOCAB, (2, 7))
    seen = torch.arange(7) % 2 == 0
    expected = model(tokens, seen)[:, ::2]
    places = torch.arange(0, 7, 2).expand(2, 4)
    close(model(tokens[:, ::2], positions=places), expected)
    assert not torch.allclose(model(tokens[:, ::2]), expected)


@every_kind
@pytest.mark.parametrize("how", [{"temperature": 0}, {"beam": 3}, {"beam": 2, "end_token": 0}])
@pytest.mark.parametrize("cache", [True, False])
def test_prompts_of_different_length_are_written_on_as_if_alone(positions, how, cache):
    tokens, mask, _ = padded_on_the_left()
    source = torch.randint(VOCAB, (3, 4))
    source_mask = padding_mask([4, 2, 3])
    for model, extra in (
        (make_gpt(positions), {}),
        (make_transformer(positions), {"source": source, "source_mask": source_mask}),
    ):
        options = {"max_new_tokens": 4, "cache": cache, **how}
        together = generate(model, tokens, mask=mask, **options, **extra)
        assert torch.equal(together[:, :N], tokens)
        for row, length in enumerate(LENGTHS):
            one = slice(row, row + 1)
            own = {name: x[one] for name, x in extra.items()}
            alone = generate(model, tokens[one, N - length :], **options, **own)[0, length:]
            assert torch.equal(together[row, N : N + len(alone)], alone)


@every_kind
@pytest.mark.parametrize("cache", [True, False])
def test_a_padded_batch_is_sampled_as_one_without_padding(positions, cache):
    # Rows of one length, behind a column of padding: the same dice must give the same tokens.
    model, tokens = make_gpt(positions), torch.randint(VOCAB, (3, 4))
    padded = nn.functional.pad(tokens, (2, 0), value=7)
    mask = nn.functional.pad(torch.ones(3, 1, 1, 4, dtype=torch.bool), (2, 0))
    options = {"max_new_tokens": 5, "top_k": 6, "temperature": 1.3, "cache": cache}
    expected = generate(model, tokens, generator=torch.Generator().manual_seed(5), **options)
    got = generate(model, padded, mask=mask, generator=torch.Generator().manual_seed(5), **options)
    assert torch.equal(got[:, 2:], expected)


def test_max_len_counts_tokens_and_not_padding():
    model = make_gpt("learned")  # max_len 9
    tokens, mask, _ = padded_on_the_left()
    assert generate(model, tokens, mask=mask, max_new_tokens=4).shape == (3, 10)
    wide = nn.functional.pad(tokens, (5, 0)), nn.functional.pad(mask, (5, 0))
    assert generate(model, wide[0], mask=wide[1], max_new_tokens=4).shape == (3, 15)
    with pytest.raises(ValueError, match="max_new_tokens is 5 after 6 tokens, expected at most 4"):
        generate(model, wide[0], mask=wide[1], max_new_tokens=5)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.ones(3, N, dtype=torch.bool), r"mask is \(\(3, 6\)"),
        (torch.ones(3, 1, 1, N), "mask is"),
        ([[True]], "mask is list"),
        (padding_mask(LENGTHS), "mask hides tokens after visible ones"),
        (torch.zeros(3, 1, 1, N, dtype=torch.bool), "mask hides tokens after visible ones"),
    ],
)
def test_a_mask_that_is_no_padding_on_the_left_is_named(mask, message):
    tokens, _, _ = padded_on_the_left()
    with pytest.raises(ValueError, match=message):
        generate(make_gpt("none"), tokens, mask=mask, max_new_tokens=2)


def test_a_mask_needs_a_model_that_takes_it():
    tokens, mask, _ = padded_on_the_left()
    with pytest.raises(ValueError, match="mask is given, but the model is a Embedding"):
        generate(nn.Embedding(VOCAB, VOCAB), tokens, mask=mask, max_new_tokens=2, cache=False)


@every_kind
@pytest.mark.parametrize(
    ("places", "message"),
    [
        (torch.arange(4), "positions has shape"),
        (torch.zeros(2, 4), "positions has shape"),
        ([0, 1, 2, 3], "positions is a list"),
        (torch.tensor([[0, 1, 2, -1]] * 2), "positions has entries -1 to 2"),
        (torch.tensor([[0, 1, 2, 9]] * 2), r"positions has entries 0 to 9, expected 0 to 8"),
    ],
)
def test_positions_that_do_not_fit_are_named(positions, places, message):
    with pytest.raises(ValueError, match=message):
        make_gpt(positions)(torch.zeros(2, 4, dtype=torch.int64), positions=places)


@pytest.mark.parametrize(
    ("rotary", "turns"),
    [
        (False, rotary_turns(torch.arange(3), 4)),
        (True, rotary_turns(torch.arange(2), 4)),
        (True, rotary_turns(torch.arange(3), 8)),
        (True, rotary_turns(torch.arange(3).expand(2, 1, 3), 4)),
        (True, rotary_turns(torch.arange(3), 4).real),
    ],
)
def test_turns_that_do_not_fit_a_layer_are_named(rotary, turns):
    layer = MultiHeadAttention(8, 2, rotary=rotary)
    with pytest.raises(ValueError, match="turns has shape"):
        layer(torch.zeros(1, 3, 8), turns=turns)
