"""05.5: mistakes with brackets, `and`, and what Python reads first."""

from torch import Tensor

from course.checks.lesson_05.packed.cases import packed
from course.checks.lesson_05.packed.right import packing

ZERO_COMPARED = (
    "& binds tighter than !=: `c & ids != 0 & d` is read as `(c & ids) != (0 & d)`. Put each "
    "comparison in brackets of its own."
)


@packed.mistake("Brackets are missing around the comparison with 0.", ZERO_COMPARED)
def brackets_missing_first(ids):
    same, _, past = packing(ids)
    return (ids[:, None, :] != 0 & same & past)[:, None]


@packed.mistake("Brackets are missing around the comparison with 0.", ZERO_COMPARED)
def brackets_missing_in_between(ids):
    same, _, past = packing(ids)
    return (same & ids[:, None, :] != 0 & past)[:, None]


@packed.mistake(
    "A single yes or no was asked of a whole table.",
    "`and`, `or`, `not` and `if` ask for one; `&` works place by place. Without brackets `a == b & "
    "c != 0` is a chain, `a == (b & c)` and `(b & c) != 0`, and a chain is joined by `and`. Put "
    "each comparison in brackets of its own.",
)
def joined_by_python_and(ids):
    same, real, past = packing(ids)
    return (same and real and past)[:, None]


@packed.mistake(
    "Documents with an even number vanish: brackets are missing around the comparison with 0.",
    "& binds tighter than != and >, so that `same & ids != 0` is read as `(same & ids) != 0`, bit "
    "by bit. Put each comparison in brackets of its own.",
)
def brackets_missing(ids):
    same, _, past = packing(ids)
    return (past & same & ids[:, None, :] > 0)[:, None]


@packed.mistake(
    "Brackets are missing around the comparison with ==.",
    "& binds tighter than ==, so that `a == b & c` is read as `a == (b & c)`, bit by bit. Put each "
    "comparison in brackets of its own.",
)
def brackets_missing_around_same(ids):
    _, real, past = packing(ids)
    return (ids[:, :, None] == ids[:, None, :] & real & past)[:, None]


def compared_last(left: Tensor, ids: Tensor, right: Tensor | int = -1) -> Tensor:
    """`left & ids[:, :, None] == ids[:, None, :] & right`, as Python reads it."""
    return ((left & ids[:, :, None]) == (ids[:, None, :] & right))[:, None]  # -1 has all bits


LAST_COMPARISON = (
    "& binds tighter than ==, so that `c & a == b` is read as `(c & a) == b`, bit by bit. Put each "
    "comparison in brackets of its own."
)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_last_with_causal(ids):
    _, _, past = packing(ids)
    return compared_last(past, ids)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_last_with_both(ids):
    _, real, past = packing(ids)
    return compared_last(real & past, ids)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_between(ids):
    _, real, past = packing(ids)
    return compared_last(real, ids, past)


@packed.mistake("Brackets are missing around the comparison with ==.", LAST_COMPARISON)
def compared_between_turned(ids):
    _, real, past = packing(ids)
    return compared_last(past, ids, real)
