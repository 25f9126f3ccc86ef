"""One step of decoding with a long cache: what do heads that share their keys save?

8 query heads of 64 features. Where heads share keys, MultiHeadAttention folds a group's queries
into one product; the usual alternative copies the keys for every head.
python benchmarks/grouped_queries.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch
from torch import Tensor

from attn import Attended, KVCache, MultiHeadAttention, scaled_dot_product_attention

HEADS, D_HEAD = 8, 64


def on_copied_keys(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> Attended:
    """The same attention under another name, so that MultiHeadAttention does not fold for it."""
    return scaled_dot_product_attention(query, key, value, mask)


def rows(n: int, rounds: int) -> Iterator[measure.Row]:
    for kv_heads in (8, 2, 1):
        torch.manual_seed(0)
        layer = MultiHeadAttention(HEADS * D_HEAD, HEADS, num_kv_heads=kv_heads).eval()
        copying = MultiHeadAttention(
            HEADS * D_HEAD, HEADS, num_kv_heads=kv_heads, attention=on_copied_keys
        ).eval()
        copying.load_state_dict(layer.state_dict())
        x = torch.randn(1, 1, HEADS * D_HEAD)
        past = torch.randn(2, 1, kv_heads, n, D_HEAD)
        methods, held = {}, 0.0
        for name, one in (("folded (ours)", layer), ("keys copied", copying)):
            cache = KVCache()
            cache.append(*past)
            held = cache.num_bytes / 2**20
            methods[name] = partial(step, one, x, cache)
        measure.assert_same(methods)
        for row in measure.compare(methods, against=["keys copied"], rounds=10 * rounds):
            yield {"cached tokens": n, "key heads": kv_heads, "cache MiB": held} | row


@torch.no_grad()
def step(layer: MultiHeadAttention, x: Tensor, cache: KVCache) -> Tensor:
    """Answer one new token, which joins the cache."""
    return layer(x, cache=cache).output


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[4096, 16384], quick_size=256)
