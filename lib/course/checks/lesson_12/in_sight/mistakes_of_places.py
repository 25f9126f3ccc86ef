"""12.1: mistakes in which query decides, where it stands, and how many keys it sees."""

import math

from course.checks.lesson_12.in_sight.cases import in_sight


@in_sight.mistake(
    "A chunk that ends with the first query's own key is not counted as whole.",
    "A query at place p sees the keys 0 to p, and that is p + 1 keys: divide these, and round "
    "down.",
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
    "The last query is stop - 1, and sees stop + offset keys, its own counted. No 1 is added, to "
    "the keys or to the chunks: round up, with math.ceil.",
)
def stop_included(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((stop + 1 + offset) / key_chunk)


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


@in_sight.mistake(
    "The first and the last query are exchanged.",
    "What *all* see is what the first query sees, because it sees the fewest keys. What *one* "
    "needs is what the last one sees.",
)
def queries_exchanged(start, stop, offset, key_chunk):
    return (stop + offset) // key_chunk, math.ceil((start + offset + 1) / key_chunk)


@in_sight.mistake(
    "The offset was taken away from the first query's place.",
    "Earlier keys stand before the first query, so it sees *more*: query i stands at place "
    "i + offset, as for the needed tiles.",
)
def offset_taken_away_from_whole(start, stop, offset, key_chunk):
    return (start - offset + 1) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The offset was taken away from the last query's place.",
    "Earlier keys stand before the queries, so they see *more*: query i stands at place "
    "i + offset, as for the whole tiles.",
)
def offset_taken_away_from_needed(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((stop - offset) / key_chunk)


@in_sight.mistake(
    "The offset was taken away, and the queries' own keys are not counted.",
    "Query i stands at place i + offset, and sees one key more than that number, its own.",
)
def offset_taken_away_without_own_keys(start, stop, offset, key_chunk):
    return (start - offset) // key_chunk, math.ceil((stop - 1 - offset) / key_chunk)


@in_sight.mistake(
    "The first query was given one key too many.",
    "At place p it sees the keys 0 to p, and that is p + 1 keys: only one is added.",
)
def first_sees_one_too_many(start, stop, offset, key_chunk):
    return (start + offset + 2) // key_chunk, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "Both queries were given one key too many.",
    "The last query is stop - 1. At place p a query sees p + 1 keys: only one is added.",
)
def both_see_one_too_many(start, stop, offset, key_chunk):
    return (start + offset + 2) // key_chunk, math.ceil((stop + 1 + offset) / key_chunk)


@in_sight.mistake(
    "The first query sees one key too few here, and the last one sees one too many.",
    "Queries go up to stop - 1. At place p a query sees the keys 0 to p, and that is p + 1 keys.",
)
def one_early_and_one_late(start, stop, offset, key_chunk):
    return (start + offset) // key_chunk, math.ceil((stop + 1 + offset) / key_chunk)


@in_sight.mistake(
    "The offset was counted twice.",
    "Query i stands at place i + offset: it is added once to each of the two queries.",
)
def offset_twice(start, stop, offset, key_chunk):
    return (start + 2 * offset + 1) // key_chunk, math.ceil((stop + 2 * offset) / key_chunk)


@in_sight.mistake(
    "The offset was taken away, and the first query's own key is not counted.",
    "Query i stands at place i + offset, and sees one key more than that number, its own.",
)
def offset_taken_away_without_first_key(start, stop, offset, key_chunk):
    return (start - offset) // key_chunk, math.ceil((stop - offset) / key_chunk)


@in_sight.mistake(
    "The first and the last query are exchanged, and their own keys are not counted.",
    "What *all* see is what the first query sees; what *one* needs is what the last one sees. At "
    "place p that is p + 1 keys.",
)
def queries_exchanged_without_own_keys(start, stop, offset, key_chunk):
    return (stop - 1 + offset) // key_chunk, math.ceil((start + offset) / key_chunk)
