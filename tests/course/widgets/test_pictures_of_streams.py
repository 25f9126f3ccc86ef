"""The answers to the pictures of streams are in them."""

import re

import pytest

from course.widgets import pictures  # noqa: F401  (it knows all pictures)
from course.widgets.picture import PICTURES


def test_only_b_looks_at_words_and_each_look_is_shared_out():
    words = re.search(r'alt="([^"]+)"', PICTURES["three_looks"]())
    assert words is not None
    shares = [float(number) for number in re.findall(r"\d\.\d\d", words[1])]
    rows = dict(zip("ABC", (shares[:3], shares[3:6], shares[6:]), strict=True))
    assert all(sum(row) == pytest.approx(1) for row in rows.values())
    assert [max(range(3), key=row.__getitem__) for row in rows.values()] == [1, 2, 0]
