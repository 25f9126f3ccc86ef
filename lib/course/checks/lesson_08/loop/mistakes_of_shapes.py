"""08.2: mistakes in which token is read, and in what a product or a list gives back."""

import torch

from course.checks.lesson_08.loop.cases import loop
from course.checks.lesson_08.loop.mistakes import steps

ROWS = "Tokens and states are rows, so the matrices stand on their right: x[:, t] @ w_x, h @ w_h."


@loop.mistake("The matrix w_x stands on the left of the token.", ROWS)
def matrix_first(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(w_x @ token + h @ w_h + b))


@loop.mistake("Both matrices stand on the left, of the token and of the state.", ROWS)
def matrices_first(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(w_x @ token + w_h @ h + b))


@loop.mistake(
    "x[t] is a row of the batch with all its tokens, not token t of every row.",
    "x is (batch, n, d_in): token t of all rows is x[:, t], (batch, d_in).",
)
def rows_for_tokens(x, w_x, w_h, b):
    h, states = x.new_zeros(len(x), len(w_h)), []
    for t in range(x.shape[1]):
        h = torch.tanh(x[t] @ w_x + h @ w_h + b)
        states.append(h)
    return torch.stack(states, dim=1)


@loop.mistake(
    "x[..., t] is feature t of all tokens, not token t.",
    "x is (batch, n, d_in): token t of all rows is x[:, t], (batch, d_in).",
)
def features_for_tokens(x, w_x, w_h, b):
    h, states = x.new_zeros(len(x), len(w_h)), []
    for t in range(x.shape[1]):
        h = torch.tanh(x[..., t] @ w_x + h @ w_h + b)
        states.append(h)
    return torch.stack(states, dim=1)


@loop.mistake(
    "In place of tanh all below 0 became 0, as relu does it.",
    "torch.tanh goes from -1 to 1, and keeps the sign.",
)
def relu(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.relu(token @ w_x + h @ w_h + b))


@loop.mistake(
    "append gives back None, and states was set to that.",
    "append changes the list itself: states.append(h), without states = before it.",
)
def list_lost(x, w_x, w_h, b):
    h, states = x.new_zeros(len(x), len(w_h)), []
    for t in range(x.shape[1]):
        h = torch.tanh(x[:, t] @ w_x + h @ w_h + b)
        states = states.append(h)
    return torch.stack(states, dim=1)
