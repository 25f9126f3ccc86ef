"""attn.masks against loops that anybody can read, and against PyTorch where it has the mask."""

import networkx as nx
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import (
    causal_mask,
    document_mask,
    global_window_mask,
    padding_mask,
    scaled_dot_product_attention,
    strided_mask,
    window_mask,
)
from attn.masks import relative_positions

sizes = st.integers(0, 9)
quick = settings(max_examples=60, deadline=None)


def by_loop(n_q, n_k, visible):
    """The mask in which query row r stands at position i = r + n_k - n_q."""
    rows = [[visible(r + n_k - n_q, j) for j in range(n_k)] for r in range(n_q)]
    return torch.tensor(rows, dtype=torch.bool).reshape(n_q, n_k)


def test_relative_positions_are_those_of_the_keys_seen_from_the_queries():
    assert relative_positions(2, 3).tolist() == [[-1, 0, 1], [-2, -1, 0]]
    assert relative_positions(3, 2).tolist() == [[1, 2], [0, 1], [-1, 0]]


@quick
@given(n_q=sizes, n_k=sizes)
def test_causal_mask_shows_each_query_itself_and_what_is_before(n_q, n_k):
    assert torch.equal(causal_mask(n_q, n_k), by_loop(n_q, n_k, lambda i, j: j <= i))


@quick
@given(n_q=sizes, n_k=sizes, window=st.integers(1, 10), causal=st.booleans())
def test_window_mask_shows_the_neighbourhood(n_q, n_k, window, causal):
    expected = by_loop(n_q, n_k, lambda i, j: abs(i - j) < window and not (causal and j > i))
    assert torch.equal(window_mask(n_q, n_k, window=window, causal=causal), expected)


@quick
@given(n=sizes, stride=st.integers(1, 10), causal=st.booleans())
def test_strided_mask_shows_every_stride_th_token(n, stride, causal):
    expected = by_loop(n, n, lambda i, j: (i - j) % stride == 0 and not (causal and j > i))
    assert torch.equal(strided_mask(n, stride=stride, causal=causal), expected)


@quick
@given(n=sizes, window=st.integers(1, 5), global_tokens=st.integers(0, 10))
def test_global_window_mask_without_random_blocks(n, window, global_tokens):
    expected = by_loop(
        n, n, lambda i, j: abs(i - j) < window or i < global_tokens or j < global_tokens
    )
    mask = global_window_mask(n, window=window, global_tokens=global_tokens)
    assert torch.equal(mask, expected)


@pytest.mark.parametrize("random_blocks", [1, 2, 99])
def test_random_blocks_add_whole_blocks_that_were_not_seen_before(random_blocks):
    n, window = 23, 4  # six blocks, the last one short
    mask = global_window_mask(n, window=window, global_tokens=0, random_blocks=random_blocks)
    local = window_mask(n, window=window)
    assert (mask | ~local).all()
    for a in range(6):
        rows = slice(window * a, window * (a + 1))
        whole = [b for b in range(6) if mask[rows, window * b : window * (b + 1)].all()]
        assert len([b for b in whole if b != a]) == min(random_blocks, 5)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_random_blocks_of_a_short_sequence_change_nothing(n):
    mask = global_window_mask(n, window=3, global_tokens=1, random_blocks=2)
    assert torch.equal(mask, torch.ones(n, n, dtype=torch.bool))


def test_the_seed_decides_the_random_blocks_and_torchs_generator_is_not_touched():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    masks = [
        global_window_mask(64, window=4, global_tokens=1, random_blocks=2, seed=s)
        for s in (0, 0, 1)
    ]
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])


def test_a_window_and_a_stride_reach_any_earlier_token_in_two_steps():
    n, stride = 30, 5
    mask = window_mask(n, window=stride, causal=True) | strided_mask(n, stride=stride)
    graph = nx.from_numpy_array(mask.numpy(), create_using=nx.DiGraph)
    for i in range(n):
        steps = nx.single_source_shortest_path_length(graph, i, cutoff=2)
        assert set(steps) == set(range(i + 1))


def test_padding_mask_hides_what_follows_the_tokens():
    expected = torch.tensor([[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]], dtype=torch.bool)
    assert torch.equal(padding_mask(torch.tensor([3, 0, 1]), 4), expected[:, None, None, :])
    assert torch.equal(padding_mask([3, 0, 1]), expected[:, None, None, :3])
    assert padding_mask([]).shape == (0, 1, 1, 0)
    assert padding_mask([0, 0]).shape == (2, 1, 1, 0)


def test_document_mask_keeps_packed_documents_apart():
    ids = torch.tensor([[7, 7, 9], [1, 2, 2]])
    expected = torch.tensor(
        [[[1, 1, 0], [1, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1], [0, 1, 1]]], dtype=torch.bool
    )
    assert torch.equal(document_mask(ids), expected[:, None])
    assert torch.equal(document_mask(ids[:, 2:], ids), expected[:, None, 2:])


def test_packed_documents_give_the_answers_they_give_alone():
    query, key, value = torch.randn(3, 1, 2, 7, 4, dtype=torch.float64)
    mask = document_mask(torch.tensor([[0, 0, 0, 1, 1, 1, 1]])) & causal_mask(7)
    packed = scaled_dot_product_attention(query, key, value, mask).output
    for part in (slice(0, 3), slice(3, 7)):
        alone = F.scaled_dot_product_attention(
            query[:, :, part], key[:, :, part], value[:, :, part], is_causal=True
        )
        torch.testing.assert_close(packed[:, :, part], alone)


@quick
@given(n_q=st.integers(1, 6), extra=st.integers(0, 4), row=st.integers(0, 5))
def test_no_gradient_comes_from_the_future(n_q, extra, row):
    row, n_k = row % n_q, n_q + extra
    query = torch.randn(1, n_q, 3, dtype=torch.float64)
    key, value = torch.randn(2, 1, n_k, 3, dtype=torch.float64).unbind()
    leaves = key.requires_grad_(), value.requires_grad_()
    mask = causal_mask(n_q, n_k)
    scaled_dot_product_attention(query, *leaves, mask).output[0, row].sum().backward()
    last_seen = row + extra
    assert (leaves[1].grad[0, : last_seen + 1] != 0).all()
    for leaf in leaves:
        assert (leaf.grad[0, last_seen + 1 :] == 0).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: causal_mask(-1), "n_q is -1"),
        (lambda: causal_mask(2.5), "n_q is 2.5"),
        (lambda: causal_mask(2, "3"), "n_k is '3'"),
        (lambda: window_mask(4, window=0), "window is 0"),
        (lambda: strided_mask(4, stride=0), "stride is 0"),
        (lambda: global_window_mask(4, window=2, global_tokens=-1), "global_tokens is -1"),
        (
            lambda: global_window_mask(4, window=2, global_tokens=0, random_blocks=-1),
            "random_blocks is -1",
        ),
        (lambda: padding_mask([3, 5], 4), "lengths has 5, expected at most n_k=4"),
        (lambda: padding_mask([3, -1]), "lengths has -1"),
        (lambda: padding_mask(torch.tensor([1.5])), "lengths has shape"),
        (lambda: padding_mask(torch.tensor(3)), "lengths has shape"),
        (lambda: document_mask(torch.zeros(3, dtype=torch.int64)), "ids_q is"),
        (lambda: document_mask(torch.zeros(1, 3)), "ids_q is"),
        (
            lambda: document_mask(torch.zeros(1, 3).long(), torch.zeros(2, 3).long()),
            "ids_k has batch=2",
        ),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
