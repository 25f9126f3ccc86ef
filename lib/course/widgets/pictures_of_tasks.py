"""Pictures that quizzes ask to read: how several tasks are learnt by one model."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from course.widgets.picture import BESIDE, SMALL, picture


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
