"""attn.sparse against PyTorch's own attention with the equivalent dense mask."""

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import block_top_k_attention, sliding_window_attention, top_k_attention

sizes = st.integers(1, 40)
few = st.integers(1, 9)
quick = settings(max_examples=60, deadline=None)


def random_inputs(seed, n_q=9, n_k=11, heads=2, key_heads=None, d_k=4, d_v=3):
    torch.manual_seed(seed)
    key_heads = key_heads or heads
    shapes = ((2, heads, n_q, d_k), (2, key_heads, n_k, d_k), (2, key_heads, n_k, d_v))
    return [torch.randn(s, dtype=torch.float64, requires_grad=True) for s in shapes]


def relative(n_q, n_k):
    """Position of each key minus that of each query, the queries being the last."""
    return torch.arange(n_k) - (torch.arange(n_q)[:, None] + n_k - n_q)


def assert_same_with_gradients(output, expected, inputs):
    torch.testing.assert_close(output, expected, rtol=1e-10, atol=1e-12)
    towards = torch.randn_like(output)
    for gradient, expected_gradient in zip(
        torch.autograd.grad(output, inputs, towards),
        torch.autograd.grad(expected, inputs, towards),
        strict=True,
    ):
        torch.testing.assert_close(gradient, expected_gradient, rtol=1e-9, atol=1e-11)


def best_keys(scores, k):
    """For each row, True at its k largest scores that are not -inf: a sort anybody can read."""
    keep = torch.zeros_like(scores, dtype=torch.bool)
    for row in torch.cartesian_prod(*map(torch.arange, scores.shape[:-1])).tolist():
        order = sorted(range(scores.shape[-1]), key=lambda j: -scores[(*row, j)].item())
        for j in order[:k]:
            keep[(*row, j)] = scores[(*row, j)] > -torch.inf
    return keep


@settings(max_examples=25, deadline=None)
@given(n_q=few, n_k=few, k=st.integers(1, 11), masked=st.booleans(), seed=st.integers(0, 999))
def test_top_k_is_dense_attention_to_the_best_keys(dense_attention, n_q, n_k, k, masked, seed):
    query, key, value = inputs = random_inputs(seed, n_q=n_q, n_k=n_k)
    mask = torch.rand(2, 1, n_q, n_k) > 0.4 if masked else None
    bias = torch.randn(2, n_q, n_k, dtype=torch.float64)
    scores = query @ key.mT * 0.3 + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    keep = best_keys(scores, k)
    output, weights = top_k_attention(query, key, value, mask, k=k, bias=bias, scale=0.3)
    assert_same_with_gradients(
        output, dense_attention(query, key, value, keep, bias, scale=0.3), inputs
    )
    assert torch.equal(weights > 0, keep)
    torch.testing.assert_close(weights.sum(-1), keep.any(-1).double())


def test_top_k_keeps_exactly_k_of_equal_keys():
    key = torch.ones(6, 3)
    weights = top_k_attention(torch.randn(4, 3), key, torch.randn(6, 2), k=4).weights
    assert torch.equal(weights.sort(-1).values, torch.tensor([[0, 0, 0.25, 0.25, 0.25, 0.25]] * 4))


def test_top_k_sends_gradients_to_the_kept_keys_only():
    query, key, value = random_inputs(1)
    output, weights = top_k_attention(query, key, value, k=3)
    grad_key, grad_value = torch.autograd.grad(output[0, 0, 5].sum(), (key, value))
    kept = weights[0, 0, 5] > 0
    for gradient in (grad_key, grad_value):
        assert torch.equal(gradient[0, 0].abs().sum(-1) > 0, kept)


