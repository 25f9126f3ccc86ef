"""Sparse attention: look at less. Lessons 09 and 10 build this folder."""

from attn.sparse.block_top_k import block_top_k_attention
from attn.sparse.sliding_window import sliding_window_attention
from attn.sparse.top_k import top_k_attention

__all__ = ["block_top_k_attention", "sliding_window_attention", "top_k_attention"]
