"""06.5: the mistakes that people make."""

import torch

from course.checks.lesson_06.influence.cases import influence
from course.checks.lesson_06.influence.right import influence_by_jacobian, jacobian, through

AXES = (
    "The Jacobian is (n_out, d, n_in, d): output token, output feature, input token, input "
    "feature. The tokens stay, the two features go: axes 1 and 3."
)
LENGTH = "The length is the root of the sum of the squares, norm(dim=…)."


def declare(name, what, way_out, work):
    def answer(mix, x):
        return work(mix, x)

    answer.__name__ = name
    influence.mistake(what, way_out)(answer)


def of_sums(mix, x):
    """As in lesson 05: the gradient of the sum of each output."""
    x = x.clone().requires_grad_()
    rows = [torch.autograd.grad(t.sum(), x, retain_graph=True)[0] for t in through(mix)(x)]
    return torch.stack(rows)  # (n_out, n_in, d)


declare(
    "sum_of_the_output",
    "All is 0. That comes where the features of an output are added up with their signs, since "
    "behind a norm such a sum never moves; or where what run gives back is cut off from x, by "
    "detach or no_grad.",
    "Ask each feature of the output by itself, as the Jacobian does: "
    "torch.autograd.functional.jacobian(run, x).",
    lambda mix, x: of_sums(mix, x).norm(dim=-1),
)


def of_sums_once(mix, x):
    """The same without retain_graph: only a first gradient comes."""
    x = x.clone().requires_grad_()
    rows = [torch.autograd.grad(token.sum(), x)[0].norm(dim=-1) for token in through(mix)(x)]
    return torch.stack(rows)


declare(
    "graph_thrown_away",
    "PyTorch threw away what it had written down after the first gradient; and the sum of an "
    "output, behind a norm, never moves.",
    "The Jacobian needs no loop: torch.autograd.functional.jacobian(run, x).",
    of_sums_once,
)


def of_features_once(mix, x):
    x = x.clone().requires_grad_()
    each = [[torch.autograd.grad(a, x)[0] for a in token] for token in through(mix)(x)]
    return torch.stack([torch.stack(row).norm(dim=(0, 2)) for row in each])


declare(
    "graph_of_features_thrown_away",
    "PyTorch threw away what it had written down after the first gradient.",
    "Ask with retain_graph=True, or for all at once: torch.autograd.functional.jacobian(run, x).",
    of_features_once,
)


def of_lengths(mix, x):
    x = x.clone().requires_grad_()
    rows = [torch.autograd.grad(t.norm(), x, retain_graph=True)[0] for t in through(mix)(x)]
    return torch.stack(rows).norm(dim=-1)


