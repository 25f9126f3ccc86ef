"""attn.cache against torch.cat."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import KVCache


def draw(n, batch=2, heads=3, dtype=torch.float32):
    return torch.randn(batch, heads, n, 4, dtype=dtype), torch.randn(
        batch, heads, n, 5, dtype=dtype
    )


@settings(max_examples=50, deadline=None)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=12), gradient=st.booleans())
def test_append_returns_all_that_was_appended_in_order(lengths, gradient):
    cache, keys, values, returned = KVCache(), [], [], []
    for n in lengths:
        key, value = (x.requires_grad_(gradient) for x in draw(n))
        keys.append(key)
        values.append(value)
        returned.append(cache.append(key, value))
    for step, (all_keys, all_values) in enumerate(returned):  # later steps changed nothing
        assert torch.equal(all_keys, torch.cat(keys[: step + 1], dim=2))
        assert torch.equal(all_values, torch.cat(values[: step + 1], dim=2))
    assert len(cache) == sum(lengths)
    assert cache.num_bytes == 2 * 3 * sum(lengths) * (4 + 5) * 4


def test_gradients_flow_through_every_step():
    cache, leaves, total = KVCache(), [], 0.0
    for _ in range(5):
        key, value = (x.requires_grad_() for x in draw(1))
        leaves += [key, value]
        all_keys, all_values = cache.append(key, value)
        total = total + all_keys.square().sum() + all_values.square().sum()
    total.backward()
    for step, leaf in enumerate(leaves):
        torch.testing.assert_close(leaf.grad, 2 * leaf * (5 - step // 2))


def test_room_grows_by_doubling():
    cache, rooms = KVCache(), set()
    for _ in range(600):
        keys, _ = cache.append(*draw(1))
        rooms.add(keys.untyped_storage().nbytes())
    assert len(rooms) <= 11  # 600 tokens, 11 times a new place


def test_reorder_picks_rows_and_may_widen_or_narrow():
    cache = KVCache()
    key, value = draw(3)
    first, _ = cache.append(key, value)
    cache.reorder(torch.tensor([1, 1, 0, 1]))
    new_key, new_value = draw(1, batch=4)
    keys, values = cache.append(new_key, new_value)
    assert torch.equal(keys, torch.cat((key[[1, 1, 0, 1]], new_key), dim=2))
    assert torch.equal(values, torch.cat((value[[1, 1, 0, 1]], new_value), dim=2))
    assert torch.equal(first, key)
    cache.reorder(torch.tensor([2]))
    assert cache.num_bytes == 3 * 4 * (4 + 5) * 4


def test_an_empty_cache_holds_nothing():
    cache = KVCache()
    cache.reorder(torch.tensor([0]))
    assert (len(cache), cache.num_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (torch.zeros(2, 3, 4), torch.zeros(2, 3, 4), "key has shape"),
        (torch.zeros(2, 3, 1, 4), torch.zeros(2, 3, 1, 1, 5), "value has shape"),
        (torch.zeros(2, 3, 1, 4), torch.zeros(2, 3, 2, 5), "value has shape"),
        (torch.zeros(1, 3, 1, 4), torch.zeros(1, 3, 1, 5), "key has"),
        (torch.zeros(2, 3, 1, 4), torch.zeros(2, 3, 1, 6), "value has"),
        (torch.zeros(2, 3, 1, 4).double(), torch.zeros(2, 3, 1, 5), "key has"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(key, value, message):
    cache = KVCache()
    cache.append(*draw(2))
    with pytest.raises(ValueError, match=message):
        cache.append(key, value)
    assert len(cache) == 2


@pytest.mark.parametrize("index", [torch.tensor([2]), torch.tensor([-1]), torch.zeros(1), [0]])
def test_rows_that_are_not_held_are_refused(index):
    cache = KVCache()
    cache.append(*draw(2))
    with pytest.raises(ValueError, match="index"):
        cache.reorder(index)
