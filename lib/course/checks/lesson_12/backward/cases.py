"""12.2: the gradient of one tile. The exercise and its cases."""

import math

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_11.shared import BUILT_HERE, column

backward = Exercise(
    "12.2",
    returns=("grad_query", "grad_key", "grad_value"),
    right="The weights came back from one number a query, and the gradient with them.",
    forbids=BUILT_HERE,
    without={"gradient": "its answer is a gradient; a right one may differentiate inside"},
    given=(
        "root = query.shape[-1] ** 0.5",
        "scores = query @ key.mT / root",
        "if mask is not None:",
        "scores = scores.masked_fill(~mask, -torch.inf)",
    ),
)
Tile = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


def tile_of(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    grad_output: Tensor,
    c: int,
    mask: Tensor | None = None,
) -> Tile:
    """The first c keys as a tile, with the log_sum and average of all keys that are seen."""
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if mask is not None:  # (r, c): the other keys are seen by all
        scores[..., :c] = scores[..., :c].masked_fill(~mask, -torch.inf)
    output = scores.softmax(-1) @ value
    average = (grad_output * output).sum(-1, keepdim=True)
    log_sum = scores.logsumexp(-1, keepdim=True)
    return query, key[..., :c, :], value[..., :c, :], log_sum, average, grad_output


@backward.case("one query, the first two of three keys, one feature")
def one_query_two_keys(draw: Draw) -> Call:
    key = column(math.log(2), math.log(4), 0.0)
    return Call(*tile_of(column(1.0), key, column(7.0, 14.0, 21.0), column(1.0), 2))


@backward.case("as many queries as keys as features, other keys beside them")
def square_tile(draw: Draw) -> Call:
    query, key, value = draw.tensor(5, 5), draw.tensor(9, 5), draw.tensor(9, 5)
    return Call(*tile_of(query, key, value, draw.tensor(5, 5), 5))


@backward.case("a tile that holds all keys: r=7, c=5, d_k=4, d_v=2")
def all_keys(draw: Draw) -> Call:
    query, key, value = draw.tensor(7, 4), draw.tensor(5, 4), draw.tensor(5, 2)
    return Call(*tile_of(query, key, value, draw.tensor(7, 2), 5))


@backward.case("a mixed tile, and its first query sees none of it: r=4, c=5, d_k=3, d_v=2")
def mixed_tile(draw: Draw) -> Call:
    query, key, value = draw.tensor(4, 3), draw.tensor(8, 3), draw.tensor(8, 2)
    mask = torch.ones(4, 5, dtype=torch.bool).tril(-1)
    return Call(*tile_of(query, key, value, draw.tensor(4, 2), 5, mask), mask)


@backward.case("batch=2, heads=3, r=5, c=4, d_k=6, d_v=7")
def batched_tile(draw: Draw) -> Call:
    query, key, value = draw.tensor(2, 3, 5, 6), draw.tensor(2, 3, 11, 6), draw.tensor(2, 3, 11, 7)
    return Call(*tile_of(query, key, value, draw.tensor(2, 3, 5, 7), 4))


@backward.case("scores that are too large for e to the power of them")
def large_scores(draw: Draw) -> Call:
    # Whole numbers, so that the large scores are exact: all lie near 100.
    query, key = draw.tensor(3, 4).round(), draw.tensor(6, 4).round()
    query[:, 0], key[:, 0] = 20.0, 10.0
    return Call(*tile_of(query, key, draw.tensor(6, 2), draw.tensor(3, 2), 4))
