"""Is attention as fast where a kernel has little to do: short rows, many heads, one query, a mask?

The textbook's three lines are the peer of scaled_dot_product_attention: both form the weights.
python benchmarks/shapes.py [--quick]
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import measure
import torch
import torch.nn.functional as F
from torch import Tensor

from attn import causal_mask, chunked_attention, padding_mask, scaled_dot_product_attention


class Shape(NamedTuple):
    batch: int
    heads: int
    queries: int
    keys: int
    features: int


PLAIN = [
    Shape(1, 1, 8, 8, 16),  # nothing but the cost of a call
    Shape(1, 8, 64, 64, 64),
    Shape(32, 8, 64, 64, 32),
    Shape(1, 32, 1024, 1024, 64),
    Shape(1, 8, 1, 2048, 64),  # decoding: one query, and what a cache holds
    Shape(8, 32, 1, 2048, 64),
]
MASKED = {
    "padding": (Shape(4, 8, 512, 512, 64), padding_mask([512, 384, 256, 128])),
    "full": (Shape(1, 8, 1024, 1024, 64), causal_mask(1024)),
}
SIZES = sorted({shape.keys for shape in PLAIN} | {shape.keys for shape, _ in MASKED.values()})


def textbook(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """The textbook's three lines."""
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (batch, heads, n_q, n_k)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(dim=-1) @ value


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    """All shapes of n keys. Calls of well under a millisecond take more rounds."""
    rounds *= 40 if n <= 64 else 4
    for what, (shape, mask) in MASKED.items():
        for gradient in (False, True) if shape.keys == n else ():
            inputs = draw(shape, gradient)
            methods = {
                "fused": partial(F.scaled_dot_product_attention, *inputs, mask),
                "textbook": partial(textbook, *inputs, mask),
                "core (ours)": partial(output, scaled_dot_product_attention, *inputs, mask),
                "chunked (ours)": partial(output, chunked_attention, *inputs, mask),
            }
            yield from compare(methods, shape, inputs, what, rounds, against=["fused", "textbook"])
    for shape in (shape for shape in PLAIN if shape.keys == n):
        for gradient in (False, True):
            for causal in (False, True) if shape.queries > 1 else (False,):
                inputs = draw(shape, gradient)
                options = {"causal": causal}
                methods = {
                    "fused": partial(F.scaled_dot_product_attention, *inputs, is_causal=causal),
                    "chunked (ours)": partial(output, chunked_attention, *inputs, **options),
                }
                if not causal:
                    methods["textbook"] = partial(textbook, *inputs)
                    methods["core (ours)"] = partial(output, scaled_dot_product_attention, *inputs)
                what = "causal" if causal else "none"
                yield from compare(methods, shape, inputs, what, rounds, against=["fused"])


def draw(shape: Shape, gradient: bool) -> list[Tensor]:
    """Query, key and value."""
    torch.manual_seed(0)
    batch, heads, queries, keys, features = shape
    return [
        torch.randn(batch, heads, n, features, requires_grad=gradient)
        for n in (queries, keys, keys)
    ]


def output(attend: measure.Method, *inputs: Tensor, **options: bool) -> Tensor:
    return attend(*inputs, **options).output


def compare(
    methods: dict[str, measure.Method],
    shape: Shape,
    inputs: list[Tensor],
    mask: str,
    rounds: int,
    against: list[str],
) -> Iterator[measure.Row]:
    timed = measure.passes(methods, inputs)
    measure.assert_same(timed)
    what = "forward + backward" if inputs[0].requires_grad else "forward"
    tokens = shape.keys if shape.queries == shape.keys else f"({shape.queries}, {shape.keys})"
    size = f"{shape.batch} x {shape.heads} x {tokens} x {shape.features}"
    for row in measure.compare(timed, against=against, rounds=rounds):
        yield {"keys": shape.keys, "shape": size, "mask": mask, "pass": what} | row


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=SIZES, quick_size=8)
