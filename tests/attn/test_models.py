"""attn.models: causality, caches, maps, sizes, and that PyTorch's tools take them.

Parity with published models is in test_transformers_parity.py.
"""

import math
from functools import partial

import pytest
import torch
from torch import nn

from attn import GPT, Transformer, TransformerMaps, padding_mask

VOCAB, WIDTH, HEADS, LAYERS = 11, 8, 2, 2
POSITIONS = ["learned", "sinusoidal", "rotary", "alibi", "relative", "none"]
close = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)


def make_gpt(**options):
    options = {"d_model": WIDTH, "num_heads": HEADS, "num_layers": LAYERS, "max_len": 9, **options}
    return GPT(VOCAB, **options).double()


def make_transformer(**options):
    options = {"d_model": WIDTH, "num_heads": HEADS, "num_layers": LAYERS, "max_len": 9, **options}
    return Transformer(VOCAB, VOCAB + 2, **options).double()


def draw_tokens(n, batch=2):
    return torch.randint(VOCAB, (batch, n))


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("norm_first", [True, False])
def test_gpt_with_caches_equals_the_full_pass_and_never_looks_ahead(positions, norm_first):
    model = make_gpt(positions=positions, norm_first=norm_first, num_kv_heads=1)
    tokens = draw_tokens(7)
    logits = model(tokens)
    assert logits.shape == (2, 7, VOCAB)
    caches = model.new_caches()
    steps = [model(tokens[:, a:b], caches=caches) for a, b in ((0, 3), (3, 4), (4, 7))]
    close(torch.cat(steps, dim=1), logits)
    changed = tokens.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % VOCAB
    close(model(changed)[:, :4], logits[:, :4])
    assert not torch.allclose(model(changed)[:, 4:], logits[:, 4:])


@pytest.mark.parametrize("positions", POSITIONS)
def test_transformer_with_caches_equals_the_full_pass_and_never_looks_ahead(positions):
    model = make_transformer(positions=positions)
    source, target = draw_tokens(5), draw_tokens(7)
    source_mask = padding_mask([5, 3])
    logits = model(source, target, source_mask)
    assert logits.shape == (2, 7, VOCAB + 2)
    memory, caches = model.encode(source, source_mask), model.new_caches()
    steps = [
        model.decode(target[:, a:b], memory, source_mask, caches=caches)
        for a, b in ((0, 3), (3, 4), (4, 7))
    ]
    close(torch.cat(steps, dim=1), logits)
    changed = target.clone()
    changed[:, 4:] = (changed[:, 4:] + 1) % VOCAB
    close(model(source, changed, source_mask)[:, :4], logits[:, :4])


def test_what_the_source_mask_hides_changes_nothing():
    model = make_transformer()
    source, target, mask = draw_tokens(5), draw_tokens(4), padding_mask([3, 3], 5)
    changed = source.clone()
    changed[:, 3:] = (changed[:, 3:] + 1) % VOCAB
    close(model(source, target, mask), model(changed, target, mask))
    assert not torch.allclose(model(source, target), model(changed, target))


@pytest.mark.parametrize("positions", [p for p in POSITIONS if p != "none"])
def test_every_kind_of_position_tells_the_order(positions):
    model = make_gpt(positions=positions, num_layers=1)
    if positions == "relative":  # small at the start, so that the scores decide
        nn.init.normal_(model.body.position_bias.embedding.weight)
    one, other = torch.tensor([[1, 2, 3, 4], [2, 1, 3, 4]]).unbind()
    assert not torch.allclose(model(one[None])[:, -1], model(other[None])[:, -1], atol=1e-6)
    blind = make_gpt(positions="none", num_layers=1)
    close(blind(one[None])[:, -1], blind(other[None])[:, -1])


def test_relative_bias_tells_the_future_apart_only_where_it_is_seen():
    model = make_transformer(positions="relative")
    assert model.encoder.position_bias.bidirectional
    assert not model.decoder.position_bias.bidirectional
    assert not make_gpt(positions="relative").body.position_bias.bidirectional


