"""02.3: the reference, and other right ways."""

import torch
import torch.nn.functional as F
from torch import Tensor

from attn import scaled_dot_product_attention
from course.checks.lesson_02.merge import merge_by_flatten
from course.checks.lesson_02.shared import attend
from course.checks.lesson_02.split.right import split_by_transpose
from course.checks.lesson_02.together.cases import together


@together.reference
def head_by_head(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = query.double(), key.double(), value.double()
    d_head, n_k = query.shape[-1] // num_heads, key.shape[1]
    # PyTorch's own function gives no weights back; blending the identity matrix shows them.
    identity = torch.eye(n_k, dtype=key.dtype).expand(key.shape[0], n_k, n_k)
    outputs, weights = [], []
    for head in range(num_heads):
        q, k, v = (x[..., head * d_head : (head + 1) * d_head] for x in (query, key, value))
        outputs.append(F.scaled_dot_product_attention(q, k, v))
        weights.append(F.scaled_dot_product_attention(q, k, identity))
    return torch.cat(outputs, dim=-1), torch.stack(weights, dim=1)


def attend_split(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int, *, scale: float | None = None
) -> tuple[Tensor, Tensor]:
    """The heads' outputs, not merged: (batch, num_heads, n_q, d_head), and their weights."""
    query, key, value = (split_by_transpose(x, num_heads) for x in (query, key, value))
    return attend(query, key, value, scale=scale)


@together.right_way
def together_by_parts(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    output, weights = attend_split(query, key, value, num_heads)
    return merge_by_flatten(output), weights


@together.right_way
def together_by_loop(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    pieces = (x.chunk(num_heads, dim=-1) for x in (query, key, value))
    heads = [scaled_dot_product_attention(*piece) for piece in zip(*pieces, strict=True)]
    outputs, weights = zip(*heads, strict=True)
    return torch.cat(outputs, dim=-1), torch.stack(weights, dim=1)


@together.right_way
def together_by_einsum(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    query, key, value = (x.unflatten(-1, (num_heads, -1)) for x in (query, key, value))
    scores = torch.einsum("bihd,bjhd->bhij", query, key) / query.shape[-1] ** 0.5
    weights = torch.softmax(scores, dim=-1)
    return torch.einsum("bhij,bjhd->bihd", weights, value).flatten(2), weights


@together.right_way
def together_with_heads_in_the_batch(
    query: Tensor, key: Tensor, value: Tensor, num_heads: int
) -> tuple[Tensor, Tensor]:
    batch = len(query)
    query, key, value = (
        split_by_transpose(x, num_heads).flatten(0, 1) for x in (query, key, value)
    )
    weights = (torch.bmm(query, key.mT) / query.shape[-1] ** 0.5).softmax(-1)
    output = torch.bmm(weights, value).unflatten(0, (batch, num_heads))
    return merge_by_flatten(output), weights.unflatten(0, (batch, num_heads))
