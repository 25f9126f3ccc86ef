"""Numbers that are 0 on the diagonal, or beside it, where they should not be: somebody hid them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course.checking.evidence import Diagnosis, Evidence
from course.checking.values import arrays

# Where, in words of i and j; what that is; the same for rows and columns.
Corner = tuple[str, str, Callable[[Any, Any], Any]]
CORNERS: tuple[Corner, ...] = (
    ("where j > i", "The future is hidden, as by a causal mask.", lambda i, j: j > i),
    ("where j < i", "The past is hidden, as by a causal mask turned around.", lambda i, j: j < i),
    ("where j = i", "No place sees itself.", lambda i, j: j == i),
)


def detect(evidence: Evidence) -> Diagnosis | None:
    """A part of which a whole triangle is 0 and nothing else, in every case that fails."""
    cases = evidence.called
    if not cases or len(cases) < len(evidence.failing_calls):
        return None
    for part, name in enumerate(evidence.names(cases[0])):
        for where, what, corner in CORNERS:
            if _is_hidden(evidence, part, corner):
                return Diagnosis(
                    f"`{name}[…, i, j]` is 0 {where}, and there alone. {what}",
                    "Nothing in the text hides it.",
                    "fact", "hidden",
                )  # fmt: skip
    return None


def _is_hidden(evidence: Evidence, part: int, corner: Callable[[Any, Any], Any]) -> bool:
    largest = 0
    for case in evidence.called:
        came, expected = arrays(evidence.outcomes[case]), arrays(evidence.expected[case])
        if not came or not expected or max(len(came), len(expected)) <= part:
            return False
        one, other = came[part], expected[part]
        if one.shape != other.shape or one.ndim < 2 or one.dtype.kind != "f":
            return False
        rows, columns = np.indices(one.shape[-2:])
        seen = ~corner(rows, columns)
        # Where a softmax has all but chosen, 0 is what is expected, too.
        if (one[..., ~seen] != 0).any() or ((one == 0) & (other > 1e-6))[..., seen].any():
            return False
        largest = max(largest, int((other[..., ~seen] > 1e-6).sum()))
    return largest >= 3
