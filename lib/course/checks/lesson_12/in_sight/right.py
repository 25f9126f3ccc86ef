"""12.1: the reference, and other right ways."""

import math

from course.checks.lesson_12.in_sight.cases import in_sight


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


@in_sight.right_way
def in_sight_by_counting(start: int, stop: int, offset: int, key_chunk: int) -> tuple[int, int]:
    whole = needed = 0
    while (whole + 1) * key_chunk <= start + offset + 1:
        whole += 1
    while needed * key_chunk <= stop - 1 + offset:
        needed += 1
    return whole, needed
