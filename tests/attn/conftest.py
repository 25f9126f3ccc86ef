"""An oracle for attention that we did not write."""

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
