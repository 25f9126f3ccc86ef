"""02.4: the reference, and other right ways."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course.checks.lesson_02.module.cases import module
from course.checks.lesson_02.renaming.right import renamed_by_loop
from course.checks.lesson_02.together.right import together_by_loop, together_by_parts


@module.reference
class PyTorchsOwn(nn.Module):
    """nn.MultiheadAttention under the names of this exercise."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.theirs = nn.MultiheadAttention(d_model, num_heads, batch_first=True).double()

    def load_state_dict(self, state: dict[str, Tensor], **_: Any) -> None:  # type: ignore[override]
        self.theirs.load_state_dict(renamed_by_loop(state))

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        query, key, value = query.double(), key.double(), value.double()
        return self.theirs(query, key, value, average_attn_weights=False)


class Projected(nn.Module):
    """The module with its steps apart, so that one of them can be changed."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.query_proj, self.key_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.value_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)

    def roles(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.query_proj(query), self.key_proj(key), self.value_proj(value)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_parts(*self.roles(query, key, value), self.num_heads)
        return self.out_proj(output), weights


@module.right_way
class ByParts(Projected):
    pass


@module.right_way
class ByLoop(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        output, weights = together_by_loop(*self.roles(query, key, value), self.num_heads)
        return F.linear(output, self.out_proj.weight, self.out_proj.bias), weights


@module.right_way
class ByEinsum(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        q, k, v = (x.unflatten(-1, (self.num_heads, -1)) for x in self.roles(query, key, value))
        scores = torch.einsum("bihd,bjhd->bhij", q, k) / math.sqrt(q.shape[-1])
        weights = scores.softmax(dim=-1)
        output = torch.einsum("bhij,bjhd->bihd", weights, v).flatten(2)
        return self.out_proj(output), weights


@module.right_way
class SlicedByHand(Projected):
    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        roles = self.roles(query, key, value)
        output, tables = torch.zeros_like(roles[0]), []
        for columns in torch.arange(query.shape[-1]).chunk(self.num_heads):
            q, k, v = (x[..., columns] for x in roles)
            tables.append(torch.softmax(q @ k.mT / len(columns) ** 0.5, dim=-1))
            output[..., columns] = tables[-1] @ v
        return self.out_proj(output), torch.stack(tables, dim=1)
