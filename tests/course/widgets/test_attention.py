"""The attention viewer sends the weights as they are, says them in words, and refuses others."""

import numpy as np
import pytest
import torch

from course.widgets import AttentionViewer, show_attention

TOKENS = ["I", "love", "Tokyo"]
WEIGHTS = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.25, 0.62, 0.13]]


def random_weights(*shape: int) -> torch.Tensor:
    return torch.softmax(torch.randn(*shape), dim=-1)


def sent(viewer: AttentionViewer) -> np.ndarray:
    """The weights as the browser reads them."""
    shape = (viewer.num_layers, viewer.num_heads, len(viewer.query_tokens), len(viewer.key_tokens))
    return np.frombuffer(viewer.weights, dtype="<f4").reshape(shape)


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (4, 2, 3, 5)])
def test_weights_reach_the_browser_as_they_are(shape):
    weights = random_weights(*shape)
    viewer = show_attention(weights, TOKENS, list("abcde"))
    np.testing.assert_array_equal(sent(viewer).reshape(shape), weights.numpy())
    assert viewer.key_tokens == list("abcde")


def test_weights_laid_out_otherwise_in_memory_reach_the_browser_in_order():
    weights = random_weights(3, 2, 5).transpose(0, 1)  # (2, 3, 5), not contiguous
    np.testing.assert_array_equal(
        sent(show_attention(weights, TOKENS, list("abcde")))[0], weights.numpy()
    )


@pytest.mark.parametrize("kind", [np.array, torch.tensor, list])
def test_arrays_tensors_and_lists_are_taken(kind):
    assert sent(show_attention(kind(WEIGHTS), TOKENS)).shape == (1, 1, 3, 3)


def test_half_precision_weights_with_gradients_are_taken():
    weights = random_weights(16, 16).bfloat16().requires_grad_()
    show_attention(weights, [f"t{i}" for i in range(16)])


def test_the_sentence_says_where_each_query_looks_most():
    assert show_attention(WEIGHTS, TOKENS).sentence().splitlines() == [
        "I looks at I 0.70, love 0.20, Tokyo 0.10",
        "love looks at Tokyo 0.40, I 0.30, love 0.30",
        "Tokyo looks at love 0.62, I 0.25, Tokyo 0.13",
    ]


def test_a_row_of_zeros_looks_at_nothing():
    viewer = show_attention([[0.0, 0.0], [0.5, 0.5]], ["a", "b"])
    assert viewer.sentence().splitlines()[0] == "a looks at nothing"


def test_sentence_and_table_follow_the_layer_and_head_on_show():
    weights = torch.eye(2).expand(2, 3, 2, 2).clone()
    weights[1, 2] = weights[1, 2].flip(-1)
    viewer = show_attention(weights, ["a", "b"])
    assert viewer.sentence().startswith("a looks at a 1.00")
    viewer.layer, viewer.head = 1, 2
    assert viewer.sentence().startswith("a looks at b 1.00")
    assert "layer 1, head 2" in viewer.fallback()
    assert "<td>0.00</td><td>1.00</td></tr>" in viewer.fallback()


@pytest.mark.parametrize(("name", "value"), [("layer", 1), ("head", 3), ("head", -1)])
def test_a_layer_or_head_that_is_not_there_is_refused(name, value):
    viewer = show_attention(random_weights(1, 3, 3, 3), TOKENS)
    with pytest.raises(ValueError, match=f"{name} is {value}, expected 0 to"):
        setattr(viewer, name, value)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (torch.full((3, 3), 0.5), r"weights has a row that sums to 1.5, expected 1, or 0"),
        (random_weights(3, 3) * 0.5, "weights has a row that sums to 0.5"),
        (torch.randn(3, 3) - 9, "weights has values from .* expected 0 to 1"),
        (torch.full((3, 3), torch.nan), "weights has values from nan"),
        (random_weights(2, 2), r"weights has shape \(2, 2\), expected \(..., 3, 3\)"),
        (random_weights(1, 2, 2, 3, 3), r"weights has shape .*choose one sentence of a batch"),
        ("weights", "weights is a str"),
    ],
)
def test_what_are_no_weights_is_refused_by_name(weights, message):
    with pytest.raises(ValueError, match=message):
        show_attention(weights, TOKENS)


@pytest.mark.parametrize("name", ["queries", "keys"])
def test_too_many_tokens_are_refused_with_the_way_out(name):
    shape = (33, 3) if name == "queries" else (3, 33)
    tokens = {"queries": TOKENS, "keys": TOKENS, name: [f"t{i}" for i in range(33)]}
    with pytest.raises(ValueError, match=f"{name} has 33 tokens, expected at most 32: show a part"):
        show_attention(random_weights(*shape), **tokens)
