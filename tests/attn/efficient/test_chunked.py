"""attn.efficient.chunked against PyTorch's own attention, forward and backward."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from attn import chunked_attention, scaled_dot_product_attention

sizes = st.integers(1, 12)
broadcast = st.lists(st.booleans(), min_size=4, max_size=4)  # which axes of a mask are of size 1
quick = settings(max_examples=80, deadline=None)


def random_inputs(seed, batch=2, heads=3, n_q=9, n_k=11, d_k=4, d_v=5, key_heads=None):
    torch.manual_seed(seed)
    shapes = (
        (batch, heads, n_q, d_k),
        (batch, key_heads or heads, n_k, d_k),
        (batch, key_heads or heads, n_k, d_v),
    )
    return [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]


def below_diagonal(n_q, n_k):
    return torch.arange(n_k) <= torch.arange(n_q)[:, None] + n_k - n_q


@quick
@given(
    n_q=sizes,
    n_k=sizes,
    query_chunk=sizes,
    key_chunk=sizes,
    causal=st.booleans(),
    mask_axes=st.none() | broadcast,
    bias_axes=st.none() | broadcast,
    key_heads=st.sampled_from([1, 3]),
    seed=st.integers(0, 999),
)
def test_equals_dense_attention_whatever_the_tiles(
    dense_attention,
    assert_same_with_gradients,
    n_q,
    n_k,
    query_chunk,
    key_chunk,
    causal,
    mask_axes,
    bias_axes,
    key_heads,
    seed,
):
    query, key, value = random_inputs(seed, n_q=n_q, n_k=n_k, key_heads=key_heads)
    full = (2, 3, n_q, n_k)
    mask = bias = None
    visible = torch.ones(n_q, n_k, dtype=torch.bool)
    if mask_axes is not None:
        mask = torch.rand([1 if one else n for one, n in zip(mask_axes, full, strict=True)]) > 0.3
        visible = visible & mask
    if bias_axes is not None:
        shape = [1 if one else n for one, n in zip(bias_axes, full, strict=True)]
        bias = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    if causal:
        visible = visible & below_diagonal(n_q, n_k)
    options = {"bias": bias, "causal": causal, "query_chunk": query_chunk, "key_chunk": key_chunk}
    output = chunked_attention(query, key, value, mask, **options).output
    expected = dense_attention(query, key, value, visible, bias)
    inputs = [query, key, value] + ([] if bias is None else [bias])
    assert_same_with_gradients(output, expected, inputs)
    with torch.no_grad():  # so little, in a tile of the usual size, takes another way
        again = chunked_attention(query, key, value, mask, bias=bias, causal=causal).output
    torch.testing.assert_close(again, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (11,), (1,), (9, 1), (3, 1, 1), (1, 1, 11)])
def test_masks_and_biases_of_fewer_axes_broadcast(
    dense_attention, assert_same_with_gradients, shape
):
    query, key, value = random_inputs(1)
    mask = torch.rand(shape) > 0.4
    bias = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    output = chunked_attention(
        query, key, value, mask, bias=bias, query_chunk=4, key_chunk=3
    ).output
    expected = dense_attention(query, key, value, mask, bias)
    assert_same_with_gradients(output, expected, [query, key, value, bias])


def test_inputs_without_batch_or_heads_and_with_a_scale(dense_attention):
    query, key, value = (x[0, 0] for x in random_inputs(2))
    output = chunked_attention(query, key, value, scale=0.7, query_chunk=2, key_chunk=4).output
    torch.testing.assert_close(output, dense_attention(query, key, value, scale=0.7))


def test_default_tiles_are_crossed(dense_attention, assert_same_with_gradients):
    query, key, value = random_inputs(3, batch=1, heads=2, n_q=700, n_k=1100)
    output = chunked_attention(query, key, value, causal=True).output
    expected = dense_attention(query, key, value, below_diagonal(700, 1100))
    assert_same_with_gradients(output, expected, [query, key, value])


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_pass_gradcheck_also_for_the_bias(causal):
    query, key, value = random_inputs(4, batch=1, heads=2, n_q=4, n_k=5, d_k=2, d_v=3)
    bias = torch.randn(2, 1, 5, dtype=torch.float64, requires_grad=True)
    mask = torch.rand(4, 5) > 0.3
    mask[1] = False

    def attend(query, key, value, bias):
        return chunked_attention(
            query, key, value, mask, bias=bias, causal=causal, query_chunk=3, key_chunk=2
        ).output

    assert torch.autograd.gradcheck(attend, (query, key, value, bias))


def test_a_frozen_bias_and_frozen_keys_get_no_gradient():
    query, key, value = random_inputs(5)
    bias = torch.randn(9, 11, dtype=torch.float64)
    chunked_attention(query, key.detach(), value, bias=bias).output.sum().backward()
    assert query.grad is not None
    assert bias.grad is None


@quick
@given(n=sizes, chunk=sizes, seed=st.integers(0, 99), i=st.integers(0, 11))
def test_causal_outputs_have_no_gradient_to_later_tokens(n, chunk, seed, i):
    i = min(i, n - 1)
    inputs = random_inputs(seed, n_q=n, n_k=n)
    output = chunked_attention(*inputs, causal=True, query_chunk=chunk, key_chunk=3).output
    for gradient in torch.autograd.grad(output[..., i, :].sum(), inputs):
        assert (gradient[..., i + 1 :, :] == 0).all()
        assert gradient.isfinite().all()


@pytest.mark.parametrize("large", [1e4, -1e4])
def test_large_scores_lose_nothing(dense_attention, large):
    query, key, value = (x.detach().float() for x in random_inputs(7))
    query, key, value = (x.requires_grad_() for x in (query * large, key, value))
    output = chunked_attention(query, key, value, query_chunk=4, key_chunk=4).output
    doubles = [x.detach().double().requires_grad_() for x in (query, key, value)]
    expected = dense_attention(*doubles)
    torch.testing.assert_close(output.double(), expected, rtol=1e-3, atol=1e-3)
    for gradient in torch.autograd.grad(output.sum(), (query, key, value)):
        assert gradient.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_rounds_once(dtype):
    inputs = [x.detach().to(dtype) for x in random_inputs(8, n_q=60, n_k=60)]
    output = chunked_attention(*inputs, query_chunk=16, key_chunk=8).output
    exact = chunked_attention(*(x.double() for x in inputs)).output
    assert output.dtype == dtype
    # Half a unit in the last place, and a little for the sums before: one rounding, at the end.
    torch.testing.assert_close(
        output.double(), exact, rtol=0.51 * torch.finfo(dtype).eps, atol=1e-6
    )


def test_weights_are_none_and_the_core_agrees():
    query, key, value = random_inputs(9)
    attended = chunked_attention(query, key, value)
    assert attended.weights is None
    expected = scaled_dot_product_attention(query, key, value).output
    torch.testing.assert_close(attended.output, expected)


class Operations(TorchDispatchMode):
    """Writes down the name of each operation."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.name())
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("causal", [False, True])
def test_what_fills_no_tile_costs_what_core_costs(causal):
    inputs = [x.detach() for x in random_inputs(11)]
    with Operations() as ours:
        chunked_attention(*inputs, causal=causal)
    with Operations() as core:
        scaled_dot_product_attention(*inputs, causal=causal)
    assert ours.names == ["aten::promote_types", *core.names]  # and what dtype to sum in


def test_a_second_derivative_is_refused_however_little_there_is_to_do():
    query, key, value = random_inputs(12, n_q=1, n_k=1)
    with pytest.raises(RuntimeError, match="can be differentiated once"):
        torch.autograd.grad(
            chunked_attention(query, key, value).output.sum(), value, create_graph=True
        )


def test_autocast_takes_no_digit_however_little_there_is_to_do():
    inputs = [x.detach().float() for x in random_inputs(13)]
    expected = chunked_attention(*inputs).output
    with torch.autocast("cpu", torch.bfloat16):
        output = chunked_attention(*inputs).output
    torch.testing.assert_close(output, expected)


@pytest.mark.parametrize("name", ["query_chunk", "key_chunk"])
@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_a_chunk_is_a_whole_number_from_1(name, size):
    query, key, value = random_inputs(10)
    with pytest.raises(ValueError, match=name):
        chunked_attention(query, key, value, **{name: size})
