"""05.5: documents packed in one row, causal, with padding. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise
from course.checks.lesson_05.shared import BUILT_HERE

packed = Exercise(
    "05.5",
    returns="mask",
    right="Each document is alone with its own past.",
    forbids=BUILT_HERE,
    rests_on={"causal_mask": ("05.2", "causal_mask")},
)


@packed.case("one row: two documents and one padding")
def one_row(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 2, 2, 0]]))


@packed.case("padding that does not stand at the end")
def padding_in_between(draw: Draw) -> Call:
    return Call(torch.tensor([[0, 1, 1, 0, 2]]))


@packed.case("a document that goes on behind another")
def document_in_two_parts(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 2, 1, 0]]))


@packed.case("as many rows as tokens")
def as_many_rows_as_tokens(draw: Draw) -> Call:
    return Call(torch.tensor([[1, 1, 2, 0], [1, 2, 2, 2], [1, 1, 1, 3], [1, 2, 0, 0]]))


@packed.case("two rows of fourteen tokens")
def two_rows_of_documents(draw: Draw) -> Call:
    cuts = [(draw.integer(1, 6), draw.integer(7, 12)) for _ in range(2)]
    rows = [[1 + (j >= a) + (j >= b) if j < 13 else 0 for j in range(14)] for a, b in cuts]
    return Call(torch.tensor(rows))
