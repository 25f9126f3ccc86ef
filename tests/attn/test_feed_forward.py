"""attn.feed_forward: its sizes, and what is refused.

That the plain one is PyTorch's is in test_layers.py, that the gated one is Llama's in
test_transformers_parity.py.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from attn import FeedForward, GatedFeedForward


def count_parameters(module):
    return sum(p.numel() for p in module.parameters())


def test_d_ff_is_four_times_d_model_unless_given():
    assert FeedForward(6).up_proj.out_features == 24
    assert FeedForward(6, 7).up_proj.out_features == 7
    assert FeedForward(6)(torch.zeros(2, 3, 6)).shape == (2, 3, 6)


def test_a_gated_one_weighs_what_a_plain_one_does_unless_its_width_is_given():
    assert GatedFeedForward(6, 7).gate_proj.out_features == 7
    for d_model in (6, 192):
        plain, gated = (kind(d_model, bias=False) for kind in (FeedForward, GatedFeedForward))
        assert count_parameters(gated) == count_parameters(plain)
    assert GatedFeedForward(1)(torch.zeros(2, 1)).shape == (2, 1)
    assert GatedFeedForward(100).up_proj.out_features == 266


@pytest.mark.parametrize("kind", [FeedForward, GatedFeedForward])
def test_without_bias_no_layer_has_one_and_zero_stays_zero(kind):
    network = kind(6, 8, bias=False)
    assert all(m.bias is None for m in network.modules() if isinstance(m, nn.Linear))
    assert (network(torch.zeros(2, 6)) == 0).all()


def test_the_gate_is_the_branch_that_is_bent():
    network = GatedFeedForward(6, 8).double()
    x = torch.randn(3, 6, dtype=torch.float64)
    gate, up = network.gate_proj(x), network.up_proj(x)
    expected = network.down_proj(gate * torch.sigmoid(gate) * up)
    torch.testing.assert_close(network(x), expected, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(network(x), network.down_proj(gate * F.silu(up)))


@pytest.mark.parametrize("kind", [FeedForward, GatedFeedForward])
def test_dropout_acts_in_training_only(kind):
    torch.manual_seed(0)
    network = kind(6, 50, dropout=0.5)
    x = torch.randn(2, 6)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


@pytest.mark.parametrize("kind", [FeedForward, GatedFeedForward])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda kind: kind(8, activation="tanh"), "activation is 'tanh'"),
        (lambda kind: kind(8, dropout=1.0), "dropout is 1.0"),
        (lambda kind: kind(8, 0), "d_ff is 0"),
        (lambda kind: kind(2.5), "d_model is 2.5"),
        (lambda kind: kind(8)(torch.zeros(2, 3, 7)), "x has d_model=7, expected 8"),
    ],
)
def test_bad_input_is_named(kind, make, message):
    with pytest.raises(ValueError, match=message):
        make(kind)
