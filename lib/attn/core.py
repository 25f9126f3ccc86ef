"""Scaled dot-product attention: a look-up that answers with a blend.

A query is compared with every key. The better they agree, the more of that key's value goes into
the answer. Lesson 01 builds this file.

Source: Vaswani et al., "Attention Is All You Need", 2017, arXiv 1706.03762, equation 1.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from attn.masks import with_causal_mask
from attn.validation import require_attention_inputs, require_probability


class Attended(NamedTuple):
    """What an attention function returns.

    output   (..., n_q, d_v)  the blend of values for each query
    weights  (..., n_q, n_k)  who looked where: rows sum to 1, or are all 0 where a query may look
                              nowhere; None where a kernel never forms them
    """

    output: Tensor
    weights: Tensor | None


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    bias: Tensor | None = None,
    scale: float | None = None,
    dropout: float = 0.0,
) -> Attended:
    """Blend the values by how well each query agrees with each key.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    mask  boolean, broadcasts to (..., n_q, n_k): True where a query may attend to a key
    causal hides later keys, the queries being the last n_q of the n_k positions
    bias  float, broadcasts to (..., n_q, n_k): added to the scaled scores; -inf hides a key
    scale multiplies the scores; 1 / sqrt(d_k) unless given
    dropout is the probability with which a weight is dropped on the way to the output (as in
        PyTorch's own function it acts whenever it is above 0: a layer passes 0 outside training);
        the weights returned are those before dropout

    Returns Attended(output (..., n_q, d_v), weights (..., n_q, n_k)). A query that may attend to
    nothing gets output 0 and weights 0. What the mask hides from every query may hold anything, NaN
    too; what some queries see must be finite. Raises ValueError on inputs that do not fit together.

    Source: arXiv 1706.03762, equation 1.
    """
    require_attention_inputs(query, key, value, mask, bias)
    require_probability("dropout", dropout)
    return attend(query, key, value, mask, causal, bias, scale_for(query, scale), dropout)


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    causal: bool,
    bias: Tensor | None,
    scale: float,
    dropout: float = 0.0,
) -> Attended:
    """`scaled_dot_product_attention` of inputs that were checked."""
    if causal:
        mask = with_causal_mask(mask, query.shape[-2], key.shape[-2], device=query.device)
    if mask is not None:
        key, value = without_hidden(key, value, mask)

    # Scaled before the product: half precision ends at 65504, which raw dot products soon pass.
    scores = (query * scale) @ key.mT  # (..., n_q, n_k)
    if bias is not None:
        scores = scores + bias
        finite = scores != -torch.inf  # a bias of -inf hides a key as a mask does
        mask = finite if mask is None else mask & finite
    # With a mask something may be hidden, and perhaps all of a row.
    weights = scores.softmax(dim=-1) if mask is None else masked_softmax(scores, mask)
    kept = F.dropout(weights, dropout) if dropout else weights
    output = kept @ value  # (..., n_q, d_v)
    return Attended(output, weights)


def scale_for(query: Tensor, scale: float | None) -> float:
    """What multiplies the scores of a query (..., d_k): 1 / sqrt(d_k) unless `scale` is given.

    The dot product of d_k independent entries of variance 1 has variance d_k: dividing by its
    standard deviation keeps the softmax away from 0 and 1, where it no longer learns.
    """
    return 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis that gives hidden keys, and rows with no visible key, exactly 0.

    scores (..., n_q, n_k), mask boolean and broadcastable to it, True = visible -> (..., n_q, n_k)
    """
    sees = mask.any(dim=-1, keepdim=True)  # (..., n_q or 1, 1): False where a row sees nothing
    # In a row of -inf alone, softmax would compute -inf - (-inf) = NaN. Such a row gets zeros for
    # scores, so that the gradient is no NaN either, and zeros for weights.
    hidden = torch.zeros_like(sees, dtype=scores.dtype).masked_fill(sees, -torch.inf)
    return torch.softmax(torch.where(mask, scores, hidden), dim=-1) * sees  # (..., n_q, n_k)


def without_hidden(key: Tensor, value: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Put 0 in place of the keys and values that no query sees.

    Their weights are 0, but 0 * NaN = NaN: padding that nobody filled would reach every output.

    key (..., n_k, d_k), value (..., n_k, d_v), mask boolean, broadcasts to (..., n_q, n_k)
    -> the same two, broadcast over the mask's axes
    """
    unseen = ~torch.atleast_2d(mask).any(dim=-2)[..., None]  # (..., n_k or 1, 1)
    return key.masked_fill(unseen, 0.0), value.masked_fill(unseen, 0.0)
