"""Any attention function fits any layer and any model: each is tried in all of them.

The functions are taken from what attn makes public, so that a new one can't be forgotten.
"""

import inspect
from functools import partial

import pytest
import torch

import attn
from attn import (
    GPT,
    DecoderLayer,
    EncoderLayer,
    KVCache,
    MultiHeadAttention,
    Transformer,
    generate,
    merge_heads,
    padding_mask,
    split_heads,
)

# What a function can't do without. A function that is missing here must need nothing.
REQUIRED = {
    "top_k_attention": {"k": 3},
    "sliding_window_attention": {"window": 3},
    "block_top_k_attention": {"block_size": 2, "k": 2},
}
FUNCTIONS = {
    name: partial(getattr(attn, name), **REQUIRED[name])
    if name in REQUIRED
    else getattr(attn, name)
    for name in attn.__all__
    if name.endswith("_attention")
}
SIZES = {"d_model": 8, "num_heads": 4, "num_layers": 2}
VOCAB = 11
close = partial(torch.testing.assert_close, rtol=1e-9, atol=1e-9)

every_function = pytest.mark.parametrize("attention", FUNCTIONS.values(), ids=FUNCTIONS)
# A block of queries chooses its keys by its first query, or by all: which of them stand in one
# call is part of the question. So its answers step by step are others, by design.
every_function_of_single_queries = pytest.mark.parametrize(
    "attention",
    [f for name, f in FUNCTIONS.items() if name != "block_top_k_attention"],
    ids=[name for name in FUNCTIONS if name != "block_top_k_attention"],
)


def draw(n, d=8):
    return torch.randn(2, n, d, dtype=torch.float64)


def draw_tokens(n):
    return torch.randint(VOCAB, (2, n))


def every_gradient_is_finite(module):
    return all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters())


def test_the_list_holds_every_function():
    assert {"scaled_dot_product_attention", *REQUIRED} <= set(FUNCTIONS)
    for name in FUNCTIONS:
        parameters = list(inspect.signature(getattr(attn, name)).parameters)
        assert parameters[:4] == ["query", "key", "value", "mask"]
        assert "causal" in parameters


@pytest.mark.parametrize("kv_heads", [1, 4])
def test_a_function_of_ones_own_without_causal_is_given_a_mask(kv_heads):
    def plain(query, key, value, mask=None):
        return attn.scaled_dot_product_attention(query, key, value, mask)

    def open_to_all(query, key, value, mask=None, **options):
        assert "causal" not in options  # it may know nothing of it
        return plain(query, key, value, mask)

    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads).double()
    x, mask = draw(7), padding_mask([7, 4])
    expected = layer(x, mask=mask, causal=True)
    for layer.attention in (plain, open_to_all):
        close(layer(x, mask=mask, causal=True), expected)


