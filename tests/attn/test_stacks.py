"""attn.stacks: options reach every layer, positions every kind of place, and a stack is its layers.

What models do with stacks is in test_models.py.
"""

import math
from functools import partial

import pytest
import torch
from torch import nn

from attn import (
    Decoder,
    Encoder,
    GatedFeedForward,
    MultiHeadAttention,
    RMSNorm,
    Transformer,
    alibi_bias,
    chunked_attention,
    linear_attention,
    padding_mask,
    scaled_dot_product_attention,
    sinusoidal_positions,
)
from attn.layers import LayerOptions
from attn.positions import rotary_turns

VOCAB, WIDTH, HEADS = 11, 8, 2
SIZES = {"d_model": WIDTH, "num_heads": HEADS, "num_layers": 2}
close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)
every_stack = pytest.mark.parametrize("stack", [Encoder, Decoder])


def draw_tokens(n, batch=2):
    return torch.randint(VOCAB, (batch, n))


def memory_for(stack, n=5):
    return [torch.randn(2, n, WIDTH, dtype=torch.float64)] if stack is Decoder else []


@every_stack
@pytest.mark.parametrize("norm_first", [True, False])
def test_a_stack_is_its_layers_one_after_the_other(stack, norm_first):
    model = stack(VOCAB, **SIZES, positions="sinusoidal", norm_first=norm_first).double()
    tokens, memory = draw_tokens(4), memory_for(stack)
    x = model.embedding(tokens) * math.sqrt(WIDTH)
    x = x + sinusoidal_positions(4, WIDTH, dtype=torch.float64)
    for layer in model.layers:
        x = layer(x, *memory)
    if norm_first:  # the layers hand on a bare sum
        x = nn.functional.layer_norm(x, (WIDTH,))
    close(model(tokens, *memory), x)


NAMES = {nn.LayerNorm: "layer", RMSNorm: "rms"}


def has_a_bias(layer):
    found = {m.bias is not None for m in layer.modules() if isinstance(m, nn.Linear)}
    return found.pop() if len(found) == 1 else found


# Each option that a layer takes, at a value that is not its default, and where it is to be seen.
OPTIONS = {
    "d_ff": (5, lambda layer: layer.feed_forward.up_proj.out_features),
    "num_kv_heads": (1, lambda layer: layer.self_attention.num_kv_heads),
    "norm_first": (False, lambda layer: layer.feed_forward_residual.norm_first),
    "norm": ("rms", lambda layer: NAMES[type(layer.feed_forward_residual.norm)]),
    "norm_eps": (0.25, lambda layer: layer.self_attention_residual.norm.eps),
    "gated": (True, lambda layer: isinstance(layer.feed_forward, GatedFeedForward)),
    "bias": (False, has_a_bias),
    "activation": ("silu", lambda layer: layer.feed_forward.activation),
    "dropout": (0.5, lambda layer: layer.feed_forward_residual.dropout.p),
    "attention_dropout": (0.25, lambda layer: layer.self_attention.dropout),
    "attention": (chunked_attention, lambda layer: layer.self_attention.attention),
    "rotary": (True, lambda layer: layer.self_attention.rotary),
    "rotary_base": (500.0, lambda layer: layer.self_attention.rotary_base),
}


def test_the_list_holds_every_option():
    assert set(OPTIONS) == set(LayerOptions.__dataclass_fields__)
    assert all(getattr(LayerOptions(), name) != value for name, (value, _) in OPTIONS.items())


@every_stack
@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_reaches_every_layer(stack, name):
    value, read = OPTIONS[name]
    given = {"positions": "rotary"} if name == "rotary" else {name: value}
    model = stack(VOCAB, **SIZES, **given)
    assert [read(layer) for layer in model.layers] == [value, value]


@every_stack
def test_an_option_that_no_layer_takes_is_refused(stack):
    with pytest.raises(TypeError, match="colour"):
        stack(VOCAB, **SIZES, colour="blue")


def test_the_function_that_looks_across_is_the_cross_attentions_alone():
    model = Transformer(VOCAB, VOCAB, **SIZES, cross_attention=linear_attention, positions="rotary")
    for layer in model.decoder.layers:
        assert layer.cross_attention.attention is linear_attention
        assert not layer.cross_attention.rotary
    others = [m for m in model.modules() if isinstance(m, MultiHeadAttention)]
    others = [m for m in others if m.attention is not linear_attention]
    assert [m.attention for m in others] == 4 * [scaled_dot_product_attention]
    plain = Transformer(VOCAB, VOCAB, **SIZES, positions="rotary")
    plain.load_state_dict(model.state_dict())
    source, target = draw_tokens(5), draw_tokens(4)
    assert not torch.allclose(model(source, target), plain(source, target))
    with pytest.raises(TypeError, match="cross_attention"):  # it has nothing to look across to
        Encoder(VOCAB, **SIZES, cross_attention=linear_attention)


