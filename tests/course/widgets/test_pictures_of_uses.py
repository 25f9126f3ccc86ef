"""The answers to the pictures are in them."""

import re

import pytest

from course.widgets.picture import PICTURES
from course.widgets.pictures import drawn


def test_only_b_looks_at_words_and_each_look_is_shared_out():
    words = re.search(r'alt="([^"]+)"', PICTURES["three_looks"]())
    assert words is not None
    shares = [float(number) for number in re.findall(r"\d\.\d\d", words[1])]
    rows = dict(zip("ABC", (shares[:3], shares[3:6], shares[6:]), strict=True))
    assert all(sum(row) == pytest.approx(1) for row in rows.values())
    assert [max(range(3), key=row.__getitem__) for row in rows.values()] == [1, 2, 0]


def test_answers_stand_at_a_half_from_the_first_hundred_steps_to_the_end():
    image = drawn({"id": "x", "figure": "two_tasks_learnt"})["picture"]
    assert image == PICTURES["two_tasks_learnt"]()
    shares = [float(share) for share in re.findall(r"\d\.\d\d", image.split('alt="')[1])[:7]]
    assert shares[0] == 0
    assert all(abs(share - 0.5) < 0.05 for share in shares[1:])
