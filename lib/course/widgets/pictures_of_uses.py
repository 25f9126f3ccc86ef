"""Pictures for the quizzes of lessons 15 to 18, on what attention can do; see pictures.py."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes

from attn.plotting import plot_weights
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


@picture
def two_tasks_learnt() -> tuple[Axes, str]:
    """Shares of right answers of two tasks, one of which has two candidates to choose from."""
    steps = [0, 100, 200, 300, 400, 500, 600]
    easy = [0.0, 0.72, 0.98, 1.0, 1.0, 1.0, 1.0]
    hard = [0.0, 0.47, 0.51, 0.49, 0.52, 0.48, 0.51]
    _, axes = plt.subplots(figsize=SMALL)
    axes.plot(steps, easy, "o-", label="summaries")
    axes.plot(steps, hard, "s--", label="answers")
    axes.set(xlabel="training step", ylabel="share right", ylim=(-0.03, 1.05))
    axes.set_title("Two tasks, mixed in every batch")
    axes.legend(**BESIDE)
    shares = ", ".join(f"{share:.2f}" for share in hard)
    return axes, (
        "Two curves over 600 training steps. Summaries rise to 1 within 300 steps. Answers are, "
        f"every hundred steps from 0 on: {shares}."
    )


@picture
def three_heads() -> tuple[Axes, str]:
    """Heads 4.2, 0.2 and 3.1 of all-MiniLM-L6-v2 over "I love Tokyo", in percent, rounded."""
    rests = [99, 0, 0, 0, 0, 90, 1, 3, 5, 2, 94, 1, 1, 3, 1, 96, 1, 1, 1, 1, 87, 2, 2, 8, 1]
    before = [100, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0]
    finds = [99, 0, 0, 0, 0, 36, 4, 28, 30, 3, 1, 0, 0, 99, 1, 89, 0, 0, 11, 0, 15, 0, 0, 84, 1]
    _, panels = plt.subplots(1, 3, figsize=(9.6, 3.0))
    for axes, title, percent in zip(panels, "ABC", (rests, before, finds), strict=True):
        weights = torch.tensor(percent).view(5, 5) / 100
        plot_weights(weights, ["[CLS]", "i", "love", "tokyo", "[SEP]"], title=title, ax=axes)
    return panels[0], (
        "Three maps of [CLS] i love tokyo [SEP]. A: each row gives [CLS] 0.87 or more. B: each row "
        "gives 1 to the token before it. C: love and [SEP] give tokyo 0.99 and 0.84."
    )


@picture
def heads_of_a_round() -> tuple[Axes, str]:
    """Three heads at their clearest: where K A T E looks when it comes the second time."""
    _, panels = plt.subplots(1, 3, figsize=(9.6, 2.6))
    for axes, title, back in zip(panels, "ABC", (4, 1, 3), strict=True):
        weights = torch.eye(8).roll(-back, dims=1)[4:]  # (4, 8): `back` places to the left
        plot_weights(weights, [*"KATE"], [*"KATEKATE"], title=title, ax=axes, annotate=False)
    words = "K A T E, at places 4 to 7, looks at 0, 1, 2, 3 in A; 3, 4, 5, 6 in B; 1, 2, 3, 4 in C."
    return panels[0], words
