"""Several query heads on each head of keys and values, and PyTorch's own kernel in our contract.

What MultiHeadAttention needs to be quick, kept out of the file that explains it.

Source: Ainslie et al., "GQA", 2023, arXiv 2305.13245 (grouped-query attention).
"""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from attn.core import Attended, scaled_dot_product_attention, without_hidden
from attn.masks import with_causal_mask
from attn.pluggable import AttentionFunction


def attend_in_groups(
    attention: AttentionFunction,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    bias: Tensor | None = None,
    causal: bool = False,
    **options: Any,
) -> Attended:
    """Let query head h attend to key head h // group, by any attention function.

    query (batch, heads, n_q, d), key and value (batch, kv_heads, n_k, d)
    mask and bias broadcast to (batch, heads, n_q, n_k); options are the function's own
    causal hides later keys, the queries being the last n_q positions

    Returns Attended(output (batch, heads, n_q, d), weights (batch, heads, n_q, n_k) or None).
    """
    heads, n_q, n_k = *query.shape[1:3], key.shape[2]
    group = heads // key.shape[1]
    fused = attention is fused_attention
    # Scaled dot-product attention answers each query for itself, wherever it stands in the row.
    anywhere = fused or attention is scaled_dot_product_attention
    # The kernel's first query stands at the first key; queries that line up stand anywhere.
    hides_later = mask is None and n_q == n_k if fused else group == 1 or not anywhere
    if causal and hides_later:
        options["causal"] = True
    elif causal:
        mask = with_causal_mask(mask, n_q, n_k, device=query.device)
    if bias is not None:
        options["bias"] = bias
    if group > 1 and not anywhere:  # a function that may care where a query stands: copied keys
        key = key.repeat_interleave(group, dim=1)  # (batch, heads, n_k, d)
        value = value.repeat_interleave(group, dim=1)  # (batch, heads, n_k, d)
    if group == 1 or not anywhere or "causal" in options:
        return attention(query, key, value, mask, **options)

    # The queries of a group line up as one row of group * n_q, and no key is copied.
    query = query.unflatten(1, (-1, group)).flatten(2, 3)  # (batch, kv_heads, group * n_q, d)
    mask = None if mask is None else _fold(mask, group, n_q)
    if bias is not None:
        options["bias"] = _fold(bias, group, n_q)
    output, weights = attention(query, key, value, mask, **options)
    output = output.unflatten(2, (group, n_q)).flatten(1, 2)  # (batch, heads, n_q, d)
    if weights is not None:
        weights = weights.unflatten(2, (group, n_q)).flatten(1, 2)  # (batch, heads, n_q, n_k)
    return Attended(output, weights)


def fused_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    dropout: float = 0.0,
) -> Attended:
    """scaled_dot_product_attention by PyTorch's own kernel, which need not form the weights.

    Shapes as in attend_in_groups. causal needs n_q == n_k and no mask: the kernel would put the
    queries at the first n_q positions, and takes one or the other.
    """
    if mask is not None:
        key, value = without_hidden(key, value, mask)
        mask = mask[(None,) * (4 - mask.dim())]  # it takes no mask of fewer axes
    grouped = query.shape[1] != key.shape[1]
    output = F.scaled_dot_product_attention(
        query, key, value, mask, dropout_p=dropout, is_causal=causal, enable_gqa=grouped
    )
    return Attended(output, None)


def _fold(x: Tensor, group: int, n_q: int) -> Tensor:
    """Let a mask or bias follow the queries that attend_in_groups lines up.

    x broadcasts to (batch, heads, n_q, n_k) -> broadcasts to (batch, kv_heads, group * n_q, n_k)
    """
    x = x[(None,) * (4 - x.dim())]  # four axes, some of them of size 1
    if x.shape[1] == x.shape[2] == 1:
        return x  # the same for every head and query
    heads = max(x.shape[1], group)  # one axis of `group` serves all kv_heads if heads are alike
    x = x.expand(-1, heads, n_q, -1)  # (batch, heads, n_q, n_k)
    return x.unflatten(1, (-1, group)).flatten(2, 3)  # (batch, kv_heads, group * n_q, n_k)
