"""The pictures that quizzes ask to read, each drawn by the function that a question names.

A title says what is drawn, and not what there is to see: that is the question. What is given back
is an image of HTML, with a sentence for those who cannot see it.
"""

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes

import course.widgets.pictures_of_uses  # noqa: F401
from attn import apply_rotary
from attn.plotting import plot_weights
from attn.positions import alibi_bias
from course.errors import CourseError
from course.quizzes.asking import Question
from course.widgets.picture import BESIDE, PICTURES, SMALL, picture


def drawn(question: Question) -> Question:
    """The question with its picture, if it has one. Raises CourseError where nobody draws it."""
    if "figure" not in question:
        return question
    if question["figure"] not in PICTURES:
        known = ", ".join(sorted(PICTURES))
        raise CourseError(
            f"question {question['id']}: no picture {question['figure']!r}; there are {known}."
        )
    return {**question, "picture": PICTURES[question["figure"]]()}


@picture
def three_learning_rates() -> tuple[Axes, str]:
    """Where w stands after each step, in a valley whose bottom is at 3."""
    steps = range(9)
    _, axes = plt.subplots(figsize=SMALL)
    for name, rate, mark in (("A", 0.1, "o-"), ("B", 0.9, "s--"), ("C", 1.1, "^-")):
        places = [2.0]
        for _ in steps[1:]:
            places.append(places[-1] - rate * 2 * (places[-1] - 3))  # the loss is (w - 3)²
        axes.plot(steps, places, mark, label=name)
    axes.axhline(3, color="black", lw=1, ls=":")
    axes.set(xlabel="step", ylabel="w", title="Where w stands, for three learning rates")
    axes.legend(**BESIDE)
    return axes, (
        "Three curves start at w = 2; a dotted line marks the bottom of the valley, w = 3. A rises "
        "towards the line and flattens. B jumps from one side of it to the other, closer each "
        "time: 3.8, 2.4, 3.5. C jumps from one side to the other, farther each time: 4.2, 1.6, 4.7."
    )


@picture
def two_tables() -> tuple[Axes, str]:
    """The same scores, once a softmax along the columns, once along the rows."""
    scores = torch.tensor([[0.2, 1.3, 0.6], [0.4, 0.1, 1.5], [0.3, 0.9, 0.2]])  # (n_q=3, n_k=3)
    words = ["cats", "chase", "mice"]
    figure, pair = plt.subplots(1, 2, figsize=(7.0, 3.0))
    tables = scores.softmax(0), scores.softmax(1)
    for axes, name, table in zip(pair, ("A", "B"), tables, strict=True):
        plot_weights(table, words, title=name, ax=axes, annotate=True)
    figure.suptitle("Two tables from the same scores", x=0.02, ha="left", weight="bold")
    left, right = (
        "; ".join(", ".join(f"{weight:.2f}" for weight in row) for row in table) for table in tables
    )
    return pair[0], (
        "Two tables, the queries cats, chase, mice down, the same words across as keys, row by "
        f"row. A: {left}. B: {right}."
    )


@picture
def scores_by_place() -> tuple[Axes, str]:
    """What three methods make of equal keys at different places."""
    axes, rotary = _scores_of_equal_keys(here=6, methods=("ALiBi", "rotary", "none"))
    return axes, (
        f"Three curves of a score over the key's place, 0 to 12; the query stands at 6. A is a "
        f"roof: highest at 6, and as low at 5 as at 7. B is a wave: {rotary[5]:.1f} at place "
        f"5, {rotary[7]:.1f} at place 7. C is the same everywhere."
    )


@picture
def scores_to_either_side() -> tuple[Axes, str]:
    """The same for another query, the methods in another order."""
    axes, rotary = _scores_of_equal_keys(here=9, methods=("none", "ALiBi", "rotary"))
    return axes, (
        f"Three curves of a score over the key's place, 0 to 12; the query stands at 9. A is the "
        f"same everywhere. B is a roof: highest at 9, and as low at 8 as at 10. C is a wave: "
        f"{rotary[8]:.1f} at place 8, {rotary[10]:.1f} at place 10."
    )


