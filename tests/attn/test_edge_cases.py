"""What holds for every attention function of the library, at the edges and beyond them."""

import functools

import pytest
import torch
import torch.nn.functional as F

from attn import (
    block_top_k_attention,
    chunked_attention,
    linear_attention,
    scaled_dot_product_attention,
    sliding_window_attention,
    top_k_attention,
)

pytestmark = pytest.mark.slow  # a thousand small ones: `--fast` leaves them out

partial = functools.partial
ATTENTIONS = {
    "scaled dot-product": scaled_dot_product_attention,
    "causal scaled dot-product": partial(scaled_dot_product_attention, causal=True),
    "chunked": partial(chunked_attention, query_chunk=3, key_chunk=4),
    "causal chunked": partial(chunked_attention, causal=True, query_chunk=3, key_chunk=4),
    "chunked, all heads in a tile": chunked_attention,
    "causal chunked, all heads in a tile": partial(chunked_attention, causal=True),
    "top-k": partial(top_k_attention, k=3),
    "causal top-k": partial(top_k_attention, k=3, causal=True),
    "sliding window": partial(sliding_window_attention, window=4),
    "causal sliding window": partial(sliding_window_attention, window=4, causal=True),
    "block top-k": partial(block_top_k_attention, block_size=3, k=2),
    "causal block top-k": partial(block_top_k_attention, block_size=3, k=2, causal=True),
    "linear": linear_attention,
    "causal linear": partial(linear_attention, causal=True),
}
every_attention = pytest.mark.parametrize("attend", ATTENTIONS.values(), ids=ATTENTIONS)
takes_a_bias = pytest.mark.parametrize(
    "attend",
    [
        scaled_dot_product_attention,
        ATTENTIONS["chunked"],
        ATTENTIONS["chunked, all heads in a tile"],
        partial(top_k_attention, k=9),
    ],
)
softmax_attentions = pytest.mark.parametrize(
    "attend", [f for name, f in ATTENTIONS.items() if "linear" not in name]
)


def random_inputs(n_q=7, n_k=9, batch=(2, 3), d_k=4, d_v=5, dtype=torch.float64):
    torch.manual_seed(0)
    shapes = ((*batch, n_q, d_k), (*batch, n_k, d_k), (*batch, n_k, d_v))
    return [torch.randn(s, dtype=dtype, requires_grad=True) for s in shapes]


def assert_finite_with_gradients(output, inputs):
    assert output.isfinite().all()
    for gradient in torch.autograd.grad(output.sum(), inputs):
        assert gradient.isfinite().all()


@every_attention
@pytest.mark.parametrize("n_q", [0, 1, 5])
@pytest.mark.parametrize("n_k", [0, 1, 5])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3), (0, 3)])
def test_any_number_of_tokens_gives_an_answer_of_the_right_shape(attend, n_q, n_k, batch):
    inputs = random_inputs(n_q, n_k, batch)
    output = attend(*inputs).output
    assert output.shape == (*batch, n_q, 5)
    assert_finite_with_gradients(output, inputs)
    if n_k == 0:
        assert (output == 0).all()


@every_attention
def test_a_single_token_gets_its_own_value(attend):
    query, key, value = random_inputs(1, 1)
    torch.testing.assert_close(attend(query, key, value).output, value)


@every_attention
def test_where_all_keys_are_hidden_output_and_gradients_are_0(attend):
    inputs = random_inputs()
    mask = torch.ones(2, 1, 1, 9, dtype=torch.bool)
    mask[1] = False
    output = attend(*inputs, mask).output
    assert (output[1] == 0).all()
    assert (output[0] != 0).any()
    gradients = torch.autograd.grad(output.sum(), inputs)
    assert all((gradient[1] == 0).all() and gradient.isfinite().all() for gradient in gradients)


@every_attention
def test_hidden_keys_are_as_good_as_absent(attend):
    query, key, value = random_inputs(9)
    mask = torch.arange(9) < 6
    other = [torch.where(mask[:, None], x, 50 * torch.randn_like(x)) for x in (key, value)]
    expected = attend(query, key, value, mask).output
    torch.testing.assert_close(attend(query, *other, mask).output, expected)


