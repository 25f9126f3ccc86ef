"""attn: attention, built step by step. The library that the lessons build."""

from attn.cache import KVCache
from attn.core import Attended, scaled_dot_product_attention
from attn.generation import generate
from attn.heads import MultiHeadAttention, merge_heads, split_heads
from attn.layers import DecoderLayer, EncoderLayer, FeedForward
from attn.masks import (
    causal_mask,
    document_mask,
    global_window_mask,
    padding_mask,
    strided_mask,
    window_mask,
)
from attn.models import GPT, Transformer, TransformerMaps
from attn.positions import (
    LearnedPositions,
    RelativePositionBias,
    alibi_bias,
    apply_rotary,
    sinusoidal_positions,
)
from attn.stacks import Decoder, Encoder

__all__ = [
    "GPT",
    "Attended",
    "Decoder",
    "DecoderLayer",
    "Encoder",
    "EncoderLayer",
    "FeedForward",
    "KVCache",
    "LearnedPositions",
    "MultiHeadAttention",
    "RelativePositionBias",
    "Transformer",
    "TransformerMaps",
    "alibi_bias",
    "apply_rotary",
    "causal_mask",
    "document_mask",
    "generate",
    "global_window_mask",
    "merge_heads",
    "padding_mask",
    "scaled_dot_product_attention",
    "sinusoidal_positions",
    "split_heads",
    "strided_mask",
    "window_mask",
]
