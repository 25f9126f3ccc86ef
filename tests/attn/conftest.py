"""What the tests of several attention functions share: inputs, and an oracle we did not write."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor


def _dense_attention(query, key, value, visible=None, bias=None, scale=None):
    """PyTorch's own attention with everything spelled out: dense mask, expanded keys.

    visible and bias broadcast to (..., n_q, n_k); a query that sees nothing gets 0.
    """
    batch = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    query, key, value = (x.expand(*batch, *x.shape[-2:]) for x in (query, key, value))
    shape = (*batch, query.shape[-2], key.shape[-2])
    if visible is None:
        visible = torch.ones(shape, dtype=torch.bool)
    visible = visible.expand(shape)
    sees = visible.any(-1, keepdim=True)
    bias = query.new_zeros(shape) if bias is None else bias.expand(shape)
    # A query that sees nothing is shown everything, and its answer thrown away: no NaN to hide.
    bias = bias.masked_fill(~visible & sees, -torch.inf)
    output = F.scaled_dot_product_attention(query, key, value, bias, scale=scale)
    return output.masked_fill(~sees, 0.0)


@pytest.fixture(scope="session")
def dense_attention() -> Callable[..., Tensor]:
    return _dense_attention


def _random_inputs(seed, n_q=9, n_k=11, heads=2, key_heads=None, d_k=4, d_v=3):
    """Query (2, heads, n_q, d_k), key (2, key_heads, n_k, d_k) and value (2, key_heads, n_k, d_v).

    In float64, with gradients; no two sizes are the same, so that nothing hides.
    """
    torch.manual_seed(seed)
    key_heads = key_heads or heads
    shapes = ((2, heads, n_q, d_k), (2, key_heads, n_k, d_k), (2, key_heads, n_k, d_v))
    return [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]


def _relative(n_q, n_k):
    """Position of each key minus that of each query, the queries being the last."""
    return torch.arange(n_k) - (torch.arange(n_q)[:, None] + n_k - n_q)


def _assert_same_with_gradients(output, expected, inputs):
    """The same in float64, and the same gradient of each input along a random direction."""
    torch.testing.assert_close(output, expected, rtol=1e-10, atol=1e-12)
    towards = torch.randn_like(output)
    gradients, expected_gradients = (
        torch.autograd.grad(x, inputs, towards, allow_unused=True) for x in (output, expected)
    )
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        torch.testing.assert_close(gradient, expected_gradient, rtol=1e-9, atol=1e-11)


@pytest.fixture(scope="session")
def random_inputs() -> Callable[..., list[Tensor]]:
    return _random_inputs


@pytest.fixture(scope="session")
def relative() -> Callable[[int, int], Tensor]:
    return _relative


@pytest.fixture(scope="session")
def assert_same_with_gradients() -> Callable[..., None]:
    return _assert_same_with_gradients
