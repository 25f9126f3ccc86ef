"""Pictures for the quizzes of lessons on streams of tokens; see pictures.py."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.widgets.picture import BESIDE, SMALL, picture


@picture
def three_looks() -> tuple[Axes, str]:
    """How much of the look of three places of lesson 15's stream falls on each sense."""
    shares = {"A": (0.08, 0.77, 0.15), "B": (0.19, 0.06, 0.75), "C": (0.96, 0.03, 0.01)}
    _, axes = plt.subplots(figsize=SMALL)
    for number, (name, share) in enumerate(shares.items()):
        axes.bar([sense + 0.27 * number for sense in range(3)], share, 0.25, label=name)
    axes.set_xticks([sense + 0.27 for sense in range(3)], ["image", "sound", "words"])
    axes.set(ylabel="share of the look", ylim=(0, 1), title="The looks of three places")
    axes.legend(**BESIDE)
    rows = "; ".join(
        f"{name}: image {image:.2f}, sound {sound:.2f}, words {words:.2f}"
        for name, (image, sound, words) in shares.items()
    )
    return axes, f"Bars: how much of the look of places A, B and C falls on each sense. {rows}."
