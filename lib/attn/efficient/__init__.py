"""Efficient attention: the same answer in less memory, and a cheaper answer. Lessons 11 to 14."""

from attn.efficient.chunked import chunked_attention
from attn.efficient.linear import (
    LinearState,
    elu_plus_one,
    linear_attention,
    linear_attention_step,
)

__all__ = [
    "LinearState",
    "chunked_attention",
    "elu_plus_one",
    "linear_attention",
    "linear_attention_step",
]
