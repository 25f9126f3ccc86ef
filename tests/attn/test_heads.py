"""attn.heads against nn.MultiheadAttention and F.scaled_dot_product_attention."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from attn import (
    KVCache,
    MultiHeadAttention,
    alibi_bias,
    apply_rotary,
    causal_mask,
    merge_heads,
    padding_mask,
    scaled_dot_product_attention,
    split_heads,
)

quick = settings(max_examples=25, deadline=None)
close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)


def copy_into_pytorch(layer: MultiHeadAttention) -> nn.MultiheadAttention:
    """PyTorch's own module with the weights of ours."""
    theirs = nn.MultiheadAttention(
        layer.d_model, layer.num_heads, bias=layer.out_proj.bias is not None, batch_first=True
    ).to(layer.out_proj.weight)
    projections = (layer.query_proj, layer.key_proj, layer.value_proj)
    state = {
        "in_proj_weight": torch.cat([p.weight for p in projections]),
        "out_proj.weight": layer.out_proj.weight,
    }
    if layer.out_proj.bias is not None:
        state["in_proj_bias"] = torch.cat([p.bias for p in projections])
        state["out_proj.bias"] = layer.out_proj.bias
    theirs.load_state_dict(state)
    return theirs


def reference(layer, query, key, mask=None, bias=None):
    """The layer's output by PyTorch's attention, with repeated keys and values."""
    group = layer.num_heads // layer.num_kv_heads

    def heads(projection, x, count):
        return projection(x).reshape(*x.shape[:2], count, -1).transpose(1, 2)

    queries = heads(layer.query_proj, query, layer.num_heads)
    keys = heads(layer.key_proj, key, layer.num_kv_heads)
    values = heads(layer.value_proj, key, layer.num_kv_heads)
    if layer.rotary:
        start = key.shape[1] - query.shape[1]
        queries = apply_rotary(queries, torch.arange(start, start + query.shape[1]))
        keys = apply_rotary(keys)
    keys, values = (x.repeat_interleave(group, dim=1) for x in (keys, values))
    attn_mask = torch.zeros(1, dtype=query.dtype) if bias is None else bias
    if mask is not None:
        attn_mask = torch.where(mask, attn_mask, -torch.inf)
    attn_mask = attn_mask.expand(*queries.shape[:3], key.shape[1])
    mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask)
    return layer.out_proj(mixed.transpose(1, 2).flatten(2))


def test_split_heads_gives_each_head_its_slice_and_merge_heads_undoes_it():
    x = torch.arange(2 * 3 * 8.0).reshape(2, 3, 8)
    heads = split_heads(x, 4)
    for h in range(4):
        assert torch.equal(heads[:, h], x[..., 2 * h : 2 * h + 2])
    assert torch.equal(merge_heads(heads), x)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_equals_pytorchs_module_with_the_same_weights(bias, masked):
    layer = MultiHeadAttention(12, 3, bias=bias).double()
    query = torch.randn(2, 4, 12, dtype=torch.float64, requires_grad=True)
    key, value = torch.randn(2, 2, 5, 12, dtype=torch.float64)
    mask = padding_mask([5, 3]) & causal_mask(4, 5) if masked else None
    theirs = copy_into_pytorch(layer)
    hidden = None if mask is None else ~mask.expand(2, 3, 4, 5).flatten(0, 1)
    expected, expected_weights = theirs(
        query, key, value, attn_mask=hidden, average_attn_weights=False
    )

    result = layer(query, key, value, mask)

    close(result.output, expected)
    close(result.weights, expected_weights)
    got, want = (torch.autograd.grad(y.sin().sum(), query)[0] for y in (result.output, expected))
    close(got, want)


