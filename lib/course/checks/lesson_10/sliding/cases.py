"""10.3: a sliding window that forms no table. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_09.shared import BUILT_HERE

sliding = Exercise(
    "10.3",
    returns="output",
    right="The same numbers as with the mask, and no far value was read.",
    forbids=BUILT_HERE,
    given=(
        "n, output = query.shape[-2], []",
        "for start in range(0, n, window):",
        "stop = min(start + window, n)",
        "scores = query[..., start:stop, :] @ key[..., first:last, :].mT / query.shape[-1] ** 0.5",
        "scores = scores.masked_fill(hidden, -torch.inf)",
        "output.append(scores.softmax(dim=-1) @ value[..., first:last, :])",
        "return torch.cat(output, dim=-2)",
    ),
)


@sliding.case("four tokens, a window of 2")
def four_tokens(draw: Draw) -> Call:
    value = torch.tensor([[1.0], [2.0], [4.0], [8.0]])
    return Call(torch.tensor([[1.0], [0.0], [1.0], [2.0]]), torch.ones(4, 1).cumsum(0), value, 2)


@sliding.case("six tokens of 4 features, a window of 3: two whole blocks")
def two_whole_blocks(draw: Draw) -> Call:
    return Call(draw.tensor(6, 4), draw.tensor(6, 4), draw.tensor(6, 3), 3)


@sliding.case("eleven tokens: the last block is short")
def short_last_block(draw: Draw) -> Call:
    return Call(draw.tensor(11, 4), draw.tensor(11, 4), draw.tensor(11, 5), 4)


@sliding.case("a window that is longer than the text")
def window_longer_than_the_text(draw: Draw) -> Call:
    return Call(draw.tensor(5, 4), draw.tensor(5, 4), draw.tensor(5, 3), 9)


@sliding.case("a batch of 2, 3 heads, 13 tokens")
def batch_and_heads(draw: Draw) -> Call:
    q, k = draw.tensor(2, 3, 13, 6), draw.tensor(2, 3, 13, 6)
    return Call(q, k, draw.tensor(2, 3, 13, 7), draw.integer(3, 5))


@sliding.case("a window of 1, inf in the last value: the first six queries may not read it")
def value_that_nobody_reads(draw: Draw) -> Call:
    query, value = draw.tensor(12, 4), draw.tensor(12, 3)
    value[-1] = torch.inf
    # A block may read a few keys more than it needs, and hide them. So the queries close to that
    # value are inf themselves: their rows are nan in any kernel, and say nothing.
    query[-6:] = torch.inf
    return Call(query, draw.tensor(12, 4), value, 1)


@sliding.case("a window of 1, inf in the first value: the last six queries may not read it")
def first_value_that_nobody_reads(draw: Draw) -> Call:
    query, value = draw.tensor(12, 4), draw.tensor(12, 3)
    value[0], query[:6] = torch.inf, torch.inf  # as above, seen from the other end
    return Call(query, draw.tensor(12, 4), value, 1)


@sliding.case("scores far from 0: above 200 for half of the queries, below -200 for the others")
def far_from_zero(draw: Draw) -> Call:
    # Whole numbers, so that the large scores are exact; e to the power of them fits into no float32
    query, key = draw.tensor(8, 4).round(), draw.tensor(8, 4).round()
    query[:4, 0], query[4:, 0], key[:, 0] = 60.0, -60.0, 10.0
    return Call(query, key, draw.tensor(8, 3), 3)
