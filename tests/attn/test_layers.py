"""attn.layers against nn.TransformerEncoderLayer and nn.TransformerDecoderLayer."""

from functools import partial

import pytest
import torch
from torch import nn

from attn import (
    DecoderLayer,
    EncoderLayer,
    KVCache,
    MultiHeadAttention,
    causal_mask,
    padding_mask,
)
from attn.cache import DecoderCache

D_MODEL, HEADS, D_FF = 12, 3, 20
close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def copy_attention(ours: MultiHeadAttention, prefix: str) -> dict[str, torch.Tensor]:
    projections = (ours.query_proj, ours.key_proj, ours.value_proj)
    return {
        f"{prefix}.in_proj_weight": torch.cat([p.weight for p in projections]),
        f"{prefix}.in_proj_bias": torch.cat([p.bias for p in projections]),
        f"{prefix}.out_proj.weight": ours.out_proj.weight,
        f"{prefix}.out_proj.bias": ours.out_proj.bias,
    }


def copy_module(ours: nn.Module, prefix: str) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": x for name, x in ours.state_dict().items()}


def copy_into_pytorch(ours: EncoderLayer | DecoderLayer, **options) -> nn.Module:
    """PyTorch's own layer with the weights of ours (strict: no weight is left out)."""
    decoder = isinstance(ours, DecoderLayer)
    kind = nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer
    theirs = kind(D_MODEL, HEADS, D_FF, dropout=0.0, batch_first=True, **options).double()
    state = copy_attention(ours.self_attention, "self_attn")
    state |= copy_module(ours.feed_forward.up_proj, "linear1")
    state |= copy_module(ours.feed_forward.down_proj, "linear2")
    norms = [ours.self_attention_residual.norm, ours.feed_forward_residual.norm]
    if decoder:
        state |= copy_attention(ours.cross_attention, "multihead_attn")
        norms.insert(1, ours.cross_attention_residual.norm)
    for i, norm in enumerate(norms, start=1):
        state |= copy_module(norm, f"norm{i}")
    theirs.load_state_dict(state)
    return theirs


def with_random_norms(layer: nn.Module) -> nn.Module:
    for module in layer.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return layer.double()


def draw(n: int = 5, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, n, D_MODEL, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["gelu", "relu"])
@pytest.mark.parametrize("with_maps", [True, False])
def test_encoder_layer_equals_pytorchs(norm_first, activation, with_maps):
    options = {"norm_first": norm_first, "activation": activation}
    ours = with_random_norms(EncoderLayer(D_MODEL, HEADS, D_FF, **options))
    theirs = copy_into_pytorch(ours, **options)
    x, mask, maps = draw(), padding_mask([5, 3]), [] if with_maps else None
    causal = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    for hidden, got in (
        ({}, ours(x, maps=maps)),
        ({"src_key_padding_mask": ~mask[:, 0, 0]}, ours(x, mask, maps=maps)),
        ({"src_mask": causal}, ours(x, causal=True, maps=maps)),
    ):
        expected = theirs(x, **hidden)
        close(got, expected)
        close(*(torch.autograd.grad(y.sin().sum(), x)[0] for y in (got, expected)))


@pytest.mark.parametrize("norm_first", [True, False])
def test_decoder_layer_equals_pytorchs(norm_first):
    ours = with_random_norms(DecoderLayer(D_MODEL, HEADS, D_FF, norm_first=norm_first))
    theirs = copy_into_pytorch(ours, norm_first=norm_first, activation="gelu")
    x, memory, memory_mask = draw(5), draw(7), padding_mask([7, 4])
    expected = theirs(
        x,
        memory,
        tgt_mask=~causal_mask(5),
        memory_key_padding_mask=~memory_mask[:, 0, 0],
    )
    got = ours(x, memory, memory_mask=memory_mask)
    close(got, expected)
    for leaf in (x, memory):
        close(
            *(
                torch.autograd.grad(y.sin().sum(), leaf, retain_graph=True)[0]
                for y in (got, expected)
            )
        )


@pytest.mark.parametrize("kv_heads", [1, 3])
@pytest.mark.parametrize("masked", [True, False])
def test_asking_for_the_weights_changes_no_answer(kv_heads, masked):
    layer = EncoderLayer(D_MODEL, HEADS, num_kv_heads=kv_heads, rotary=False).double()
    x = draw()
    mask = padding_mask([5, 0]) if masked else None  # the second row may see nothing
    maps = []
    for causal in (True, False):
        plain, watched = layer(x, mask, causal=causal), layer(x, mask, causal=causal, maps=maps)
        close(plain, watched)
        close(*(torch.autograd.grad(y.sin().sum(), x)[0] for y in (plain, watched)))
    assert [m.shape for m in maps] == 2 * [(2, HEADS, 5, 5)]
    assert (maps[0].triu(1) == 0).all()


@pytest.mark.parametrize("kind", [EncoderLayer, DecoderLayer])
def test_weights_that_nobody_asks_for_are_not_formed(kind):
    layer, formed = kind(D_MODEL, HEADS).double(), []
    for module in layer.modules():
        if isinstance(module, MultiHeadAttention):
            module.register_forward_hook(lambda _, __, out: formed.append(out.weights is not None))
    inputs = (draw(), draw())[: 1 if kind is EncoderLayer else 2]
    layer(*inputs)
    assert not any(formed)
    lists = {"maps": []} if kind is EncoderLayer else {"maps": [], "cross_maps": []}
    layer(*inputs, **lists)
    assert formed == [False] * len(lists) + [True] * len(lists)


