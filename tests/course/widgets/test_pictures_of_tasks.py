"""The words of the picture hold what its question asks for."""

import re

from course.widgets.picture import PICTURES
from course.widgets.pictures import drawn


def test_answers_stand_at_a_half_from_the_first_hundred_steps_to_the_end():
    image = drawn({"id": "x", "figure": "two_tasks_learnt"})["picture"]
    assert image == PICTURES["two_tasks_learnt"]()
    shares = [float(share) for share in re.findall(r"\d\.\d\d", image.split('alt="')[1])[:7]]
    assert shares[0] == 0
    assert all(abs(share - 0.5) < 0.05 for share in shares[1:])