@pytest.mark.parametrize("start", [0, 3])
def test_each_kind_of_position_has_its_own_place(start):
    tokens = draw_tokens(4)
    for positions in ("learned", "sinusoidal", "rotary", "alibi", "relative", "none"):
        model = Encoder(VOCAB, **SIZES, positions=positions, max_len=9, causal=True).double()
        caches = [[None] * start for _ in range(2)]  # a stack asks a cache only how long it is
        x, bias, turns = model.embed(tokens, caches, None)
        added = x - model.embedding(tokens) * math.sqrt(WIDTH)
        rows = torch.arange(start, start + 4)
        expected = torch.zeros(4, WIDTH, dtype=torch.float64)
        if positions == "learned":
            expected = model.learned_positions.embedding.weight[rows]
        elif positions == "sinusoidal":
            expected = sinusoidal_positions(4, WIDTH, start=start, dtype=torch.float64)
        close(added, expected.expand(2, -1, -1))
        assert (bias is not None) == (positions in ("alibi", "relative"))
        assert (turns is not None) == (positions == "rotary")
        if positions == "alibi":
            close(bias, alibi_bias(HEADS, 4, start + 4, dtype=torch.float64))
        elif positions == "relative":
            close(bias, model.position_bias(4, start + 4))
        elif positions == "rotary":
            close(turns[..., 0, :, :], rotary_turns(rows, WIDTH // HEADS, dtype=torch.float64))


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_the_final_norm_is_of_the_kind_of_the_layers(norm):
    model = Encoder(VOCAB, **SIZES, norm=norm, norm_eps=0.25)
    assert (NAMES[type(model.norm)], model.norm.eps) == (norm, 0.25)


@every_stack
def test_a_stack_and_its_layers_turn_by_the_same_base(stack):
    """A stack turns for all its layers; a layer on its own counts for itself."""
    model = stack(VOCAB, **SIZES, positions="rotary", rotary_base=7.0).double()
    tokens, memory = draw_tokens(6), memory_for(stack)
    x = model.embedding(tokens) * math.sqrt(WIDTH)
    for layer in model.layers:
        x = layer(x, *memory)
    close(model(tokens, *memory), model.norm(x))


def test_an_embedding_that_is_not_scaled_comes_in_as_it_is():
    model = Encoder(VOCAB, **SIZES, positions="none", scale_embedding=False)
    tokens = draw_tokens(4)
    assert torch.equal(model.embed(tokens, None, None)[0], model.embedding(tokens))


def test_embedded_tokens_come_in_with_variance_1():
    model = Encoder(1000, d_model=64, num_heads=1, num_layers=1, positions="none")
    x, _, _ = model.embed(torch.arange(1000)[None], None, None)
    assert x.std().item() == pytest.approx(1.0, rel=0.02)
    assert x.mean().item() == pytest.approx(0.0, abs=0.02)


def test_an_encoder_looks_both_ways_unless_causal():
    tokens = draw_tokens(6)
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % VOCAB
    for causal in (True, False):
        model = Encoder(VOCAB, **SIZES, causal=causal).double()
        same = torch.isclose(model(tokens), model(changed)).all(-1)
        assert same[:, :5].all() == causal


def test_maps_and_masks_of_a_decoder_are_those_of_both_its_attentions():
    model, maps, cross_maps = Decoder(VOCAB, **SIZES).double(), [], []
    mask, memory_mask = padding_mask([4, 2]), padding_mask([5, 1])
    (memory,) = memory_for(Decoder)
    model(draw_tokens(4), memory, mask, memory_mask, maps=maps, cross_maps=cross_maps)
    assert [m.shape for m in maps] == 2 * [(2, HEADS, 4, 4)]
    assert [m.shape for m in cross_maps] == 2 * [(2, HEADS, 4, 5)]
    for own, across in zip(maps, cross_maps, strict=True):
        assert (own[1, ..., 2:] == 0).all()
        assert (across[1, ..., 1:] == 0).all()
        assert (across[1, ..., 0] == 1).all()


@every_stack
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positions": "spiral"}, "positions is 'spiral', expected one of"),
        ({"positions": "learned"}, "max_len is None"),
        ({"d_model": 0}, "d_model is 0"),
        ({"num_layers": 0}, "num_layers is 0"),
        ({"positions": "alibi", "attention": linear_attention}, "which takes no bias"),
    ],
)
def test_bad_options_are_named(stack, options, message):
    with pytest.raises(ValueError, match=message):
        stack(VOCAB, **{**SIZES, **options})


@every_stack
def test_one_cache_a_layer_is_asked_for(stack):
    model, memory = stack(VOCAB, **SIZES).double(), memory_for(stack)
    with pytest.raises(ValueError, match="caches has 1, expected 2: one a layer"):
        model(draw_tokens(3), *memory, caches=[[]])
