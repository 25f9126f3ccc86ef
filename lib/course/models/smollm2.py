"""SmolLM2-135M-Instruct, a decoder of 30 layers, on attn's own.

Source: Ben Allal et al., "SmolLM2: When Smol Goes Big", 2025, arXiv 2502.02737.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from attn import GPT
from course.models.bpe import BPE
from course.models.gguf import read_gguf
from course.models.packages import need

# What the file calls the parts of a layer, and what attn does.
PARTS = {
    "attn_norm": "self_attention_residual.norm",
    "attn_q": "self_attention.query_proj",
    "attn_k": "self_attention.key_proj",
    "attn_v": "self_attention.value_proj",
    "attn_output": "self_attention.out_proj",
    "ffn_norm": "feed_forward_residual.norm",
    "ffn_gate": "feed_forward.gate_proj",
    "ffn_up": "feed_forward.up_proj",
    "ffn_down": "feed_forward.down_proj",
}
OUTSIDE = {"token_embd": "body.embedding", "output_norm": "body.norm"}
CONTROL = 3  # the type of a token that stands for more than its letters


def load_smollm2() -> tuple[GPT, BPE]:
    """SmolLM2-135M-Instruct, ready to be asked, and its tokenizer.

    In evaluation mode, in float32, its weights frozen (model.requires_grad_(True) thaws them):
    134,515,008 numbers, 0.54 GB. Raises CourseError where its package is not installed.
    """
    facts, weights = read_gguf(need("SmolLM2"))
    types = zip(facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.token_type"], strict=True)
    tokenizer = BPE(
        facts["tokenizer.ggml.tokens"],
        facts["tokenizer.ggml.merges"],
        special=[token for token, kind in types if kind == CONTROL],
    )
    return build(facts, weights), tokenizer


def build(facts: Mapping[str, Any], weights: Mapping[str, Tensor]) -> GPT:
    """The model that a GGUF file of Llama's kind describes, from what read_gguf returns."""
    state = {our_name(name): tensor for name, tensor in weights.items()}
    vocab, d_model = state["body.embedding.weight"].shape
    with torch.device("meta"):  # no numbers yet: those of the file take their places
        model = GPT(
            vocab,
            d_model=d_model,
            num_heads=facts["llama.attention.head_count"],
            num_kv_heads=facts["llama.attention.head_count_kv"],
            num_layers=facts["llama.block_count"],
            d_ff=facts["llama.feed_forward_length"],
            max_len=facts["llama.context_length"],
            positions="rotary",  # of neighbours: so the file's makers have laid queries and keys
            rotary_base=facts["llama.rope.freq_base"],
            norm="rms",
            norm_eps=facts["llama.attention.layer_norm_rms_epsilon"],
            gated=True,
            bias=False,
            scale_embedding=False,
        )
    model.load_state_dict(state | {"head.weight": state["body.embedding.weight"]}, assign=True)
    model.head.weight = model.body.embedding.weight  # one matrix reads tokens and guesses them
    return model.eval().requires_grad_(False)


def our_name(name: str) -> str:
    """What attn calls a weight of the file: "blk.3.attn_q.weight" is body.layers.3.…"""
    part, _, leaf = name.rpartition(".")
    if part in OUTSIDE:
        return f"{OUTSIDE[part]}.{leaf}"
    _, layer, part = part.split(".")
    return f"body.layers.{layer}.{PARTS[part]}.{leaf}"
