"""attn.sparse.block_top_k against PyTorch's own attention to the chosen blocks."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import block_top_k_attention


def chosen_blocks(query, key, mask, block_size, k, causal):
    """The blocks each query may see, chosen by the rule of the docstring in plain loops."""
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
def test_is_dense_attention_to_the_chosen_blocks(
    random_inputs,
    relative,
    assert_same_with_gradients,
    dense_attention,
    n_q,
    n_k,
    block_size,
    k,
    causal,
    mask_shape,
    key_heads,
    seed,
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
    if causal:
        visible &= relative(n_q, n_k) <= 0
    attend = partial(block_top_k_attention, block_size=block_size, k=k, causal=causal)
    output = attend(query, key, value, mask).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


@pytest.mark.parametrize("causal", [False, True])
def test_with_enough_blocks_is_dense_attention(
    random_inputs, relative, assert_same_with_gradients, dense_attention, causal
):
    query, key, value = inputs = random_inputs(3, n_q=21, n_k=30)
    mask = torch.rand(2, 1, 21, 30) > 0.3
    visible = mask & (relative(21, 30) <= 0) if causal else mask
    output = block_top_k_attention(*inputs, mask, block_size=4, k=99, causal=causal).output
    assert_same_with_gradients(output, dense_attention(query, key, value, visible), inputs)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 40),
    block_size=st.integers(1, 9),
    k=st.integers(1, 4),
    i=st.integers(0, 38),
    seed=st.integers(0, 999),
)
def test_causal_block_top_k_leaks_nothing(random_inputs, n, block_size, k, i, seed):
    """Changing all later tokens, by much, changes no earlier output; gradients agree."""
    i = min(i, n - 2)
    inputs = random_inputs(seed, n_q=n, n_k=n)
    attend = partial(block_top_k_attention, block_size=block_size, k=k, causal=True)
    output = attend(*inputs).output
    later = torch.arange(n)[:, None] > i
    changed = [torch.where(later, 10 * torch.randn_like(x), x) for x in inputs]
    torch.testing.assert_close(attend(*changed).output[..., : i + 1, :], output[..., : i + 1, :])
    for gradient in torch.autograd.grad(output[..., : i + 1, :].sum(), inputs):
        assert (gradient[..., i + 1 :, :] == 0).all()


def test_finds_the_topic():
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


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_pass_gradcheck(random_inputs, causal):
    inputs = random_inputs(5, n_q=5, n_k=6, d_k=2, d_v=2)
    mask = torch.tensor([True, True, False, True, True, True])
    attend = partial(block_top_k_attention, block_size=2, k=2, causal=causal)
    assert torch.autograd.gradcheck(lambda *inputs: attend(*inputs, mask).output, inputs)


@pytest.mark.parametrize(("name", "size"), [("block_size", 0), ("k", -1)])
def test_sizes_are_whole_numbers_from_1(random_inputs, name, size):
    with pytest.raises(ValueError, match=f"^{name} is"):
        block_top_k_attention(*random_inputs(6), **{"block_size": 1, "k": 1, name: size})
