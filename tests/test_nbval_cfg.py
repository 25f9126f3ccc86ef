"""What nbval may overlook between two runs, and what it may not. nbval itself reads the file."""

import re
from pathlib import Path

import pytest
from nbval.plugin import get_sanitize_patterns

PATTERNS = get_sanitize_patterns(Path(__file__).with_name("nbval.cfg").read_text(encoding="utf-8"))


def sanitized(text: str) -> str:
    for regex, replacement in PATTERNS:
        text = re.sub(regex, replacement, text)
    return text


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("trained in 0.31 s", "trained in 2 s"),
        ("12 ms", "9.5 ms"),
        ("<object at 0x…>", "<object at 0x7f3c2a1b4d90>"),
        ('<img alt="a" src="data:image/png;base64,iVBOR/+=">',
         '<img alt="a" src="data:image/png;base64,AAAA">'),
        ("model 0123456789abcdef0123456789abcdef", "model fedcba9876543210fedcba9876543210"),
    ],
)  # fmt: skip
def test_what_differs_between_machines_is_overlooked(stored, fresh):
    assert stored != fresh
    assert sanitized(stored) == sanitized(fresh)


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ("weights 0.31", "weights 0.32"),
        ("shape (3, 4)", "shape (4, 3)"),
        ('<img alt="three keys" src="data:image/png;base64,A">',
         '<img alt="two keys" src="data:image/png;base64,A">'),
        ("5 steps", "6 steps"),
        ("loss 0.5 score", "loss 0.6 score"),
    ],
)  # fmt: skip
def test_a_result_is_never_overlooked(stored, fresh):
    assert sanitized(stored) != sanitized(fresh)
