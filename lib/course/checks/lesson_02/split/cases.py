"""02.1: cut the features into heads. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_02.shared import BUILT_HERE

split = Exercise(
    "02.1",
    returns="heads",
    right="Each head holds its slice of the features of every token.",
    forbids=BUILT_HERE,
)


@split.case("four tokens, six features, two heads (23 is the third feature of the second token)")
def four_tokens(draw: Draw) -> Call:
    tokens, features = torch.tensor([10.0, 20.0, 30.0, 40.0]), torch.arange(1.0, 7.0)
    return Call((tokens[:, None] + features)[None], 2)


@split.case("batch, tokens, heads and d_head all 2")
def split_equal_sizes(draw: Draw) -> Call:
    return Call(draw.tensor(2, 2, 4), 2)


@split.case("batch=2, n=5, d_model=12, num_heads=3")
def split_all_different(draw: Draw) -> Call:
    return Call(draw.tensor(2, 5, 12), 3)
