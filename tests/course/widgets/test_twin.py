"""A twin is one piece of HTML that loads nothing, is equal on every run, and lets no text out."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from course.widgets import show_attention
from course.widgets.twin import TwinnedWidget

NASTY = ["</script><b>", "<img src=x onerror=alert(1)>", "a & b", "日本", '"'], ["x", "y"]
WEIGHTS = np.full((5, 2), 0.5)


@pytest.fixture
def viewer() -> TwinnedWidget:
    return show_attention(WEIGHTS, *NASTY, title="<i>Nasty</i> tokens")


class Reader(HTMLParser):
    """Notes the tags, their attributes, and what stands in each script and in the text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.scripts: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.text += data


def test_the_state_comes_back_out_of_the_page_as_it_went_in(viewer):
    page = Reader(viewer.html())
    assert len(page.scripts) == 2
    state = json.loads(page.scripts[0])
    assert state["query_tokens"] == NASTY[0]
    assert state["title"] == "<i>Nasty</i> tokens"
    weights = np.frombuffer(base64.b64decode(state["weights"]["base64"]), "<f4")
    np.testing.assert_array_equal(weights.reshape(5, 2), WEIGHTS)


def test_no_token_or_title_becomes_markup(viewer):
    page = Reader(viewer.html())
    assert not {"b", "i", "img"} & set(page.tags)
    for token in NASTY[0]:
        assert token in page.text


def test_nothing_is_loaded_from_anywhere(viewer):
    page = viewer.html()
    assert "http" not in page
    assert not Reader(page).attributes & {"src", "href", "srcset", "data", "action"}
    assert not re.search(r"@import|url\(|\bimport\b|fetch\(|XMLHttpRequest|WebSocket", page)


def test_two_runs_give_the_same_page(viewer):
    assert viewer.html() == show_attention(WEIGHTS, *NASTY, title="<i>Nasty</i> tokens").html()
    assert viewer.html() != show_attention(WEIGHTS, *NASTY, title="Another").html()


def test_a_notebook_is_given_the_widget_its_twin_and_its_sentence(viewer):
    bundle, _ = viewer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == viewer.html()
    assert bundle["text/plain"] == viewer.sentence()
