"""Draw attention weights: queries down, keys across, one scale from 0 to 1 for every picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:  # matplotlib takes a while to import and is only needed when something is drawn
    from matplotlib.axes import Axes


def plot_weights(
    weights: Any,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    title: str,
    ax: Axes | None = None,
    annotate: bool | None = None,
) -> Axes:
    """Draw one matrix of attention weights as a heat map.

    weights   (n_q, n_k), tensor or array with values from 0 to 1
    queries   n_q tokens, the labels down the side
    keys      n_k tokens, the labels along the foot; the queries unless given
    title     what the picture shows, as a sentence
    ax        where to draw; unless given, a new figure with a colour bar
    annotate  write the numbers into the cells; unless given, where there is room for them

    Returns the axes. Raises ValueError on weights that are no (n_q, n_k) matrix of values 0 to 1.
    """
    import matplotlib.pyplot as plt

    keys = queries if keys is None else keys
    matrix = require_weights(weights, queries, keys)
    if matrix.dim() != 2:
        raise ValueError(
            f"weights has shape {tuple(matrix.shape)}, expected (n_q, n_k): choose one head, as in "
            "weights[0, 2] for head 2 of the first sentence"
        )
    n_q, n_k = matrix.shape
    new_figure = ax is None
    if ax is None:
        width, height = min(0.62 * n_k + 2.8, 7.0), min(0.42 * n_q + 1.6, 7.0)  # inches
        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
        title = textwrap.fill(title, int(9 * (width - 1.0)))  # 9 letters of a title to the inch

    image = ax.imshow(matrix.numpy(), cmap="cividis", vmin=0.0, vmax=1.0, aspect="auto")
    across, down = ([visible(t).replace("$", r"\$") for t in tokens] for tokens in (keys, queries))
    upright = max(map(len, across)) > 5 and sum(map(len, across)) > 40
    ax.set_xticks(range(n_k), across, rotation=90 if upright else 0)
    ax.set_yticks(range(n_q), down)
    ax.set(xlabel="keys", ylabel="queries")
    ax.set_title(title, loc="left")
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)

    if annotate or (annotate is None and n_k <= 10 and n_q <= 12):
        for i, row in enumerate(matrix.tolist()):
            for j, weight in enumerate(row):
                # cividis is dark below the middle; an exact 0 (a mask) is told from a small weight
                colour = "white" if weight < 0.47 else "black"
                text = "0" if weight == 0 else f"{weight:.2f}"
                ax.text(j, i, text, ha="center", va="center", color=colour, fontsize="small")
    if new_figure:
        bar = ax.figure.colorbar(image, ax=ax, label="weight", ticks=[0.0, 0.5, 1.0])
        bar.outline.set_visible(False)
    return ax


def require_weights(weights: Any, queries: Sequence[str], keys: Sequence[str]) -> Tensor:
    """The weights as float32 on the CPU, (..., n_q, n_k), or ValueError saying what does not fit.

    weights is a tensor, an array or nested lists; n_q and n_k are the numbers of tokens.
    """
    for name, tokens in (("queries", queries), ("keys", keys)):
        if isinstance(tokens, str):
            raise ValueError(f"{name} is the string {tokens!r}, expected a list of tokens")
        if not tokens:
            raise ValueError(f"{name} is empty, expected at least one token")
    try:
        matrix = torch.as_tensor(weights).detach().to("cpu", torch.float32)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"weights is a {type(weights).__name__}, expected a tensor or array of numbers"
        ) from None
    if matrix.shape[-2:] != (len(queries), len(keys)):
        raise ValueError(
            f"weights has shape {tuple(matrix.shape)}, expected (..., {len(queries)}, {len(keys)}) "
            f"for {len(queries)} queries and {len(keys)} keys"
        )
    low, high = matrix.min().item(), matrix.max().item()
    if not (low >= 0.0 and high <= 1.001):  # NaN fails every comparison
        raise ValueError(
            f"weights has values from {low:.3g} to {high:.3g}, expected 0 to 1: "
            "these may be scores, before the softmax"
        )
    return matrix


def visible(token: str) -> str:
    """A token as it can be shown: one of white space alone is made visible."""
    return token.translate({10: "↵", 32: "␣", 9: "⇥"}) if token.isspace() else token
