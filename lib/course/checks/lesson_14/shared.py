"""What the exercises of lesson 14 share."""

import torch
import torch.nn.functional as F
from torch import Tensor

LINEAR = ("attn.efficient.linear",)
NO_FEATURES = (
    "Raw queries and keys were multiplied: the feature map is missing.",
    "Their products may be negative, or sum to 0, and then they are no weights. Give query and key "
    "to phi first.",
)
DIVIDED = (
    "The blend is not divided by the sum of its weights.",
    "Weights phi(q)·phi(k) do not sum to 1 by themselves. Each query reads its divisor from z, as "
    "it reads its blend from s.",
)
NO_KEEPDIM = (
    "The divisors were lined up with the wrong axis: they have lost the axis of the features.",
    "Summed over the features, (..., d) becomes (...). With keepdim=True it is (..., 1), and each "
    "token meets its own divisor.",
)
SOFTMAX = (
    "This is softmax attention.",
    "Here a weight is phi(q)·phi(k), divided by the sum of the row. That is what lets the brackets "
    "move.",
)


def phi(x: Tensor) -> Tensor:
    return F.elu(x) + 1


def weigh(query: Tensor, key: Tensor, causal: bool = False) -> Tensor:
    """The weights of each query, not yet divided: (..., n_q, n_k)."""
    scores = torch.einsum("...id,...jd->...ij", phi(query), phi(key))
    return scores.tril() if causal else scores


def share(scores: Tensor) -> Tensor:
    return scores / scores.sum(-1, keepdim=True)


Step = tuple[Tensor, Tensor, Tensor]
