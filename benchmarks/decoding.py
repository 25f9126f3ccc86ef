"""What does a cache of keys and values save when 512 tokens are written, one at a time?

The peer is the decoder of x-transformers with its own cache: as many layers, heads and features.
python benchmarks/decoding.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch

from attn import GPT, generate

with measure.peers():
    from x_transformers import AutoregressiveWrapper, Decoder, TransformerWrapper

VOCAB, D_MODEL, HEADS, LAYERS = 256, 128, 4, 4


def rows(new: int, rounds: int) -> Iterator[measure.Row]:
    torch.manual_seed(0)
    sizes = {"d_model": D_MODEL, "num_heads": HEADS, "num_layers": LAYERS}
    model = GPT(VOCAB, max_len=new + 1, **sizes).eval()
    layers = Decoder(dim=D_MODEL, depth=LAYERS, heads=HEADS, attn_dim_head=D_MODEL // HEADS)
    peer = AutoregressiveWrapper(
        TransformerWrapper(num_tokens=VOCAB, max_seq_len=new + 1, attn_layers=layers)
    ).eval()
    start = torch.tensor([[1]])
    write = partial(generate, model, start, max_new_tokens=new, temperature=0.0)
    methods = {
        "with cache (ours)": partial(write, cache=True),
        "without (ours)": partial(write, cache=False),
        "with cache, x-transformers": partial(peer.generate, start, new, temperature=0.0),
    }
    assert torch.equal(methods["with cache (ours)"](), methods["without (ours)"]())
    against = ["without (ours)"]
    for row in measure.compare(methods, against=against, rounds=rounds, memory=False):
        yield {"new tokens": new} | row | {"tokens a second": new / row["ms"] * 1000}


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[128, 512], quick_size=16)
