"""05.4: the mistakes that people make."""

import torch

from course.checks.lesson_05.detector.cases import detector
from course.checks.lesson_05.detector.right import colleague, gradients, influence_by_grad


@detector.mistake(
    "Rows and columns are exchanged.",
    "Entry [i, j] is how output i depends on token j: the gradients of output i make row i.",
)
def tokens_down(name, x):
    return influence_by_grad(name, x).mT


@detector.mistake(
    "Gradients pile up: each row asks about output i and all outputs before it.",
    "Either output[:i + 1] was asked in place of output[i], or x.grad was read after backward(), "
    "which adds to it at each call: set it to None in each round, or use torch.autograd.grad.",
)
def gradients_pile_up(name, x):
    return torch.stack(gradients(name, x)).cumsum(0).norm(dim=-1)


@detector.mistake(
    "The lengths run along the wrong axis: over the tokens, not over the features.",
    "A gradient is (n, d), one row for each token. The length of each row is norm(dim=-1).",
)
def lengths_of_features(name, x):
    return torch.stack([gradient.norm(dim=0) for gradient in gradients(name, x)])


@detector.mistake(
    "One length was taken over the whole gradient, so that all tokens share it.",
    "You want a length for each token: norm(dim=-1) of a gradient (n, d) is (n,).",
)
def one_length(name, x):
    return torch.stack([gradient.norm() for gradient in gradients(name, x)])


@detector.mistake(
    "The features were summed with their signs, so that they may cancel.",
    "A leak could hide there: a gradient of (1, -1) would sum to 0. Take the length, norm(dim=-1).",
)
def signed_sums(name, x):
    return torch.stack([gradient.sum(-1) for gradient in gradients(name, x)])


@detector.mistake(
    "These are sums of absolute values.",
    "That finds the same leaks, but the length of a vector is asked: the root of the sum of the "
    "squares, norm(dim=-1).",
)
def absolute_sums(name, x):
    return torch.stack([gradient.abs().sum(-1) for gradient in gradients(name, x)])


@detector.mistake(
    "These are squared lengths: the root is missing.",
    "norm(dim=-1) takes it for you.",
)
def squared_lengths(name, x):
    return influence_by_grad(name, x).square()


@detector.mistake(
    "The entries of an output were averaged, not added up.",
    "The formula has a sum: output[i].sum(). A mean divides by the number of features.",
)
def averaged(name, x):
    return influence_by_grad(name, x) / x.shape[-1]


@detector.mistake(
    "All outputs were added up before the gradient, so that nobody can say which one moved.",
    "Ask for one output at a time: output[i].sum(), in a loop over i.",
)
def all_outputs_at_once(name, x):
    return torch.stack(gradients(name, x)).sum(0).norm(dim=-1)


@detector.mistake(
    "All outputs were added up before the gradient, so that all rows are alike.",
    "Ask for one output at a time: output[i].sum() in the loop, not output.sum().",
)
def all_outputs_in_each_row(name, x):
    return all_outputs_at_once(name, x).repeat(len(x), 1)


