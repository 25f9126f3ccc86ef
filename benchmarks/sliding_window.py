"""What does a window save, and against whom?

Each token sees itself and the 256 before it, which is the exact window of local-attention.
python benchmarks/sliding_window.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch.nn.functional as F

from attn import sliding_window_attention, window_mask

with measure.peers():
    from local_attention import LocalAttention

WINDOW = 257


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    for backward in (False, True):
        inputs = measure.random_heads(n, gradient=backward)
        local = LocalAttention(
            WINDOW - 1, causal=True, exact_windowsize=True, use_rotary_pos_emb=False
        )
        mask = window_mask(n, window=WINDOW, causal=True) if n <= 8192 else None
        same = {
            "window (ours)": lambda x=inputs: (
                sliding_window_attention(*x, window=WINDOW, causal=True).output
            ),
            "local-attention": partial(local, *inputs),
        }
        if mask is not None:
            same["fused, with the band as its mask"] = partial(
                F.scaled_dot_product_attention, *inputs, mask
            )
        every = same | {
            "fused causal": partial(F.scaled_dot_product_attention, *inputs, is_causal=True)
        }
        timed = measure.passes(every, inputs)
        measure.assert_same({name: timed[name] for name in same})
        against = ["fused causal", "local-attention"]
        for row in measure.compare(timed, against=against, rounds=rounds):
            yield {"n": n, "pass": "forward + backward" if backward else "forward"} | row


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[2048, 4096, 8192, 16384], quick_size=512)
