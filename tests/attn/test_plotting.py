"""plot_weights draws what it is given on the one scale, and refuses what are no weights."""

import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from attn.plotting import plot_weights

TOKENS = ["I", "love", "Tokyo"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def random_weights(*shape: int) -> torch.Tensor:
    return torch.softmax(torch.randn(*shape), dim=-1)


def test_attn_imports_without_matplotlib():
    code = "import sys, attn.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_queries_are_rows_and_keys_columns_on_a_scale_from_0_to_1():
    weights = random_weights(3, 2)
    ax = plot_weights(weights, TOKENS, ["x", "y"], title="Who looks where")
    image = ax.images[0]
    np.testing.assert_allclose(image.get_array(), weights.numpy())
    assert image.get_clim() == (0.0, 1.0)
    assert [text.get_text() for text in ax.get_yticklabels()] == TOKENS
    assert [text.get_text() for text in ax.get_xticklabels()] == ["x", "y"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("queries", "keys")
    assert ax.get_title(loc="left") == "Who looks where"


def test_small_matrices_carry_their_numbers_and_an_exact_zero_is_told_apart():
    ax = plot_weights([[0.998, 0.002], [1.0, 0.0]], ["a", "b"], title="t")
    assert [text.get_text() for text in ax.texts] == ["1.00", "0.00", "1.00", "0"]
    many = [f"t{i}" for i in range(20)]
    assert not plot_weights(random_weights(20, 20), many, title="t").texts
    assert not plot_weights(random_weights(3, 3), TOKENS, title="t", annotate=False).texts


def test_the_numbers_in_the_cells_are_legible_at_every_weight():
    def luminance(colour) -> float:
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    weights = np.linspace(0, 1, 101)
    ax = plot_weights(weights[None], ["q"], list(map(str, weights)), title="t", annotate=True)
    for weight, text in zip(weights, ax.texts, strict=True):
        cell = luminance(mpl.colormaps["cividis"](weight))
        dark, light = sorted([cell, luminance(text.get_color())])
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"weight {weight:.2f}"  # WCAG AA


def test_given_axes_are_drawn_on_without_a_colour_bar_of_their_own():
    figure, axes = plt.subplots(1, 2)
    assert plot_weights(random_weights(3, 3), TOKENS, title="t", ax=axes[1]) is axes[1]
    assert len(figure.axes) == 2


def test_white_space_and_dollar_signs_are_drawn_as_themselves():
    ax = plot_weights(random_weights(3, 3), [" ", "\n", "$5$"], title="t")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["␣", "↵", r"\$5\$"]
    ax.figure.canvas.draw()


def test_a_long_title_is_broken_so_that_it_stays_inside_the_figure():
    ax = plot_weights(random_weights(3, 3), TOKENS, title="A long sentence about love " * 3)
    ax.figure.canvas.draw()
    extent = ax._left_title.get_window_extent()
    assert extent.x1 <= ax.figure.bbox.x1


def test_weights_in_half_precision_with_gradients_are_drawn():
    weights = random_weights(3, 3).bfloat16().requires_grad_()
    assert plot_weights(weights, TOKENS, title="t").images


@pytest.mark.parametrize(
    ("weights", "queries", "message"),
    [
        (torch.randn(3, 3) * 5, TOKENS, "weights has values from .* expected 0 to 1"),
        (torch.full((3, 3), torch.nan), TOKENS, "weights has values"),
        (random_weights(2, 3), TOKENS, r"weights has shape \(2, 3\), expected \(..., 3, 3\)"),
        (random_weights(2, 3, 3), TOKENS, r"weights has shape \(2, 3, 3\).*choose one head"),
        (None, TOKENS, "weights is a NoneType"),
        (random_weights(3, 3), "abc", "queries is the string 'abc'"),
        (random_weights(3, 3), [], "queries is empty"),
    ],
)
def test_what_is_no_matrix_of_weights_is_refused_by_name(weights, queries, message):
    with pytest.raises(ValueError, match=message):
        plot_weights(weights, queries, title="t")
