"""Pictures come with words and keep their size."""

import base64
import io
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pytest
from matplotlib.image import imread

from course.translation.words import LATIN
from course.widgets.figures import JAPANESE, show


def attributes(markup: str) -> dict[str, str]:
    """The attributes of the first img in the markup, as a browser would read them."""
    found: list[dict[str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "img":
                found.append(dict(attrs))

    Reader().feed(markup)
    return found[0]


def test_show_gives_a_sharp_picture_on_white_with_its_words():
    figure, ax = plt.subplots(figsize=(4, 2))
    ax.plot([1, 2])
    image = attributes(show(figure, 'A line & a "quote" <b>').data)
    assert image["alt"] == 'A line & a "quote" <b>'
    assert (image["width"], image["height"]) == ("384", "192")
    kind, data = image["src"].split(",")
    assert kind == "data:image/png;base64"
    pixels = imread(io.BytesIO(base64.b64decode(data)))
    assert pixels.shape[:2] == (384, 768)
    assert pixels[0, 0].tolist() == [1, 1, 1, 1]


def test_a_terminal_shows_a_picture_as_its_words():
    assert repr(show(plt.figure(), "A line that rises")) == "A line that rises"


def test_show_takes_axes_too_and_closes_the_figure():
    _, ax = plt.subplots()
    assert "<img" in show(ax, "An empty plot").data
    assert plt.get_fignums() == []


@pytest.mark.parametrize("alt", ["", "  "])
def test_a_picture_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt is empty"):
        show(plt.figure(), alt)


def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="figure is a list"):
        show([1, 2], "words")


def test_japanese_is_written_and_not_boxes_whatever_the_weight(caplog, recwarn):
    """Every word of the translator's grammar, plain and bold, and nobody is told of a lack."""
    words = " ".join(LATIN)
    figure, ax = plt.subplots()
    ax.text(0, 0, words)
    ax.set_title(words)  # bold
    show(figure, "Japanese words.")
    assert [str(each.message) for each in recwarn if "missing" in str(each.message)] == []
    assert [each.message for each in caplog.records if "font" in each.message] == []


def test_the_japanese_font_lies_beside_its_licence():
    assert JAPANESE.is_file()
    licence = JAPANESE.with_name("NotoSansJP-LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
