"""What does choosing save: whole blocks of keys, or single ones?

python benchmarks/block_top_k.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch.nn.functional as F

from attn import block_top_k_attention, causal_mask, top_k_attention

BLOCK, K = 64, 8


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    for backward in (False, True):
        inputs = measure.random_heads(n, gradient=backward)
        every = {
            "fused causal": partial(F.scaled_dot_product_attention, *inputs, is_causal=True),
            "8 blocks of 64 (ours)": lambda x=inputs: (
                block_top_k_attention(*x, block_size=BLOCK, k=K, causal=True).output
            ),
        }
        if n <= 2048:  # forms all scores
            mask = causal_mask(n)
            every["512 single keys (ours)"] = lambda x=inputs, mask=mask: (
                top_k_attention(*x, mask, k=BLOCK * K).output
            )
        timed = measure.passes(every, inputs)
        for row in measure.compare(timed, against=["fused causal"], rounds=rounds):
            yield {"n": n, "pass": "forward + backward" if backward else "forward"} | row


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[2048, 4096, 8192, 16384], quick_size=512)
