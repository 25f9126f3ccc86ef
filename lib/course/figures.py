"""Pictures: the course's style, a way to show them with words, and sliders that answer at once.

Importing this module applies the style, so that every picture of the course looks alike.
"""

import base64
import html
import io
from collections.abc import Callable
from typing import Any

import ipywidgets
import matplotlib as mpl
from cycler import cycler
from IPython.display import HTML
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, in an order in which neighbours also differ in brightness.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000"]
CSS_PIXELS_PER_INCH = 96
SHARPNESS = 2  # picture pixels for each CSS pixel: sharp on a laptop's display


def style() -> None:
    """Make every figure from here on look like the course's; the import has done so already."""
    mpl.rcParams.update(
        {
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titlepad": 10,
            "axes.titlesize": 12,
            "axes.titleweight": "bold",
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "figure.figsize": (7.0, 3.6),
            "font.size": 11,
            "grid.color": "#E4E4E4",
            "legend.frameon": False,
            "lines.linewidth": 2.0,
            "savefig.facecolor": "white",
        }
    )


style()


def show(figure: Figure | Axes, alt: str) -> HTML:
    """The figure as a picture that everybody can read; write it as the last line of a cell.

    figure  a matplotlib figure, or axes of it; it is closed, so that it is not shown twice
    alt     what there is to see, in a sentence, for those who cannot see it

    Raises ValueError where alt says nothing.
    """
    if not alt.strip():
        raise ValueError("alt is empty, expected a sentence that says what the picture shows")
    if isinstance(figure, Axes):
        figure = figure.get_figure(root=True)  # type: ignore[assignment]
    if not isinstance(figure, Figure):
        raise ValueError(f"figure is a {type(figure).__name__}, expected a matplotlib figure")
    import matplotlib.pyplot as plt

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=CSS_PIXELS_PER_INCH * SHARPNESS)
    plt.close(figure)
    width, height = (round(inches * CSS_PIXELS_PER_INCH) for inches in figure.get_size_inches())
    picture = base64.b64encode(stream.getvalue()).decode()
    # Both lengths are written down, so that nothing jumps while a slider exchanges pictures.
    return HTML(
        f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" '
        f'style="max-width: 100%; height: auto; aspect-ratio: {width} / {height}" '
        f'src="data:image/png;base64,{picture}">'
    )


class Explorer(ipywidgets.VBox):
    """Controls over a picture; in a stored notebook, the first picture and how to get the rest."""

    def __init__(self, function: Callable[..., HTML], controls: dict[str, ipywidgets.Widget]):
        self._function = function
        self._controls = controls
        # The picture is exchanged as the text of one HTML widget: unlike an Output widget that is
        # emptied and filled again, it never flickers and never changes its height in between.
        self._picture = ipywidgets.HTML(self._draw())
        self._first = self._picture.value
        super().__init__([*controls.values(), self._picture])
        for control in controls.values():
            control.observe(self._redraw, names="value")

    def _draw(self) -> str:
        picture = self._function(**{name: c.value for name, c in self._controls.items()})
        if not hasattr(picture, "_repr_html_"):
            raise ValueError(
                f"function returned a {type(picture).__name__}, expected what show(...) returns"
            )
        return picture._repr_html_()

    def _redraw(self, change: object) -> None:
        try:
            self._picture.value = self._draw()
        except Exception as error:  # in a callback nobody would see it
            reason = html.escape(f"{type(error).__name__}: {error}")
            self._picture.value = f"<pre>{reason}</pre>"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)
        moved = ", ".join(html.escape(control.description) for control in self.children[:-1])
        invitation = f"<p><em>Run this cell to get the controls ({moved}).</em></p>"
        return {**bundle, "text/html": self._first + invitation}


def explore(function: Callable[..., HTML], **controls: Any) -> Explorer:
    """Draw a picture again the moment a control is moved; write it as the last line of a cell.

    function  takes the controls' values by name and returns what show(...) returns
    controls  name=(min, max, step) or (min, max, step, start) gives a slider (of whole numbers
              where all are whole), name=[...] a choice from a list, name=True a check box, and an
              ipywidgets widget stands for itself; d_k=... is labelled "d_k"

    Raises ValueError on a control of another form, and what the first picture raises.
    """
    if not controls:
        raise ValueError("controls are missing, expected at least one, as in d_k=(1, 64, 1)")
    return Explorer(function, {name: _control(name, form) for name, form in controls.items()})


def _control(name: str, form: Any) -> ipywidgets.Widget:
    """The widget for one of explore's controls."""
    if isinstance(form, ipywidgets.Widget):
        return form
    look = {
        "description": name.replace("_", " "),
        "style": {"description_width": "initial"},  # else long labels are cut
    }
    if isinstance(form, bool):
        return ipywidgets.Checkbox(value=form, indent=False, **look)
    if isinstance(form, list) and form:
        return ipywidgets.Dropdown(options=form, value=form[0], **look)
    if isinstance(form, tuple) and len(form) in (3, 4):
        low, high, step, start = form if len(form) == 4 else (*form, form[0])
        if step > 0 and low <= start <= high:
            whole = all(isinstance(number, int) for number in (low, high, step, start))
            slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
            width = ipywidgets.Layout(width="min(100%, 480px)")
            return slider(value=start, min=low, max=high, step=step, layout=width, **look)
    raise ValueError(
        f"{name} is {form!r}, expected (min, max, step), (min, max, step, start) with start in "
        "between, a list of choices, True or False, or an ipywidgets widget"
    )
