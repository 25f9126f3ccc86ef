"""Options that can't work together are refused at once; a replaced function works as a first."""

from functools import partial

import pytest
import torch
from torch import nn

from attn import (
    GPT,
    Attended,
    Decoder,
    DecoderLayer,
    Encoder,
    EncoderLayer,
    MultiHeadAttention,
    Transformer,
    linear_attention,
    scaled_dot_product_attention,
    sliding_window_attention,
    top_k_attention,
)

WINDOW = partial(sliding_window_attention, window=2)
SIZES = {"d_model": 8, "num_heads": 2, "num_layers": 1}
MODELS = {
    "GPT": partial(GPT, 5, **SIZES),
    "Transformer": partial(Transformer, 5, 5, **SIZES),
    "Encoder": partial(Encoder, 5, **SIZES),
    "Decoder": partial(Decoder, 5, **SIZES),
}
PARTS = {
    "MultiHeadAttention": partial(MultiHeadAttention, 8, 2),
    "EncoderLayer": partial(EncoderLayer, 8, 2),
    "DecoderLayer": partial(DecoderLayer, 8, 2),
    **MODELS,
}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
every_part = pytest.mark.parametrize(
    "make", [partial(f, max_len=9) if n == "GPT" else f for n, f in PARTS.items()], ids=PARTS
)


class AsModule(nn.Module):
    """An attention function that is a module, with a weight to learn."""

    def __init__(self):
        super().__init__()
        self.loudness = nn.Parameter(torch.ones(()))

    def forward(self, query, key, value, mask=None, *, bias=None) -> Attended:
        output, weights = scaled_dot_product_attention(query, key, value, mask, bias=bias)
        return Attended(output * self.loudness, weights)


@every_model
@pytest.mark.parametrize("positions", ["alibi", "relative"])
@pytest.mark.parametrize("attention", [WINDOW, linear_attention])
def test_positions_that_are_a_bias_need_a_function_that_takes_one(make, positions, attention):
    name = getattr(attention, "func", attention).__name__
    with pytest.raises(
        ValueError,
        match=f"positions is '{positions}', but attention is {name}, which takes no bias",
    ):
        make(positions=positions, attention=attention)
    make(positions="none", attention=attention)
    make(positions=positions, attention=AsModule())


@every_part
def test_a_function_whose_own_options_are_not_bound_is_refused(make):
    with pytest.raises(ValueError, match="attention is top_k_attention, which needs k"):
        make(attention=top_k_attention)
    make(attention=partial(top_k_attention, k=2))


@every_part
def test_dropout_needs_a_function_that_takes_it(make):
    extra = {} if make.func is MultiHeadAttention else {"attention_dropout": 0.1}
    with pytest.raises(ValueError, match=r"dropout is 0\.1, but linear_attention takes no dropout"):
        make(attention=linear_attention, **(extra or {"dropout": 0.1}))


@every_model
def test_rotary_positions_need_pairs_of_features(make):
    with pytest.raises(ValueError, match="d_head is 3, expected an even number for rotary"):
        make(d_model=6, positions="rotary")


FUNCTIONS = [scaled_dot_product_attention, WINDOW, linear_attention, AsModule()]


@pytest.mark.parametrize("first", FUNCTIONS)
@pytest.mark.parametrize("second", FUNCTIONS)
@pytest.mark.parametrize("kv_heads", [1, 2])
def test_a_replaced_function_works_like_one_given_at_the_start(first, second, kv_heads):
    replaced = MultiHeadAttention(8, 2, num_kv_heads=kv_heads, attention=first).double()
    given = MultiHeadAttention(8, 2, num_kv_heads=kv_heads, attention=second).double()
    replaced.attention = second
    replaced.double().load_state_dict(given.state_dict())  # the same names too
    x, bias = torch.randn(2, 5, 8, dtype=torch.float64), torch.randn(5, 5, dtype=torch.float64)
    for options in ({}, {"causal": True}, {"causal": True, "need_weights": False}, {"bias": bias}):
        answers = []
        for layer in (replaced, given):
            try:
                answers.append(layer(x, **options).output)
            except ValueError as refusal:
                answers.append(str(refusal))
        if isinstance(answers[1], str):
            assert answers[0] == answers[1]
        else:
            torch.testing.assert_close(*answers)


def test_a_replacement_that_does_not_fit_is_refused_and_changes_nothing():
    layer = MultiHeadAttention(8, 2, dropout=0.1)
    for other, message in (
        (linear_attention, "dropout is 0.1, but linear_attention takes no dropout"),
        (top_k_attention, "attention is top_k_attention, which needs k"),
        ("fast", "attention is 'fast', expected a function"),
    ):
        with pytest.raises(ValueError, match=message):
            layer.attention = other
    assert layer.attention is scaled_dot_product_attention
    assert layer(torch.zeros(1, 3, 8), causal=True).output.shape == (1, 3, 8)
