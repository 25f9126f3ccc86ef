"""Pictures come with words, keep their size, and follow their controls."""

import base64
import io
import re
from html.parser import HTMLParser

import ipywidgets
import matplotlib as mpl
import pytest

mpl.use("agg")
import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.image import imread

from course.figures import explore, show


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


def picture(**values) -> HTML:
    return HTML(f"<p>{values}</p>")


def test_each_form_of_control_gives_its_widget_with_its_start_value():
    explorer = explore(
        picture, d_k=(1, 64, 1, 8), heat=(0.1, 2.0, 0.1), scaled=True, by=["√d", "d"]
    )
    d_k, heat, scaled, by, shown = explorer.children
    assert isinstance(d_k, ipywidgets.IntSlider)
    assert isinstance(heat, ipywidgets.FloatSlider)
    assert isinstance(scaled, ipywidgets.Checkbox)
    assert isinstance(by, ipywidgets.Dropdown)
    assert shown.value == picture(d_k=8, heat=0.1, scaled=True, by="√d").data
    assert all(c.style.description_width == "initial" for c in (d_k, heat, scaled, by))
    assert d_k.description == "d k"


def test_the_picture_follows_a_control_at_once():
    explorer = explore(picture, d_k=(1, 64, 1))
    slider, shown = explorer.children
    assert slider.continuous_update
    slider.value = 7
    assert shown.value == "<p>{'d_k': 7}</p>"


def test_an_error_while_a_control_moves_is_shown_where_the_picture_was():
    def fails_later(n: int) -> HTML:
        if n > 1:
            raise RuntimeError("n is <too> large")
        return picture(n=n)

    explorer = explore(fails_later, n=(1, 3, 1))
    explorer.children[0].value = 2
    assert explorer.children[-1].value == "<pre>RuntimeError: n is &lt;too&gt; large</pre>"
    explorer.children[0].value = 1
    assert explorer.children[-1].value == "<p>{'n': 1}</p>"


def test_a_stored_notebook_shows_the_first_picture_and_how_to_get_the_controls():
    explorer = explore(picture, d_k=(1, 64, 1))
    explorer.children[0].value = 9
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].startswith("<p>{'d_k': 1}</p>")
    assert "Run this cell" in bundle["text/html"]


@pytest.mark.parametrize("form", [(1, 2), (1, 8, 0), (1, 8, 1, 9), [], "text", 3])
def test_a_control_of_another_form_is_refused_by_name(form):
    with pytest.raises(ValueError, match=f"depth is {re.escape(repr(form))}, expected"):
        explore(picture, depth=form)


def test_no_control_and_no_picture_are_refused():
    with pytest.raises(ValueError, match="controls are missing"):
        explore(picture)
    with pytest.raises(ValueError, match="function returned a NoneType"):
        explore(lambda n: None, n=(1, 2, 1))
