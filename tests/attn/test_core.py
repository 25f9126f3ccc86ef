"""attn.core against PyTorch's own attention, and the properties that define attention."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import Attended, scaled_dot_product_attention
from attn.core import masked_softmax

sizes = st.integers(0, 6)
quick = settings(max_examples=40, deadline=None)


def draw_inputs(n_q, n_k, *, d_k=3, d_v=2, batch=(2, 3), seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    shapes = (n_q, d_k), (n_k, d_k), (n_k, d_v)
    return [torch.randn(*batch, *s, generator=generator, dtype=dtype) for s in shapes]


def draw_mask(n_q, n_k, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 1, n_q, n_k, generator=generator) < 0.5


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("with_mask", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
def test_equals_pytorchs_own_attention(scale, with_mask, with_bias):
    query, key, value = draw_inputs(4, 5, d_k=6, d_v=7)
    mask = torch.rand(4, 5) < 0.6
    mask[:, 0] = True
    bias = torch.randn(3, 4, 5, dtype=torch.float64)
    attn_mask = torch.zeros(2, 3, 4, 5, dtype=torch.float64)
    if with_mask:
        attn_mask = attn_mask.masked_fill(~mask, -torch.inf)
    if with_bias:
        attn_mask = attn_mask + bias
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask, scale=scale)

    result = scaled_dot_product_attention(
        query,
        key,
        value,
        mask if with_mask else None,
        bias=bias if with_bias else None,
        scale=scale,
    )

    assert isinstance(result, Attended)
    torch.testing.assert_close(result.output, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(result.weights @ value, expected, rtol=1e-12, atol=1e-12)


@quick
@given(n_q=sizes, n_k=sizes, masked=st.booleans(), seed=st.integers(0, 99))
def test_causal_hides_all_that_comes_after_the_query(
    dense_attention, relative, n_q, n_k, masked, seed
):
    inputs = draw_inputs(n_q, n_k, seed=seed)
    mask = draw_mask(n_q, n_k, seed=seed) if masked else None
    visible = relative(n_q, n_k) <= 0
    visible = visible if mask is None else visible & mask
    output, weights = scaled_dot_product_attention(*inputs, mask, causal=True)
    torch.testing.assert_close(output, dense_attention(*inputs, visible), rtol=1e-12, atol=1e-12)
    assert torch.equal(weights > 0, visible.expand_as(weights))


@quick
@given(n_q=sizes, n_k=sizes, seed=st.integers(0, 99))
def test_rows_of_the_weights_sum_to_one_or_are_all_zero(n_q, n_k, seed):
    query, key, value = draw_inputs(n_q, n_k, seed=seed)
    mask = draw_mask(n_q, n_k, seed=seed)
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    sees_something = mask.any(-1).expand(2, 3, n_q)
    torch.testing.assert_close(weights.sum(-1), sees_something.double())
    assert (weights >= 0).all()
    assert (weights.masked_select(~mask) == 0).all()
    assert (output[~sees_something] == 0).all()
    assert output.shape == (2, 3, n_q, 2)


@quick
@given(n_q=st.integers(1, 6), n_k=st.integers(1, 6), seed=st.integers(0, 99))
def test_shuffled_keys_change_nothing_and_shuffled_queries_shuffle_along(n_q, n_k, seed):
    query, key, value = draw_inputs(n_q, n_k, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(n_q, generator=generator)
    columns = torch.randperm(n_k, generator=generator)
    output, weights = scaled_dot_product_attention(query, key, value)
    shuffled = scaled_dot_product_attention(
        query[:, :, rows], key[:, :, columns], value[:, :, columns]
    )
    torch.testing.assert_close(shuffled.output, output[:, :, rows])
    torch.testing.assert_close(shuffled.weights, weights[:, :, rows][..., columns])


@quick
@given(
    dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
    size=st.sampled_from([0.0, 1.0, 1e4]),
    seed=st.integers(0, 99),
)
def test_no_nan_forward_or_backward(dtype, size, seed):
    query, key, value = draw_inputs(4, 5, seed=seed, dtype=dtype)
    leaves = [x.requires_grad_() for x in (query * size, key, value)]
    mask = draw_mask(4, 5, seed=seed)
    mask[0, :, 1] = False
    output, weights = scaled_dot_product_attention(*leaves, mask, scale=1.0)
    (output.sum() + weights.square().sum()).backward()
    for x in (output, weights, *(leaf.grad for leaf in leaves)):
        assert x.dtype == dtype
        assert x.isfinite().all()
    assert (leaves[0].grad[0, :, 1] == 0).all()


def test_a_hidden_key_gets_no_gradient():
    query, key, value = draw_inputs(4, 5)
    value.requires_grad_()
    mask = torch.ones(4, 5, dtype=torch.bool)
    mask[:, 2] = False
    scaled_dot_product_attention(query, key, value, mask).output.sum().backward()
    assert (value.grad[:, :, 2] == 0).all()
    assert (value.grad[:, :, 3] != 0).all()


def test_gradients_equal_finite_differences():
    query, key, value = (x.requires_grad_() for x in draw_inputs(3, 4, batch=(2,)))
    bias = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]], dtype=torch.bool)
    assert torch.autograd.gradcheck(
        lambda q, k, v, b: scaled_dot_product_attention(q, k, v, mask, bias=b),
        (query, key, value, bias),
    )


def test_non_contiguous_and_expanded_inputs():
    query, key, value = draw_inputs(4, 5)
    expected = scaled_dot_product_attention(query, key[:1, :1], value[:1, :1]).output
    turned = query.mT.contiguous().mT
    got = scaled_dot_product_attention(
        turned, key[:1, :1].expand(2, 3, -1, -1), value[:1, :1].expand(2, 3, -1, -1)
    ).output
    assert not turned.is_contiguous()
    torch.testing.assert_close(got, expected)
    loop = torch.stack(
        [
            torch.stack([F.scaled_dot_product_attention(q, key[0, 0], value[0, 0]) for q in row])
            for row in query
        ]
    )
    torch.testing.assert_close(got, loop)


def test_dropout_keeps_the_mean_and_spares_the_weights_returned():
    torch.manual_seed(0)
    query, key, value = draw_inputs(2, 50, batch=(2000,))
    plain = scaled_dot_product_attention(query, key, value)
    dropped = scaled_dot_product_attention(query, key, value, dropout=0.3)
    torch.testing.assert_close(dropped.weights, plain.weights)
    assert not torch.allclose(dropped.output, plain.output)
    assert (dropped.output - plain.output).mean().abs() < 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": "Tokyo"}, "query is a str"),
        ({"query": torch.zeros(2, 4, 3, dtype=torch.int64)}, "query has dtype torch.int64"),
        ({"query": torch.zeros(3)}, "query has shape"),
        ({"key": torch.zeros(2, 5, 4)}, "key has d_k=4, expected 3"),
        ({"key": torch.zeros(2, 5, 3, dtype=torch.float64)}, "key has dtype torch.float64"),
        ({"value": torch.zeros(2, 6, 7)}, "value has n_k=6, expected 5"),
        ({"value": torch.zeros(3, 5, 7)}, "differ before their last two axes"),
        ({"mask": torch.ones(4, 5)}, "mask has dtype torch.float32"),
        ({"mask": [[True]]}, "mask is a list"),
        ({"mask": torch.ones(5, 4, dtype=torch.bool)}, "mask has shape"),
        ({"mask": torch.ones(9, 2, 4, 5, dtype=torch.bool)}, "mask has shape"),
        ({"bias": torch.zeros(4, 6)}, "bias has shape"),
        ({"bias": torch.ones(4, 5, dtype=torch.float64)}, "bias has dtype"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_bad_input_is_named(change, message):
    inputs = {
        "query": torch.zeros(2, 4, 3),
        "key": torch.zeros(2, 5, 3),
        "value": torch.zeros(2, 5, 7),
    }
    with pytest.raises(ValueError, match=message):
        scaled_dot_product_attention(**{**inputs, **change})


def test_masked_softmax_equals_softmax_where_all_is_visible():
    scores = torch.randn(2, 3, 5, dtype=torch.float64)
    everything = torch.ones(3, 5, dtype=torch.bool)
    torch.testing.assert_close(masked_softmax(scores, everything), torch.softmax(scores, dim=-1))
