"""attn.grouped: shared keys and the fused kernel keep every promise of the dense function."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from attn import GPT, KVCache, MultiHeadAttention, causal_mask, padding_mask, split_heads

close = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-10)
MASKS = {
    "none": lambda n_q, n_k: None,
    "n_k": lambda n_q, n_k: torch.arange(n_k) != 1,
    "padding": lambda n_q, n_k: padding_mask([n_k, max(n_k - 2, 0)], n_k),
    "nothing seen": lambda n_q, n_k: padding_mask([n_k, 0], n_k),
    "a head": lambda n_q, n_k: torch.rand(2, 4, n_q, n_k) < 0.6,
}
every_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


def make(kv_heads=4, **options):
    torch.manual_seed(0)
    return MultiHeadAttention(8, 4, num_kv_heads=kv_heads, **options).double()


def draw(n, batch=2):
    return torch.randn(batch, n, 8, dtype=torch.float64)


@every_mask
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("causal", [True, False])
def test_every_way_of_asking_gives_the_dense_answer(dense_attention, mask, kv_heads, causal):
    layer = make(kv_heads)
    for held, n in ((0, 5), (3, 1), (3, 4), (0, 1)):
        past, x = draw(held), draw(n).requires_grad_()
        every = torch.cat((past, x), dim=1)
        queries = split_heads(layer.query_proj(x), 4)
        keys, values = (
            split_heads(proj(every), kv_heads).repeat_interleave(4 // kv_heads, dim=1)
            for proj in (layer.key_proj, layer.value_proj)
        )
        visible = mask(n, held + n)
        seen = torch.ones(n, held + n, dtype=torch.bool) if visible is None else visible
        seen = seen & causal_mask(n, held + n) if causal else seen
        mixed = dense_attention(queries, keys, values, seen)
        expected = layer.out_proj(mixed.transpose(1, 2).flatten(2))
        (slope,) = torch.autograd.grad(expected.sin().sum(), x)
        for need_weights in (True, False):
            cache, options = KVCache(), {"causal": causal, "need_weights": need_weights}
            layer(past, cache=cache)
            got = layer(x, mask=visible, cache=cache, **options).output
            close(got, expected)
            close(torch.autograd.grad(got.sin().sum(), x)[0], slope)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
@pytest.mark.parametrize("heads_differ", [True, False])
@pytest.mark.parametrize("worst", [torch.nan, torch.inf])
def test_what_the_mask_hides_from_every_query_may_hold_anything(kv_heads, heads_differ, worst):
    layer, query, key = make(kv_heads), draw(4), draw(6)
    mask = padding_mask([6, 3])
    if heads_differ:
        mask = mask & (torch.rand(2, 4, 4, 6) < 0.7)
        mask[..., 0] = True
    expected = layer(query, key, mask=mask, need_weights=False).output
    spoilt = key.clone()
    spoilt[1, 3:] = worst
    query.requires_grad_()
    got = layer(query, spoilt, mask=mask, need_weights=False).output
    close(got, expected)
    assert torch.autograd.grad(got.sum(), query)[0].isfinite().all()


class Calls(TorchDispatchMode):
    """The names of all operations that PyTorch carries out."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_the_kernel_hides_later_keys_itself_where_it_can(monkeypatch, kv_heads):
    asked = []

    def spy(query, key, value, mask=None, *, is_causal=False, **options):
        asked.append((mask is None, is_causal))
        return kernel(query, key, value, mask, is_causal=is_causal, **options)

    kernel = F.scaled_dot_product_attention
    monkeypatch.setattr(F, "scaled_dot_product_attention", spy)
    model = GPT(11, d_model=8, num_heads=4, num_layers=1, num_kv_heads=kv_heads, positions="none")
    tokens, caches = torch.randint(11, (2, 5)), model.new_caches()
    model(tokens)
    model(tokens[:, :3], caches=caches)  # nothing was held before: as good as no cache
    model(tokens[:, 3:4], caches=caches)  # one query, which may see all
    model(tokens[:, 3:], caches=caches)  # two queries behind four keys: a mask is needed
    model(tokens, padding_mask([5, 2]))
    assert asked == [(True, True), (True, True), (True, False), (False, False), (False, False)]


def test_a_group_shares_its_keys_without_a_copy():
    layer, cache = make(kv_heads=1).requires_grad_(False), KVCache()
    layer(draw(64), cache=cache)
    for need_weights in (True, False):
        with Calls() as calls:
            layer(draw(1), cache=cache, need_weights=need_weights)
        assert "repeat_interleave" not in calls.names


@pytest.mark.parametrize("layers", [1, 3])
def test_rotary_turns_are_computed_once_for_all_layers(layers):
    model = GPT(11, d_model=8, num_heads=2, num_layers=layers, positions="rotary")
    with Calls() as calls:
        model(torch.randint(11, (2, 5)))
    assert calls.names.count("polar") == 1


def test_a_second_derivative_is_right_or_refused():
    layer, x = make(), draw(4).requires_grad_()

    def penalty(need_weights):
        output = layer(x, causal=True, need_weights=need_weights).output
        (slope,) = torch.autograd.grad(output.sum(), x, create_graph=True)
        return torch.autograd.grad((output.sum() + slope.square().sum()), x)[0]

    try:
        got = penalty(False)
    except RuntimeError:
        return  # refused
    close(got, penalty(True))


@pytest.mark.parametrize("causal", [True, False])
def test_dropout_without_weights_is_that_of_the_weights(causal):
    layer, x = make(kv_heads=2, dropout=0.5), draw(3, batch=1)
    expected = layer.eval()(x, causal=causal).output
    layer.train()
    many = x.expand(20_000, -1, -1)
    torch.manual_seed(0)
    mean = layer(many, causal=causal, need_weights=False).output.mean(0)
    torch.testing.assert_close(mean[None], expected, rtol=0, atol=0.02)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("causal", [True, False])
def test_half_precision_stays_finite_and_keeps_its_dtype(dtype, causal):
    layer = make(kv_heads=2, rotary=True).to(dtype)
    x = (100 * draw(5)).to(dtype).requires_grad_()
    output = layer(x, causal=causal, need_weights=False).output
    output.sum().backward()
    assert output.dtype == x.grad.dtype == dtype
    assert output.isfinite().all()
    assert x.grad.isfinite().all()
