"""attn.norms against nn.RMSNorm and nn.LayerNorm."""

import pytest
import torch
from torch import nn

from attn import RMSNorm
from attn.norms import new_norm


@pytest.mark.parametrize("eps", [1e-6, 0.5])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_rms_norm_is_pytorchs(dtype, eps):
    theirs = nn.RMSNorm(6, eps=eps)
    nn.init.normal_(theirs.weight)
    ours = RMSNorm(6, eps=eps)
    ours.load_state_dict(theirs.state_dict())  # the same names too
    x = (3 * torch.randn(2, 5, 6) + 1).to(dtype)
    got, expected = ours.to(dtype)(x), theirs.to(dtype)(x)
    assert got.dtype == dtype
    torch.testing.assert_close(got, expected)


def test_its_gradients_are_pytorchs():
    theirs, ours = nn.RMSNorm(6, eps=1e-6).double(), RMSNorm(6).double()
    x = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    towards = torch.randn(3, 6, dtype=torch.float64)
    got, expected = (
        torch.autograd.grad(norm(x), (x, norm.weight), towards) for norm in (ours, theirs)
    )
    for mine, hers in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, hers, rtol=1e-10, atol=1e-12)


def test_large_numbers_of_half_precision_stay_finite():
    x = torch.tensor([[60000.0, -60000.0]], dtype=torch.float16)
    assert RMSNorm(2).half()(x).tolist() == [[1.0, -1.0]]


def test_the_default_eps_is_what_llama_adds():
    assert RMSNorm(4).eps == 1e-6


def test_a_norm_is_chosen_by_its_name():
    for name, kind in (("layer", nn.LayerNorm), ("rms", RMSNorm)):
        norm = new_norm(name, 5, eps=0.25)
        assert type(norm) is kind
        assert norm.eps == 0.25
        assert norm.weight.shape == (5,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RMSNorm(0), "d_model is 0"),
        (lambda: RMSNorm(4, eps=-1.0), r"eps is -1\.0, expected at least 0"),
        (lambda: RMSNorm(4)(torch.zeros(2, 3)), "x has d_model=3, expected 4"),
        (lambda: RMSNorm(4)(torch.zeros(2, 4, dtype=torch.int64)), "x has dtype torch.int64"),
        (lambda: new_norm("batch", 4, eps=0.1), "norm is 'batch', expected 'layer' or 'rms'"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
