"""08.2: the mistakes that people make."""

import torch

from course.checks.lesson_08.loop.cases import loop
from course.checks.lesson_08.loop.right import by_stack

CARRY = "In every pass, h is made new out of the token and of the h of the pass before."


def steps(x, d_h, step, h=None):
    """The states of any loop: step(token, h) -> the next h."""
    h = x.new_zeros(len(x), d_h) if h is None else h
    states = []
    for t in range(x.shape[1]):
        h = step(x[:, t], h)
        states.append(h)
    return torch.stack(states, dim=1)


@loop.mistake(
    "The state is not carried on: every token begins with zeros.",
    CARRY,
)
def lost_state(x, w_x, w_h, b):
    return torch.tanh(x @ w_x + b)


@loop.mistake(
    "Only the last state comes back.",
    "Every token's state is asked: append h in each pass, and stack the list along axis 1.",
)
def last_state(x, w_x, w_h, b):
    return by_stack(x, w_x, w_h, b)[:, -1]


@loop.mistake(
    "The tokens stand on the first axis, before the batch.",
    "torch.stack(states, dim=1) puts the tokens behind the batch: (batch, n, d_h).",
)
def tokens_first(x, w_x, w_h, b):
    return by_stack(x, w_x, w_h, b).transpose(0, 1)


@loop.mistake(
    "The tokens stand on the last axis, behind the features.",
    "torch.stack(states, dim=1) puts the tokens behind the batch: (batch, n, d_h).",
)
def tokens_last(x, w_x, w_h, b):
    return by_stack(x, w_x, w_h, b).transpose(1, 2)


@loop.mistake(
    "The state is carried from row to row of the batch, not from token to token.",
    "x is (batch, n, d_in). A token of all rows is x[:, t], and t runs up to x.shape[1].",
)
def over_the_batch(x, w_x, w_h, b):
    return by_stack(x.transpose(0, 1), w_x, w_h, b).transpose(0, 1)


@loop.mistake(
    "The state is carried from row to row of the batch, and the rows stand on axis 1.",
    "x is (batch, n, d_in). A token of all rows is x[:, t], and t runs up to x.shape[1].",
)
def over_the_batch_and_stacked(x, w_x, w_h, b):
    return by_stack(x.transpose(0, 1), w_x, w_h, b)


@loop.mistake(
    "The tanh is missing.",
    "torch.tanh(…) goes around the whole sum, so that the state stays between -1 and 1.",
)
def no_tanh(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: token @ w_x + h @ w_h + b)


@loop.mistake(
    "The tanh was applied to what is given back, but the state was carried on without it.",
    "Carry on what comes out of the tanh: h = torch.tanh(…).",
)
def tanh_only_at_the_end(x, w_x, w_h, b):
    return no_tanh(x, w_x, w_h, b).tanh()


@loop.mistake(
    "The bias stands outside of the tanh.",
    "The brackets of tanh close after + b: the whole sum goes in.",
)
def bias_outside(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h @ w_h) + b)


@loop.mistake(
    "Only token and bias go through tanh; the state is added behind it.",
    "The brackets of tanh close after + b: token, state and bias are summed first.",
)
def state_outside(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + b) + h @ w_h)


@loop.mistake("The bias is missing.", "b is added in every pass, inside the tanh.")
def no_bias(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h @ w_h))


@loop.mistake(
    "The token is missing from all passes: the state hears of nothing.",
    "x[:, t] @ w_x is a part of the sum in every pass.",
)
def no_token(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(h @ w_h + b))


@loop.mistake(
    "The state is carried on without its matrix w_h.",
    "The state of the pass before goes through w_h: h @ w_h.",
)
def no_matrix(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h + b))


@loop.mistake(
    "The states are one place late: the zeros stand first, and the last state is missing.",
    "First make the new h out of the token, then append it.",
)
def before_the_token(x, w_x, w_h, b):
    states = by_stack(x, w_x, w_h, b)
    return torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], dim=1)


@loop.mistake(
    "The zeros from before the first token came back with the states.",
    "There is a state for each token: the list begins empty.",
)
def zeros_too(x, w_x, w_h, b):
    states = by_stack(x, w_x, w_h, b)
    return torch.cat([torch.zeros_like(states[:, :1]), states], dim=1)


@loop.mistake(
    "The first token was passed over, and has no state.",
    "range(x.shape[1]) begins at 0. Token 0 meets a state of zeros.",
)
def first_token_passed_over(x, w_x, w_h, b):
    return (
        by_stack(x, w_x, w_h, b)[:, :1] * 0 if x.shape[1] == 1 else by_stack(x[:, 1:], w_x, w_h, b)
    )


