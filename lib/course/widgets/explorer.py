"""Controls over a picture that is drawn again the moment one of them is moved."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from course.cells.placeholder import unwritten_exercise
from course.errors import CourseError

HERE = Path(__file__).parent


class Explorer(anywidget.AnyWidget):
    """Controls over a picture; in a stored notebook, the first picture; see course.explore.

    controls  [{"name", "label", "kind": "slider" with "min", "max", "step"; or "choice" with
              "options"; or "box"}]; the browser's own elements, so that each has its label
    values    {name: number, index of the option, or bool}, as the controls stand
    picture   HTML: what the function returned for these values
    """

    _esm, _css = HERE / "explorer.js", HERE / "explorer.css"

    controls = traitlets.List(traitlets.Dict()).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)

    def __init__(self, function: Callable[..., Any], forms: dict[str, Any]):
        self._function = function
        self._forms = forms
        controls, values = [], {}
        for name, form in forms.items():
            control, values[name] = _control(name, form)
            controls.append({"name": name, "label": _label(name), **control})
        self._first = self._draw(values)
        super().__init__(controls=controls, values=values, picture=self._first)
        self.observe(self._redraw, names="values")

    def _draw(self, values: dict[str, Any]) -> str:
        arguments = {name: _argument(self._forms[name], value) for name, value in values.items()}
        try:
            picture = self._function(**arguments)
        except NotImplementedError as error:
            if exercise := unwritten_exercise(error):
                raise CourseError(
                    f"This picture uses your answer to exercise {exercise}: write that one first."
                ) from None
            raise
        if not hasattr(picture, "_repr_html_"):
            raise ValueError(
                f"function returned a {type(picture).__name__}, expected what show(...) returns"
            )
        return str(picture._repr_html_())

    def _redraw(self, change: Any) -> None:
        try:
            self.picture = self._draw(change["new"])
        except Exception as error:  # in a callback nobody would see it
            reason = html.escape(f"{type(error).__name__}: {error}")
            self.picture = f"<pre>{reason}</pre>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        labels = ", ".join(control["label"] for control in self.controls)
        invitation = f"Run this cell to get the controls: {labels}."
        stored = f"{self._first}<p><em>{html.escape(invitation)}</em></p>"
        return {**bundle, "text/plain": invitation, "text/html": stored}, metadata


def _control(name: str, form: Any) -> tuple[dict[str, Any], Any]:
    """What the browser shows for one of explore's controls, and the value it begins with."""
    if isinstance(form, bool):
        return {"kind": "box"}, form
    if isinstance(form, list) and form:
        return {"kind": "choice", "options": [str(option) for option in form]}, 0
    if isinstance(form, tuple) and len(form) in (3, 4):
        low, high, step, start = form if len(form) == 4 else (*form, form[0])
        if step > 0 and low <= start <= high:
            return {"kind": "slider", "min": low, "max": high, "step": step}, start
    raise ValueError(
        f"{name} is {form!r}, expected (min, max, step), (min, max, step, start) with start in "
        "between, a list of choices, True or False"
    )


def _argument(form: Any, value: Any) -> Any:
    """A control's value as the function gets it."""
    if isinstance(form, list):
        return form[value]
    if isinstance(form, tuple):  # the browser knows one kind of number
        return int(value) if all(isinstance(number, int) for number in form) else float(value)
    return value


def _label(name: str) -> str:
    """'hidden_keys' as 'hidden keys'; a symbol such as 'd_k' stays as it is written."""
    words = name.split("_")
    return name if any(len(word) == 1 for word in words) else " ".join(words)
