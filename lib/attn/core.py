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
    bias: Tensor | None = None,
    scale: float | None = None,
    dropout: float = 0.0,
) -> Attended:
    """Blend the values by how well each query agrees with each key.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    mask  boolean, broadcasts to (..., n_q, n_k): True where a query may attend to a key
    bias  float, broadcasts to (..., n_q, n_k): added to the scaled scores
    scale multiplies the scores; 1 / sqrt(d_k) unless given
    dropout is the probability with which a weight is dropped on the way to the output (as in
        PyTorch's own function it acts whenever it is above 0: a layer passes 0 outside training);
        the weights returned are those before dropout

    Returns Attended(output (..., n_q, d_v), weights (..., n_q, n_k)). A query that may attend to
    nothing gets output 0 and weights 0. Raises ValueError on inputs that do not fit together.

    Source: arXiv 1706.03762, equation 1.
    """
    require_attention_inputs(query, key, value, mask, bias)
    require_probability("dropout", dropout)
    if scale is None:
        # The dot product of d_k independent entries of variance 1 has variance d_k: dividing by
        # its standard deviation keeps the softmax away from 0 and 1, where it no longer learns.
        scale = 1.0 / math.sqrt(query.shape[-1])

    scores = query @ key.mT * scale  # (..., n_q, n_k)
    if bias is not None:
        scores = scores + bias
    if mask is None and bias is None:
        weights = torch.softmax(scores, dim=-1)  # (..., n_q, n_k)
    else:  # something may be hidden, and perhaps all of a row
        weights = masked_softmax(scores, mask)  # (..., n_q, n_k)
    output = F.dropout(weights, dropout) @ value  # (..., n_q, d_v)
    return Attended(output, weights)


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax over the last axis that gives hidden keys, and rows with no visible key, exactly 0.

    scores (..., n_q, n_k), mask boolean and broadcastable to it, True = visible -> (..., n_q, n_k)
    """
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    # In a row of -inf alone, softmax would compute -inf - (-inf) = NaN. Such a row is made
    # harmless before the softmax, so that the gradient is no NaN either, and set to 0 after it.
    sees_nothing = (scores == -torch.inf).all(dim=-1, keepdim=True)  # (..., n_q, 1)
    weights = torch.softmax(scores.masked_fill(sees_nothing, 0.0), dim=-1)
    return weights.masked_fill(sees_nothing, 0.0)
