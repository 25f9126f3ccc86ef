"""13.3: a whole prompt in one pass, and going on from a cache. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise, Gradient

prompt = Exercise(
    "13.3",
    returns=("output", "key", "value"),
    right="The new tokens stand last: behind all that is kept, and each before the next.",
    forbids=("attn.cache", "attn.MultiHeadAttention"),
    given=(
        "query, new_key, new_value = (x @ w_q, x @ w_k, x @ w_v)",
        "n, n_past = (x.shape[1], past_key.shape[1])",
    ),
)


def reading(draw: Draw, batch: int, n_past: int, n: int, d_model: int, d_k: int, d_v: int) -> Call:
    return Call(
        draw.tensor(batch, n, d_model),
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_v) / d_model**0.5,
        draw.tensor(batch, n_past, d_k),
        draw.tensor(batch, n_past, d_v),
    )


@prompt.case("one token before, two new ones, d_model=2, d_k=2, d_v=2")
def two_after_one(draw: Draw) -> Call:
    eye = torch.eye(2)
    x, past_key = torch.tensor([[[1.0, 2.0], [2.0, 0.0]]]), torch.tensor([[[1.0, 0.0]]])
    w_v, past_value = torch.tensor([[1.0, 1.0], [1.0, 0.0]]), torch.tensor([[[4.0, 1.0]]])
    return Call(x, eye, eye, w_v, past_key, past_value)


@prompt.case("a prompt of three tokens: an empty cache")
def none_before(draw: Draw) -> Call:
    return reading(draw, 2, 0, 3, 4, 4, 4)


@prompt.case("four of everything")
def four_of_everything(draw: Draw) -> Call:
    return reading(draw, 4, 4, 4, 4, 4, 4)


@prompt.case("one new token: a step, as in 13.2")
def one_new(draw: Draw) -> Call:
    return reading(draw, 2, 5, 1, 4, 4, 4)


@prompt.case("batch 2, five tokens before, three new ones, d_model=8, d_k=6, d_v=10")
def three_after_five(draw: Draw) -> Call:
    return reading(draw, 2, 5, 3, 8, 6, 10)  # even, so that the value can be rotated by mistake


@prompt.case("the gradient")
def gradient(draw: Draw) -> Gradient:
    return Gradient(*reading(draw, 2, 2, 3, 4, 6, 5).arguments)


@prompt.case("the first token, and its score is too large for e to the power of it")
def large_score(draw: Draw) -> Call:
    # At place 0, and with one key alone, no rounding of a large score can be seen.
    x, w_q, _, w_v, past_key, past_value = reading(draw, 2, 0, 1, 8, 4, 3).arguments
    return Call(100 * x, w_q, w_q, w_v, past_key, past_value)