def _scores_of_equal_keys(here: int, methods: tuple[str, ...]) -> tuple[Axes, torch.Tensor]:
    """A curve for each method, A, B and C, of a query at place `here`; and rotary's scores."""
    content = torch.tensor([1.0, 0.3, 0.8, 0.2]).expand(13, 4)  # the same key everywhere
    query = torch.tensor([[0.2, 1.0, 0.3, 0.9]])
    turned = apply_rotary(content) @ apply_rotary(query, torch.tensor([here])).mT
    bias = alibi_bias(4, 13)[0, here]  # the first of four heads has the slope 1/4
    scores = {"ALiBi": 1.0 + bias, "rotary": turned[:, 0], "none": (content @ query.mT)[:, 0]}
    _, axes = plt.subplots(figsize=SMALL)
    for name, method, mark in zip("ABC", methods, ("o-", "s-", "^-"), strict=True):
        axes.plot(scores[method], mark, label=name)
    axes.axvline(here, color="black", lw=1, ls=":")
    title = f"Scores of the query at place {here} with equal keys"
    axes.set(xlabel="place of the key", ylabel="score", title=title)
    axes.legend(**BESIDE)
    return axes, scores["rotary"]


@picture
def three_reaches() -> tuple[Axes, str]:
    """Three laws by which a gradient falls with distance."""
    distances = [2**power for power in range(1, 10)]
    laws = {
        "A": [2 / n for n in distances],
        "B": [0.95**n for n in distances],
        "C": [0.7**n for n in distances],
    }
    _, axes = plt.subplots(figsize=SMALL)
    for (name, values), mark in zip(laws.items(), ("o-", "s-", "^-"), strict=True):
        axes.loglog(distances, values, mark, label=name)
    title = "How much of the first token arrives at the last"
    axes.set(xlabel="distance, in tokens", ylabel="gradient", title=title, ylim=(1e-13, 10))
    axes.legend(**BESIDE)
    return axes, (
        "Three curves over the distance, 2 to 512 tokens, both axes logarithmic. All begin near 1. "
        "A is a straight line down to 0.004. B stays above A up to 64 tokens, then bends down to "
        "below 1e-11. C bends down sooner, to 1e-10 at 64 tokens."
    )


@picture
def influences() -> tuple[Axes, str]:
    """How each output answers to each token, in a layer that masks after its softmax."""
    x = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))  # (n=6, d=8)
    mask = torch.ones(6, 6, dtype=torch.bool).tril()

    def layer(x: torch.Tensor) -> torch.Tensor:
        return ((x @ x.mT / 8**0.5).softmax(-1) * mask) @ x  # (6, 8)

    slopes: torch.Tensor = torch.autograd.functional.jacobian(layer, x)  # type: ignore[assignment]
    sizes = slopes.pow(2).sum((1, 3)).sqrt()  # (6 outputs, 6 tokens)
    sizes = sizes / sizes.max()
    names = [str(place) for place in range(6)]
    _, axes = plt.subplots(figsize=(5.6, 3.6))
    plot_weights(
        sizes, names, title="Gradient of each output by each token", ax=axes, annotate=True
    )
    axes.set(xlabel="token", ylabel="output")
    above = sizes[~mask]
    return axes, (
        "A table, outputs 0 to 5 down and tokens 0 to 5 across, the largest entry 1. The diagonal "
        f"is large. Above it stand numbers from {above.min():.2f} to {above.max():.2f}."
    )


@picture
def three_stacks() -> tuple[Axes, str]:
    """How far apart tokens are after each of 60 layers: replace, add, add with the norm before."""
    _, axes = plt.subplots(figsize=SMALL)
    ends = {}
    for name, keep, norm_first, mark in (
        ("A", 0, False, "o-"),
        ("B", 1, False, "s-"),
        ("C", 1, True, "^-"),
    ):
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(8, 64, generator=generator, dtype=torch.float64)  # (n=8, d=64)
        apart = [1.0]
        for _ in range(60):
            maps = torch.randn(3, 64, 64, generator=generator, dtype=torch.float64) / 8
            query, key, value = (F.layer_norm(x, (64,)) if norm_first else x) @ maps
            x = keep * x + (query @ key.mT / 8).softmax(-1) @ value
            apart.append(max(float((x - x.mean(0)).norm() / x.norm()), 1e-16))
        axes.semilogy(apart, mark, markevery=4, label=name)
        ends[name] = apart[-1]
    axes.set(xlabel="layers", ylabel="how far apart", title="Eight tokens in three stacks")
    axes.legend(**BESIDE)
    return axes, (
        "Three curves over 60 layers of attention, on a logarithmic axis, from 1. A falls ever "
        "more steeply, within five layers, to 1e-16, where float64 ends. B falls in a straight "
        f"line to {ends['B']:.0e}. C sinks ever more slowly, to {ends['C']:.1f}."
    )


