"""09.4: which tiles?."""

import math

from course.checking import Call, Draw, Exercise

in_sight = Exercise(
    "09.4",
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


@in_sight.reference
def counted_key_by_key(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    places = [query + offset for query in range(start, stop)]
    whole = needed = 0
    for chunk in range(max(places) + 2):
        keys = range(chunk * key_chunk, (chunk + 1) * key_chunk)
        whole += all(key <= place for key in keys for place in places)
        needed += any(key <= place for key in keys for place in places)
    return whole, needed


@in_sight.right_way
def in_sight_by_division(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    return (start + offset + 1) // key_chunk, (stop - 1 + offset) // key_chunk + 1


@in_sight.right_way
def in_sight_by_ceil(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    return math.floor((start + offset + 1) / key_chunk), -(-(stop + offset) // key_chunk)


Numbers = tuple[float, float]


@in_sight.mistake(
    "A query's own key is missing from the whole tiles.",
    "A query at place p sees the keys 0 to p, and that is p + 1 keys.",
)
def own_key_missing(start, stop, offset, key_chunk):
    return (start + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query's own key is not counted among the needed ones.",
    "The last query stands at place stop - 1 + offset, and it sees one key more than that number, "
    "its own.",
)
def last_own_key_missing(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((stop - 1 + offset) / key_chunk)


@in_sight.mistake(
    "Neither query's own key is counted.",
    "A query at place p sees the keys 0 to p, and that is p + 1 keys.",
)
def own_keys_missing(start, stop, offset, key_chunk):
    return (start + offset) // key_chunk, math.ceil((stop - 1 + offset) / key_chunk)


@in_sight.mistake(
    "One needed chunk is too many, where the last query ends exactly with a chunk.",
    "The last query is stop - 1, and it sees stop + offset keys. Round up with math.ceil: to round "
    "down and add 1 is something else where nothing is left over.",
)
def stop_included(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((stop + 1 + offset) / key_chunk)


@in_sight.mistake(
    "The needed chunks were rounded down.",
    "A chunk of which one key is seen has to be computed: math.ceil rounds up.",
)
def needed_rounded_down(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, (stop + offset) // key_chunk


@in_sight.mistake(
    "The whole chunks were rounded up.",
    "Of a chunk that is seen whole, no key may be missing: round down.",
)
def whole_rounded_up(start, stop, offset, key_chunk):
    return math.ceil((start + offset + 1) / key_chunk), math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The offset is missing.",
    "The queries are the last of the places: query i stands at place i + offset. While a model "
    "writes, all earlier keys would be lost.",
)
def offset_missing(start, stop, offset, key_chunk):
    return (start + 1) // key_chunk, math.ceil(stop / key_chunk)


@in_sight.mistake(
    "The offset is missing, and so is the first query's own key.",
    "Query `start` stands at place start + offset, and sees one key more than that number.",
)
def offset_and_own_key_missing(start, stop, offset, key_chunk):
    return start // key_chunk, math.ceil(stop / key_chunk)


@in_sight.mistake(
    "The offset was added to the chunks; it counts tokens.",
    "First the keys that a query sees, start + offset + 1. Then divide by key_chunk.",
)
def offset_added_to_chunks(start, stop, offset, key_chunk):
    return (start + 1) // key_chunk + offset, math.ceil(stop / key_chunk) + offset


@in_sight.mistake(
    "The offset was taken away.",
    "Earlier keys stand before the first query, so it sees *more*: query i stands at place "
    "i + offset.",
)
def offset_taken_away(start, stop, offset, key_chunk):
    return (start - offset + 1) // key_chunk, math.ceil((stop - offset) / key_chunk)


@in_sight.mistake(
    "This counts the queries of the chunk, not the keys that they see.",
    "What a query sees depends on its place: start + offset + 1 keys for the first one.",
)
def length_of_the_chunk(start, stop, offset, key_chunk):
    return (stop - start) // key_chunk, math.ceil((stop - start) / key_chunk)


@in_sight.mistake(
    "Exactly one chunk more is needed here than seen whole.",
    "That may be none more, or several: ask the last query, which sees the most keys.",
)
def one_more_than_whole(start, stop, offset, key_chunk):
    whole = (start + offset + 1) // key_chunk
    return whole, whole + 1


@in_sight.mistake(
    "The division of the whole chunks leaves a fraction.",
    "Chunks are counted in whole numbers: // rounds down.",
)
def whole_is_a_fraction(start, stop, offset, key_chunk):
    return (start + offset + 1) / key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query decides about the whole tiles, and its own key is not counted.",
    "*All* queries have to see a whole tile, and the first sees the fewest: start + offset + 1 "
    "keys.",
)
def last_place_decides(start, stop, offset, key_chunk):
    return (stop - 1 + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The last query decides about the whole tiles.",
    "*All* queries of the chunk have to see a whole tile, and the first sees the fewest keys.",
)
def last_query_decides(start, stop, offset, key_chunk):
    return (stop + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The first query decides about the needed tiles.",
    "A tile is needed as soon as *one* query sees a key of it, and the last sees the most keys.",
)
def first_query_decides(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((start + offset + 1) / key_chunk)


@in_sight.mistake(
    "These are numbers of keys, not of chunks.",
    "Divide by key_chunk: round down for the whole ones, up for the needed ones.",
)
def keys_not_chunks(start, stop, offset, key_chunk):
    return start + offset + 1, stop + offset


@in_sight.mistake(
    "Whole and needed are exchanged.",
    "Give back the whole ones first: there are never more of them than needed ones.",
)
def kinds_exchanged(start, stop, offset, key_chunk):
    whole, needed = in_sight_by_division(start, stop, offset, key_chunk)
    return needed, whole


@in_sight.mistake(
    "The second number counts the mixed tiles alone.",
    "Needed are the whole tiles and the mixed ones together.",
)
def mixed_alone(start, stop, offset, key_chunk):
    whole, needed = in_sight_by_division(start, stop, offset, key_chunk)
    return whole, needed - whole


@in_sight.mistake(
    "The division leaves a fraction.",
    "Chunks are counted in whole numbers: // rounds down, math.ceil rounds up.",
)
def fractions(start, stop, offset, key_chunk):
    return (start + offset + 1) / key_chunk, (stop + offset) / key_chunk


@in_sight.mistake(
    "The offset is missing from the whole tiles.",
    "The first query stands at place start + offset too: after a cache it sees more keys.",
)
def whole_without_offset(start, stop, offset, key_chunk):
    return (start + 1) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The offset is missing from the needed tiles.",
    "The last query stands at place stop - 1 + offset too: after a cache it sees more keys.",
)
def needed_without_offset(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil(stop / key_chunk)
