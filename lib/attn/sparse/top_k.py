"""Top-k attention: each query keeps the few keys that fit it best.

How few keys are enough? This answers the question, and saves nothing: to know the best keys, all
scores have to be formed first. `block_top_k_attention` is the one that saves.

Source: Gupta et al., "Memory-efficient Transformers via Top-k Attention", 2021, arXiv 2106.06899.
"""

import torch
from torch import Tensor

from attn.core import Attended, masked_softmax, scale_for, without_hidden
from attn.masks import with_causal_mask
from attn.validation import require_attention_inputs, require_integer


def top_k_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    *,
    k: int,
    causal: bool = False,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> Attended:
    """Attention over the k keys with the highest scores; their weights sum to 1 again.

    query (..., n_q, d_k), key (..., n_k, d_k), value (..., n_k, d_v)
    mask  boolean, broadcasts to (..., n_q, n_k): True where a query may attend to a key
    k     keys that each query keeps; all of them if there are no more than k
    causal hides later keys, the queries being the last n_q of the n_k positions
    bias  float, broadcasts to (..., n_q, n_k): added to the scaled scores, before the choice
    scale multiplies the scores; 1 / sqrt(d_k) unless given

    Returns Attended(output (..., n_q, d_v), weights (..., n_q, n_k)), the weights exactly 0 outside
    the chosen keys. Never more than k keys are kept: where scores are equal at the border,
    torch.topk decides. A query that may attend to nothing gets output 0 and weights 0. Gradients
    reach the chosen keys only. What the mask hides from every query may hold anything, NaN too;
    what some queries see must be finite.
    Raises ValueError on inputs that do not fit together, or k below 1.

    Source: arXiv 2106.06899, section 2.
    """
    *_, n_q, n_k = require_attention_inputs(query, key, value, mask, bias)
    require_integer("k", k, minimum=1)
    if causal:
        mask = with_causal_mask(mask, n_q, n_k, device=query.device)
    if mask is not None:
        key, value = without_hidden(key, value, mask)
    scores = (query * scale_for(query, scale)) @ key.mT  # (..., n_q, n_k)
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)  # so that no hidden key takes a place
    best = scores.topk(min(k, scores.shape[-1]), dim=-1).indices  # (..., n_q, k)
    keep = torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, best, True)  # (..., n_q, n_k)
    # Where fewer than k are visible, hidden keys were chosen too.
    weights = masked_softmax(scores, keep & (scores != -torch.inf))  # (..., n_q, n_k)
    return Attended(weights @ value, weights)