@quick
@given(
    n_q=st.integers(0, 200),
    n_k=st.integers(0, 200),
    window=st.integers(1, 90),
    causal=st.booleans(),
    mask_shape=st.sampled_from([None, (), (1,), "keys", "rows", "all"]),
    key_heads=st.sampled_from([1, 2]),
    seed=st.integers(0, 999),
)
def test_sliding_window_is_dense_attention_in_a_band(
    dense_attention, n_q, n_k, window, causal, mask_shape, key_heads, seed
):
    query, key, value = inputs = random_inputs(seed, n_q=n_q, n_k=n_k, key_heads=key_heads)
    shape = {"keys": (n_k,), "rows": (2, 1, 1, n_k), "all": (2, 2, 1, n_k)}
    mask = None if mask_shape is None else torch.rand(shape.get(mask_shape, mask_shape)) > 0.3
    visible = relative(n_q, n_k).abs() < window
    if causal:
        visible = visible & (relative(n_q, n_k) <= 0)
    if mask is not None:
        visible = visible & mask
    output = sliding_window_attention(*inputs, mask, window=window, causal=causal).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


def test_sliding_window_refuses_a_mask_with_a_row_for_each_query():
    query, key, value = random_inputs(2)
    with pytest.raises(ValueError, match=r"mask has shape \(9, 11\), expected a key mask"):
        sliding_window_attention(query, key, value, torch.ones(9, 11, dtype=torch.bool), window=3)


