"""04.5: the mistakes that people make."""

import torch
from torch import Tensor

from course.checks.lesson_04.causal.right import causal_by_triangle
from course.checks.lesson_04.packed.cases import packed
from course.checks.lesson_04.packed.right import packed_by_loop, packing
from course.checks.lesson_04.shared import MAY_ATTEND, TURNED_AROUND


@packed.mistake(
    "Padding was counted, not found: it need not stand at the end.",
    "A key is real where its own id is not 0: compare the ids with 0, key by key.",
)
def padding_counted(ids):
    same, _, causal = packing(ids)
    real = torch.arange(ids.shape[1]) < (ids != 0).sum(dim=1)[:, None]  # (batch, n)
    return (same & causal & real[:, None, :])[:, None]


@packed.mistake(
    "The padding alone is visible: the third rule is turned around.",
    "A key is real where its id is *not* 0: ids != 0, or ids > 0.",
)
def padding_alone(ids):
    same, real, past = packing(ids)
    return (same & ~real & past)[:, None]


@packed.mistake(
    "The padding alone is visible: the third rule is turned around.",
    "A key is real where its id is *not* 0, and the rule is about keys: (ids != 0)[:, None, :] is "
    "(batch, 1, n).",
)
def padding_alone_without_axis(ids):
    same, _, past = packing(ids)
    return (same & (ids == 0) & past)[:, None]


@packed.mistake(TURNED_AROUND, MAY_ATTEND)
def packed_turned_around(ids):
    return ~packed_by_loop(ids)


@packed.mistake(
    "Later tokens of the same document are visible.",
    "The second rule is missing: a key must not come later. Your causal_mask(n, n) says so.",
)
def not_causal(ids):
    same, real, _ = packing(ids)
    return (same & real)[:, None]


@packed.mistake(
    "The future of each document is visible, and its past is hidden.",
    "Hand the sizes to your causal_mask, and use it as it is: it says yes on and below the "
    "diagonal.",
)
def only_the_future(ids):
    same, real, past = packing(ids)
    return (same & real & past.mT)[:, None]


@packed.mistake(
    "Documents see each other.",
    "A query and a key must carry the same number: compare ids[:, :, None] with ids[:, None, :].",
)
def documents_together(ids):
    _, real, past = packing(ids)
    return (real & past)[:, None]


@packed.mistake(
    "Padding attends to padding.",
    "All padding has the number 0, so it looks like one document. A key is real only if its number "
    "is above 0.",
)
def padding_sees_padding(ids):
    same, _, past = packing(ids)
    return (same & past)[:, None]


@packed.mistake(
    "The rules are joined with |, where one of them is enough.",
    "All three have to say yes: &.",
)
def joined_by_or(ids):
    same, real, past = packing(ids)
    return (same | real | past)[:, None]


@packed.mistake(
    "The axis of the heads is missing.",
    "(batch, n, n) would be lined up with (heads, n_q, n_k). Put an axis of length 1 behind the "
    "batch: mask[:, None].",
)
def packed_without_heads(ids):
    return packed_by_loop(ids)[:, 0]


@packed.mistake(
    "The axis of the heads is missing.",
    "Put an axis of length 1 behind the batch at the end: mask[:, None]. And the third rule is "
    "about keys: (ids != 0)[:, None, :] is (batch, 1, n).",
)
def packed_without_heads_and_real_without_axis(ids):
    same, _, past = packing(ids)
    return same & (ids != 0) & past


@packed.mistake(
    "The causal mask is as large as the batch.",
    "It needs the number of tokens, ids.shape[-1]; len(ids) counts the rows of the batch.",
)
def causal_over_the_batch(ids):
    same, real, _ = packing(ids)
    return (same & real & causal_by_triangle(len(ids), len(ids)))[:, None]


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
    "Either `and` was used between tables, or brackets are missing around a comparison.",
    "`and` wants a single yes or no, and a whole table is none; `&` works place by place. Without "
    "brackets `a == b & c != 0` is a chain, `a == (b & c)` and `(b & c) != 0`, and a chain uses "
    "`and`. Put each comparison in brackets of its own.",
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


@packed.mistake(
    "The new axis stands before the batch, not behind it.",
    "The batch stays first, (batch, 1, n, n): mask[:, None] puts the axis of the heads behind it.",
)
def packed_axis_before_the_batch(ids):
    return packed_by_loop(ids)[:, 0][None]


@packed.mistake(
    "Only the first row of the batch has a mask.",
    "Each row of the batch has documents of its own. ids[:, :, None] == ids[:, None, :] compares "
    "all rows at once, and keeps the batch as axis 0.",
)
def first_row_alone(ids):
    return packed_by_loop(ids[:1])


@packed.mistake(
    "Only the first row of the batch has a mask.",
    "ids is (batch, n), and each of its rows has documents of its own. ids[:, :, None] == "
    "ids[:, None, :] compares all rows at once, and the mask is (batch, 1, n, n).",
)
def first_row_alone_as_a_table(ids):
    return packed_by_loop(ids[:1])[0, 0]


@packed.mistake(
    "A document that goes on behind another was taken for a new one.",
    "The number alone says which document a token belongs to: compare ids with ids, for every pair "
    "of places.",
)
def same_run(ids):
    _, real, past = packing(ids)
    begins = torch.diff(ids, prepend=ids[:, :1]) != 0  # (batch, n)
    run = begins.cumsum(-1)  # (batch, n)
    return ((run[:, :, None] == run[:, None, :]) & real & past)[:, None]


@packed.mistake(
    "Right for a batch of one. `ids > 0` is (batch, n), and was lined up with queries and keys.",
    "It says which *keys* are real, of each row of the batch: (ids > 0)[:, None, :] is "
    "(batch, 1, n).",
)
def real_without_axis(ids):
    same, _, past = packing(ids)
    return (same & (ids > 0) & past)[:, None]


@packed.mistake(
    "`.T` exchanges tokens and batch: rows of the batch are compared with each other.",
    "Each token is compared with the tokens of its own row: ids[:, :, None] == ids[:, None, :] "
    "keeps the batch as axis 0.",
)
def compared_with_turned_batch(ids):
    past = causal_by_triangle(ids.shape[1], ids.shape[1])
    return ((ids == ids.T) & (ids > 0) & past)[:, None]


@packed.mistake(
    "Rows of the batch are compared with each other.",
    "Each token is compared with the tokens of its own row: ids[:, :, None] == ids[:, None, :] "
    "keeps the batch as axis 0.",
)
def rows_compared(ids):
    same = ids[:, None, :] == ids[None, :, :]
    return (same & (ids > 0)[:, None, :] & causal_by_triangle(ids.shape[1], ids.shape[1]))[:, None]


@packed.mistake(
    "A token does not see itself.",
    "j <= i, not j < i. Otherwise the first token of every document may see nothing.",
)
def packed_not_itself(ids):
    same, real, past = packing(ids)
    return (same & real & past.tril(-1))[:, None]
