"""attn.blockwise: cutting, taking and adding back, against PyTorch's own attention and indexing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn.blockwise import (
    accumulation_dtype,
    attend_by_blocks,
    attend_visible,
    mask_to_bias,
    refuse_second_derivative,
    require_key_mask,
    row_blocks,
    without_autocast,
)

quick = settings(max_examples=60, deadline=None)


@quick
@given(n=st.integers(0, 30), size=st.integers(1, 9), first=st.none() | st.integers(0, 8))
def test_blocks_cut_the_rows_into_slices_of_one_size_but_the_first(n, size, first):
    blocks = row_blocks(n, size, first)
    lead = min(size if first is None else first, n)
    sizes = [lead, *(len(piece) for piece in torch.arange(n - lead).split(size))]
    assert [block.stop - block.start for block in blocks] == [s for s in sizes if s]
    assert [i for block in blocks for i in range(n)[block]] == list(range(n))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_half_precision_is_summed_in_float32_and_nothing_is_narrowed(dtype):
    wide = accumulation_dtype(dtype)
    assert wide == (torch.float64 if dtype == torch.float64 else torch.float32)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_mask_as_a_bias_is_0_or_minus_infinity(dtype):
    mask = torch.rand(3, 4) > 0.5
    expected = torch.zeros(3, 4, dtype=dtype).masked_fill(~mask, -torch.inf)
    torch.testing.assert_close(mask_to_bias(mask, dtype), expected, rtol=0, atol=0)


@pytest.mark.parametrize("shape", [(2, 3, 1, 5), (2, 3, 4, 5), (4, 1), ()])
def test_attention_to_what_is_visible_is_pytorchs(
    random_inputs, dense_attention, assert_same_with_gradients, shape
):
    inputs = random_inputs(0, n_q=4, n_k=5, heads=3)
    visible = torch.rand(shape) > 0.4
    if shape:
        visible[..., :1, :] = False  # the first query, or all of them, sees nothing
    expected = dense_attention(*inputs, visible, scale=1.0)
    assert_same_with_gradients(attend_visible(*inputs, visible), expected, inputs)


@pytest.mark.parametrize("key_heads", [1, 2])
@pytest.mark.parametrize("by", ["slices", "numbers"])
def test_each_block_attends_to_the_keys_picked_for_it(
    random_inputs, dense_attention, assert_same_with_gradients, by, key_heads
):
    inputs = random_inputs(1, n_q=7, n_k=9, key_heads=key_heads)
    blocks, visible = row_blocks(7, 3), torch.zeros(2, 2, 7, 9, dtype=torch.bool)
    picked = {}
    for block in blocks:
        if by == "slices":
            run = picked[block.start] = slice(block.start, block.start + 3)
            visible[..., block, run] = True
        else:
            numbers = picked[block.start] = torch.rand(2, 2, 9).argsort(-1)[..., :4]  # (2, 2, 4)
            shown = torch.zeros(2, 2, 9, dtype=torch.bool).scatter_(-1, numbers, True)
            visible[..., block, :] = shown[..., None, :]
    everything = torch.tensor([True])
    output = attend_by_blocks(
        *inputs,
        blocks,
        lambda rows: picked[rows.start],
        lambda q, k, v, rows, tokens: attend_visible(q, k, v, everything),
    )
    expected = dense_attention(*inputs, visible, scale=1.0)
    assert_same_with_gradients(output, expected, inputs)


def test_numbers_past_the_last_key_are_read_as_the_last():
    key, value = torch.randn(1, 4, 2), torch.randn(1, 4, 3)
    seen = []

    def attend(q, k, v, rows, tokens):
        seen.append(k)
        return q.new_zeros(*q.shape[:-1], 3)

    tokens = torch.tensor([[2, 3, 4, 9]])
    attend_by_blocks(torch.randn(1, 1, 2), key, value, [slice(0, 1)], lambda _: tokens, attend)
    assert torch.equal(seen[0], key[:, [2, 3, 3, 3]])


def test_a_second_derivative_is_refused_also_where_the_loss_is_linear():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @refuse_second_derivative
        def backward(ctx, grad_output):
            return 2 * grad_output

    x = torch.ones(3, requires_grad=True)
    (gradient,) = torch.autograd.grad(Double.apply(x).sum(), x)
    assert torch.equal(gradient, torch.full((3,), 2.0))
    with pytest.raises(RuntimeError, match="can be differentiated once"):
        torch.autograd.grad(Double.apply(x).sum(), x, create_graph=True)


def test_without_autocast_products_keep_their_dtype():
    def product(x):
        return x @ x

    x = torch.ones(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        assert product(x).dtype == torch.bfloat16
        assert without_autocast(product)(x).dtype == torch.float32
    assert without_autocast(product)(x.to("meta")).dtype == torch.float32  # which has no autocast


def test_a_key_mask_is_the_same_for_every_query():
    for shape in ((), (6,), (1, 6), (2, 1, 1, 6)):
        require_key_mask(torch.ones(shape, dtype=torch.bool), (2, 3, 5, 6))
    with pytest.raises(ValueError, match=r"mask has shape \(5, 6\), expected a key mask"):
        require_key_mask(torch.ones(5, 6, dtype=torch.bool), (2, 3, 5, 6))
    with pytest.raises(ValueError, match=r"mask has shape \(1, 5\), expected one that broadcasts"):
        require_key_mask(torch.ones(1, 5, dtype=torch.bool), (2, 3, 5, 6))
