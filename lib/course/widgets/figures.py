"""Pictures: the course's style, a way to show them with words, and sliders that answer at once.

Importing this module applies the style, so that every picture of the course looks alike, and lets
Japanese words be written with the font that the course ships with.
"""

import base64
import html
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
from IPython.display import HTML
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course import paths
from course.widgets.explorer import Explorer

CSS_PIXELS_PER_INCH = 96
SHARPNESS = 2  # picture pixels for each CSS pixel: sharp on a laptop's display
STYLE = mpl.rc_params_from_file(
    Path(__file__).parent / "course.mplstyle", use_default_template=False
)

JAPANESE = paths.DATA / "NotoSansJP-subset.otf"

mpl.rcParams.update(STYLE)
if JAPANESE.is_file():  # a hand-in's process sees no lessons, and its pictures are not looked at
    font_manager.fontManager.addfont(JAPANESE)
    plain = font_manager.fontManager.ttflist[-1]
    # One weight is enough, and every bold title would log that there is no other.
    font_manager.fontManager.ttflist.append(replace(plain, weight=700))
    mpl.rcParams["font.family"] = [*mpl.rcParams["font.family"], plain.name]


class Picture(HTML):
    """An image of HTML that a terminal, and a reader of plain text, meets as its sentence."""

    def __init__(self, image: str, alt: str) -> None:
        super().__init__(image)
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt


def show(figure: Figure | Axes, alt: str) -> Picture:
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
    image = (
        f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" '
        f'style="max-width: 100%; height: auto; aspect-ratio: {width} / {height}" '
        f'src="data:image/png;base64,{picture}">'
    )
    return Picture(image, alt)


def explore(function: Callable[..., HTML], **controls: Any) -> Explorer:
    """Draw a picture again the moment a control is moved; write it as the last line of a cell.

    function  takes the controls' values by name and returns what show(...) returns
    controls  name=(min, max, step) or (min, max, step, start) gives a slider (of whole numbers
              where all are whole), name=[...] a choice from a list, name=True a box to tick

    Raises ValueError on a control of another form, and whatever the first picture raises.
    """
    if not controls:
        raise ValueError("controls are missing, expected at least one, as in d_k=(1, 64, 1)")
    return Explorer(function, controls)