def test_a_mask_of_one_axis_is_taken_with_or_without_weights():
    layer = EncoderLayer(D_MODEL, HEADS).double()
    x, mask = draw(), torch.tensor([True, False, True, True, False])
    close(layer(x, mask), layer(x, mask, maps=[]))
    close(layer(x, mask), layer(x, mask.expand(2, 1, 5, 5)))


@pytest.mark.parametrize("rotary", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
def test_decoding_with_a_cache_equals_the_full_pass(rotary, norm_first):
    x, memory, memory_mask = draw(6), draw(4), padding_mask([4, 2])
    options = {"rotary": rotary, "norm_first": norm_first, "num_kv_heads": 1}
    encoder, decoder = (
        kind(D_MODEL, HEADS, **options).double() for kind in (EncoderLayer, DecoderLayer)
    )
    cache, decoder_cache = KVCache(), DecoderCache()
    got, decoder_got = [], []
    for start, end in ((0, 2), (2, 3), (3, 6)):
        part = x[:, start:end]
        got.append(encoder(part, causal=True, cache=cache))
        decoder_got.append(decoder(part, memory, memory_mask=memory_mask, cache=decoder_cache))
    close(torch.cat(got, dim=1), encoder(x, causal=True))
    close(torch.cat(decoder_got, dim=1), decoder(x, memory, memory_mask=memory_mask))
    assert (len(decoder_cache), len(decoder_cache.cross_attention)) == (6, 4)
    d_head = D_MODEL // HEADS
    assert decoder_cache.num_bytes == 2 * 2 * (6 + 4) * d_head * 8


def test_a_decoder_layer_never_looks_ahead_but_looks_everywhere_across():
    layer = DecoderLayer(D_MODEL, HEADS).double()
    x, memory = draw(5), draw(7)
    layer(x, memory)[0, 2].sum().backward()
    assert (x.grad[0, 3:] == 0).all()
    assert (x.grad[0, :3] != 0).any(-1).all()
    assert (memory.grad[0] != 0).any(-1).all()


def test_decoder_maps_are_who_looked_where():
    layer = DecoderLayer(D_MODEL, HEADS).double()
    maps, cross_maps = [], []
    layer(draw(5), draw(7), memory_mask=padding_mask([7, 3]), maps=maps, cross_maps=cross_maps)
    (own,), (cross,) = maps, cross_maps
    assert own.shape == (2, HEADS, 5, 5)
    assert (own.triu(1) == 0).all()
    assert cross.shape == (2, HEADS, 5, 7)
    assert (cross[1, :, :, 3:] == 0).all()
    close(cross.sum(-1), torch.ones(2, HEADS, 5, dtype=torch.float64))


def test_dropout_acts_in_training_only_and_everywhere():
    torch.manual_seed(0)
    layer = EncoderLayer(D_MODEL, HEADS, dropout=0.2, attention_dropout=0.3)
    assert layer.self_attention.dropout == 0.3
    assert [m.p for m in layer.modules() if isinstance(m, nn.Dropout)] == [0.2] * 3
    x = torch.randn(2, 5, D_MODEL)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(
    ("options", "activation"),
    [({}, "gelu"), ({"gated": True}, "silu"), ({"gated": True, "activation": "gelu"}, "gelu")],
)
def test_each_feed_forward_has_its_own_activation_unless_one_is_given(options, activation):
    assert EncoderLayer(D_MODEL, HEADS, **options).feed_forward.activation == activation


def test_state_dict_names_are_stable():
    parts = [f"self_attention.{p}_proj" for p in ("query", "key", "value", "out")]
    parts += ["feed_forward.up_proj", "feed_forward.down_proj"]
    parts += ["self_attention_residual.norm", "feed_forward_residual.norm"]
    expected = {f"{part}.{w}" for part in parts for w in ("weight", "bias")}
    assert set(EncoderLayer(D_MODEL, HEADS).state_dict()) == expected
    today = EncoderLayer(D_MODEL, HEADS, norm="rms", gated=True, bias=False)
    parts_today = [*parts, "feed_forward.gate_proj"]
    assert set(today.state_dict()) == {f"{part}.weight" for part in parts_today}
    cross = [f"cross_attention.{p}_proj" for p in ("query", "key", "value", "out")]
    cross += ["cross_attention_residual.norm"]
    expected |= {f"{part}.{w}" for part in cross for w in ("weight", "bias")}
    assert set(DecoderLayer(D_MODEL, HEADS).state_dict()) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EncoderLayer(8, 3), "num_heads is 3"),
        (lambda: EncoderLayer(8, 2, norm="batch"), "norm is 'batch', expected 'layer' or 'rms'"),
        (lambda: EncoderLayer(8, 2)(torch.zeros(2, 3, 7)), "x has shape"),
        (lambda: DecoderLayer(8, 2)(torch.zeros(2, 3, 8), torch.zeros(3, 8)), "memory has shape"),
        (
            lambda: EncoderLayer(8, 2)(torch.zeros(2, 3, 8), torch.ones(3, 4, dtype=torch.bool)),
            "mask has shape",
        ),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