def test_maps_are_every_layers_weights_and_change_no_answer():
    gpt, maps = make_gpt(), []
    tokens = draw_tokens(6)
    close(gpt(tokens, maps=maps), gpt(tokens))
    assert [m.shape for m in maps] == LAYERS * [(2, HEADS, 6, 6)]
    assert all((m.triu(1) == 0).all() for m in maps)
    close(torch.stack(maps).sum(-1), torch.ones(LAYERS, 2, HEADS, 6, dtype=torch.float64))

    model, maps = make_transformer(), TransformerMaps()
    source, target = draw_tokens(5), draw_tokens(4)
    close(model(source, target, maps=maps), model(source, target))
    assert [m.shape for m in maps.encoder] == LAYERS * [(2, HEADS, 5, 5)]
    assert [m.shape for m in maps.decoder] == LAYERS * [(2, HEADS, 4, 4)]
    assert [m.shape for m in maps.cross] == LAYERS * [(2, HEADS, 4, 5)]


def test_parameters_counted_by_hand():
    d, f = WIDTH, 4 * WIDTH
    attention, feed_forward, norm = 4 * (d * d + d), d * f + f + f * d + d, 2 * d
    layer = attention + feed_forward + 2 * norm
    decoder_layer = layer + attention + norm

    def count(model):
        return sum(p.numel() for p in model.parameters())

    assert count(make_gpt()) == VOCAB * d + 9 * d + LAYERS * layer + norm + d * VOCAB
    assert count(make_gpt(tie_weights=True)) == VOCAB * d + 9 * d + LAYERS * layer + norm
    assert count(make_gpt(positions="rotary", norm_first=False)) == (2 * VOCAB * d + LAYERS * layer)
    assert count(make_transformer()) == (
        VOCAB * d + 2 * (VOCAB + 2) * d + LAYERS * (layer + decoder_layer) + 2 * norm
    )


def test_a_new_model_knows_nothing_and_says_so():
    torch.manual_seed(0)
    model = GPT(50, d_model=64, num_heads=4, num_layers=2, max_len=32)
    tokens = torch.randint(50, (4, 32))
    loss = nn.functional.cross_entropy(model(tokens).flatten(0, 1), tokens.roll(-1).flatten())
    assert loss.item() == pytest.approx(math.log(50), abs=0.5)


