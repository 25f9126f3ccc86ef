"""attn: attention, built step by step. The library that the lessons build."""

from attn.core import Attended, scaled_dot_product_attention

__all__ = ["Attended", "scaled_dot_product_attention"]
