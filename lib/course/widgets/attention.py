"""The attention viewer: two columns of tokens, and between them who looks where."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import traitlets

from attn.plotting import require_weights, visible
from course.widgets.twin import TwinnedWidget

MAX_TOKENS = 32
NAMED = 5  # so many tokens are named in a sentence; attention.js says the same
HERE = Path(__file__).parent


class AttentionViewer(TwinnedWidget):
    """Attention weights to look through, with the mouse or the keyboard; see show_attention.

    `layer` and `head` say what is shown: set them, or read what the learner has chosen.
    """

    _esm, _css = HERE / "attention.js", HERE / "attention.css"

    title = traitlets.Unicode().tag(sync=True)
    query_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    num_layers = traitlets.Int().tag(sync=True)
    num_heads = traitlets.Int().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)  # float32, (layers, heads, n_q, n_k)

    def __init__(
        self,
        weights: Any,
        queries: Sequence[str],
        keys: Sequence[str] | None = None,
        *,
        title: str | None = None,
    ):
        keys = queries if keys is None else keys
        for name, tokens in (("queries", queries), ("keys", keys)):
            if len(tokens) > MAX_TOKENS:
                raise ValueError(
                    f"{name} has {len(tokens)} tokens, expected at most {MAX_TOKENS}: show a part, "
                    "as in weights[..., :32, :32], or the whole with attn.plotting.plot_weights"
                )
        matrices = require_weights(weights, queries, keys)  # (..., n_q, n_k)
        if matrices.dim() > 4:
            raise ValueError(
                f"weights has shape {tuple(matrices.shape)}, expected (n_q, n_k), "
                "(heads, n_q, n_k) or (layers, heads, n_q, n_k): choose one sentence of a batch, "
                "as in weights[:, 0]"
            )
        sums = matrices.sum(-1)
        strange = ((sums - 1).abs() > 0.02) & (sums != 0)
        if strange.any():
            raise ValueError(
                f"weights has a row that sums to {sums[strange][0]:.3g}, expected 1, or 0 for a "
                "query that may attend to nothing: each row belongs to one query"
            )
        matrices = matrices.reshape((1,) * (4 - matrices.dim()) + matrices.shape)
        self._matrices = matrices  # (layers, heads, n_q, n_k)
        super().__init__(
            title=title or "",
            query_tokens=[visible(str(token)) for token in queries],
            key_tokens=[visible(str(token)) for token in keys],
            num_layers=matrices.shape[0],
            num_heads=matrices.shape[1],
            weights=matrices.contiguous().numpy().astype("<f4").tobytes(),
        )

    @traitlets.validate("layer", "head")
    def _require_within(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        count = self.num_layers if name == "layer" else self.num_heads
        if not 0 <= value < max(count, 1):
            raise ValueError(f"{name} is {value}, expected 0 to {count - 1}")
        return value

    def sentence(self) -> str:
        """Where each query looks most, in words: 'Tokyo looks at love 0.62, I 0.25, ...'."""
        rows = self._matrices[self.layer, self.head].tolist()
        return "\n".join(
            _looks_at(query, row, self.key_tokens)
            for query, row in zip(self.query_tokens, rows, strict=True)
        )

    def fallback(self) -> str:
        """The weights on show as a plain table."""
        place = [f"layer {self.layer}"] * (self.num_layers > 1)
        place += [f"head {self.head}"] * (self.num_heads > 1)
        caption = ", ".join([self.title or "Attention weights", *place])
        head = "".join(f'<th scope="col">{html.escape(key)}</th>' for key in self.key_tokens)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(query)}</th>'
            f"{''.join(f'<td>{w:.2f}</td>' for w in row)}</tr>"
            for query, row in zip(
                self.query_tokens, self._matrices[self.layer, self.head].tolist(), strict=True
            )
        )
        return (
            f"<p><strong>{html.escape(caption)}</strong> (queries down, keys across)</p>"
            f"<table><tr><th></th>{head}</tr>{rows}</table>"
        )


def _looks_at(query: str, row: list[float], keys: list[str]) -> str:
    best = sorted(zip(row, keys, strict=True), key=lambda pair: -pair[0])[:NAMED]
    seen = [f"{key} {weight:.2f}" for weight, key in best if weight > 0]
    return f"{query} looks at {', '.join(seen) or 'nothing'}"


def show_attention(
    weights: Any,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    title: str | None = None,
) -> AttentionViewer:
    """Look through attention weights: point at a token to see where it looks, and who looks at it.

    weights  (n_q, n_k), (heads, n_q, n_k) or (layers, heads, n_q, n_k); each row sums to 1, or to
             0 for a query that may attend to nothing
    queries  n_q tokens; keys n_k tokens, the queries unless given; at most 32 of each
    title    what there is to see, as a sentence

    Write it as the last line of a cell. Raises ValueError on weights that do not fit, or that are
    none. The idea of two columns with lines is from Vig, "A Multiscale Visualization of Attention
    in the Transformer Model", 2019, arXiv 1906.05714.
    """
    return AttentionViewer(weights, queries, keys, title=title)
