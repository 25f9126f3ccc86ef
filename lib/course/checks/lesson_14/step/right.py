"""14.3: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_14.shared import Step, phi
from course.checks.lesson_14.step.cases import step


@step.reference
def step_number_by_number(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    query, key, value, s, z = phi(query), phi(key), value.double(), s.double(), z.double()
    s, z = s.clone(), z.clone()
    d, d_v = s.shape[-2:]
    for a in range(d):
        z[..., a] += key[..., a]
        for b in range(d_v):
            s[..., a, b] += key[..., a] * value[..., b]
    divisor = torch.stack([query[..., a] * z[..., a] for a in range(d)]).sum(0)
    blend = torch.stack([query[..., a, None] * s[..., a, :] for a in range(d)]).sum(0)
    output = blend / divisor[..., None]
    return output, s, z


@step.right_way
def step_by_einsum(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    return take_and_read(query, key, value, s, z)


@step.right_way
def step_by_matrix_products(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    query, key = phi(query)[..., None, :], phi(key)[..., None]  # (..., 1, d) and (..., d, 1)
    s = s + key @ value[..., None, :]
    z = z + key.squeeze(-1)
    return (query @ s / (query @ z[..., None])).squeeze(-2), s, z


@step.right_way
def step_in_place_on_copies(
    query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor
) -> Step:
    query, key, s, z = phi(query), phi(key), s.clone(), z.clone()
    s += key.unsqueeze(-1) * value.unsqueeze(-2)
    z += key
    blend = (query.unsqueeze(-2) @ s).squeeze(-2)
    return blend / (query @ z if z.dim() == 1 else (query * z).sum(-1)[..., None] + 1e-6), s, z


def read(query: Tensor, s: Tensor, z: Tensor) -> Tensor:
    return torch.einsum("...d,...dv->...v", query, s) / (query * z).sum(-1, keepdim=True)


def outer(key: Tensor, value: Tensor) -> Tensor:
    return torch.einsum("...d,...v->...dv", key, value)


def take_and_read(query: Tensor, key: Tensor, value: Tensor, s: Tensor, z: Tensor) -> Step:
    s, z = s + outer(phi(key), value), z + phi(key)
    return read(phi(query), s, z), s, z
