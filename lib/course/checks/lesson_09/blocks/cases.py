"""09.2: choose whole blocks by their mean keys. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_09.shared import BUILT_HERE

blocks = Exercise(
    "09.2",
    returns="chosen",
    right="One number for each pair of blocks, and the choice is made.",
    forbids=BUILT_HERE,
    given=(
        "d = query.shape[-1]",
        "mean_query = query.view(-1, block_size, d).mean(dim=1)",
    ),
)


@blocks.case("three blocks of 2 tokens, k = 2")
def three_blocks(draw: Draw) -> Call:
    query = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1], [2, 1], [1, 0]])
    key = torch.tensor([[0.0, 1], [0, 1], [3, 0], [1, 0], [1, 3], [1, 0]])
    return Call(query, key, 2, 2)


@blocks.case("k = 1: each block reads itself")
def only_itself(draw: Draw) -> Call:
    return Call(draw.tensor(8, 3), draw.tensor(8, 3), 2, 1)


@blocks.case("as many blocks as tokens in a block")
def as_many_blocks_as_tokens(draw: Draw) -> Call:
    return Call(draw.tensor(16, 4), draw.tensor(16, 4), 4, 2)


@blocks.case("seven blocks of 4 tokens")
def seven_blocks(draw: Draw) -> Call:
    return Call(draw.tensor(28, 5), draw.tensor(28, 5), 4, draw.integer(3, 4))


@blocks.case("every block is chosen: three blocks of 3 tokens, k = 3")
def all_blocks(draw: Draw) -> Call:
    return Call(draw.tensor(9, 2), draw.tensor(9, 2), 3, 3)


@blocks.case("mean keys that agree with no query: all dot products are below 0")
def all_disagree(draw: Draw) -> Call:
    query, key = draw.tensor(10, 3).abs() + 0.1, -draw.tensor(10, 3).abs() - 0.1
    return Call(query, key, 2, 2)
