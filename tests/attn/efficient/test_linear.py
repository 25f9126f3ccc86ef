"""attn.efficient.linear against the quadratic form of the same function, in float64."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import elu_plus_one, linear_attention, linear_attention_step

sizes = st.integers(1, 150)  # chunks are of 64: none, one and two borders are crossed
quick = settings(max_examples=40, deadline=None)


def random_inputs(seed, n_q=7, n_k=9, heads=2, key_heads=None, d_k=4, d_v=3):
    torch.manual_seed(seed)
    key_heads = key_heads or heads
    shapes = ((2, heads, n_q, d_k), (2, key_heads, n_k, d_k), (2, key_heads, n_k, d_v))
    return [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]


def quadratic(query, key, value, visible, phi=lambda x: F.elu(x) + 1):
    """The definition, with every weight formed: rows of phi(q)·phi(k), divided by their sum."""
    weights = (phi(query) @ phi(key).mT).masked_fill(~visible, 0.0)
    total = weights.sum(-1, keepdim=True)
    return (weights @ value) / total.masked_fill(total == 0, 1.0)


def below_diagonal(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_q)[:, None] + n_k - n_q


@quick
@given(
    n_q=sizes,
    n_k=sizes,
    causal=st.booleans(),
    mask_shape=st.sampled_from([None, (1,), (1, 1), (2, 1, 1, 1), "keys", "rows", "all"]),
    key_heads=st.sampled_from([1, 2]),
    seed=st.integers(0, 999),
)
def test_equals_the_quadratic_form(n_q, n_k, causal, mask_shape, key_heads, seed):
    inputs = random_inputs(seed, n_q=n_q, n_k=n_k, key_heads=key_heads)
    shape = {"keys": (n_k,), "rows": (2, 1, 1, n_k), "all": (2, 2, 1, n_k)}
    mask = None if mask_shape is None else torch.rand(shape.get(mask_shape, mask_shape)) > 0.3
    visible = below_diagonal(n_q, n_k) if causal else torch.ones(n_q, n_k, dtype=torch.bool)
    expected = quadratic(*inputs, visible if mask is None else visible & mask)
    output = linear_attention(*inputs, mask, causal=causal).output
    torch.testing.assert_close(output, expected, rtol=1e-10, atol=1e-12)
    with torch.no_grad():  # takes another way to put the pieces together
        assert torch.equal(linear_attention(*inputs, mask, causal=causal).output, output)
    towards = torch.randn_like(output)
    for gradient, expected_gradient in zip(
        torch.autograd.grad(output, inputs, towards),
        torch.autograd.grad(expected, inputs, towards),
        strict=True,
    ):
        torch.testing.assert_close(gradient, expected_gradient, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_pass_gradcheck_and_can_be_taken_twice(causal):
    inputs = random_inputs(1, n_q=3, n_k=4, heads=1, d_k=2, d_v=2)

    def attend(*inputs):
        return linear_attention(*inputs, causal=causal).output

    assert torch.autograd.gradcheck(attend, inputs)
    assert torch.autograd.gradgradcheck(attend, inputs)


@quick
@given(n=st.integers(1, 140), steps=st.integers(1, 3), seed=st.integers(0, 99))
def test_step_by_step_gives_what_the_whole_sequence_gives(n, steps, seed):
    query, key, value = random_inputs(seed, n_q=n, n_k=n)
    outputs, state = [], None
    for i in range(0, n, steps):
        now = slice(i, i + steps)
        output, state = linear_attention_step(
            query[..., now, :], key[..., now, :], value[..., now, :], state
        )
        outputs.append(output)
    expected = linear_attention(query, key, value, causal=True).output
    torch.testing.assert_close(torch.cat(outputs, dim=-2), expected)
    assert state.key_value.shape == (2, 2, 4, 3)
    torch.testing.assert_close(state.key[..., 0], (F.elu(key) + 1).sum(-2))


@quick
@given(n=st.integers(1, 140), i=st.integers(0, 139), seed=st.integers(0, 99))
def test_causal_outputs_have_no_gradient_to_later_tokens(n, i, seed):
    i = min(i, n - 1)
    inputs = random_inputs(seed, n_q=n, n_k=n)
    output = linear_attention(*inputs, causal=True).output
    for gradient in torch.autograd.grad(output[..., i, :].sum(), inputs):
        assert (gradient[..., i + 1 :, :] == 0).all()


def test_elu_plus_one_is_elu_plus_one_with_its_gradient():
    x = torch.linspace(-30, 30, 601, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(elu_plus_one(x), F.elu(x) + 1, rtol=1e-12, atol=1e-15)
    (gradient,) = torch.autograd.grad(elu_plus_one(x).sum(), x)
    (expected,) = torch.autograd.grad((F.elu(x) + 1).sum(), x)
    torch.testing.assert_close(gradient, expected)


def test_elu_plus_one_keeps_what_rounding_would_lose():
    x = torch.tensor([-18.0, -40.0, -80.0])
    assert (F.elu(x) + 1 == 0).all()
    torch.testing.assert_close(elu_plus_one(x), x.exp())


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shift", [-30.0, -80.0, -1e4])
@pytest.mark.parametrize("of", ["query", "key", "both"])
def test_features_that_underflow_stay_finite_forward_and_backward(causal, shift, of):
    query, key, value = (x.detach().float() for x in random_inputs(3))
    query = query + shift * (of != "key")
    key = key + shift * (of != "query")
    inputs = [x.requires_grad_() for x in (query, key, value)]
    output = linear_attention(*inputs, causal=causal).output
    assert output.isfinite().all()
    assert (output.abs() <= value.abs().amax() * 1.001).all()
    for gradient in torch.autograd.grad(output.sum(), inputs):
        assert gradient.isfinite().all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("at", [-87.0, -90.0])
def test_a_divisor_near_the_smallest_float_gives_0_and_no_infinite_gradient(causal, at):
    """exp(-87) is 1.6e-38. One part of the gradient is divided by a sum of such features twice."""
    query, key, value = (x.detach().float() for x in random_inputs(3, n_q=9))
    inputs = [x.requires_grad_() for x in (query, torch.full_like(key, at), 3 * value)]
    output = linear_attention(*inputs, causal=causal).output
    assert (output == 0).all()
    for gradient in torch.autograd.grad(output.sum(), inputs):
        assert gradient.isfinite().all()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("query_shift", "key_shift"), [(-80.0, 0.0), (0.0, -40.0)])
def test_tiny_features_still_give_the_right_answer(causal, query_shift, key_shift):
    """Features of about 1e-35 and 1e-17: a query's scale stands above and below the fraction."""
    query, key, value = random_inputs(4, n_q=9)
    query, key = query + query_shift, key + key_shift
    visible = below_diagonal(9, 9) if causal else torch.tensor(True)
    exact = quadratic(query, key, value, visible, phi=elu_plus_one)
    output = linear_attention(query.float(), key.float(), value.float(), causal=causal).output
    torch.testing.assert_close(output.double(), exact, rtol=1e-4, atol=1e-4)