@detector.mistake(
    "The output's columns were asked, not its rows.",
    "output is (n, d), and output i is its row i: output[i].sum().",
)
def columns_asked(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    asked = [output[:, i].sum() for i in range(len(x))]
    return torch.stack(
        [torch.autograd.grad(a, x, retain_graph=True)[0].norm(dim=-1) for a in asked]
    )


@detector.mistake(
    "PyTorch does not watch x.",
    "A gradient needs an x that is watched before the output is computed: "
    "x = x.clone().requires_grad_().",
)
def x_not_watched(name, x):
    output = colleague(name, x)
    return torch.autograd.grad(output[0].sum(), x, retain_graph=True)[0]


@detector.mistake(
    "PyTorch threw away what it had written down after the first gradient.",
    "Ask with retain_graph=True, as the text does, or compute the output anew in each round.",
)
def graph_thrown_away(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    rows = [torch.autograd.grad(row.sum(), x)[0].norm(dim=-1) for row in output]
    return torch.stack(rows)


@detector.mistake(
    "torch.autograd.grad gives back a tuple, and its one entry was not taken out.",
    "`(gradient,) = torch.autograd.grad(…)`, with the comma, or `[0]` behind the call.",
)
def tuple_not_opened(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    gradient = torch.autograd.grad(output[0].sum(), x, retain_graph=True)
    return gradient.norm(dim=-1)  # type: ignore[attr-defined]


@detector.mistake(
    "torch.autograd.grad gives back a tuple, and the tuple was put into the list.",
    "Take its one entry out, `(gradient,) = torch.autograd.grad(…)`, and keep the length of each "
    "token's row, gradient.norm(dim=-1).",
)
def tuple_kept(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    rows = [torch.autograd.grad(row.sum(), x, retain_graph=True) for row in output]
    return torch.stack(rows)  # type: ignore[arg-type]


@detector.mistake(
    "The gradient was asked by a tensor that the output never saw, such as x[i], which is a new "
    "one.",
    "Ask for it by the whole of x. It has a row for each token, so one question answers for all.",
)
def by_one_token(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return torch.autograd.grad(output[0].sum(), x[0], retain_graph=True)[0]


@detector.mistake(
    "Each output has a number for its own token alone.",
    "A leak comes from another token. gradient.norm(dim=-1) keeps a length for each of them.",
)
def own_token_alone(name, x):
    return influence_by_grad(name, x).diagonal()


@detector.mistake(
    "torch.autograd.grad got a whole table or row where it wants one number.",
    "The order is *of what*, then *by what*: first the sum of output i, one number, "
    "`output[i].sum()`, then x.",
)
def row_not_summed(name, x):
    x = x.clone().requires_grad_()
    output = colleague(name, x)
    return torch.autograd.grad(output[0], x, retain_graph=True)[0]


@detector.mistake(
    "These are the gradients themselves; their lengths are missing.",
    "Each gradient is (n, d). norm(dim=-1) makes one length of each token's d numbers: (n,).",
)
def lengths_missing(name, x):
    return torch.stack(gradients(name, x))


@detector.mistake(
    "No row was put into the list.",
    "Whatever a pass through the loop computes is forgotten in the next, unless rows.append(…) "
    "keeps it.",
)
def no_row_kept(name, x):
    rows = []
    return torch.stack(rows)


@detector.mistake(
    "Only the last output has a row.",
    "The row has to be put into the list inside the loop, once for each output.",
)
def last_row_alone(name, x):
    return influence_by_grad(name, x)[-1:]


@detector.mistake(
    "One row came back, not a table.",
    "`return` inside the loop ends it in the first pass. Put the row into the list, "
    "rows.append(…); the last line, outside the loop, gives the table back.",
)
def returned_in_the_loop(name, x):
    return influence_by_grad(name, x)[0]


@detector.mistake(
    "All rows are the first one: output 0 was asked each time.",
    "The loop counts i; ask for output[i].",
)
def first_output_each_time(name, x):
    return influence_by_grad(name, x)[:1].repeat(len(x), 1)


@detector.mistake(
    "The rows stand in the reverse order.",
    "rows.append(…) puts each row behind those before it; insert(0, …) puts it in front.",
)
def rows_reversed(name, x):
    return influence_by_grad(name, x).flip(0)


@detector.mistake(
    "Of each gradient only token i's share was kept, and not its length.",
    "A leak comes from another token, so keep all of them: gradient.norm(dim=-1) is one length for "
    "each token, (n,).",
)
def own_share_alone(name, x):
    return torch.stack([gradient[i] for i, gradient in enumerate(gradients(name, x))])


@detector.mistake(
    "The gradient was taken of the length of output i, not of its sum.",
    "The formula adds up the entries of output i, output[i].sum(). The length comes after the "
    "gradient.",
)
def length_of_the_output(name, x):
    x = x.clone().requires_grad_()
    asked = [row.norm() for row in colleague(name, x)]
    return torch.stack(
        [torch.autograd.grad(a, x, retain_graph=True)[0].norm(dim=-1) for a in asked]
    )


@detector.mistake(
    "This is Ann's influence, though another was asked about.",
    "Those tell themselves apart by what they see: colleagues[name], with all of x.",
)
def always_ann(name, x):
    return influence_by_grad("Ann", x)


@detector.mistake(
    "Of each token's gradient only the largest entry was kept.",
    "That finds the same leaks, but the length of a vector is asked: the root of the sum of the "
    "squares, norm(dim=-1).",
)
def largest_entries(name, x):
    return torch.stack([gradient.abs().amax(-1) for gradient in gradients(name, x)])


@detector.mistake(
    "Only the first entry of output i was asked, not the sum of all of them.",
    "output[i] is a row of d numbers, and the formula adds them up: output[i].sum().",
)
def first_entry_asked(name, x):
    x = x.clone().requires_grad_()
    asked = [row[0] for row in colleague(name, x)]
    return torch.stack(
        [torch.autograd.grad(a, x, retain_graph=True)[0].norm(dim=-1) for a in asked]
    )


@detector.mistake(
    "`rows` is no list any more: one row was put in its place.",
    "The list collects a row in each round: rows.append(…).",
)
def row_for_the_list(name, x):
    rows = gradients(name, x)[-1].norm(dim=-1)
    return torch.stack(rows)
