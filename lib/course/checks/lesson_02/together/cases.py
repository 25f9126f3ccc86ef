"""02.3: all heads in one batched product. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_02.shared import BUILT_HERE

together = Exercise(
    "02.3",
    returns=("output", "weights"),
    right="All heads at once, and each with a budget of its own.",
    forbids=BUILT_HERE,
    rests_on={
        "split_heads": ("02.1", "split_heads"),
        "merge_heads": ("02.2", "merge_heads"),
    },
)


@together.case("three queries, two keys, d_model=4, two heads")
def whole_numbers(draw: Draw) -> Call:
    query = torch.tensor([[[2.0, 0.0, 0.0, 1.0], [0.0, 1.0, 3.0, 0.0], [-1.0, 0.0, 0.0, 2.0]]])
    key = torch.tensor([[[1.0, 0.0, 0.0, 2.0], [0.0, 2.0, 1.0, 0.0]]])
    value = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 9.0]]])
    return Call(query, key, value, 2)


@together.case("three sentences of three tokens, three heads, d_head=3")
def all_three(draw: Draw) -> Call:
    return Call(draw.tensor(3, 3, 9), draw.tensor(3, 3, 9), draw.tensor(3, 3, 9), 3)


@together.case("batch=2, n_q=4, n_k=5, d_model=18, num_heads=3")
def other_queries(draw: Draw) -> Call:
    return Call(draw.tensor(2, 4, 18), draw.tensor(2, 5, 18), draw.tensor(2, 5, 18), 3)


@together.case("scores of a thousand, too large for exp")
def large_scores(draw: Draw) -> Call:
    query = torch.tensor([[[1000.0, 0.0, 0.0, -1000.0], [0.0, 1000.0, -1000.0, 0.0]]])
    key = torch.tensor([[[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 2.0]]])
    return Call(query, key, torch.arange(1.0, 13.0).view(1, 3, 4), 2)