declare(
    "length_of_the_output",
    "The gradient was taken of the length of an output: behind a norm all have the same length, "
    "and it hardly moves.",
    "Ask each feature of the output by itself, as the Jacobian does.",
    of_lengths,
)
declare(
    "turned",
    "Rows and columns are exchanged.",
    "Outputs stand down, inputs across: (n_out, n_in).",
    lambda mix, x: influence_by_jacobian(mix, x).mT,
)
declare(
    "absolute_sums",
    "These are sums of absolute values.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().sum(dim=(1, 3)),
)
declare(
    "squares",
    "These are squared lengths: the root is missing.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).square().sum(dim=(1, 3)),
)
declare(
    "largest",
    "Of all derivatives between two tokens only the largest was kept.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().amax(dim=(1, 3)),
)
declare(
    "averages",
    "The squares were averaged, not added up.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).square().mean(dim=(1, 3)).sqrt(),
)
declare(
    "absolute_averages",
    "These are averages of absolute values.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().mean(dim=(1, 3)),
)
declare(
    "power_and_axis",
    "Absolute values were added up along axis 3, and axis 1 stayed: so norm(1, 3) reads its "
    "numbers, the first as p, the second as dim.",
    "Both axes are one argument: norm(dim=(1, 3)).",
    lambda mix, x: jacobian(mix, x).norm(1, 3),
)
declare(
    "tokens_gone",
    "The lengths run over the tokens, and the features stayed: axes 0 and 2 are gone.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(0, 2)),
)
declare(
    "first_two_gone",
    "The lengths run over axes 0 and 1: the outputs are gone.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(0, 1)),
)
declare(
    "last_two_gone",
    "The input tokens are gone, and an axis of features stayed.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(2, 3)),
)
declare(
    "last_gone",
    "Only the last axis, the input's features, is gone.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=-1),
)
declare(
    "output_features_gone",
    "Only axis 1, the output's features, is gone.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=1),
)
declare(
    "all_gone",
    "One length was taken of all derivatives.",
    "norm() without dim goes over all axes. " + AXES,
    lambda mix, x: jacobian(mix, x).norm(),
)
declare(
    "no_lengths",
    "These are the derivatives themselves: their lengths are missing.",
    AXES,
    lambda mix, x: jacobian(mix, x),
)
declare(
    "lengths_added",
    "The lengths of the features were added up.",
    "Take the length over both axes of features at once: norm(dim=(1, 3)).",
    lambda mix, x: jacobian(mix, x).norm(dim=3).sum(dim=1),
)
declare(
    "first_feature",
    "Only the first feature of each output was asked.",
    "Every feature of the output counts.",
    lambda mix, x: jacobian(mix, x)[:, 0].norm(dim=-1),
)
declare(
    "same_feature",
    "Each feature of the output was asked about the same feature of the input alone.",
    "Every feature of the output may hang on every feature of the input.",
    lambda mix, x: jacobian(mix, x).diagonal(dim1=1, dim2=3).norm(dim=-1),
)
declare(
    "shares",
    "The rows were divided by their sums.",
    "Influence is no share: leave the lengths as they are.",
    lambda mix, x: (lambda m: m / m.sum(dim=-1, keepdim=True))(influence_by_jacobian(mix, x)),
)
declare(
    "shares_of_the_largest",
    "The rows were divided by their largest entry.",
    "Leave the lengths as they are.",
    lambda mix, x: (lambda m: m / m.amax(dim=-1, keepdim=True))(influence_by_jacobian(mix, x)),
)
declare(
    "yes_or_no",
    "These say yes or no, where it is asked how strongly.",
    LENGTH,
    lambda mix, x: influence_by_jacobian(mix, x) > 0,
)
declare(
    "all_outputs",
    "All outputs were asked at once: every row is the same.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(0, 1, 3)).expand(len(mix), -1),
)
declare(
    "run_at_once",
    "The Jacobian got what run gives back, a tensor; it wants the function.",
    "torch.autograd.functional.jacobian(run, x): the function, then where.",
    lambda mix, x: torch.autograd.functional.jacobian(through(mix)(x), x),
)
declare(
    "exchanged",
    "The function and x are exchanged.",
    "torch.autograd.functional.jacobian(run, x): the function, then where.",
    lambda mix, x: torch.autograd.functional.jacobian(x, through(mix)),
)
declare(
    "outer_two_gone",
    "The lengths run over axes 0 and 3: the outputs are gone, and the output's features stayed.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(0, 3)),
)
declare(
    "inner_two_gone",
    "The lengths run over axes 1 and 2: the input tokens are gone, and their features stayed.",
    AXES,
    lambda mix, x: jacobian(mix, x).norm(dim=(1, 2)),
)
declare(
    "reshaped",
    "The Jacobian was reshaped to outputs by inputs with its axes as they lie: output features "
    "lie between, and numbers of different pairs were mixed.",
    "reshape doesn't move axes. norm(dim=(1, 3)) needs none to be moved. " + AXES,
    lambda mix, x: jacobian(mix, x).reshape(len(mix), len(x), -1).norm(dim=-1),
)
declare(
    "absolute_sums_of_the_output",
    "Over the output's features absolute values were added up, and only then was a length taken.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().sum(dim=1).norm(dim=-1),
)
declare(
    "absolute_sums_of_the_input",
    "Over the input's features absolute values were added up, and only then was a length taken.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().sum(dim=3).norm(dim=1),
)
declare(
    "largest_of_the_input",
    "Of the input's features only the one with the largest derivative was kept.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().amax(dim=3).norm(dim=1),
)
declare(
    "largest_of_the_output",
    "Of the output's features only the one with the largest derivative was kept.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).abs().amax(dim=1).norm(dim=-1),
)
declare(
    "largest_of_the_lengths",
    "Of the lengths of the output's features only the largest was kept.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).norm(dim=3).amax(dim=1),
)
declare(
    "spectral",
    "This is the spectral norm, the most that a change of length 1 can do.",
    "Asked is the root of the sum of all squares, norm(dim=…); linalg.matrix_norm takes it with "
    "its default, 'fro'.",
    lambda mix, x: torch.linalg.matrix_norm(jacobian(mix, x).permute(0, 2, 1, 3), 2),
)
declare(
    "largest_of_the_lengths_of_the_input",
    "Of the lengths of the input's features only the largest was kept.",
    LENGTH,
    lambda mix, x: jacobian(mix, x).norm(dim=1).amax(dim=-1),
)
