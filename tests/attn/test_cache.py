"""attn.cache against torch.cat."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
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


@pytest.mark.parametrize("learning", [x for x in product((True, False), repeat=3) if any(x)])
@pytest.mark.parametrize("first_call", ["grad", "no_grad"])
def test_backward_works_whatever_is_frozen(learning, first_call):
    # By F.scaled_dot_product_attention on torch.cat, of queries, keys and values of which any may
    # be frozen; the first call may be made where no gradient is asked for.
    steps = [(torch.randn(2, 3, n, 4), *draw(n)) for n in (3, 1, 0, 1, 2)]
    leaves = [[x.requires_grad_(a) for x, a in zip(s, learning, strict=True)] for s in steps]
    cache, totals, keys, values = KVCache(), [0.0, 0.0], [], []
    for number, (query, key, value) in enumerate(leaves):
        with torch.set_grad_enabled(number > 0 or first_call == "grad"):
            held = cache.append(key, value)
            frozen = number == 0 and first_call == "no_grad"
            keys.append(key.detach() if frozen else key)
            values.append(value.detach() if frozen else value)
            joined = torch.cat(keys, dim=2), torch.cat(values, dim=2)
            for which, (k, v) in enumerate((held, joined)):
                out = F.scaled_dot_product_attention(query, k, v)
                totals[which] = totals[which] + out.square().sum()
    with torch.no_grad():  # nor may a call without gradients disturb what backward needs
        cache.append(*draw(0))
        cache.append(*draw(1))
    learners = [x for step in leaves[1:] for x in step if x.requires_grad and x.numel()]
    got, expected = (torch.autograd.grad(t, learners) for t in totals)
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("later", [torch.no_grad, torch.enable_grad, torch.inference_mode])
@pytest.mark.parametrize("more", [0, 1, 4])
def test_a_cache_filled_in_inference_mode_may_be_written_outside_it(later, more):
    cache, parts = KVCache(), [draw(n) for n in (2, 1, more)]
    with torch.inference_mode():
        cache.append(*parts[0])
        cache.append(*parts[1])  # doubled: room is left
    query = torch.randn(2, 3, 1, 4, requires_grad=True)
    with later():
        held = cache.append(*parts[2])
        for got, one in zip(held, zip(*parts, strict=True), strict=True):
            assert torch.equal(got, torch.cat(one, dim=2))
        out = F.scaled_dot_product_attention(query, *held)
    if later is torch.enable_grad:
        assert torch.autograd.grad(out.sum(), query)[0].isfinite().all()


@pytest.mark.parametrize("gradient", [True, False])
def test_what_the_caller_does_to_its_own_tensors_changes_nothing_that_is_held(gradient):
    cache = KVCache()
    with torch.set_grad_enabled(gradient):
        for n in (2, 1, 1):
            key, value = draw(n)
            cache.append(key, value)
            expected = [x.clone() for x in cache.append(*draw(0))]
            key += 5
            value += 5
            for got, one in zip(cache.append(*draw(0)), expected, strict=True):
                assert torch.equal(got, one)


@torch.no_grad()
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
