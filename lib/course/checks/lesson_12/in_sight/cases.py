"""12.1: which tiles? The exercise and its cases."""

from course.checking import Call, Draw, Exercise

in_sight = Exercise(
    "12.1",
    returns=("whole", "needed"),
    right="Whole tiles need no mask, and hidden ones are never computed.",
    forbids=("attn",),
)


@in_sight.case("queries 2 and 3 of six, chunks of three keys")
def two_of_six(draw: Draw) -> Call:
    return Call(2, 4, 0, 3)


@in_sight.case("the first two queries, chunks of two keys")
def first_two(draw: Draw) -> Call:
    return Call(0, 2, 0, 2)


@in_sight.case("one query that ends exactly with a chunk")
def ends_with_a_chunk(draw: Draw) -> Call:
    return Call(5, 6, 0, 3)


@in_sight.case("queries that stand after a cache of ten tokens")
def after_a_cache(draw: Draw) -> Call:
    return Call(0, 4, 10, 4)


@in_sight.case("a chunk of queries that is longer than several chunks of keys")
def long_query_chunk(draw: Draw) -> Call:
    start = draw.integer(12, 60)
    return Call(start, start + 16, draw.integer(1, 3), 4)


@in_sight.case("any numbers")
def any_tiles(draw: Draw) -> Call:
    start = draw.integer(10, 40)
    return Call(start, start + draw.integer(5, 20), draw.integer(10, 30), draw.integer(3, 7))


@in_sight.case("a chunk of keys that is longer than all that is seen")
def long_key_chunk(draw: Draw) -> Call:
    return Call(1, 4, 2, 16)


@in_sight.case("chunks of one key: every tile that is needed by all is whole")
def chunks_of_one_key(draw: Draw) -> Call:
    start = draw.integer(3, 30)
    return Call(start, start + draw.integer(2, 9), draw.integer(1, 20), 1)


@in_sight.case("other numbers, and a long cache")
def long_cache(draw: Draw) -> Call:
    start = draw.integer(0, 9)
    return Call(start, start + draw.integer(1, 4), draw.integer(40, 99), draw.integer(8, 13))


@in_sight.case("no cache, and chunks of many keys")
def no_cache(draw: Draw) -> Call:
    start = draw.integer(50, 90)
    return Call(start, start + draw.integer(30, 60), 0, draw.integer(14, 19))
