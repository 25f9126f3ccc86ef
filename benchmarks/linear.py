"""How fast is attention whose memory does not grow?

The peer is a linear attention too, with other features, and blind to the tokens of its own bucket
of 64: the two are not the same function.
python benchmarks/linear.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch.nn.functional as F

from attn import linear_attention

with measure.peers():
    from linear_attention_transformer.linear_attention_transformer import causal_linear_attn


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    for backward in (False, True):
        inputs = measure.random_heads(n, gradient=backward)
        every = {
            "fused causal": partial(F.scaled_dot_product_attention, *inputs, is_causal=True),
            "linear, causal (ours)": lambda x=inputs: linear_attention(*x, causal=True).output,
            "linear, both ways (ours)": lambda x=inputs: linear_attention(*x).output,
            "linear-attention-transformer, causal": partial(causal_linear_attn, *inputs),
        }
        timed = measure.passes(every, inputs)
        for row in measure.compare(timed, against=["fused causal"], rounds=rounds):
            yield {"n": n, "pass": "forward + backward" if backward else "forward"} | row


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[2048, 4096, 8192, 16384], quick_size=256)
