"""Does a layer with options cost more than the same layer written by hand?

MultiHeadAttention with causal=True and need_weights=False, against its four linear layers and
F.scaled_dot_product_attention(is_causal=True) in ten lines; with rotary positions, against the two
halves of each pair turned by four real products. Batch 1, 512 features, 8 heads; forward, and
forward + backward.
python benchmarks/by_hand.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch
import torch.nn.functional as F
from torch import Tensor

from attn import MultiHeadAttention

D_MODEL, HEADS = 512, 8
LAYERS: dict[str, dict[str, int | bool]] = {
    "plain": {},
    "rotary": {"rotary": True},
    "2 key heads": {"num_kv_heads": 2},
}


def by_hand(layer: MultiHeadAttention, x: Tensor) -> Tensor:
    """What the layer computes, x (1, n, d_model) -> (1, n, d_model)."""
    batch, n, d_model = x.shape
    query, key, value = (
        projection(x).view(batch, n, -1, d_model // HEADS).transpose(1, 2)  # (batch, heads, n, d)
        for projection in (layer.query_proj, layer.key_proj, layer.value_proj)
    )
    if layer.rotary:
        exponent = torch.arange(0, d_model // HEADS, 2) / (d_model // HEADS)
        angle = torch.arange(n)[:, None] / 10000.0**exponent  # (n, d_head / 2)
        cos, sin = angle.cos(), angle.sin()
        query, key = turn(query, cos, sin), turn(key, cos, sin)
    grouped = layer.num_kv_heads != HEADS
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=grouped)
    return layer.out_proj(mixed.transpose(1, 2).reshape(x.shape))


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x[..., 0::2], x[..., 1::2]  # (batch, heads, n, d_head / 2) each
    turned = (first * cos - second * sin, first * sin + second * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


def ours(layer: MultiHeadAttention, x: Tensor) -> Tensor:
    return layer(x, causal=True, need_weights=False).output


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    for backward in (False, True):
        for what, options in LAYERS.items():
            torch.manual_seed(0)
            layer = MultiHeadAttention(D_MODEL, HEADS, **options).requires_grad_(backward)
            x = torch.randn(1, n, D_MODEL, requires_grad=backward)
            inputs = [x, *layer.parameters()]
            methods = {
                "by hand": partial(by_hand, layer, x),
                "layer (ours)": partial(ours, layer, x),
            }
            measure.assert_same(methods)
            timed = measure.passes(methods, inputs)
            for row in measure.compare(timed, against=["by hand"], rounds=5 * rounds):
                yield {"n": n, "pass": "forward" + backward * " + backward", "layer": what} | row


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[64, 512, 2048], quick_size=16)
