"""11.3: attention, chunk by chunk. The exercise and its cases."""

import math

from course.checking import Call, Draw, Exercise
from course.checks.lesson_11.shared import BUILT_HERE, column

by_chunks = Exercise(
    "11.3",
    returns="output",
    right="Exact attention, chunk by chunk. What it held, the tower will show.",
    forbids=BUILT_HERE,
    given=("keys, values = key.split(key_chunk, dim=-2), value.split(key_chunk, dim=-2)",),
    rests_on={"merge": ("11.2", "merge")},
)


@by_chunks.case("one query, three keys, chunks of two")
def three_keys(draw: Draw) -> Call:
    return Call(column(1.0), column(math.log(2), math.log(4), 0.0), column(7.0, 14.0, 21.0), 2)


@by_chunks.case("three queries, eight keys, chunks of four")
def eight_keys(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), draw.tensor(8, 4), draw.tensor(8, 5), 4)


@by_chunks.case("one chunk that holds all keys")
def one_chunk(draw: Draw) -> Call:
    return Call(draw.tensor(3, 4), draw.tensor(5, 4), draw.tensor(5, 2), 64)


@by_chunks.case("batch=2, heads=3, n_q=4, n_k=7, d_k=6, d_v=5, chunks of three")
def batched_chunks(draw: Draw) -> Call:
    return Call(draw.tensor(2, 3, 4, 6), draw.tensor(2, 3, 7, 6), draw.tensor(2, 3, 7, 5), 3)


@by_chunks.case("a batch of four, chunks of two")
def batch_longer_than_a_chunk(draw: Draw) -> Call:
    return Call(draw.tensor(4, 3, 4), draw.tensor(4, 5, 4), draw.tensor(4, 5, 2), 2)


@by_chunks.case("scores that are too large for e to the power of them")
def large_scores(draw: Draw) -> Call:
    return Call(300 * draw.tensor(3, 4), draw.tensor(6, 4), draw.tensor(6, 2), 2)


@by_chunks.case("scores far below 0, all of them")
def scores_far_below(draw: Draw) -> Call:
    query, key = 100 + draw.tensor(3, 4), -5 - draw.tensor(6, 4)
    return Call(query, key, draw.tensor(6, 2), 2)


@by_chunks.case("one key at a time, and more queries than keys")
def one_key_at_a_time(draw: Draw) -> Call:
    return Call(draw.tensor(6, 3), draw.tensor(4, 3), draw.tensor(4, 2), 1)


@by_chunks.case("scores near 300, all of them")
def scores_far_above(draw: Draw) -> Call:
    return Call(column(100.0), column(3.0, 3.02, 2.99, 3.01), draw.tensor(4, 2), 2)


@by_chunks.never_holds(
    61,
    509,
    what="The numbers are right, but the scores of all queries with all keys were there at once.",
    way_out="Take the keys chunk by chunk: score, weigh and blend one chunk, and keep of it only a "
    "peak, a total and a blend for each query.",
)
def many_queries_many_keys(draw: Draw) -> Call:
    return Call(draw.tensor(61, 4), draw.tensor(509, 4), draw.tensor(509, 3), 20)