def test_a_small_gpt_learns_a_sequence_by_heart():
    torch.manual_seed(0)
    model = GPT(12, d_model=32, num_heads=4, num_layers=1, positions="rotary", dropout=0.1)
    tokens = torch.randint(12, (1, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(40):
        loss = nn.functional.cross_entropy(model(tokens[:, :-1])[0], tokens[0, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    assert torch.equal(model(tokens)[0, :-1].argmax(-1), tokens[0, 1:])


@pytest.mark.parametrize("tie_weights", [True, False])
def test_a_saved_model_comes_back_the_same(tie_weights):
    model, other = (make_transformer(positions="learned", tie_weights=tie_weights) for _ in "ab")
    source, target = draw_tokens(3), draw_tokens(4)
    other.load_state_dict(model.state_dict())
    close(other(source, target), model(source, target), rtol=0, atol=0)
    if tie_weights:
        assert other.head.weight is other.decoder.embedding.weight


def test_state_dict_names_of_the_models_are_stable():
    gpt = set(make_gpt(num_layers=1, positions="relative").state_dict())
    assert {n for n in gpt if ".layers." not in n} == {
        "body.embedding.weight",
        "body.position_bias.embedding.weight",
        "body.norm.weight",
        "body.norm.bias",
        "head.weight",
    }
    assert "body.layers.0.self_attention.query_proj.weight" in gpt
    transformer = set(make_transformer(num_layers=1, positions="learned").state_dict())
    assert {n for n in transformer if ".layers." not in n} == {
        f"{side}.{name}"
        for side in ("encoder", "decoder")
        for name in (
            "embedding.weight",
            "learned_positions.embedding.weight",
            "norm.weight",
            "norm.bias",
        )
    } | {"head.weight"}


@pytest.mark.parametrize("n", [0, 1])
def test_one_token_and_no_token(n):
    assert make_gpt()(draw_tokens(n)).shape == (2, n, VOCAB)
    assert make_transformer()(draw_tokens(3), draw_tokens(n)).shape == (2, n, VOCAB + 2)
    assert make_transformer()(draw_tokens(n), draw_tokens(3)).isfinite().all()


def test_bfloat16_models_stay_bfloat16():
    for positions in POSITIONS:
        logits = make_gpt(positions=positions).bfloat16()(draw_tokens(4))
        assert logits.dtype == torch.bfloat16
        assert logits.isfinite().all()


def test_autocast_takes_every_kind_of_position():
    for positions in POSITIONS:
        model = make_gpt(positions=positions).float()
        tokens = draw_tokens(4)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(tokens)
        assert logits.dtype == torch.bfloat16
        torch.testing.assert_close(logits.float(), model(tokens), rtol=0.1, atol=0.1)


@pytest.mark.slow
def test_compile_traces_the_whole_model_in_one_graph():
    model = make_gpt(positions="rotary", num_kv_heads=1, num_layers=1)
    tokens = draw_tokens(5)
    torch.compiler.reset()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    close(compiled(tokens), model(tokens))
    grads = []
    for run in (compiled, model):
        model.zero_grad()
        run(tokens).sin().sum().backward()
        grads.append(model.body.embedding.weight.grad.clone())
    close(*grads)


def test_export_takes_a_model_with_batch_and_length_left_open():
    model = make_gpt(max_len=64, num_layers=1).eval()
    batch, length = torch.export.Dim("batch", max=32), torch.export.Dim("length", min=2, max=64)
    exported = torch.export.export(
        model, (draw_tokens(5, batch=3),), dynamic_shapes={"tokens": {0: batch, 1: length}}
    )
    for tokens in (draw_tokens(7, batch=2), draw_tokens(12, batch=4)):
        close(exported.module()(tokens), model(tokens))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GPT(0, d_model=8, num_heads=2, num_layers=1, max_len=4), "vocab is 0"),
        (lambda: make_gpt(num_layers=0), "num_layers is 0"),
        (lambda: make_gpt(max_len=None), "max_len is None"),
        (lambda: make_gpt(max_len=0), "max_len is 0"),
        (lambda: make_gpt(positions="spiral"), "positions is 'spiral'"),
        (lambda: make_gpt(activation="tanh"), "activation is 'tanh'"),
        (lambda: make_gpt(num_heads=3), "num_heads is 3"),
        (lambda: make_gpt()(draw_tokens(10)), "tokens reach length 10, expected at most max_len=9"),
        (lambda: make_gpt(positions="rotary")(draw_tokens(10)), "tokens reach length 10"),
        (lambda: make_gpt()(torch.tensor([[VOCAB]])), "tokens has entries 11 to 11"),
        (lambda: make_gpt()(torch.tensor([[-1]])), "tokens has entries -1 to -1"),
        (lambda: make_gpt()(torch.zeros(1, 3)), "tokens has shape"),
        (lambda: make_gpt()(torch.tensor([1, 2])), "tokens has shape"),
        (lambda: make_gpt()([[1, 2]]), "tokens is a list"),
        (lambda: make_gpt()(draw_tokens(2), caches=[]), "caches has 0, expected 2"),
        (
            lambda: make_gpt()(draw_tokens(4), torch.ones(4, 5, dtype=torch.bool)),
            "mask has shape",
        ),
        (lambda: Transformer(5, 0, d_model=8, num_heads=2, num_layers=1), "vocab_target is 0"),
        (
            lambda: make_transformer()(draw_tokens(3), draw_tokens(3, batch=1)),
            "key has batch=2, expected 1",
        ),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
