"""A widget's twin: the same script in a piece of HTML that needs no kernel and no network."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import anywidget

# Mounts a widget's script where no kernel is: its model has what a script asks of anywidget's.
# Scripts in modules run once per piece of HTML, so each looks for the pieces of its own state.
MOUNT = (Path(__file__).parent / "twin.js").read_text(encoding="utf-8")


class TwinnedWidget(anywidget.AnyWidget):
    """A widget that also stands, as its twin, in stored notebooks and static pages.

    A subclass has _esm and _css (its JavaScript, which defines `widget`, and its CSS), tags its
    own state with sync=True, and writes sentence() and fallback().
    """

    def sentence(self) -> str:
        """What the widget shows, as plain text."""
        raise NotImplementedError

    def fallback(self) -> str:
        """What the widget says where no script runs, as HTML."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """The subclass's own state, as JSON can hold it."""
        own = self.traits(sync=True).keys() - set(TwinnedWidget.class_trait_names(sync=True))
        return {name: _jsonable(getattr(self, name)) for name in sorted(own) if name[0] != "_"}

    def html(self) -> str:
        """The widget as HTML for any page: script, style and state inside, nothing to load."""
        # With < written as \\u003c no text in the state can close the script that holds it.
        data = json.dumps(self.state(), ensure_ascii=False).replace("<", "\\u003c")
        name = hashlib.sha256(data.encode()).hexdigest()[:16]  # equal on every run
        script = f"{self._esm}\n" + MOUNT.replace("NAME", name)
        return (
            f'<div data-course-widget="{name}">{self.fallback()}'
            f'<script type="application/json">{data}</script></div>\n'
            f"<style>{self._css}</style>\n"
            f'<script type="module">{script}</script>'
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**bundle, "text/plain": self.sentence(), "text/html": self.html()}, metadata


def _jsonable(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return value