@every_function
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("causal", [False, True])
def test_heads_are_the_functions_answers_side_by_side(attention, kv_heads, causal):
    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads, attention=attention).double()
    x, mask = draw(7), padding_mask([7, 4])
    output, weights = layer(x, mask=mask, causal=causal)

    queries = split_heads(layer.query_proj(x), 4)
    keys = split_heads(layer.key_proj(x), kv_heads)
    values = split_heads(layer.value_proj(x), kv_heads)
    heads = []
    for h in range(4):
        own = slice(h, h + 1), slice(h // (4 // kv_heads), h // (4 // kv_heads) + 1)
        q, k, v = queries[:, own[0]], keys[:, own[1]], values[:, own[1]]
        heads.append(attention(q, k, v, mask, causal=causal).output)
    close(output, layer.out_proj(merge_heads(torch.cat(heads, dim=1))))
    assert weights is None or weights.shape == (2, 4, 7, 7)


@every_function
@pytest.mark.parametrize("norm_first", [True, False])
def test_layers_take_it(attention, norm_first):
    x, memory, mask = draw(6), draw(5), padding_mask([6, 3])
    maps = []
    options = {"attention": attention, "norm_first": norm_first, "rotary": True}
    encoder = EncoderLayer(8, 4, num_kv_heads=2, **options).double()
    decoder = DecoderLayer(8, 4, num_kv_heads=2, **options).double()
    for layer, out in (
        (encoder, encoder(x, mask, maps=maps)),
        (decoder, decoder(x, memory, mask, padding_mask([5, 2]), maps=maps)),
    ):
        assert out.shape == x.shape
        out.square().sum().backward()
        assert every_gradient_is_finite(layer)
    assert len(maps) == 2


@every_function
def test_cross_attention_takes_it_too(attention):
    layer = DecoderLayer(8, 4, cross_attention=attention).double()
    x, memory = draw(4), draw(6)
    out = layer(x, memory, memory_mask=padding_mask([6, 3]))
    changed = memory.clone()
    changed[1, 3:] += 1.0
    close(layer(x, changed, memory_mask=padding_mask([6, 3])), out)
    assert out.isfinite().all()


@every_function
@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_models_train_with_it_and_never_look_ahead(attention, positions):
    options = {**SIZES, "attention": attention, "positions": positions, "max_len": 12}
    gpt = GPT(VOCAB, **options).double()
    transformer = Transformer(VOCAB, VOCAB, **options).double()
    source, tokens = draw_tokens(5), draw_tokens(9)
    mask = padding_mask([5, 3])
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % VOCAB
    for model, run in (
        (gpt, gpt),
        (transformer, lambda target: transformer(source, target, mask)),
    ):
        logits = run(tokens)
        close(run(changed)[:, :5], logits[:, :5])
        logits.square().sum().backward()
        assert every_gradient_is_finite(model)


@every_function
def test_padded_rows_answer_as_if_they_were_alone(attention):
    encoder = attn.Encoder(VOCAB, **SIZES, attention=attention, causal=True).double()
    tokens = draw_tokens(8)
    alone = encoder(tokens[1:, :5])
    together = encoder(tokens, padding_mask([8, 5]))
    close(together[1:, :5], alone)


@every_function_of_single_queries
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_decoding_with_a_cache_equals_the_full_pass(attention, kv_heads):
    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads, rotary=True, attention=attention)
    x, cache = draw(9), KVCache()
    steps = [
        layer.double()(x[:, a:b], causal=True, cache=cache).output
        for a, b in ((0, 4), (4, 5), (5, 8), (8, 9))
    ]
    close(torch.cat(steps, dim=1), layer(x, causal=True).output)


@every_function
@pytest.mark.parametrize("how", [{"temperature": 0}, {"beam": 2}])
def test_generate_writes_with_it(attention, how):
    gpt = GPT(VOCAB, **SIZES, attention=attention, max_len=16).double()
    transformer = Transformer(VOCAB, VOCAB, **SIZES, attention=attention).double()
    for model, extra in ((gpt, {}), (transformer, {"source": draw_tokens(4)})):
        tokens = draw_tokens(3)
        with_cache, without = (
            generate(model, tokens, max_new_tokens=5, cache=cache, **how, **extra)
            for cache in (True, False)
        )
        assert with_cache.shape == without.shape == (2, 8)
        if attention is not FUNCTIONS["block_top_k_attention"]:
            assert torch.equal(with_cache, without)


@every_function
def test_dropout_is_for_functions_that_take_it(attention):
    if "dropout" in inspect.signature(attention).parameters:
        assert EncoderLayer(8, 4, dropout=0.1, attention=attention).training
        return
    with pytest.raises(ValueError, match=r"dropout is 0\.1, but \w+_attention takes no dropout"):
        EncoderLayer(8, 4, dropout=0.1, attention=attention)
    layer = EncoderLayer(8, 4, dropout=0.1, attention_dropout=0, attention=attention).double()
    x = draw(4)
    assert not torch.equal(layer(x), layer.eval()(x))


@every_function
def test_a_bias_is_for_functions_that_take_it(attention):
    layer = MultiHeadAttention(8, 4, attention=attention).double()
    x, bias = draw(5), torch.randn(4, 5, 5, dtype=torch.float64)
    if "bias" in inspect.signature(attention).parameters:
        assert not torch.allclose(layer(x, bias=bias).output, layer(x).output)
    else:
        with pytest.raises(ValueError, match=r"bias is given, but \w+_attention takes no bias"):
            layer(x, bias=bias)
