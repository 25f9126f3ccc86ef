"""13.2: the reference, and other right ways."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_13.decode.cases import decode

Step = tuple[Tensor, Tensor, Tensor]  # output, key, value


def rotate(x: Tensor, places: Tensor) -> Tensor:
    """Rotary positions as complex numbers: each pair of features is rotated by its angle."""
    pairs = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    rates = 10000.0 ** (-torch.arange(0, x.shape[-1], 2, dtype=torch.float64) / x.shape[-1])
    rotated = pairs * torch.exp(1j * places.double()[..., None] * rates)
    return torch.view_as_real(rotated).flatten(-2).to(x.dtype)


@decode.reference
def decode_in_float64(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    x, w_q, w_k, w_v = x.double(), w_q.double(), w_k.double(), w_v.double()
    return place_and_append(x, w_q, w_k, w_v, past_key.double(), past_value.double())


def place_and_append(
    x: Tensor,
    w_q: Tensor,
    w_k: Tensor,
    w_v: Tensor,
    past_key: Tensor,
    past_value: Tensor,
    query_shift: int | None = 0,
    key_shift: int | None = 0,
) -> Step:
    """One step; a shift moves the place of query or key, and None restarts it at 0."""
    n_past = past_key.shape[1]
    places = [
        torch.tensor([0 if shift is None else n_past + shift]) for shift in (query_shift, key_shift)
    ]
    query, new_key = rotate(x @ w_q, places[0]), rotate(x @ w_k, places[1])
    key, value = torch.cat([past_key, new_key], 1), torch.cat([past_value, x @ w_v], 1)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.right_way
def decode_by_softmax(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.size(-2)])
    key = torch.cat((past_key, rotate(x @ w_k, place)), dim=-2)
    value = torch.cat((past_value, x @ w_v), dim=-2)
    scores = rotate(x @ w_q, place) @ key.mT / math.sqrt(key.shape[-1])
    return scores.softmax(-1) @ value, key, value


@decode.right_way
def decode_by_writing(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    batch, n_past, d_k = past_key.shape
    key, value = x.new_zeros(batch, n_past + 1, d_k), x.new_zeros(batch, n_past + 1, w_v.shape[1])
    place = torch.full((1,), n_past)
    key[:, :n_past], key[:, n_past:] = past_key, rotate(F.linear(x, w_k.T), place)
    value[:, :n_past], value[:, n_past:] = past_value, F.linear(x, w_v.T)
    query = rotate(F.linear(x, w_q.T), place)
    return F.scaled_dot_product_attention(query, key, value), key, value


@decode.right_way
def decode_row_by_row(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    place = torch.tensor([past_key.shape[1]])
    keys, values = [], []
    for token, old_key, old_value in zip(x, past_key, past_value, strict=True):
        keys.append(torch.vstack([old_key, rotate(token @ w_k, place)]))
        values.append(torch.vstack([old_value, token @ w_v]))
    key, value = torch.stack(keys), torch.stack(values)
    scores = torch.einsum("bqd,bkd->bqk", rotate(x @ w_q, place), key) * key.shape[-1] ** -0.5
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return torch.bmm(powers / powers.sum(-1, keepdim=True), value), key, value
