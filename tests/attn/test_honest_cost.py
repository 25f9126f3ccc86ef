"""What the kernels claim about their cost, counted and not timed.

Every tensor that PyTorch makes passes through a TorchDispatchMode, in the forward pass and in the
backward pass alike. Operations are counted by PyTorch's own FlopCounterMode.
"""

import functools

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from attn import (
    block_top_k_attention,
    chunked_attention,
    linear_attention,
    scaled_dot_product_attention,
    sliding_window_attention,
)

pytestmark = pytest.mark.slow  # programs, kernels or many sizes: `--fast` leaves it out

partial = functools.partial
KERNELS = {
    "chunked": chunked_attention,
    "causal chunked": partial(chunked_attention, causal=True),
    "sliding window": partial(sliding_window_attention, window=50),
    "causal sliding window": partial(sliding_window_attention, window=50, causal=True),
    "block top-k": partial(block_top_k_attention, block_size=32, k=3),
    "causal block top-k": partial(block_top_k_attention, block_size=32, k=3, causal=True),
    "linear": linear_attention,
    "causal linear": partial(linear_attention, causal=True),
}
every_kernel = pytest.mark.parametrize("attend", KERNELS.values(), ids=KERNELS)
LINEAR_TIME = {name: kernel for name, kernel in KERNELS.items() if "chunked" not in name}
N, D = 2048, 4


class Products(TorchDispatchMode):
    """Counts the matrix products."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function in (torch.ops.aten.mm.default, torch.ops.aten.bmm.default)
        return function(*args, **(kwargs or {}))


class LargestTensor(TorchDispatchMode):
    """Remembers the most bytes that any newly made tensor held."""

    def __init__(self):
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        given = {
            x.untyped_storage()._cdata
            for x in tree_leaves((args, kwargs))
            if isinstance(x, torch.Tensor)
        }
        for x in tree_leaves(result):
            if isinstance(x, torch.Tensor) and x.untyped_storage()._cdata not in given:
                self.bytes = max(self.bytes, x.untyped_storage().nbytes())
        return result


def random_inputs(n=N, n_q=None):
    torch.manual_seed(0)
    return [torch.randn(1, rows, D, requires_grad=True) for rows in (n_q or n, n, n)]


def largest(attend, inputs, *mask, backward=True):
    with LargestTensor() as seen:
        output = attend(*inputs, *mask).output
        if backward:
            output.sum().backward()
    return seen.bytes


def test_the_count_sees_the_scores_of_attention_that_forms_them():
    attend = scaled_dot_product_attention
    assert largest(attend, random_inputs(), backward=False) == 4 * N * N
    output = attend(*random_inputs()).output
    with LargestTensor() as seen:
        output.sum().backward()
    assert seen.bytes == 4 * N * N


@every_kernel
def test_nothing_of_size_n_by_n_is_made_forward_or_backward(attend):
    # Even one byte for each score would be 8 times as much.
    assert largest(attend, random_inputs()) <= N * N / 8


@pytest.mark.parametrize(
    "attend", [f for name, f in KERNELS.items() if "chunked" in name or "block" in name]
)
def test_a_dense_mask_is_read_and_never_copied_whole(attend):
    mask = torch.rand(N, N) > 0.5
    assert largest(attend, random_inputs(), mask) <= N * N / 8
    assert largest(attend, random_inputs(), mask[:, :1]) <= N * N / 8


def test_a_dense_bias_is_copied_for_its_own_gradient_only():
    bias = torch.randn(N, N)
    attend = partial(chunked_attention, bias=bias)
    assert largest(attend, random_inputs()) <= N * N / 2
    bias.requires_grad_()
    assert largest(attend, random_inputs()) == 4 * N * N


@pytest.mark.parametrize("attend", [f for name, f in KERNELS.items() if "block" not in name])
def test_the_scratch_is_as_large_for_twice_the_tokens(attend):
    """64 queries at the end: the output is small, so that the largest tensor is scratch."""
    with torch.no_grad():
        once, twice = (
            largest(attend, random_inputs(n, n_q=64), backward=False) for n in (N, 2 * N)
        )
    assert twice == once


@pytest.mark.parametrize("attend", LINEAR_TIME.values(), ids=LINEAR_TIME)
def test_operations_grow_as_n_forward_and_backward(attend):
    def operations(n):
        with FlopCounterMode(display=False) as counter:
            attend(*random_inputs(n)).output.sum().backward()
        return counter.get_total_flops()

    assert operations(2 * N) / operations(N) == pytest.approx(2, rel=0.1)


def test_a_causal_window_reads_no_later_keys():
    def operations(causal):
        with FlopCounterMode(display=False) as counter:
            sliding_window_attention(*random_inputs(), window=500, causal=causal)
        return counter.get_total_flops()

    assert operations(causal=True) / operations(causal=False) == pytest.approx(0.53, rel=0.05)


def test_causal_chunks_skip_the_future():
    def tiles(causal):
        with FlopCounterMode(display=False) as counter:
            chunked_attention(*random_inputs(), causal=causal, query_chunk=64, key_chunk=64)
        return counter.get_flop_counts()["Global"][torch.ops.aten.mm]

    blocks = N // 64
    assert tiles(causal=True) / tiles(causal=False) == (blocks + 1) / (2 * blocks)


@pytest.mark.parametrize(
    ("batch", "n_q", "n_k", "tiles"),
    [((1, 8), 64, 64, 1), ((32, 8), 64, 64, 8), ((8, 4), 1, 1024, 4), ((1, 8), 256, 512, 8)],
)
def test_short_heads_share_a_tile_of_chunked_attention(batch, n_q, n_k, tiles):
    """Along the longer of the two axes before the tokens; the last case fills a tile by itself."""
    inputs = [torch.randn(*batch, n, 32, requires_grad=True) for n in (n_q, n_k, n_k)]
    with Products() as seen:
        chunked_attention(*inputs)
    assert seen.count == 2 * tiles  # the scores, and the values they blend


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("n_q", [1, 32])
def test_heads_that_share_a_tile_hold_no_more_than_four(n_q, dtype):
    """Half precision is converted to be summed: the keys of too many heads would be many tiles."""
    inputs = [torch.randn(256, n, 64, dtype=dtype, requires_grad=True) for n in (n_q, 1024, 1024)]
    assert largest(chunked_attention, inputs, backward=False) <= 4 * (4 * 256 * 512)
