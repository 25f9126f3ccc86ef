"""12.3: the whole way back. The exercise and its cases."""

import math

import torch
from torch import Tensor

from course.checking import Call, Draw, Exercise
from course.checks.lesson_11.shared import BUILT_HERE, column

way_back = Exercise(
    "12.3",
    returns=("grad_query", "grad_key", "grad_value"),
    right="The weights were made again, piece by piece: a gradient without a table.",
    forbids=BUILT_HERE,
    without={"gradient": "its answer is a gradient; a right one may differentiate inside"},
    given=(
        "n_q, offset = (query.shape[-2], key.shape[-2] - query.shape[-2])",
        "average = (grad_output * output).sum(dim=-1, keepdim=True)",
        "grad_query, grad_key, grad_value = (torch.zeros_like(x) for x in (query, key, value))",
        "for start in range(0, n_q, chunk):",
        "rows = slice(start, min(start + chunk, n_q))",
        "q, log, avg, grad = (x[..., rows, :] for x in (query, log_sum, average, grad_output))",
        "return (grad_query, grad_key, grad_value)",
    ),
    rests_on={"tile_gradients": ("12.2", "tile_gradients")},
)


def step(query: Tensor, key: Tensor, value: Tensor, grad_output: Tensor, chunk: int) -> Call:
    """What the way forward hands on: the queries are the last n_q of the n_k places."""
    n_q, n_k = query.shape[-2], key.shape[-2]
    seen = torch.ones(n_q, n_k, dtype=torch.bool).tril(n_k - n_q)
    scores = (query @ key.mT / math.sqrt(query.shape[-1])).masked_fill(~seen, -torch.inf)
    log_sum = scores.logsumexp(-1, keepdim=True)
    return Call(query, key, value, scores.softmax(-1) @ value, log_sum, grad_output, chunk)


@way_back.case("two queries, two keys, one feature, tiles of 1 × 1")
def two_queries(draw: Draw) -> Call:
    key, value = column(math.log(2), math.log(4)), column(3.0, 9.0)
    return step(column(1.0, 1.0), key, value, column(1.0, 1.0), 1)


@way_back.case("six queries, six keys, six features, tiles of 2 × 2")
def square(draw: Draw) -> Call:
    query, key, value, grad_output = (draw.tensor(6, 6) for _ in range(4))
    return step(query, key, value, grad_output, 2)


@way_back.case("the last three of eight places ask, tiles of 2 × 2")
def after_a_cache(draw: Draw) -> Call:
    return step(draw.tensor(3, 4), draw.tensor(8, 4), draw.tensor(8, 5), draw.tensor(3, 5), 2)


@way_back.case("one tile that holds all")
def one_tile(draw: Draw) -> Call:
    return step(draw.tensor(4, 3), draw.tensor(4, 3), draw.tensor(4, 2), draw.tensor(4, 2), 16)


@way_back.case("batch=2, heads=3, n_q=7, n_k=11, d_k=6, d_v=5, tiles of 3 × 3")
def batched(draw: Draw) -> Call:
    query, key = draw.tensor(2, 3, 7, 6), draw.tensor(2, 3, 11, 6)
    return step(query, key, draw.tensor(2, 3, 11, 5), draw.tensor(2, 3, 7, 5), 3)


@way_back.never_holds(
    61,
    509,
    what="The numbers are right, but one chunk of queries met all keys at once.",
    way_out="For each chunk of queries, go over the tiles of tiles_for, and hand tile_gradients "
    "the keys and values of one tile: key[..., columns, :].",
)
def one_chunk_many_keys(draw: Draw) -> Call:
    query, key, grad_output = draw.tensor(61, 4), draw.tensor(509, 4), draw.tensor(61, 3)
    return step(query, key, draw.tensor(509, 3), grad_output, 61)


# The first 61 queries stand at the places 421 … 481: they see no key of the last chunk, 488 … 518.
@way_back.never_holds(
    61,
    31,
    what="The numbers are right, but a tile was made that is hidden from all of its queries.",
    way_out="Its weights are 0 everywhere, so it adds nothing. Visit the tiles of "
    "tiles_for(rows.start, rows.stop, offset, chunk), and no others.",
)
def a_chunk_that_is_hidden(draw: Draw) -> Call:
    query, key, grad_output = draw.tensor(98, 4), draw.tensor(519, 4), draw.tensor(98, 3)
    return step(query, key, draw.tensor(519, 3), grad_output, 61)
