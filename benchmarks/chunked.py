"""Is chunked attention as fast as the others, and how much less does it hold?

python benchmarks/chunked.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch
import torch.nn.functional as F
from torch import Tensor

from attn import chunked_attention

with measure.peers():
    from memory_efficient_attention_pytorch.flash_attention import FlashAttentionFunction
    from memory_efficient_attention_pytorch.memory_efficient_attention import (
        memory_efficient_attention,
    )
    from x_transformers.attend import Attend


def naive(query: Tensor, key: Tensor, value: Tensor, *, causal: bool) -> Tensor:
    """The textbook's three lines."""
    scores = query @ key.mT / query.shape[-1] ** 0.5  # (1, 8, n, n)
    if causal:
        n = scores.shape[-1]
        scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), -torch.inf)
    return scores.softmax(dim=-1) @ value


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    if n > 4096:
        rounds = min(rounds, 3)  # a naive backward pass of 8192 tokens takes half a minute
    for backward in (False, True):
        for causal in (False, True):
            inputs = measure.random_heads(n, gradient=backward)
            timed = measure.passes(methods(inputs, causal), inputs)
            measure.assert_same(timed)
            for row in measure.compare(timed, against=["fused", "naive"], rounds=rounds):
                what = "forward + backward" if backward else "forward"
                yield {"n": n, "pass": what, "causal": str(causal)} | row


def methods(inputs: list[Tensor], causal: bool) -> dict[str, measure.Method]:
    """Each is the same function of query, key and value (1, 8, n, 64)."""
    query, key, value = inputs
    found = {
        "fused": partial(F.scaled_dot_product_attention, *inputs, is_causal=causal),
        "naive": partial(naive, *inputs, causal=causal),
        "chunked (ours)": lambda: chunked_attention(query, key, value, causal=causal).output,
        "memory-efficient-attention-pytorch": partial(
            memory_efficient_attention, *inputs, causal=causal
        ),
    }
    if query.shape[-2] <= 4096:  # as slow as the naive one, or slower
        found["flash of the same package"] = lambda: FlashAttentionFunction.apply(
            query, key, value, None, causal, 512, 1024
        )
        attend = Attend(causal=causal)
        found["x-transformers"] = lambda: attend(query, key, value)[0]
    return found


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[2048, 4096, 8192], quick_size=256)
