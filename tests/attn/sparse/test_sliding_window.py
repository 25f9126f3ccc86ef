"""attn.sparse.sliding_window against PyTorch's own attention with the band as a dense mask."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import sliding_window_attention


@settings(max_examples=60, deadline=None)
@given(
    n_q=st.integers(0, 200),
    n_k=st.integers(0, 200),
    window=st.integers(1, 90),
    causal=st.booleans(),
    mask_shape=st.sampled_from([None, (), (1,), "keys", "rows", "all"]),
    key_heads=st.sampled_from([1, 2]),
    seed=st.integers(0, 999),
)
def test_is_dense_attention_in_a_band(
    random_inputs,
    relative,
    assert_same_with_gradients,
    dense_attention,
    n_q,
    n_k,
    window,
    causal,
    mask_shape,
    key_heads,
    seed,
):
    query, key, value = inputs = random_inputs(seed, n_q=n_q, n_k=n_k, key_heads=key_heads)
    shape = {"keys": (n_k,), "rows": (2, 1, 1, n_k), "all": (2, 2, 1, n_k)}
    mask = None if mask_shape is None else torch.rand(shape.get(mask_shape, mask_shape)) > 0.3
    visible = relative(n_q, n_k).abs() < window
    if causal:
        visible = visible & (relative(n_q, n_k) <= 0)
    if mask is not None:
        visible = visible & mask
    output = sliding_window_attention(*inputs, mask, window=window, causal=causal).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


def test_refuses_a_mask_with_a_row_for_each_query(random_inputs):
    query, key, value = random_inputs(2)
    with pytest.raises(ValueError, match=r"mask has shape \(9, 11\), expected a key mask"):
        sliding_window_attention(query, key, value, torch.ones(9, 11, dtype=torch.bool), window=3)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_pass_gradcheck(random_inputs, causal):
    inputs = random_inputs(5, n_q=5, n_k=6, d_k=2, d_v=2)
    mask = torch.tensor([True, True, False, True, True, True])
    attend = partial(sliding_window_attention, window=3, causal=causal)
    assert torch.autograd.gradcheck(lambda *inputs: attend(*inputs, mask).output, inputs)


def test_a_window_is_a_whole_number_from_1(random_inputs):
    with pytest.raises(ValueError, match=r"^window is"):
        sliding_window_attention(*random_inputs(6), window=0)
