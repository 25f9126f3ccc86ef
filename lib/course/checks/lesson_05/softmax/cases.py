"""05.3: a softmax that obeys a mask. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise, Gradient
from course.checks.lesson_05.causal.right import causal_by_triangle

softmax = Exercise(
    "05.3",
    returns="weights",
    right="Hidden keys get exactly 0, empty rows too, and no gradient is nan. (Empty rows that go "
    "into the softmax as -inf come out as nan, and only the last line stops it; 0 gives none.)",
    forbids=(
        "attn",
        "torch.nn.functional.scaled_dot_product_attention",
        "torch.nn.MultiheadAttention",
    ),
    given=(
        "empty = ~mask.any(dim=-1, keepdim=True)",
        "return weights.masked_fill(empty, 0.0)",
    ),
)
NO = False
YES = True


@softmax.case("one query, three keys, the last of them hidden")
def one_key_hidden(draw: Draw) -> Call:
    return Call(torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[YES, YES, NO]]))


@softmax.case("three queries and three keys, causal")
def causal_rows(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3), causal_by_triangle(3, 3))


@softmax.case("two queries, the first of them may see nothing")
def empty_row(draw: Draw) -> Call:
    return Call(torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[NO, NO], [YES, YES]]))


@softmax.case("batch=2, heads=3, n_q=4, n_k=5, the second sentence is empty")
def empty_sentence(draw: Draw) -> Call:
    visible = torch.arange(5) < torch.tensor([draw.integer(3, 4), 0])[:, None]
    return Call(draw.tensor(2, 3, 4, 5), visible[:, None, None, :])


@softmax.case("batch=2, heads=3, n_q=4, n_k=5, with a mask for each query")
def full_mask(draw: Draw) -> Call:
    mask = draw.tensor(2, 3, 4, 5) > 0
    mask[..., 0] = True
    mask[1, 2, 3] = False
    return Call(draw.tensor(2, 3, 4, 5), mask)


@softmax.case("float16, and the hidden key has by far the largest score")
def half_precision(draw: Draw) -> Call:
    scores = torch.tensor([[1.0, 60.0, 1.0]], dtype=torch.float16)
    return Call(scores, torch.tensor([[YES, NO, YES]]))


@softmax.case("the gradient, with a row that may see nothing")
def gradient_of_empty_row(draw: Draw) -> Gradient:
    return Gradient(draw.tensor(3, 4), torch.tensor([[YES] * 3 + [NO], [NO] * 4, [YES] * 4]))


@softmax.case("a row of scores far above 0, and one far below")
def far_from_zero(draw: Draw) -> Call:
    shift = torch.tensor([[300.0], [-300.0]])  # e to the power of these fits into no float32
    return Call(draw.tensor(2, 4) + shift, torch.tensor([[YES] * 3 + [NO], [NO] + [YES] * 3]))


@softmax.case("float64, with scores that no float32 can hold")
def double_precision(draw: Draw) -> Call:
    # One is the largest: of two, a logsumexp could not tell the sum from each.
    scores = torch.tensor([[1e39, 0.0, 0.0]], dtype=torch.float64)
    return Call(scores, torch.tensor([[YES, YES, NO]]))
