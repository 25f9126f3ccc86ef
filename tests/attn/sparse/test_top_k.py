"""attn.sparse.top_k against PyTorch's own attention with the equivalent dense mask."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import top_k_attention

few = st.integers(1, 9)


def best_keys(scores, k):
    """For each row, True at its k largest scores that are not -inf: a sort anybody can read."""
    keep = torch.zeros_like(scores, dtype=torch.bool)
    for row in torch.cartesian_prod(*map(torch.arange, scores.shape[:-1])).tolist():
        order = sorted(range(scores.shape[-1]), key=lambda j: -scores[(*row, j)].item())
        for j in order[:k]:
            keep[(*row, j)] = scores[(*row, j)] > -torch.inf
    return keep


@settings(max_examples=25, deadline=None)
@given(
    n_q=few,
    n_k=few,
    k=st.integers(1, 11),
    masked=st.booleans(),
    causal=st.booleans(),
    seed=st.integers(0, 999),
)
def test_is_dense_attention_to_the_best_keys(
    random_inputs,
    assert_same_with_gradients,
    relative,
    dense_attention,
    n_q,
    n_k,
    k,
    masked,
    causal,
    seed,
):
    query, key, value = inputs = random_inputs(seed, n_q=n_q, n_k=n_k)
    mask = torch.rand(2, 1, n_q, n_k) > 0.4 if masked else None
    bias = torch.randn(2, n_q, n_k, dtype=torch.float64)
    scores = query @ key.mT * 0.3 + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    if causal:
        scores = scores.masked_fill(relative(n_q, n_k) > 0, -torch.inf)
    keep = best_keys(scores, k)
    options = {"k": k, "causal": causal, "bias": bias, "scale": 0.3}
    output, weights = top_k_attention(query, key, value, mask, **options)
    assert_same_with_gradients(
        output, dense_attention(query, key, value, keep, bias, scale=0.3), inputs
    )
    assert torch.equal(weights > 0, keep)
    torch.testing.assert_close(weights.sum(-1), keep.any(-1).double())


def test_keeps_exactly_k_of_equal_keys():
    key = torch.ones(6, 3)
    weights = top_k_attention(torch.randn(4, 3), key, torch.randn(6, 2), k=4).weights
    assert torch.equal(weights.sort(-1).values, torch.tensor([[0, 0, 0.25, 0.25, 0.25, 0.25]] * 4))


def test_sends_gradients_to_the_kept_keys_only(random_inputs):
    query, key, value = random_inputs(1)
    output, weights = top_k_attention(query, key, value, k=3)
    grad_key, grad_value = torch.autograd.grad(output[0, 0, 5].sum(), (key, value))
    kept = weights[0, 0, 5] > 0
    for gradient in (grad_key, grad_value):
        assert torch.equal(gradient[0, 0].abs().sum(-1) > 0, kept)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_pass_gradcheck(random_inputs, causal):
    inputs = random_inputs(5, n_q=5, n_k=6, d_k=2, d_v=2)
    mask = torch.tensor([True, True, False, True, True, True])
    attend = partial(top_k_attention, k=2, causal=causal)
    assert torch.autograd.gradcheck(lambda *inputs: attend(*inputs, mask).output, inputs)


@pytest.mark.parametrize("k", [0, 2.5])
def test_k_is_a_whole_number_from_1(random_inputs, k):
    with pytest.raises(ValueError, match=r"^k is"):
        top_k_attention(*random_inputs(6), k=k)
