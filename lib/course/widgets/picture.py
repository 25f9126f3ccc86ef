"""What makes a function a picture of a quiz: an image in itself, with its words."""

import base64
import html
import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.widgets.figures import CSS_PIXELS_PER_INCH, STYLE

SMALL = (6.4, 3.2)  # inches
BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
PICTURES: dict[str, Callable[[], str]] = {}


def picture(draw: Callable[[], tuple[Axes, str]]) -> Callable[[], str]:
    """Make a function a picture of that name; it gives the axes back, and what there is to see."""

    def as_html() -> str:
        with mpl.rc_context({**STYLE, "svg.hashsalt": draw.__name__}):  # equal on every run
            axes, alt = draw()
            figure = axes.get_figure(root=True)
            assert figure is not None
            stream = io.BytesIO()
            figure.savefig(stream, format="svg", metadata={"Date": None})
        plt.close(figure)  # else a notebook would show it again
        width = round(figure.get_size_inches()[0] * CSS_PIXELS_PER_INCH)
        source = base64.b64encode(stream.getvalue()).decode()
        return (
            f'<img alt="{html.escape(alt)}" width="{width}" '
            f'style="display: block; max-width: 100%" '
            f'src="data:image/svg+xml;base64,{source}">'
        )

    PICTURES[draw.__name__] = as_html
    return as_html
