"""attn.positions against its definitions in NumPy and complex numbers.

Parity with the models that use them is in test_transformers_parity.py.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn import (
    LearnedPositions,
    RelativePositionBias,
    alibi_bias,
    apply_rotary,
    sinusoidal_positions,
)
from attn.masks import relative_positions
from attn.positions import alibi_slopes

quick = settings(max_examples=50, deadline=None)


@pytest.mark.parametrize("d_model", [6, 7, 1])
def test_sinusoidal_positions_equal_the_formula_of_the_paper(d_model):
    table = sinusoidal_positions(50, d_model, dtype=torch.float64).numpy()
    for position in (0, 1, 49):
        for feature in range(d_model):
            angle = position / 10000 ** (2 * (feature // 2) / d_model)
            expected = np.cos(angle) if feature % 2 else np.sin(angle)
            assert table[position, feature] == pytest.approx(expected, abs=1e-12)


def test_a_shift_of_sinusoidal_positions_is_one_linear_map_for_all_positions():
    table = sinusoidal_positions(60, 8, dtype=torch.float64)
    shift = torch.linalg.lstsq(table[:20], table[5:25]).solution
    torch.testing.assert_close(table[20:40] @ shift, table[25:45], rtol=1e-6, atol=1e-6)


def test_sinusoidal_positions_start_where_they_are_told():
    whole = sinusoidal_positions(9, 6)
    torch.testing.assert_close(sinusoidal_positions(4, 6, start=5), whole[5:], rtol=0, atol=0)
    assert whole.dtype == torch.float32
    assert sinusoidal_positions(0, 6).shape == (0, 6)


def test_learned_positions_add_one_row_to_each_token():
    module = LearnedPositions(5, 3)
    x = torch.randn(2, 4, 3)
    torch.testing.assert_close(module(x) - x, module.embedding.weight[:4].expand(2, 4, 3))
    torch.testing.assert_close(
        module(x[:, :2], start=3) - x[:, :2], module.embedding.weight[3:5].expand(2, 2, 3)
    )
    module(x).sum().backward()
    assert (module.embedding.weight.grad[:4] == 2).all()
    assert (module.embedding.weight.grad[4:] == 0).all()


@pytest.mark.parametrize("interleaved", [True, False])
def test_rotary_is_a_turn_in_the_complex_plane(interleaved):
    x = torch.randn(2, 3, 5, 8, dtype=torch.float64)
    array = x.numpy()
    first, second = (
        (array[..., 0::2], array[..., 1::2]) if interleaved else (array[..., :4], array[..., 4:])
    )
    frequency = 100.0 ** (-np.arange(4) / 4)
    turned = (first + 1j * second) * np.exp(1j * np.arange(5)[:, None] * frequency)
    got = apply_rotary(x, base=100.0, interleaved=interleaved).numpy()
    got_first, got_second = (
        (got[..., 0::2], got[..., 1::2]) if interleaved else (got[..., :4], got[..., 4:])
    )
    np.testing.assert_allclose(got_first, turned.real, atol=1e-12)
    np.testing.assert_allclose(got_second, turned.imag, atol=1e-12)


@quick
@given(shift=st.integers(-50, 5000), interleaved=st.booleans(), seed=st.integers(0, 9))
def test_rotary_scores_depend_on_distance_alone(shift, interleaved, seed):
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 6, 4, dtype=torch.float64, generator=generator)
    places = torch.arange(6)

    def scores(places):
        turned = (apply_rotary(x, places, interleaved=interleaved) for x in (query, key))
        return next(turned) @ next(turned).mT

    torch.testing.assert_close(scores(places + shift), scores(places), rtol=1e-9, atol=1e-9)


def test_rotary_keeps_lengths_and_leaves_position_zero_alone():
    x = torch.randn(3, 7, 6, dtype=torch.float64)
    torch.testing.assert_close(apply_rotary(x).norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(apply_rotary(x)[:, 0], x[:, 0])


def test_rotary_positions_broadcast_over_what_stands_before_n():
    x = torch.randn(2, 3, 4, 6)
    places = torch.tensor([[0, 1, 2, 3], [5, 6, 7, 8]])[:, None]  # (batch, 1, n)
    got = apply_rotary(x, places)
    torch.testing.assert_close(got[0], apply_rotary(x[0]))
    torch.testing.assert_close(got[1], apply_rotary(x[1], torch.arange(5, 9)))


def test_rotary_in_bfloat16_still_tells_far_positions_apart():
    x = torch.randn(1, 2, 64, dtype=torch.bfloat16)
    places = torch.tensor([10_000, 10_001])
    got = apply_rotary(x, places)
    assert got.dtype == torch.bfloat16
    expected = apply_rotary(x.double(), places)
    torch.testing.assert_close(got.double(), expected, rtol=0.01, atol=0.02)


@quick
@given(heads=st.integers(1, 20), n_q=st.integers(0, 6), n_k=st.integers(0, 9))
def test_alibi_takes_slope_times_distance(heads, n_q, n_k):
    bias = alibi_bias(heads, n_q, n_k, dtype=torch.float64)
    assert bias.shape == (heads, n_q, n_k)
    for row in range(n_q):
        distance = (row + n_k - n_q - torch.arange(n_k)).abs()
        torch.testing.assert_close(bias[:, row], -alibi_slopes(heads)[:, None] * distance)


def test_alibi_slopes_of_eight_heads_halve_from_head_to_head():
    assert alibi_slopes(8).tolist() == [2.0**-i for i in range(1, 9)]


@pytest.mark.parametrize("heads", [3, 5, 6, 7, 12, 20])
def test_alibi_slopes_of_other_counts_take_every_other_slope_of_the_next_power_of_two(heads):
    # The recipe of the paper's authors, as a loop: those of the power of two below, then the 1st,
    # 3rd, 5th, ... of the power of two above, until each head has one.
    power = 1
    while 2 * power <= heads:
        power *= 2
    expected = [2 ** (-8 * i / power) for i in range(1, power + 1)]
    i = 1
    while len(expected) < heads:
        expected.append(2 ** (-8 * i / (2 * power)))
        i += 2
    torch.testing.assert_close(alibi_slopes(heads).tolist(), expected, rtol=1e-12, atol=0)


@quick
@given(n_q=st.integers(1, 6), more=st.integers(0, 6), bidirectional=st.booleans())
def test_the_queries_are_the_last_positions(n_q, more, bidirectional):
    n_k = n_q + more
    module = RelativePositionBias(
        2, num_buckets=8, max_distance=10, bidirectional=bidirectional
    ).requires_grad_(False)
    for bias in (module, lambda *n: alibi_bias(2, *n), relative_positions):
        assert torch.equal(bias(n_q, n_k), bias(n_k)[..., more:, :])


def test_relative_position_bias_depends_on_distance_and_learns():
    module = RelativePositionBias(3, num_buckets=8, max_distance=6)
    bias = module(5, 9)
    assert bias.shape == (3, 5, 9)
    assert torch.equal(bias[:, 1:, 1:], bias[:, :-1, :-1])
    bias.sum().backward()
    assert module.embedding.weight.grad.abs().sum() == 3 * 5 * 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sinusoidal_positions(-1, 4), "n is -1"),
        (lambda: sinusoidal_positions(3, 0), "d_model is 0"),
        (lambda: sinusoidal_positions(3, 4, base=0), "base is 0"),
        (lambda: LearnedPositions(0, 4), "max_len is 0"),
        (lambda: LearnedPositions(3, 4)(torch.zeros(1, 4, 4)), "x reaches position 3"),
        (lambda: LearnedPositions(3, 4)(torch.zeros(1, 2, 4), start=2), "x reaches position 3"),
        (lambda: LearnedPositions(3, 4)(torch.zeros(1, 2, 5)), "x has d_model=5"),
        (lambda: apply_rotary(torch.zeros(3, 5)), "x has d_head=5"),
        (lambda: apply_rotary(torch.zeros(3, 4), torch.arange(4)), "positions has shape"),
        (lambda: apply_rotary(torch.zeros(3, 4), torch.zeros(2, 3)), "positions has shape"),
        (lambda: apply_rotary(torch.zeros(3, 4), [0, 1, 2]), "positions is list"),
        (lambda: alibi_bias(0, 3), "num_heads is 0"),
        (lambda: RelativePositionBias(2, num_buckets=7), "num_buckets is 7"),
        (lambda: RelativePositionBias(2, num_buckets=2), "num_buckets is 2"),
        (lambda: RelativePositionBias(2, max_distance=8), "max_distance is 8"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
