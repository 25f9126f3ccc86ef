"""13.2: one step of decoding with a cache. The exercise and its cases."""

import torch

from course.checking import Call, Draw, Exercise

decode = Exercise(
    "13.2",
    returns=("output", "key", "value"),
    right="Read one token, remember it, and go on counting places.",
    forbids=("attn.cache", "attn.MultiHeadAttention"),
    given=("query, new_key, new_value = (x @ w_q, x @ w_k, x @ w_v)",),
)


def decoding(draw: Draw, batch: int, n_past: int, d_model: int, d_k: int, d_v: int) -> Call:
    return Call(
        draw.tensor(batch, 1, d_model),
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_k) / d_model**0.5,
        draw.tensor(d_model, d_v) / d_model**0.5,
        draw.tensor(batch, n_past, d_k),
        draw.tensor(batch, n_past, d_v),
    )


@decode.case("two tokens before, d_model=2, d_k=2, d_v=2")
def two_before(draw: Draw) -> Call:
    eye = torch.eye(2)
    x, past_key = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    w_v, past_value = (
        torch.tensor([[1.0, 1.0], [1.0, 0.0]]),
        torch.tensor([[[1.0, 0.0], [2.0, 1.0]]]),
    )
    return Call(x, eye, eye, w_v, past_key, past_value)


@decode.case("the first token: an empty cache")
def none_before(draw: Draw) -> Call:
    return decoding(draw, 2, 0, 4, 4, 4)


@decode.case("four of everything")
def four_before(draw: Draw) -> Call:
    return decoding(draw, 4, 4, 4, 4, 4)


@decode.case("batch 2, five tokens before, d_model=8, d_k=6, d_v=10")
def five_before(draw: Draw) -> Call:
    return decoding(draw, 2, 5, 8, 6, 10)  # even, so that the value can be rotated by mistake


@decode.case("the first token, and its score is too large for e to the power of it")
def large_score(draw: Draw) -> Call:
    # At place 0, and with one key alone, no rounding of a large score can be seen.
    x, w_q, _, w_v, past_key, past_value = decoding(draw, 2, 0, 8, 4, 3).arguments
    return Call(100 * x, w_q, w_q, w_v, past_key, past_value)


@decode.case(
    "five tokens before, and the score of the newest is too large for e to the power of it"
)
def large_score_of_the_newest(draw: Draw) -> Call:
    # It is far above all others, so that no rounding of it can be seen.
    _, _, _, w_v, past_key, past_value = decoding(draw, 2, 5, 4, 4, 3).arguments
    x = 10 * draw.tensor(2, 1, 4).sign()
    return Call(x, torch.eye(4), torch.eye(4), w_v, past_key, past_value)