@quick
@given(
    kv_heads=st.sampled_from([1, 2, 4]),
    n_q=st.integers(1, 4),
    extra=st.integers(-1, 4),
    mask_shape=st.sampled_from(["none", "n_k", "n_q,n_k", "b,1,1,n_k", "h,n_q,n_k", "b,h,n_q,n_k"]),
    bias_shape=st.sampled_from(["none", "n_k", "h,1,n_k", "b,1,n_q,1", "b,h,n_q,n_k"]),
    rotary=st.booleans(),
)
def test_grouped_queries_equal_repeated_keys(kv_heads, n_q, extra, mask_shape, bias_shape, rotary):
    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads, rotary=rotary).double()
    n_k = n_q + extra if n_q + extra > 0 else 1
    query = torch.randn(2, n_q, 8, dtype=torch.float64)
    key = torch.randn(2, n_k, 8, dtype=torch.float64)
    sizes = {"b": 2, "h": 4, "n_q": n_q, "n_k": n_k, "1": 1}
    mask = bias = None
    if mask_shape != "none":
        mask = torch.rand([sizes[s] for s in mask_shape.split(",")]) < 0.6
        mask[..., 0] = True
    if bias_shape != "none":
        bias = torch.randn([sizes[s] for s in bias_shape.split(",")], dtype=torch.float64)

    result = layer(query, key, mask=mask, bias=bias)

    close(result.output, reference(layer, query, key, mask, bias))
    assert result.weights.shape == (2, 4, n_q, n_k)
    close(result.weights.sum(-1), torch.ones(2, 4, n_q, dtype=torch.float64))

    unwatched = layer(query, key, mask=mask, bias=bias, need_weights=False)
    close(unwatched.output, result.output)
    assert (unwatched.weights is None) == (bias is None)

    def copied(*args, **options):  # another function gets the keys repeated, one for each head
        return scaled_dot_product_attention(*args, **options)

    layer.attention = copied
    other = layer(query, key, mask=mask, bias=bias)
    close(other.output, result.output)
    close(other.weights, result.weights)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("rotary", [False, True])
def test_decoding_with_a_cache_equals_the_full_pass(kv_heads, rotary):
    layer = MultiHeadAttention(16, 4, num_kv_heads=kv_heads, rotary=rotary).double()
    x = torch.randn(2, 9, 16, dtype=torch.float64)
    whole = layer(x, causal=True)
    close(whole.output, reference(layer, x, x, causal_mask(9)))
    cache, outputs = KVCache(), []
    for start, end in ((0, 4), (4, 5), (5, 5), (5, 8), (8, 9)):
        step = layer(x[:, start:end], causal=True, cache=cache)
        outputs.append(step.output)
        close(step.weights, whole.weights[:, :, start:end, :end])
    close(torch.cat(outputs, dim=1), whole.output)
    assert len(cache) == 9
    assert cache.num_bytes == 2 * (2 * kv_heads * 9 * 4) * 8


def test_a_cache_goes_with_masks_and_biases_for_all_keys():
    layer = MultiHeadAttention(16, 4, num_kv_heads=2).double()
    x = torch.randn(2, 6, 16, dtype=torch.float64)
    mask, bias = padding_mask([6, 2], 6), alibi_bias(4, 6, dtype=torch.float64)
    whole = layer(x, mask=mask, bias=bias, causal=True).output
    cache = KVCache()
    steps = [
        layer(
            x[:, i : i + 1],
            mask=mask[..., : i + 1],
            bias=alibi_bias(4, 1, i + 1, dtype=torch.float64),
            causal=True,
            cache=cache,
        ).output
        for i in range(6)
    ]
    close(torch.cat(steps, dim=1), whole)


@pytest.mark.parametrize("kv_heads", [1, 4])
def test_causal_lets_no_gradient_come_from_the_future(kv_heads):
    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads, rotary=True)
    x = torch.randn(1, 6, 8, requires_grad=True)
    layer(x, causal=True).output[0, 3].sum().backward()
    assert (x.grad[0, 4:] == 0).all()
    assert (x.grad[0, :4] != 0).any(-1).all()


def test_without_positions_shuffled_tokens_only_shuffle_along():
    layer = MultiHeadAttention(8, 2).double()
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    order = torch.tensor([3, 0, 4, 1, 2])
    close(layer(x[:, order]).output, layer(x).output[:, order])
    turned = MultiHeadAttention(8, 2, rotary=True).double()
    assert not torch.allclose(turned(x[:, order]).output, turned(x).output[:, order])


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    layer = MultiHeadAttention(8, 2, dropout=0.5)
    x = torch.randn(2, 5, 8)
    assert not torch.equal(layer(x).output, layer(x).output)
    layer.eval()
    assert torch.equal(layer(x).output, layer(x).output)


