"""attn: attention, built step by step. The library that the lessons build."""

from attn.cache import KVCache
from attn.core import Attended, scaled_dot_product_attention
from attn.efficient import (
    LinearState,
    chunked_attention,
    elu_plus_one,
    linear_attention,
    linear_attention_step,
)
from attn.feed_forward import FeedForward, GatedFeedForward
from attn.generation import generate
from attn.heads import MultiHeadAttention, merge_heads, split_heads
from attn.layers import DecoderLayer, EncoderLayer
from attn.masks import (
    causal_mask,
    document_mask,
    global_window_mask,
    padding_mask,
    strided_mask,
    window_mask,
)
from attn.models import GPT, Transformer, TransformerMaps
from attn.norms import RMSNorm
from attn.positions import (
    LearnedPositions,
    RelativePositionBias,
    alibi_bias,
    apply_rotary,
    sinusoidal_positions,
)
from attn.sparse import block_top_k_attention, sliding_window_attention, top_k_attention
from attn.stacks import Decoder, Encoder

__all__ = [
    "GPT",
    "Attended",
    "Decoder",
    "DecoderLayer",
    "Encoder",
    "EncoderLayer",
    "FeedForward",
    "GatedFeedForward",
    "KVCache",
    "LearnedPositions",
    "LinearState",
    "MultiHeadAttention",
    "RMSNorm",
    "RelativePositionBias",
    "Transformer",
    "TransformerMaps",
    "alibi_bias",
    "apply_rotary",
    "block_top_k_attention",
    "causal_mask",
    "chunked_attention",
    "document_mask",
    "elu_plus_one",
    "generate",
    "global_window_mask",
    "linear_attention",
    "linear_attention_step",
    "merge_heads",
    "padding_mask",
    "scaled_dot_product_attention",
    "sinusoidal_positions",
    "sliding_window_attention",
    "split_heads",
    "strided_mask",
    "top_k_attention",
    "window_mask",
]
