"""Is a layer that can be read as fast in training as PyTorch's own?

One forward and one backward pass of an encoder layer, batch 8, 128 tokens, 256 features, 8 heads.
python benchmarks/layers.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch
from torch import Tensor, nn

from attn import EncoderLayer, MultiHeadAttention

with measure.peers():
    from x_transformers import Encoder


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    batch, d_model, heads = 8, 256, 8
    torch.manual_seed(0)
    x = torch.randn(batch, n, d_model)
    native = nn.MultiheadAttention(d_model, heads, batch_first=True)
    pairs: dict[str, dict[str, nn.Module | partial]] = {
        "attention": {
            "PyTorch": partial(native, key=x, value=x),
            "ours": MultiHeadAttention(d_model, heads),
            "ours, no weights asked for": partial(
                MultiHeadAttention(d_model, heads), need_weights=False
            ),
        }
    }
    for norm_first in (True, False):
        own = EncoderLayer(d_model, heads, norm_first=norm_first, dropout=0.0)
        torchs = nn.TransformerEncoderLayer(
            d_model,
            heads,
            dim_feedforward=4 * d_model,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=norm_first,
        )
        third = Encoder(dim=d_model, depth=1, heads=heads, attn_dim_head=d_model // heads)
        name = "encoder layer, norm " + ("first" if norm_first else "last")
        pairs[name] = {"PyTorch": torchs, "ours": own}
        if norm_first:
            pairs[name]["x-transformers"] = third
    for what, layers in pairs.items():
        methods = {name: partial(step, layer, x) for name, layer in layers.items()}
        for row in measure.compare(methods, against=["PyTorch"], rounds=5 * rounds):
            yield {"n": n, "layer": what} | row


def step(layer: nn.Module | partial, x: Tensor) -> None:
    """One forward and one backward pass; the gradients of the weights are thrown away."""
    output = layer(x)
    (output[0] if isinstance(output, tuple) else output).square().mean().backward()
    module = layer.func if isinstance(layer, partial) else layer
    module.zero_grad(set_to_none=True)


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[128], quick_size=8)
