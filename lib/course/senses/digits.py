"""Little grey pictures of digits, drawn from the letters of a font, no two alike.

The font is DejaVu, which matplotlib brings along with its licence (LICENSE_DEJAVU): no picture is
stored or shipped. A font is not handwriting; what varies is said in `draw`.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Bold")
SIDE = 8  # pixels of a picture, down and across
FINE = 32  # the same while it is drawn
SHAPE = 64  # and where the font's curves are filled


@cache
def letters() -> Tensor:
    """The digits of each face, as they are and with a thicker stroke, 1 for ink, 0 for paper.

    -> (widths=2, faces=5, 10, FINE, FINE)
    """
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
    across, down = np.meshgrid(np.arange(SHAPE) + 0.5, np.arange(SHAPE) + 0.5)
    points = np.column_stack([across.ravel(), SHAPE - down.ravel()])
    filled = torch.zeros(len(FACES), 10, SHAPE, SHAPE)
    for face, name in enumerate(FACES):
        font = FontProperties(fname=str(fonts / f"{name}.ttf"))
        for digit in range(10):
            path = TextPath((0, 0), str(digit), size=1.1 * SHAPE, prop=font)
            middle = path.get_extents().get_points().mean(axis=0)
            inside = np.zeros(len(points), dtype=bool)
            for outline in path.to_polygons():  # a hole lies inside two outlines, ink inside one
                inside ^= _within(np.asarray(outline) - middle + SHAPE / 2, points)
            filled[face, digit] = torch.from_numpy(inside.reshape(SHAPE, SHAPE))
    widths = filled, F.max_pool2d(filled, 3, stride=1, padding=1)
    return torch.stack([F.avg_pool2d(each, SHAPE // FINE) for each in widths])


def _within(outline: np.ndarray, points: np.ndarray) -> np.ndarray:
    from matplotlib.path import Path as Outline

    return Outline(outline).contains_points(points)


def draw(digits: Tensor, generator: torch.Generator) -> Tensor:
    """A picture of each digit: digits (n,) whole numbers -> (n, SIDE, SIDE), from 0 to 1.

    Drawn at random for each: one of five faces, two widths of the stroke, size, slant, turn,
    place, a wave through the picture, and noise in every pixel.
    """
    n = len(digits)

    def between(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    width = torch.randint(2, (n,), generator=generator)
    face = torch.randint(len(FACES), (n,), generator=generator)
    ink = letters()[width, face, digits][:, None]  # (n, 1, FINE, FINE)
    angle, slant = between(-0.2, 0.2), between(-0.3, 0.3)
    wide, high = 1 / between(0.9, 1.3), 1 / between(0.9, 1.1)
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0], turn[:, 0, 1] = wide * angle.cos(), slant - angle.sin()
    turn[:, 1, 0], turn[:, 1, 1] = angle.sin(), high * angle.cos()
    turn[:, :, 2] = between(-0.12, 0.12, 2)
    where = F.affine_grid(turn, [n, 1, FINE, FINE], align_corners=False)  # (n, FINE, FINE, 2)
    wave = F.interpolate(between(-0.08, 0.08, 2, 3, 3), FINE, mode="bicubic", align_corners=True)
    drawn = F.grid_sample(ink, where + wave.permute(0, 2, 3, 1), align_corners=False)
    grey = F.avg_pool2d(drawn, FINE // SIDE)[:, 0]  # (n, SIDE, SIDE)
    grey = grey / grey.amax(dim=(1, 2), keepdim=True)
    return (grey + 0.08 * torch.randn(grey.shape, generator=generator)).clamp(0, 1)
