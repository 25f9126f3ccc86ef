"""The words for how an exercise stands: said by a check, kept in a mark, shown in tables."""

from typing import Literal

VerdictWord = Literal["right", "not yet", "to be written", "no check"]
RIGHT: VerdictWord = "right"
NOT_YET: VerdictWord = "not yet"
TO_BE_WRITTEN: VerdictWord = "to be written"
NO_CHECK: VerdictWord = "no check"  # nothing asks about it in this notebook
