"""02.1: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_02.split.cases import split


@split.reference
def slice_by_slice(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    heads = torch.zeros(batch, num_heads, n, d_model // num_heads)
    for head in range(num_heads):
        for feature in range(d_model // num_heads):
            heads[:, head, :, feature] = x[:, :, head * (d_model // num_heads) + feature]
    return heads


@split.right_way
def split_by_transpose(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    return x.view(batch, n, num_heads, d_model // num_heads).transpose(1, 2)


@split.right_way
def split_by_stack(x: Tensor, num_heads: int) -> Tensor:
    return torch.stack(x.chunk(num_heads, dim=-1), dim=1)


@split.right_way
def split_by_permute(x: Tensor, num_heads: int) -> Tensor:
    return x.unflatten(-1, (num_heads, -1)).permute(0, 2, 1, 3)


@split.right_way
def split_into_an_empty_one(x: Tensor, num_heads: int) -> Tensor:
    batch, n, d_model = x.shape
    d_head = d_model // num_heads
    heads = x.new_empty(batch, num_heads, n, d_head)
    for head in range(num_heads):
        heads[:, head] = x[:, :, head * d_head : (head + 1) * d_head]
    return heads


@split.right_way
def split_turned_before_the_cut(x: Tensor, num_heads: int) -> Tensor:
    return x.mT.unflatten(1, (num_heads, -1)).mT
