"""A picture follows its controls."""

import re

import pytest
from IPython.display import HTML

from course.cells.placeholder import placeholder
from course.errors import CourseError
from course.widgets.figures import explore


def picture(**values) -> HTML:
    return HTML(f"<p>{values}</p>")


def move(explorer, **values) -> None:
    """Move controls, as the browser does."""
    explorer.values = {**explorer.values, **values}


def test_each_form_of_control_gives_its_element_with_its_start_value():
    explorer = explore(
        picture, d_k=(1, 64, 1, 8), heat=(0.1, 2.0, 0.1), is_scaled=True, by=["√d", 3]
    )
    kinds = [(control["kind"], control["label"]) for control in explorer.controls]
    assert kinds == [("slider", "d_k"), ("slider", "heat"), ("box", "is scaled"), ("choice", "by")]
    assert explorer.controls[3]["options"] == ["√d", "3"]
    assert explorer.picture == picture(d_k=8, heat=0.1, is_scaled=True, by="√d").data


def test_the_picture_follows_a_control_at_once():
    explorer = explore(picture, d_k=(1, 64, 1), by=["√d", 3])
    move(explorer, d_k=7)
    move(explorer, by=1)
    assert explorer.picture == picture(d_k=7, by=3).data


def test_numbers_are_whole_where_all_of_a_slider_are_and_else_real():
    seen = []

    def note(whole, real) -> HTML:
        seen[:] = [whole, real]
        return picture()

    explorer = explore(note, whole=(1, 9, 1), real=(0, 2, 0.5))
    move(explorer, whole=2.0, real=1)
    assert list(map(repr, seen)) == ["2", "1.0"]


def test_an_error_while_a_control_moves_is_shown_where_the_picture_was():
    def fails_later(n: int) -> HTML:
        if n > 1:
            raise RuntimeError("n is <too> large")
        return picture(n=n)

    explorer = explore(fails_later, n=(1, 3, 1))
    move(explorer, n=2)
    assert explorer.picture == "<pre>RuntimeError: n is &lt;too&gt; large</pre>"
    move(explorer, n=1)
    assert explorer.picture == "<p>{'n': 1}</p>"


def test_a_stored_notebook_shows_the_first_picture_and_how_to_get_the_controls():
    explorer = explore(picture, d_k=(1, 64, 1))
    move(explorer, d_k=9)
    bundle, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].startswith("<p>{'d_k': 1}</p>")
    assert "Run this cell to get the controls: d_k." in bundle["text/html"]


@pytest.mark.parametrize("form", [(1, 2), (1, 8, 0), (1, 8, 1, 9), [], "text", 3])
def test_a_control_of_another_form_is_refused_by_name(form):
    with pytest.raises(ValueError, match=f"depth is {re.escape(repr(form))}, expected"):
        explore(picture, depth=form)


def test_no_control_and_no_picture_are_refused():
    with pytest.raises(ValueError, match="controls are missing"):
        explore(picture)
    with pytest.raises(ValueError, match="function returned a NoneType"):
        explore(lambda n: None, n=(1, 2, 1))


def test_missing_answer_is_one_sentence_and_no_traceback() -> None:
    def needs_an_answer(angle: int) -> HTML:
        exec(placeholder("00.2"))
        return HTML("")

    with pytest.raises(CourseError, match=r"your answer to exercise 00\.2") as caught:
        explore(needs_an_answer, angle=(0, 9, 1))
    assert len(caught.value._render_traceback_()) == 1