def test_half_precision_does_not_stop_counting():
    """Summed in bfloat16, 1 + 1 + ... stays at 256; the mean of 3,000 values would be far off."""
    query, key, value = (x.detach().bfloat16() for x in random_inputs(5, n_q=3000, n_k=3000))
    output = linear_attention(query, key, value, causal=True).output
    exact = linear_attention(query.double(), key.double(), value.double(), causal=True).output
    assert output.dtype == torch.bfloat16
    eps = torch.finfo(torch.bfloat16).eps
    torch.testing.assert_close(output.double(), exact, rtol=0.51 * eps, atol=1e-4)


def test_another_feature_map_and_another_width():
    inputs = random_inputs(6)

    def squares(x):
        return torch.cat([x, x[..., :1] * 2], dim=-1).square()  # (..., n, 5)

    output = linear_attention(*inputs, feature_map=squares).output
    expected = quadratic(*inputs, torch.tensor(True), phi=squares)
    torch.testing.assert_close(output, expected)


def test_the_state_does_not_grow():
    query, key, value = (x.detach() for x in random_inputs(7, n_q=1, n_k=1))
    state = None
    for _ in range(3):
        _, state = linear_attention_step(query, key, value, state)
    assert sum(math.prod(x.shape) for x in state) == 2 * 2 * (4 * 3 + 4)


def test_a_mask_with_a_row_for_each_query_is_refused():
    query, key, value = random_inputs(8)
    with pytest.raises(ValueError, match=r"mask has shape \(7, 9\), expected a key mask"):
        linear_attention(query, key, value, torch.ones(7, 9, dtype=torch.bool))


@pytest.mark.parametrize("feature_map", [None, 3, lambda x: x.sum(-1), lambda x: "features"])
def test_a_feature_map_that_maps_no_features_is_refused(feature_map):
    query, key, value = random_inputs(9)
    with pytest.raises(ValueError, match="feature_map"):
        linear_attention(query, key, value, feature_map=feature_map)


def test_a_step_with_wrong_shapes_is_refused():
    query, key, value = random_inputs(10, n_q=2, n_k=2)
    with pytest.raises(ValueError, match="query has n_q=1, expected 2"):
        linear_attention_step(query[..., :1, :], key, value)
    _, state = linear_attention_step(query, key, value)
    with pytest.raises(ValueError, match=r"state.key_value has shape .*, expected \(..., 4, 2\)"):
        linear_attention_step(query, key, value[..., :2], state)
