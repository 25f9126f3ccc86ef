"""A picture of a quiz is an image in itself, with its words, and leaves nothing behind."""

import base64
import re
import warnings

import matplotlib.pyplot as plt
import pytest

from course.widgets.picture import PICTURES
from course.widgets.pictures import drawn


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_an_image_in_itself_with_its_words(name):
    open_before = plt.get_fignums()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = drawn({"id": "x", "figure": name})["picture"]
    alt = re.search(r'alt="([^"]+)"', image)
    assert alt is not None
    assert len(alt[1].split()) >= 15, "the numbers that the question asks about"
    source = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', image)
    assert source is not None
    svg = base64.b64decode(source[1]).decode()
    assert not re.search(r'(?:xlink:)?href="(?!#|data:)', svg), "nothing is fetched"
    assert plt.get_fignums() == open_before, "a figure left open is shown twice"
    assert drawn({"id": "x", "figure": name})["picture"] == image


def test_drawing_leaves_the_style_of_a_lesson_as_it_is():
    before = dict(plt.rcParams)
    drawn({"id": "x", "figure": "two_slopes"})
    assert dict(plt.rcParams) == before
