"""05.5: mistakes with the three rules, the batch and the axes."""

import torch

from course.checks.lesson_05.causal.right import causal_by_triangle
from course.checks.lesson_05.packed.cases import packed
from course.checks.lesson_05.packed.right import packed_by_loop, packing
from course.checks.lesson_05.shared import FLOATS, MAY_ATTEND, TURNED_AROUND


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
    "A key must not come later: that is the second rule, and causal_mask(n, n) of 05.2 is to say "
    "it.",
)
def not_causal(ids):
    same, real, _ = packing(ids)
    return (same & real)[:, None]


@packed.mistake(
    "The future of each document is visible, and its past is hidden.",
    "A causal mask says yes on and below the diagonal (05.2): take it as it is.",
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


ONE_IS_ENOUGH = "Two of the rules are joined with |, where one of them is enough."


@packed.mistake(ONE_IS_ENOUGH, "All three have to say yes: & between each two.")
def causal_joined_by_or(ids):
    same, real, past = packing(ids)
    return (same & real | past)[:, None]


@packed.mistake(ONE_IS_ENOUGH, "All three have to say yes: & between each two.")
def real_joined_by_or(ids):
    same, real, past = packing(ids)
    return (same & past | real)[:, None]


@packed.mistake(ONE_IS_ENOUGH, "All three have to say yes: & between each two.")
def same_joined_by_or(ids):
    same, real, past = packing(ids)
    return ((same | real) & past)[:, None]


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
    "Right for a batch of one. What is real is (batch, n), and was lined up with queries and keys.",
    "It says which *keys* are real, of each row of the batch: (ids > 0)[:, None, :] is "
    "(batch, 1, n).",
)
def real_without_axis(ids):
    same, _, past = packing(ids)
    return (same & (ids > 0) & past)[:, None]


@packed.mistake(
    "Tokens and batch were exchanged, as by `.T`: rows of the batch are compared with each other.",
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


@packed.mistake(
    "The documents of the first row were taken for all rows of the batch.",
    "Each row of the batch has documents of its own. ids[:, :, None] == ids[:, None, :] compares "
    "all rows at once, and keeps the batch as axis 0.",
)
def first_row_for_all(ids):
    return packed_by_loop(ids[:1]).expand(len(ids), -1, -1, -1)


@packed.mistake(
    "A key of another document is visible where its number is smaller.",
    "Query and key must carry the *same* number: ==. That no key comes later is a rule about "
    "places, that of causal_mask.",
)
def smaller_numbers_visible(ids):
    _, real, past = packing(ids)
    return ((ids[:, None, :] <= ids[:, :, None]) & real & past)[:, None]


@packed.mistake(
    "Document 1 was taken for padding.",
    "Padding has the number 0, and every other number is a document: ids != 0.",
)
def first_document_hidden(ids):
    same, _, past = packing(ids)
    return (same & (ids > 1)[:, None, :] & past)[:, None]


@packed.mistake(
    "Only the first rule is there: later tokens are visible, and padding attends to padding.",
    "Two rules are missing: a key must not come later (the rule of causal_mask), and it must be "
    "real (its number is not 0).",
)
def same_alone(ids):
    same, _, _ = packing(ids)
    return same[:, None]


@packed.mistake(
    "The mask holds numbers.",
    FLOATS + " Join the tables with &, or compare what you have with 0.",
)
def packed_as_numbers(ids):
    return packed_by_loop(ids).int()


@packed.mistake(
    "The mask is already a bias of 0 and -inf.",
    FLOATS + " The -inf comes later, in the softmax.",
)
def packed_as_bias(ids):
    return torch.zeros(packed_by_loop(ids).shape).masked_fill(~packed_by_loop(ids), -torch.inf)
