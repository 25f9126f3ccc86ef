"""08.2: the reference, and other right ways."""

import torch
from torch import Tensor

from course.checks.lesson_08.loop.cases import loop


@loop.reference
def by_torch(x: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> Tensor:
    """PyTorch's own RNN, with these matrices."""
    h = x.new_zeros(1, len(x), len(w_h))
    weights = [w_x.mT.contiguous(), w_h.mT.contiguous(), b, torch.zeros_like(b)]
    states, _ = torch.rnn_tanh(x, h, weights, True, 1, 0.0, False, False, True)
    return states


@loop.right_way
def by_stack(x: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> Tensor:
    h = torch.zeros(len(x), len(w_h), dtype=x.dtype)
    states = []
    for token in x.unbind(dim=1):
        h = (token @ w_x + h @ w_h + b).tanh()
        states.append(h)
    return torch.stack(states, 1)


@loop.right_way
def inputs_first(x: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> Tensor:
    inputs = x @ w_x + b  # what need not wait
    states = [torch.tanh(inputs[:, 0])]
    for t in range(1, x.shape[1]):
        states.append(torch.tanh(inputs[:, t] + states[-1] @ w_h))
    return torch.cat([h[:, None] for h in states], dim=1)


@loop.right_way
def one_matrix(x: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> Tensor:
    w = torch.cat([w_x, w_h])  # (d_in + d_h, d_h): token and state side by side
    h, rows = x.new_zeros(len(x), len(b)), []
    for t in range(x.shape[1]):
        h = torch.tanh(torch.cat([x[:, t], h], dim=-1) @ w + b)
        rows.append(h)
    return torch.stack(rows).transpose(0, 1)


@loop.right_way
def into_a_table(x: Tensor, w_x: Tensor, w_h: Tensor, b: Tensor) -> Tensor:
    states = x.new_zeros(x.shape[0], x.shape[1] + 1, w_h.shape[0])
    for t in range(x.shape[1]):
        before, states = states, states.clone()  # a gradient needs `before` as it was
        states[:, t + 1] = torch.tanh(x[:, t] @ w_x + before[:, t] @ w_h + b)
    return states[:, 1:]