def chosen_blocks(query, key, mask, block_size, k, causal):
    """The tokens each query may see, chosen by the rule of the docstring in plain loops."""
    (batch, heads, n_q, _), n_k = query.shape, key.shape[-2]
    key = key.expand(batch, heads, *key.shape[-2:])
    mask = torch.ones((), dtype=torch.bool) if mask is None else mask
    mask = mask.expand(batch, heads, n_q, n_k)
    blocks = [range(b, min(b + block_size, n_k)) for b in range(0, n_k, block_size)]
    visible = torch.zeros(batch, heads, n_q, n_k, dtype=torch.bool)
    rows_of = {}
    for r in range(n_q):
        rows_of.setdefault((r + n_k - n_q) // block_size, []).append(r)
    for b in range(batch):
        for h in range(heads):
            seen_at_all = mask[b, h].any(0)
            for own, rows in rows_of.items():
                chooser = query[b, h, rows[0]] if causal else query[b, h, rows].mean(0)
                agreement = {}
                for number, block in enumerate(blocks):
                    counted = [j for j in block if seen_at_all[j]]
                    allowed = mask[b, h][rows][:, list(block)].any()
                    if allowed and (number < own if causal else number != own):
                        agreement[number] = float(chooser @ key[b, h, counted].mean(0))
                best = sorted(agreement, key=agreement.get, reverse=True)
                own_block = [own] if own in range(len(blocks)) else []
                best = own_block + best[: k - 1 if causal or own_block else k]
                for number in best:
                    visible[b, h, rows[0] : rows[-1] + 1, list(blocks[number])] = True
    if causal:
        visible &= relative(n_q, n_k) <= 0
    return visible & mask


@settings(max_examples=80, deadline=None)
@given(
    n_q=st.integers(0, 30),
    n_k=st.integers(0, 30),
    block_size=st.integers(1, 7),
    k=st.integers(1, 4),
    causal=st.booleans(),
    mask_shape=st.sampled_from([None, (), (1,), "keys", "rows", "queries", "all"]),
    key_heads=st.sampled_from([1, 2]),
    seed=st.integers(0, 999),
)
def test_block_top_k_is_dense_attention_to_the_chosen_blocks(
    dense_attention, n_q, n_k, block_size, k, causal, mask_shape, key_heads, seed
):
    query, key, value = inputs = random_inputs(seed, n_q=n_q, n_k=n_k, key_heads=key_heads)
    shape = {
        "keys": (n_k,),
        "rows": (2, 1, 1, n_k),
        "queries": (2, 1, n_q, 1),
        "all": (2, 2, n_q, n_k),
    }
    mask = None if mask_shape is None else torch.rand(shape.get(mask_shape, mask_shape)) > 0.3
    visible = chosen_blocks(query.detach(), key.detach(), mask, block_size, k, causal)
    attend = functools.partial(block_top_k_attention, block_size=block_size, k=k, causal=causal)
    output = attend(query, key, value, mask).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


@pytest.mark.parametrize("causal", [False, True])
def test_block_top_k_with_enough_blocks_is_dense_attention(dense_attention, causal):
    query, key, value = inputs = random_inputs(3, n_q=21, n_k=30)
    mask = torch.rand(2, 1, 21, 30) > 0.3
    visible = mask & (relative(21, 30) <= 0) if causal else mask
    output = block_top_k_attention(*inputs, mask, block_size=4, k=99, causal=causal).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


@quick
@given(
    n=st.integers(2, 40),
    block_size=st.integers(1, 9),
    k=st.integers(1, 4),
    i=st.integers(0, 38),
    seed=st.integers(0, 999),
)
def test_causal_block_top_k_leaks_nothing(n, block_size, k, i, seed):
    """Changing all later tokens, by much, changes no earlier output; gradients agree."""
    i = min(i, n - 2)
    inputs = random_inputs(seed, n_q=n, n_k=n)
    attend = functools.partial(block_top_k_attention, block_size=block_size, k=k, causal=True)
    output = attend(*inputs).output
    later = torch.arange(n)[:, None] > i
    changed = [torch.where(later, 10 * torch.randn_like(x), x) for x in inputs]
    torch.testing.assert_close(attend(*changed).output[..., : i + 1, :], output[..., : i + 1, :])
    for gradient in torch.autograd.grad(output[..., : i + 1, :].sum(), inputs):
        assert (gradient[..., i + 1 :, :] == 0).all()


def test_block_top_k_finds_the_topic():
    """Blocks of one topic each: the queries find the other block of their own topic."""
    torch.manual_seed(4)
    topics = torch.tensor([0, 1, 2, 0, 1, 2]).repeat_interleave(8)  # (48,): blocks of 8
    x = 5 * torch.eye(3)[topics] + 0.1 * torch.randn(48, 3)
    value = torch.eye(3)[topics]
    output = block_top_k_attention(x, x, value, block_size=8, k=2).output
    assert torch.equal(output.argmax(-1), topics)
    seen = torch.autograd.functional.jacobian(
        lambda v: block_top_k_attention(x, x, v, block_size=8, k=2).output[..., 0], value
    )[..., 0]
    assert torch.equal(seen > 0, topics[:, None] == topics)


ATTENTIONS = {
    "sliding window": functools.partial(sliding_window_attention, window=3),
    "causal sliding window": functools.partial(sliding_window_attention, window=3, causal=True),
    "block top-k": functools.partial(block_top_k_attention, block_size=2, k=2),
    "causal block top-k": functools.partial(block_top_k_attention, block_size=2, k=2, causal=True),
    "top-k": functools.partial(top_k_attention, k=2),
}


@pytest.mark.parametrize("attend", ATTENTIONS.values(), ids=ATTENTIONS)
def test_gradients_pass_gradcheck(attend):
    inputs = random_inputs(5, n_q=5, n_k=6, d_k=2, d_v=2)
    mask = torch.tensor([True, True, False, True, True, True])
    assert torch.autograd.gradcheck(lambda *inputs: attend(*inputs, mask).output, inputs)


@pytest.mark.parametrize(
    ("attend", "name"),
    [
        (functools.partial(top_k_attention, k=0), "k"),
        (functools.partial(top_k_attention, k=2.5), "k"),
        (functools.partial(sliding_window_attention, window=0), "window"),
        (functools.partial(block_top_k_attention, block_size=0, k=1), "block_size"),
        (functools.partial(block_top_k_attention, block_size=1, k=-1), "k"),
    ],
)
def test_sizes_are_whole_numbers_from_1(attend, name):
    with pytest.raises(ValueError, match=f"^{name} is"):
        attend(*random_inputs(6))
