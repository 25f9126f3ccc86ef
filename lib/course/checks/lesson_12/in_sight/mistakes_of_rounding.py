"""12.1: mistakes in rounding, and in what is counted."""

import math

from course.checks.lesson_12.in_sight.cases import in_sight
from course.checks.lesson_12.in_sight.right import in_sight_by_division

NEAREST = "rounds to the nearest whole number, sometimes up and sometimes down."
WHOLE_DOWN = "Of a chunk that is seen whole, no key may be missing: round down."
NEEDED_UP = "A chunk of which one key is seen has to be computed: round up."


@in_sight.mistake(
    "The needed chunks were rounded down.",
    "A chunk of which one key is seen has to be computed: math.ceil rounds up what `/` leaves.",
)
def needed_rounded_down(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, (stop + offset) // key_chunk


@in_sight.mistake(
    "A chunk that the first query sees only in part counts as whole.",
    "Of a chunk that is seen whole, no key may be missing: round down, and add nothing.",
)
def whole_rounded_up(start, stop, offset, key_chunk):
    return math.ceil((start + offset + 1) / key_chunk), math.ceil((stop + offset) / key_chunk)


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
    "Exactly one chunk less is seen whole here than needed.",
    "That may be none less, or several: ask the first query, which sees the fewest keys, start + "
    "offset + 1.",
)
def last_place_decides(start, stop, offset, key_chunk):
    return (stop - 1 + offset) // key_chunk, math.ceil((stop + offset) / key_chunk)


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
    "Both were rounded to the nearest: round() " + NEAREST, f"{WHOLE_DOWN} {NEEDED_UP}"
)
def both_rounded_to_nearest(start, stop, offset, key_chunk):
    return round((start + offset + 1) / key_chunk), round((stop + offset) / key_chunk)


@in_sight.mistake("The whole chunks were rounded to the nearest: round() " + NEAREST, WHOLE_DOWN)
def whole_rounded_to_nearest(start, stop, offset, key_chunk):
    return round((start + offset + 1) / key_chunk), math.ceil((stop + offset) / key_chunk)


@in_sight.mistake("The needed chunks were rounded to the nearest: round() " + NEAREST, NEEDED_UP)
def needed_rounded_to_nearest(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, round((stop + offset) / key_chunk)


@in_sight.mistake(
    "Whole comes out rounded up, and needed rounded down: the other way around.",
    f"{WHOLE_DOWN} {NEEDED_UP}",
)
def rounded_the_other_way(start, stop, offset, key_chunk):
    return math.ceil((start + offset + 1) / key_chunk), (stop + offset) // key_chunk


@in_sight.mistake(
    "`needed` is the number of the last needed chunk, and not how many there are.",
    "Chunks are numbered from 0, so chunk 4 is the fifth one.",
)
def number_of_the_last_chunk(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, (stop - 1 + offset) // key_chunk


@in_sight.mistake(
    "One chunk too many counts as whole.",
    "Round the keys that the first query sees down, and add nothing: a chunk that is not seen to "
    "its end is not whole.",
)
def own_chunk_counted_as_whole(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk + 1, math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "The whole chunks were rounded up, and the first query's own key is not counted.",
    WHOLE_DOWN + " And at place p a query sees p + 1 keys.",
)
def whole_rounded_up_without_own_key(start, stop, offset, key_chunk):
    return math.ceil((start + offset) / key_chunk), math.ceil((stop + offset) / key_chunk)


@in_sight.mistake(
    "round() was used, and the first query's own key is not counted.",
    f"{WHOLE_DOWN} {NEEDED_UP} And at place p a query sees p + 1 keys.",
)
def both_rounded_to_nearest_without_own_key(start, stop, offset, key_chunk):
    return round((start + offset) / key_chunk), round((stop + offset) / key_chunk)


@in_sight.mistake(
    "The needed chunks are counted for stop - start keys, not for what the last query sees.",
    "The last query stands at place stop - 1 + offset, and sees all keys from 0 up to it.",
)
def needed_by_the_queries(start, stop, offset, key_chunk):
    return (start + offset + 1) // key_chunk, math.ceil((stop - start) / key_chunk)


@in_sight.mistake(
    "start and stop were taken for numbers of chunks, and multiplied by key_chunk.",
    "They are numbers of queries already: the first query is query `start`.",
)
def chunks_for_queries(start, stop, offset, key_chunk):
    first, last = start * key_chunk + offset, stop * key_chunk + offset
    return (first + 1) // key_chunk, math.ceil(last / key_chunk)


@in_sight.mistake(
    "Only the 1 is divided by key_chunk: brackets are missing.",
    "`//` comes before `+`: (start + offset + 1) // key_chunk.",
)
def one_alone_divided(start, stop, offset, key_chunk):
    return start + offset + 1 // key_chunk, math.ceil((stop + offset) / key_chunk)
