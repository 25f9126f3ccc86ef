"""08.1: the mistakes that people make."""

import torch

from course.checks.lesson_08.reach.cases import reach
from course.checks.lesson_08.reach.right import by_grad, network, whole_gradient


def asked(name, x, question):
    """The gradient of question(outputs), one number, by x: (batch, n, d)."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(question(network(name, x)), x)[0]


ONE_NUMBER = "Ask for the last output along the direction, summed over the batch: `last.sum()`."


@reach.mistake(
    "All outputs were asked, not only the last.",
    "The first token moves the early outputs, too. Asked is the last alone: outputs[:, -1].",
)
def all_outputs(name, x, direction):
    return asked(name, x, lambda outputs: (outputs @ direction).sum())[:, 0].norm(dim=-1)


@reach.mistake(
    "The first output was asked, not the last.",
    "outputs is (batch, n, d): the last token's is outputs[:, -1].",
)
def first_output(name, x, direction):
    return asked(name, x, lambda outputs: (outputs[:, 0] @ direction).sum())[:, 0].norm(dim=-1)


@reach.mistake(
    "Only the last row of the batch was asked: all its tokens, not the last token of each row.",
    "outputs is (batch, n, d), so the batch comes first: outputs[:, -1] is the last token of each "
    "row.",
)
def last_row(name, x, direction):
    return asked(name, x, lambda outputs: (outputs[-1] @ direction).sum())[:, 0].norm(dim=-1)


@reach.mistake(
    "This is the gradient by the last token.",
    "Asked is how much of the *first* token arrives: gradient[:, 0].",
)
def by_the_last_token(name, x, direction):
    return whole_gradient(name, x, direction)[:, -1].norm(dim=-1)


@reach.mistake(
    "This is the gradient by the second token.",
    "Tokens are counted from 0: the first one's is gradient[:, 0].",
)
def by_the_second_token(name, x, direction):
    return whole_gradient(name, x, direction)[:, 1].norm(dim=-1)


@reach.mistake(
    "The gradient of the first row of the batch was taken, not that of the first token.",
    "gradient is (batch, n, d): the first token of each row is gradient[:, 0].",
)
def first_row(name, x, direction):
    return whole_gradient(name, x, direction)[0].norm(dim=-1)


@reach.mistake(
    "The length was taken over the whole gradient, all tokens together.",
    "First take the first token's part, gradient[:, 0], (batch, d); then norm(dim=-1).",
)
def all_tokens_together(name, x, direction):
    return whole_gradient(name, x, direction).flatten(1).norm(dim=-1)


@reach.mistake(
    "There is a length for each token: the first one was not picked out.",
    "gradient[:, 0] is the first token's part, (batch, d). Its lengths are (batch,).",
)
def each_token(name, x, direction):
    return whole_gradient(name, x, direction).norm(dim=-1)


@reach.mistake(
    "One length was taken over the batch: all rows together.",
    "norm() without dim takes all entries. norm(dim=-1) of (batch, d) is (batch,), one for each "
    "row.",
)
def one_for_the_batch(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].norm()


@reach.mistake(
    "The lengths run over the batch, not over the features.",
    "gradient[:, 0] is (batch, d). The length of each row is norm(dim=-1).",
)
def over_the_batch(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].norm(dim=0)


@reach.mistake(
    "The mean over the rows of the batch was taken.",
    "Each row gets its own number: (batch,).",
)
def mean_of_rows(name, x, direction):
    return by_grad(name, x, direction).mean()


@reach.mistake(
    "These are the gradients themselves; their lengths are missing.",
    "gradient[:, 0] is (batch, d). norm(dim=-1) makes one length of each row's d numbers.",
)
def lengths_missing(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0]


@reach.mistake(
    "The features were summed with their signs, so that they may cancel.",
    "A gradient of (1, -1) would count as nothing. The length is asked, norm(dim=-1).",
)
def signed_sums(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].sum(dim=-1)


@reach.mistake(
    "These are sums of absolute values.",
    "The length of a vector is asked: the root of the sum of the squares, norm(dim=-1).",
)
def absolute_sums(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].abs().sum(dim=-1)


@reach.mistake(
    "The features of the gradient were averaged.",
    "The length of a vector is asked: the root of the sum of the squares, norm(dim=-1).",
)
def averaged_features(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].mean(dim=-1)


@reach.mistake(
    "What came is the gradient along the direction, its dot product, not its length.",
    "The direction says which way the *output* moves. Of the gradient, take the length: "
    "norm(dim=-1).",
)
def direction_twice(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0] @ direction


@reach.mistake("These are squared lengths: the root is missing.", "norm(dim=-1) takes it for you.")
def squared(name, x, direction):
    return by_grad(name, x, direction).square()


@reach.mistake(
    "The direction was left out: the features of the output were added up.",
    "With it there is one number for each row: `outputs[:, -1] @ direction`.",
)
def without_direction(name, x, direction):
    return asked(name, x, lambda outputs: outputs[:, -1].sum())[:, 0].norm(dim=-1)


@reach.mistake(
    "Every row's reach is divided by the size of the batch, as a mean over the rows does it.",
    ONE_NUMBER,
)
def averaged(name, x, direction):
    return by_grad(name, x, direction) / len(x)


@reach.mistake(
    "torch.autograd.grad got several numbers where it wants one.",
    "The rows of a batch do not touch each other, so their sum will do: `last.sum()`.",
)
def not_summed(name, x, direction):
    x = x.clone().requires_grad_()
    last = network(name, x)[:, -1] @ direction
    return torch.autograd.grad(last, x)[0][:, 0].norm(dim=-1)


@reach.mistake(
    "torch.autograd.grad gives back a tuple, and its one entry was not taken out.",
    "`(gradient,) = torch.autograd.grad(…)`, with the comma, or `[0]` behind the call.",
)
def tuple_not_opened(name, x, direction):
    x = x.clone().requires_grad_()
    last = network(name, x)[:, -1] @ direction
    gradient = torch.autograd.grad(last.sum(), x)
    return gradient[:, 0].norm(dim=-1)  # type: ignore[call-overload]


@reach.mistake(
    "The gradient was asked by a tensor that the outputs were not made of. x[:, 0] is a new one.",
    "Ask for it by the whole of x, and take the first token's part afterwards: gradient[:, 0].",
)
def by_a_part(name, x, direction):
    x = x.clone().requires_grad_()
    last = network(name, x)[:, -1] @ direction
    return torch.autograd.grad(last.sum(), x[:, 0])[0].norm(dim=-1)


@reach.mistake(
    "These are the last outputs along the direction; no gradient was taken.",
    "`(gradient,) = torch.autograd.grad(last.sum(), x)` says how much each number of x matters.",
)
def no_gradient(name, x, direction):
    return network(name, x)[:, -1] @ direction


@reach.mistake(
    "x.grad is None: nobody has called backward().",
    "Either call `.backward()` on the sum first, or use torch.autograd.grad, which gives the "
    "gradient back.",
)
def no_backward(name, x, direction):
    x = x.detach().clone().requires_grad_()
    network(name, x)
    return x.grad[:, 0].norm(dim=-1)


@reach.mistake(
    "Under every name it is the board that is measured.",
    "networks[name] is the network that is asked for. It has been run for you, into `outputs`.",
)
def always_the_board(name, x, direction):
    return by_grad("board", x, direction)


@reach.mistake(
    "Under every name it is the whisper that is measured.",
    "networks[name] is the network that is asked for. It has been run for you, into `outputs`.",
)
def always_the_whisper(name, x, direction):
    return by_grad("whisper", x, direction)


@reach.mistake(
    "These are means of absolute values.",
    "The length of a vector is asked: the root of the sum of the squares, norm(dim=-1).",
)
def mean_of_absolute_values(name, x, direction):
    return whole_gradient(name, x, direction)[:, 0].abs().mean(dim=-1)


@reach.mistake(
    "The length of outputs[:, -1] * direction was asked, a product feature by feature.",
    "Along a direction an output is one number, the dot product: outputs[:, -1] @ direction.",
)
def length_of_the_product(name, x, direction):
    def question(outputs):
        return (outputs[:, -1] * direction).norm(dim=-1).sum()

    return asked(name, x, question)[:, 0].norm(dim=-1)


@reach.mistake(
    "The direction was brought to length 1.",
    "It counts as it comes, with its length: `outputs[:, -1] @ direction`.",
)
def unit_direction(name, x, direction):
    return by_grad(name, x, direction / direction.norm())


@reach.mistake(
    "outputs[..., -1] is the last feature of every token, (batch, n), not the last token.",
    "outputs is (batch, n, d): the last token of each row is outputs[:, -1], (batch, d).",
)
def last_feature(name, x, direction):
    return asked(name, x, lambda outputs: (outputs[..., -1] @ direction).sum())[:, 0].norm(dim=-1)


@reach.mistake(
    "All is 0. Either first and last are exchanged (the first output hears nothing of the last "
    "token), or the gradient was asked by the outputs, not by x.",
    "The last output is outputs[:, -1]. Of its gradient by x, the first token's part is "
    "gradient[:, 0].",
)
def first_and_last_exchanged(name, x, direction):
    gradient = asked(name, x, lambda outputs: (outputs[:, 0] @ direction).sum())
    return gradient[:, -1].norm(dim=-1)
