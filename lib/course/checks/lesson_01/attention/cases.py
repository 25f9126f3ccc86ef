"""01.4: scaled dot-product attention in PyTorch. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_01.shared import BUILT_HERE

attention = Exercise(
    "01.4",
    returns=("output", "weights"),
    right="This is equation 1 of the Transformer paper, and it runs for any batch.",
    forbids=BUILT_HERE,
)


@attention.case("no batch: one query, two keys, d_k=4")
def attention_without_batch(draw: Draw) -> Call:
    key = torch.tensor([[4.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    return Call(torch.tensor([[1.0, 2.0, 0.0, 0.0]]), key, torch.tensor([[1.0], [0.0]]))


@attention.case("three of everything, in a batch of three")
def attention_with_equal_sizes(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 3), draw.tensor(3, 3, 3), draw.tensor(3, 3, 3))


@attention.case("a batch of two, with n_q=3, n_k=4, d_k=10, d_v=6")
def attention_with_batch(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 10), draw.tensor(2, 4, 10), draw.tensor(2, 4, 6))


@attention.case("batch=2, heads=3, n_q=4, n_k=5, d_k=6, d_v=7")
def attention_with_heads(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 5, 7))


@attention.case("scores of 500, too large for exp")
def attention_with_large_scores(draw: Draw) -> Call:
    query = torch.tensor([[1000.0, 0.0, 0.0, 0.0], [0.0, -1000.0, 0.0, 0.0]])
    key = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]])
    return Call(query, key, torch.tensor([[1.0], [3.0], [5.0]]))