@picture
def map_of_a_translation() -> tuple[Axes, str]:
    """Where a decoder looked across, each row named by the word that it had read."""
    english = ["he", "drinks", "water", "."]
    read = ["<start>", "kare", "wa", "mizu", "o", "nomi"]  # 彼 は 水 を 飲み ます
    weights = torch.tensor(
        [
            [0.94, 0.02, 0.02, 0.02],
            [0.10, 0.20, 0.10, 0.60],
            [0.01, 0.03, 0.95, 0.01],
            [0.03, 0.15, 0.12, 0.70],
            [0.02, 0.92, 0.04, 0.02],
            [0.05, 0.35, 0.05, 0.55],
        ]
    )
    _, axes = plt.subplots(figsize=(6.4, 3.6))
    title = "While “kare wa mizu o nomi masu .” is written"
    plot_weights(weights, read, english, title=title, ax=axes, annotate=True)
    axes.set(xlabel="English word looked at", ylabel="word that was read")
    rows = "; ".join(
        f"{word}: " + ", ".join(f"{weight:.2f}" for weight in row)
        for word, row in zip(read, weights.tolist(), strict=True)
    )
    return axes, (
        "A table, the words he, drinks, water and the full stop across, and down the words that "
        f"were read while kare wa mizu o nomi masu was written. Row by row: {rows}."
    )


@picture
def two_slopes() -> tuple[Axes, str]:
    """Multiply-adds of full attention and of a window, both axes logarithmic."""
    lengths, d, window = [2**power for power in range(9, 17)], 64, 256
    costs = {"A": [2 * n * n * d for n in lengths], "B": [2 * n * 3 * window * d for n in lengths]}
    _, axes = plt.subplots(figsize=SMALL)
    for (name, cost), mark in zip(costs.items(), ("o-", "s-"), strict=True):
        axes.loglog(lengths, cost, mark, label=name)
    axes.set_xscale("log", base=2)
    axes.set(xlabel="tokens n", ylabel="multiply-adds", title="The cost of two kinds of attention")
    axes.legend(**BESIDE)
    return axes, (
        "Two straight lines over the number of tokens, from 512 to 65,536, both axes logarithmic. "
        f"A goes from {costs['A'][0]:.0e} to {costs['A'][-1]:.0e}, B from {costs['B'][0]:.0e} to "
        f"{costs['B'][-1]:.0e}."
    )


@picture
def four_tiles() -> tuple[Axes, str]:
    """Eight queries, the last of 16 places, cut into tiles of 4 x 4, of which four have a name."""
    _, axes = plt.subplots(figsize=SMALL)
    for name, row, column in (("A", 0, 0), ("B", 1, 2), ("C", 0, 2), ("D", 0, 3)):
        axes.text(4 * column + 0.7, 4 * row + 3.1, name, ha="center", va="center", size=16)
    rows = [row for query in range(8) for row in (query, query + 1)]
    seen = [query + 9 for query in range(8) for _ in range(2)]  # keys up to a query's own place
    axes.plot(seen, rows, color="#D55E00")
    axes.grid(color="0.6")
    axes.set(xlim=(0, 16), ylim=(8, 0), xticks=range(0, 17, 4), yticks=range(0, 9, 4))
    axes.set(xlabel="keys", ylabel="queries", title="Four tiles and a causal mask")
    return axes, (
        "A table of 8 queries and 16 keys in tiles of 4 by 4. A line of steps bounds what is seen: "
        "query 0 sees 9 keys, query 7 all 16. A is queries 0 to 3, keys 0 to 3; B is queries 4 to "
        "7, keys 8 to 11; C is queries 0 to 3, keys 8 to 11; D is queries 0 to 3, keys 12 to 15."
    )


@picture
def caches() -> tuple[Axes, str]:
    """The cache of a model with 32 layers over the length of its text, and what is free."""
    lengths, layers, width, number = [2**power for power in range(10, 18)], 32, 128, 2
    _, axes = plt.subplots(figsize=SMALL)
    for kv_heads, mark in ((32, "o-"), (8, "s-"), (1, "^-")):
        sizes = [2 * layers * n * kv_heads * width * number / 2**30 for n in lengths]  # GiB
        axes.loglog(lengths, sizes, mark, label=f"{kv_heads} kv head{'s' * (kv_heads > 1)}")
    axes.axhline(8, color="black", lw=1, ls=":")
    axes.set_xscale("log", base=2)
    axes.set_yticks([0.03, 0.125, 0.5, 2, 8, 32], ["0.03", "0.125", "0.5", "2", "8", "32"])
    axes.minorticks_off()
    axes.set(xlabel="tokens n", ylabel="GiB", title="What is kept of a text; dotted: what is free")
    axes.legend(**BESIDE)
    return axes, (
        "Lines over the number of tokens, both axes logarithmic; a dotted line at 8 GiB is what is "
        "free. At 32,768 tokens: 32 kv heads 16 GiB, 8 kv heads 4 GiB, 1 kv head half a GiB."
    )
