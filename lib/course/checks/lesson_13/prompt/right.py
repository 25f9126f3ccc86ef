"""13.3: the reference, and other right ways."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course.checks.lesson_13.decode.right import Step, place_and_append, rotate
from course.checks.lesson_13.prompt.cases import prompt


@prompt.reference
def prompt_token_by_token(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    """Every token by itself, in float64: a step has no future that could be seen."""
    x, w_q, w_k, w_v = x.double(), w_q.double(), w_k.double(), w_v.double()
    key, value, outputs = past_key.double(), past_value.double(), []
    for token in x.split(1, dim=1):
        output, key, value = place_and_append(token, w_q, w_k, w_v, key, value)
        outputs.append(output)
    return torch.cat(outputs, dim=1), key, value


def longer(
    x: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor, first: int
) -> tuple[Tensor, Tensor]:
    """The longer keys and values, where the first new key stands at the place `first`."""
    places = torch.arange(first, first + x.shape[1])
    key = torch.cat([past_key, rotate(x @ w_k, places)], 1)
    return key, torch.cat([past_value, x @ w_v], 1)


def sees(n: int, n_past: int, shift: int = 0) -> Tensor:
    """(n, n_past + n): True up to the place of each new token, or `shift` places beyond."""
    return torch.ones(n, n_past + n, dtype=torch.bool).tril(n_past + shift)


@prompt.right_way
def prompt_with_a_mask(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    n, n_past = x.shape[1], past_key.shape[1]
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    query = rotate(x @ w_q, torch.arange(n_past, n_past + n))
    return F.scaled_dot_product_attention(query, key, value, sees(n, n_past)), key, value


@prompt.right_way
def prompt_by_softmax(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    n_past = past_key.size(-2)
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    places = torch.arange(key.size(-2))
    query = rotate(x @ w_q, places[n_past:])
    scores = query @ key.mT / key.shape[-1] ** 0.5
    later = places > places[n_past:, None]
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ value, key, value


@prompt.right_way
def prompt_row_by_row(
    x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, past_key: Tensor, past_value: Tensor
) -> Step:
    n_past = past_key.shape[1]
    key, value = longer(x, w_k, w_v, past_key, past_value, n_past)
    query = rotate(x @ w_q, torch.arange(n_past, key.shape[1]))
    rows = []
    for i in range(x.shape[1]):
        end = n_past + i + 1
        rows.append(
            F.scaled_dot_product_attention(query[:, i : i + 1], key[:, :end], value[:, :end])
        )
    return torch.cat(rows, dim=1), key, value
