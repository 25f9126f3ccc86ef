"""08.2: the loop of an RNN. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

loop = Exercise(
    "08.2",
    returns="states",
    right="One state is carried along, and every token changes it.",
    forbids=("torch.nn.RNN", "torch.nn.RNNCell", "torch.rnn_tanh", "torch.rnn_tanh_cell"),
    given=(
        "h = x.new_zeros(x.shape[0], w_h.shape[0])",
        "states = []",
        "return torch.stack(states, dim=1)",
    ),
)


@loop.case("two tokens of one feature, a state of one number")
def two_tokens(draw: Draw) -> Call:
    x = torch.tensor([[[1.0], [0.5]]])
    return Call(x, torch.tensor([[0.5]]), torch.tensor([[2.0]]), torch.tensor([0.1]))


@loop.case("all sizes are 3")
def cube(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), draw.tensor(3, 3) / 2, draw.tensor(3, 3) / 2, draw.tensor(3))


@loop.case("a single token")
def one_token(draw: Draw) -> Call:
    return Call(draw.tensor(2, 1, 3), draw.tensor(3, 4) / 2, draw.tensor(4, 4) / 2, draw.tensor(4))


@loop.case("two rows of five tokens, 3 features, a state of 4")
def in_a_batch(draw: Draw) -> Call:
    return Call(draw.tensor(2, 5, 3), draw.tensor(3, 4) / 2, draw.tensor(4, 4) / 2, draw.tensor(4))