@loop.mistake(
    "The state before the first token is ones, not zeros.",
    "Nothing has been said yet: x.new_zeros(batch, d_h).",
)
def ones_first(x, w_x, w_h, b):
    ones = x.new_ones(len(x), len(w_h))
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h @ w_h + b), ones)


@loop.mistake(
    "The state before the first token was drawn at random.",
    "Nothing has been said yet: zeros, so that the same tokens give the same states.",
)
def random_first(x, w_x, w_h, b):
    drawn = torch.randn(len(x), len(w_h), generator=torch.Generator().manual_seed(0)).to(x.dtype)
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h @ w_h + b), drawn)


@loop.mistake(
    "The tokens were read from the last to the first.",
    "t counts up: 0, 1, 2, …",
)
def backwards(x, w_x, w_h, b):
    return by_stack(x.flip(1), w_x, w_h, b)


@loop.mistake(
    "The states add up: the old one is added to the new one.",
    "An RNN replaces its state: h = torch.tanh(…), without + h.",
)
def adding_up(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: h + torch.tanh(token @ w_x + h @ w_h + b))


@loop.mistake(
    "A sigmoid stands in place of tanh.",
    "torch.tanh goes from -1 to 1; a sigmoid from 0 to 1 belongs to gates.",
)
def sigmoid(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.sigmoid(token @ w_x + h @ w_h + b))


@loop.mistake(
    "The matrix of the state is transposed.",
    "The state stands on the left as a row: h @ w_h, without .T.",
)
def transposed(x, w_x, w_h, b):
    return by_stack(x, w_x, w_h.mT, b)


@loop.mistake(
    "Token and state met their matrices entry by entry, as * does it.",
    "A vector goes through a matrix with the matrix product: @.",
)
def entry_by_entry(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token * w_x + h * w_h + b))


@loop.mistake(
    "Every pass reads all tokens, so that there is an axis too many.",
    "One pass takes one token of each row: x[:, t], (batch, d_in).",
)
def all_tokens_in_each_pass(x, w_x, w_h, b):
    h, states = x.new_zeros(len(x), 1, len(w_h)), []
    for _ in range(x.shape[1]):
        h = torch.tanh(x @ w_x + h @ w_h + b)
        states.append(h)
    return torch.stack(states, dim=1)


@loop.mistake(
    "The list of states came back, not one tensor.",
    "torch.stack(states, dim=1) makes one tensor of the list.",
)
def a_list(x, w_x, w_h, b):
    return list(by_stack(x, w_x, w_h, b).unbind(dim=1))


@loop.mistake(
    "Nothing was put into the list of states.",
    "states.append(h) stands in the loop: once for each token.",
)
def nothing_appended(x, w_x, w_h, b):
    return torch.stack([], dim=1)


@loop.mistake(
    "states[-1] was asked while the list is still empty.",
    "Before the first token the state is the zeros, and they stand in h. " + CARRY,
)
def last_of_an_empty_list(x, w_x, w_h, b):
    states = []
    for t in range(x.shape[1]):
        states.append(torch.tanh(x[:, t] @ w_x + states[-1] @ w_h + b))
    return torch.stack(states, dim=1)


@loop.mistake(
    "The first token was read in every pass.",
    "Pass t reads token t: x[:, t].",
)
def always_the_first_token(x, w_x, w_h, b):
    return by_stack(x[:, :1].expand_as(x), w_x, w_h, b)


@loop.mistake(
    "The state met its matrix entry by entry, as * does it.",
    "A vector goes through a matrix with the matrix product: h @ w_h.",
)
def state_entry_by_entry(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x + h * w_h + b))


@loop.mistake(
    "Token and state each went through a tanh of their own.",
    "One tanh goes around the whole sum of token, state and bias.",
)
def a_tanh_each(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: torch.tanh(token @ w_x) + torch.tanh(h @ w_h) + b)


@loop.mistake(
    "Only the state goes through tanh; token and bias are added behind it.",
    "The brackets of tanh hold the whole sum of token, state and bias.",
)
def token_outside(x, w_x, w_h, b):
    return steps(x, len(w_h), lambda token, h: token @ w_x + torch.tanh(h @ w_h) + b)


@loop.mistake(
    "One state came back in all, the last.",
    "Every token's state belongs into the list: states.append(h) in each pass.",
)
def appended_once(x, w_x, w_h, b):
    return by_stack(x, w_x, w_h, b)[:, -1:]
