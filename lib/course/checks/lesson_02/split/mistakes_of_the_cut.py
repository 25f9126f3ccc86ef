"""02.1: mistakes about what view makes, and from which sizes."""

from course.checks.lesson_02.split.cases import split


@split.mistake(
    "x was only turned: its features are not cut.",
    "x.view(…) leaves x as it is and gives back a new tensor. Keep it, x = x.view(…), or go on "
    "from it: x.view(…).transpose(1, 2).",
)
def only_turned(x, num_heads):
    return x.transpose(1, 2)


@split.mistake(
    "The axis of the batch is gone: the sizes leave it out.",
    "x is (batch, n, d_model), and several sentences stay apart: (batch, n, num_heads, d_head) "
    "first, then axes 1 and 2 exchanged.",
)
def without_a_batch(x, num_heads):
    n, d_model = x.shape[-2:]
    return x.view(n, num_heads, d_model // num_heads).transpose(0, 1)


@split.mistake(
    "Axes 0 and 2 were exchanged: batch and heads.",
    "Exchange 1 and 2: then n and num_heads change places.",
)
def batch_and_heads_exchanged(x, num_heads):
    return x.unflatten(-1, (num_heads, -1)).transpose(0, 2)


@split.mistake(
    "The cut put heads and features before the tokens: it dealt the numbers out anew.",
    "view moves nothing, so the tokens must keep their place: (batch, n, num_heads, d_head). "
    "Exchange axes 1 and 2 only then.",
)
def tokens_last_in_view(x, num_heads):
    batch, n, d_model = x.shape
    return x.reshape(batch, num_heads, d_model // num_heads, n).transpose(2, 3)
