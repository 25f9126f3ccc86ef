"""attn.validation: what fits passes, and what doesn't is named with what came and was expected."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attn.validation import (
    broadcast_shapes,
    require_attention_inputs,
    require_broadcastable,
    require_integer,
    require_mask,
    require_positive,
    require_probability,
    require_sequence,
    require_tensor,
    require_tokens,
)

quick = settings(max_examples=100, deadline=None)
shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)
X = torch.zeros(2, 3, 4)


def numpys_answer(*shapes):
    """What the shapes broadcast to, or None, as NumPy has it."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


@quick
@given(st.lists(shapes, min_size=1, max_size=3))
def test_shapes_broadcast_as_numpy_has_it(given_shapes):
    expected = numpys_answer(*given_shapes)
    if expected is None:
        with pytest.raises(RuntimeError):
            broadcast_shapes(*given_shapes)
    else:
        assert tuple(broadcast_shapes(*given_shapes)) == expected


@quick
@given(shape=shapes, target=shapes)
def test_a_tensor_that_would_widen_the_target_does_not_broadcast_to_it(shape, target):
    x = torch.zeros(shape)
    if numpys_answer(shape, target) == target:
        require_broadcastable("x", x, target, "(a, b)")
    else:
        with pytest.raises(ValueError, match="x has shape"):
            require_broadcastable("x", x, target, "(a, b)")


def test_what_fits_passes():
    require_tensor("x", X, min_dims=3)
    require_sequence("x", X, 4)
    require_tokens("tokens", torch.tensor([[0, 4]]), 5)
    require_tokens("tokens", torch.zeros(2, 0, dtype=torch.int32), 5)
    require_mask(torch.ones(3, 1, dtype=torch.bool), (2, 3, 4))
    require_probability("dropout", 0.0)
    require_positive("base", 0.5)
    require_integer("k", 1, minimum=1)
    require_integer("k", np.int64(3), minimum=1)
    require_integer("k", torch.tensor(3), minimum=1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: require_tensor("x", [1.0]), "x is a list, expected a torch.Tensor"),
        (lambda: require_tensor("x", X.long()), "x has dtype torch.int64, expected a floating"),
        (lambda: require_tensor("x", X, min_dims=4), r"x has shape \(2, 3, 4\), expected at least"),
        (
            lambda: require_broadcastable("x", X, (3, 4), "(n_q, n_k)"),
            r"x has shape \(2, 3, 4\), expected one that broadcasts to \(n_q, n_k\) = \(3, 4\)",
        ),
        (lambda: require_mask([True], (1,)), "mask is a list, expected a boolean torch.Tensor"),
        (lambda: require_mask(X, (2, 3, 4)), "mask has dtype torch.float32, expected torch.bool"),
        (lambda: require_mask(X.bool(), (2, 3, 5)), r"mask has shape .* = \(2, 3, 5\)"),
        (lambda: require_sequence("x", X[0], 4), r"x has shape \(3, 4\), expected \(batch, n, d_"),
        (lambda: require_sequence("x", X, 5), r"x has shape .*, expected .*d_model=5\)"),
        (lambda: require_tokens("tokens", [[1]]), "tokens is a list"),
        (lambda: require_tokens("tokens", X[0]), "tokens has shape .* and dtype torch.float32"),
        (lambda: require_tokens("tokens", torch.tensor([1])), r"tokens has shape \(1,\)"),
        (
            lambda: require_tokens("tokens", torch.tensor([[0, 5]]), 5),
            "tokens has entries 0 to 5, expected 0 to 4",
        ),
        (
            lambda: require_tokens("tokens", torch.tensor([[-1, 3]]), 5),
            "tokens has entries -1 to 3, expected 0 to 4",
        ),
        (
            lambda: require_probability("dropout", 1.0),
            r"dropout is 1\.0, expected 0 <= dropout < 1",
        ),
        (lambda: require_probability("dropout", -0.1), r"dropout is -0\.1"),
        (lambda: require_probability("dropout", float("nan")), "dropout is nan"),
        (lambda: require_positive("base", 0), "base is 0, expected a number above 0"),
        (lambda: require_positive("base", float("nan")), "base is nan"),
        (lambda: require_integer("k", 0, minimum=1), "k is 0, expected at least 1"),
        (lambda: require_integer("k", 2.0, minimum=1), r"k is 2\.0, expected a whole number"),
        (lambda: require_integer("k", "2", minimum=1), "k is '2', expected a whole number"),
    ],
)
def test_what_does_not_fit_is_named(ask, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        ask()


def heads(n, d, batch=(2, 3)):
    return torch.zeros(*batch, n, d)


@pytest.mark.parametrize(
    ("key_batch", "expected"), [((2, 3), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((4, 2, 3), None)]
)
def test_the_shape_of_the_scores_is_that_of_all_batches_together(key_batch, expected):
    expected = (4, 2, 3) if expected is None else expected
    shape = require_attention_inputs(heads(5, 4), heads(6, 4, key_batch), heads(6, 7))
    assert tuple(shape) == (*expected, 5, 6)


GOOD = {"query": heads(5, 4), "key": heads(6, 4), "value": heads(6, 7)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": "q"}, "query is a str"),
        ({"value": torch.zeros(6)}, r"value has shape \(6,\), expected at least 2 axes"),
        ({"key": heads(6, 4).double()}, "key has dtype torch.float64, expected torch.float32 as q"),
        ({"value": heads(6, 7).to("meta")}, "value is on meta, expected cpu as query is"),
        ({"key": heads(6, 3)}, "key has d_k=3, expected 4 as query has"),
        ({"value": heads(5, 7)}, "value has n_k=5, expected 6 as key has"),
        ({"key": heads(6, 4, (2, 2))}, r"query \(2, 3, 5, 4\), key .* differ before their last"),
        ({"mask": torch.ones(6, 5, dtype=torch.bool)}, r"mask has shape .* = \(2, 3, 5, 6\)"),
        ({"mask": torch.ones(5, 6)}, "mask has dtype torch.float32"),
        ({"bias": torch.ones(5, 6).bool()}, "bias has dtype torch.bool, expected a floating"),
        ({"bias": torch.ones(5, 6).half()}, "bias has dtype torch.float16, expected torch.float32"),
        ({"bias": torch.ones(4, 2, 3, 5, 6)}, "bias has shape"),
    ],
)
def test_attention_inputs_that_do_not_fit_are_named(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        require_attention_inputs(**(GOOD | change))