@pytest.mark.parametrize("n_q", [0, 1, 3])
@pytest.mark.parametrize("n_k", [0, 1])
@pytest.mark.parametrize("kv_heads", [1, 4])
def test_one_token_and_no_token(n_q, n_k, kv_heads):
    layer = MultiHeadAttention(8, 4, num_kv_heads=kv_heads, rotary=True)
    query = torch.randn(2, n_q, 8, requires_grad=True)
    output, weights = layer(query, torch.randn(2, n_k, 8))
    assert weights.shape == (2, 4, n_q, n_k)
    if n_k == 0:
        torch.testing.assert_close(output, layer.out_proj.bias.expand(2, n_q, 8))
    output.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_gradients_equal_finite_differences():
    layer = MultiHeadAttention(4, 2, num_kv_heads=1, rotary=True).double()
    query = torch.randn(1, 2, 4, dtype=torch.float64, requires_grad=True)
    key = torch.randn(1, 3, 4, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert torch.autograd.gradcheck(lambda q, k: layer(q, k, mask=mask), (query, key))


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_huge_logits_and_rows_that_see_nothing_stay_finite(need_weights, dtype):
    layer = MultiHeadAttention(8, 4, num_kv_heads=2, rotary=True).to(dtype)
    x = (300 * torch.randn(2, 5, 8)).to(dtype).requires_grad_()  # logits of about 1e4
    output, weights = layer(x, mask=padding_mask([5, 0]), need_weights=need_weights)
    output.sum().backward()
    assert output.dtype == x.grad.dtype == dtype
    assert output.isfinite().all()
    assert x.grad.isfinite().all()
    torch.testing.assert_close(output[1], layer.out_proj.bias.expand(5, 8))
    if need_weights:
        assert weights.dtype == dtype
        assert (weights[1] == 0).all()


def test_an_attention_function_is_told_only_what_was_asked_for():
    seen = []

    def spy(query, key, value, mask=None, *, causal=False):
        seen.append((mask, causal))
        return scaled_dot_product_attention(query, key, value, mask)

    layer = MultiHeadAttention(8, 2, attention=spy)
    x = torch.randn(1, 3, 8)
    layer(x)
    layer(x, causal=True)
    assert seen == [(None, False), (None, True)]


def test_state_dict_names_are_stable():
    names = {f"{p}_proj.{w}" for p in ("query", "key", "value", "out") for w in ("weight", "bias")}
    assert set(MultiHeadAttention(8, 2, rotary=True).state_dict()) == names


def plain(query, key, value, mask=None):
    return scaled_dot_product_attention(query, key, value, mask)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: split_heads(torch.zeros(1, 2, 7), 2), "num_heads is 2"),
        (lambda: merge_heads(torch.zeros(2, 7)), "x has shape"),
        (lambda: MultiHeadAttention(8, 3), "num_heads is 3"),
        (lambda: MultiHeadAttention(8, 0), "num_heads is 0"),
        (lambda: MultiHeadAttention(8, 4, num_kv_heads=3), "num_kv_heads is 3"),
        (lambda: MultiHeadAttention(6, 2, rotary=True), "d_head is 3"),
        (lambda: MultiHeadAttention(8, 2, rotary_base=0), "rotary_base is 0"),
        (lambda: MultiHeadAttention(8, 2, dropout=1.5), "dropout is 1.5"),
        (lambda: MultiHeadAttention(8, 2, attention="fast"), "attention is 'fast'"),
        (
            lambda: MultiHeadAttention(8, 2, dropout=0.1, attention=plain),
            "dropout is 0.1, but plain takes no dropout",
        ),
    ],
)
def test_bad_options_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"query": torch.zeros(3, 8)}, "query has shape"),
        ({"query": torch.zeros(2, 3, 9)}, "query has shape"),
        ({"query": torch.zeros(2, 3, 8).double()}, "query has dtype torch.float64"),
        ({"query": torch.zeros(2, 3, 8).long()}, "query has dtype torch.int64"),
        ({"key": torch.zeros(1, 3, 8)}, "key has batch=1, expected 2"),
        ({"value": torch.zeros(2, 4, 8)}, "value has n=4, expected 5"),
        ({"mask": torch.ones(3, 6, dtype=torch.bool)}, "mask has shape"),
        ({"mask": torch.ones(3, 5)}, "mask has dtype"),
        ({"bias": torch.ones(4, 3, 5)}, "bias has shape"),
        ({"bias": torch.ones(3, 5).double()}, "bias has dtype torch.float64"),
    ],
)
def test_bad_inputs_are_named(inputs, message):
    cache = KVCache()
    layer = MultiHeadAttention(8, 2)
    with pytest.raises(ValueError, match=message):
        layer(**{"query": torch.zeros(2, 3, 8), "key": torch.zeros(2, 5, 8), **inputs}, cache=cache)
    assert len(cache) == 0  # refused before any work was done


def test_a_bias_that_the_function_cannot_take_is_refused():
    layer = MultiHeadAttention(8, 2, attention=plain)
    with pytest.raises(ValueError, match="bias is given, but plain takes no bias"):
        layer(torch.zeros(1, 3, 8), bias=torch.zeros(3, 3))