@every_attention
@pytest.mark.parametrize("what", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("rows", [False, True])
def test_what_is_hidden_from_every_query_may_hold_anything(attend, what, rows):
    """Output and gradients are those of a padding full of zeros."""
    query, key, value = random_inputs(9)
    mask = torch.arange(9) < torch.tensor([6, 9])[:, None, None, None]  # (2, 1, 1, 9)
    mask = mask if rows else mask[0]
    padding = ~mask.mT  # (2, 1, 9, 1) or (1, 9, 1)
    results = []
    for filling in (0.0, what):
        inputs = [
            query,
            *(x.detach().masked_fill(padding, filling).requires_grad_() for x in (key, value)),
        ]
        output = attend(*inputs, mask).output
        results.append((output, *torch.autograd.grad(output.square().sum(), inputs)))
    for expected, result in zip(*results, strict=True):
        assert result.isfinite().all()
        torch.testing.assert_close(result, expected)
    for gradient in results[1][2:]:
        assert (gradient.masked_select(padding) == 0).all()


@takes_a_bias
def test_a_hidden_bias_may_hold_anything(attend):
    inputs = random_inputs()
    mask = torch.rand(2, 1, 7, 9) > 0.4
    bias = torch.randn(2, 3, 7, 9, dtype=torch.float64)
    expected = attend(*inputs, mask, bias=bias).output
    output = attend(*inputs, mask, bias=bias.masked_fill(~mask, torch.nan)).output
    torch.testing.assert_close(output, expected)
    for gradient in torch.autograd.grad(output.sum(), inputs):
        assert gradient.isfinite().all()


@takes_a_bias
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_row_of_the_lowest_number_as_bias_is_no_row_of_hidden_keys(attend, dtype):
    inputs = random_inputs(dtype=dtype)
    bias = torch.zeros(7, 9, dtype=dtype)
    bias[2] = torch.finfo(dtype).min
    bias[:, 4] = torch.finfo(dtype).min
    output = attend(*inputs, bias=bias).output
    expected = F.scaled_dot_product_attention(*inputs, bias.expand(2, 3, 7, 9))
    tolerance = 6 * torch.finfo(dtype).eps
    torch.testing.assert_close(output, expected, rtol=tolerance, atol=tolerance)
    assert_finite_with_gradients(output, inputs)


@takes_a_bias
def test_a_bias_of_minus_infinity_hides_as_a_mask_does(attend):
    inputs = random_inputs()
    mask = torch.rand(2, 1, 7, 9) > 0.4
    mask[:, :, 2] = False
    bias = torch.zeros(2, 1, 7, 9, dtype=torch.float64).masked_fill(~mask, -torch.inf)
    output = attend(*inputs, bias=bias).output
    torch.testing.assert_close(output, attend(*inputs, mask).output)
    assert (output[:, :, 2] == 0).all()
    assert_finite_with_gradients(output, inputs)


@every_attention
def test_float16_holds_scores_that_fit_once_they_are_scaled(attend):
    """40 * 40 * 64 is 102400, and float16 ends at 65504; divided by the root of 64 it is 12800."""
    query, key = (torch.full((1, 1, n, 64), 40.0, dtype=torch.float16) for n in (4, 5))
    value = torch.ones(1, 1, 5, 3, dtype=torch.float16)
    torch.testing.assert_close(attend(query, key, value).output, torch.ones_like(value[:, :, :4]))


@every_attention
def test_a_second_derivative_is_right_or_refused(attend):
    """Also where the loss is linear in the output, and grad_output asks for no gradient."""
    inputs = random_inputs(3, 4, batch=(2,), d_k=2, d_v=2)

    def gradients(*inputs):
        return torch.autograd.grad(attend(*inputs).output.sum(), inputs[:2], create_graph=True)

    once = torch.autograd.grad(attend(*inputs).output.sum(), inputs)
    assert all(gradient.isfinite().all() for gradient in once)
    try:
        right = torch.autograd.gradcheck(gradients, inputs, raise_exception=False)
    except RuntimeError as refused:
        right = "can be differentiated once" in str(refused)
    assert right


@every_attention
@pytest.mark.parametrize("size", [1e4, -1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_huge_scores_stay_finite(attend, size, dtype):
    query, key, value = random_inputs(dtype=dtype)
    query = (query * size).detach().requires_grad_()
    assert_finite_with_gradients(attend(query, key, value).output, (query, key, value))


@every_attention
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_dtype_is_kept_and_the_answer_too(attend, dtype):
    inputs = random_inputs(dtype=dtype)
    output = attend(*inputs).output
    assert output.dtype == dtype
    exact = attend(*(x.double() for x in inputs)).output
    tolerance = 6 * torch.finfo(dtype).eps
    torch.testing.assert_close(output.double(), exact, rtol=tolerance, atol=tolerance)
    assert all(g.dtype == dtype for g in torch.autograd.grad(output.sum(), inputs))


@every_attention
def test_autocast_is_no_obstacle_forward_or_backward(attend):
    inputs = random_inputs(dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = attend(*inputs).output
        gradients = torch.autograd.grad(output.sum(), inputs)
    exact = [x.detach().double().requires_grad_() for x in inputs]
    expected = attend(*exact).output
    expected_gradients = torch.autograd.grad(expected.sum(), exact)
    for mine, other in zip((output, *gradients), (expected, *expected_gradients), strict=True):
        torch.testing.assert_close(mine.double(), other, rtol=0.1, atol=0.1)


@every_attention
def test_everything_is_made_on_the_inputs_device(attend):
    """The meta device has no numbers, but refuses to be mixed with the CPU, as a GPU does."""
    inputs = [x.detach().to("meta").requires_grad_() for x in random_inputs()]
    output = attend(*inputs, torch.ones(2, 1, 1, 9, dtype=torch.bool, device="meta")).output
    assert output.device.type == "meta"
    assert all(g.device.type == "meta" for g in torch.autograd.grad(output.sum(), inputs))


@every_attention
def test_strides_do_not_matter(attend):
    """Heads split by a transpose, features in the slow axis, every second token: same numbers."""
    layouts = [
        lambda x: x.transpose(1, 2).contiguous().transpose(1, 2),
        lambda x: x.mT.contiguous().mT,
        lambda x: x.repeat_interleave(2, dim=-2)[..., ::2, :],
    ]
    inputs = random_inputs()
    expected = attend(*inputs).output
    expected_gradients = torch.autograd.grad(expected.sum(), inputs)
    for layout in layouts:
        views = [layout(x) for x in inputs]
        assert not all(x.is_contiguous() for x in views)
        output = attend(*views).output
        torch.testing.assert_close(output, expected)
        gradients = torch.autograd.grad(output.sum(), inputs)
        for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
            torch.testing.assert_close(gradient, expected_gradient)


@every_attention
def test_keys_shared_by_heads_or_batch_broadcast(attend):
    query, key, value = random_inputs()
    for shape in [(1, 3), (2, 1), (3,), (1,), ()]:
        shared_key, shared_value = (
            x[0, 0].expand(*shape, *x.shape[-2:]).clone().detach().requires_grad_()
            for x in (key, value)
        )
        full = [x.expand(2, 3, *x.shape[-2:]) for x in (shared_key, shared_value)]
        inputs = (query, shared_key, shared_value)
        output, expected = attend(*inputs).output, attend(query, *full).output
        torch.testing.assert_close(output, expected)
        for gradient, expected_gradient in zip(
            torch.autograd.grad(output.square().sum(), inputs),
            torch.autograd.grad(expected.square().sum(), inputs),
            strict=True,
        ):
            torch.testing.assert_close(gradient, expected_gradient)


@every_attention
@pytest.mark.parametrize("which", [0, 1, 2])
def test_each_input_may_have_the_batch_that_the_others_lack(attend, which):
    inputs = [x[0, 0] for x in random_inputs()]
    expected = attend(*inputs).output
    inputs[which] = inputs[which].expand(2, 3, *inputs[which].shape)
    torch.testing.assert_close(attend(*inputs).output, expected.expand(2, 3, 7, 5))


@softmax_attentions
def test_a_constant_added_to_all_values_comes_out_again(attend):
    query, key, value = random_inputs()
    torch.testing.assert_close(
        attend(query, key, value + 3).output, attend(query, key, value).output + 3
    )


@every_attention
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": [1.0]}, "query is a list, expected a torch.Tensor"),
        ({"query": torch.ones(7, 4, dtype=torch.long)}, "query has dtype torch.int64"),
        ({"key": torch.ones(2, 3, 9, 6).double()}, "key has d_k=6, expected 4"),
        ({"key": torch.ones(2, 3, 9, 4)}, "key has dtype torch.float32"),
        ({"value": torch.ones(2, 3, 8, 5).double()}, "value has n_k=8, expected 9"),
        ({"value": torch.ones(4, 3, 9, 5).double()}, "differ before their last two axes"),
        ({"value": torch.ones(5).double()}, "value has shape"),
        ({"mask": torch.ones(9)}, "mask has dtype torch.float32, expected torch.bool"),
        ({"mask": torch.ones(8, dtype=torch.bool)}, r"mask has shape \(8,\), expected"),
        ({"mask": "causal"}, "mask is a str"),
    ],
)
def test_what_does_not_fit_is_named(attend, change, message):
    inputs = dict(zip(("query", "key", "value"), random_inputs(), strict=True))
    with pytest.raises(ValueError, match=message):
        attend(**(inputs | change))
