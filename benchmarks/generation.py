"""Are tokens written as fast as by the transformers library?

Models of the same sizes, with random weights and caches: learned positions against GPT-2, rotary
against Llama (which has a third matrix in each feed-forward network: its width is two thirds, so
that both hold as many weights there). Greedy and beam search, one row and eight.
python benchmarks/generation.py [--quick]
"""

from collections.abc import Iterator
from functools import partial

import measure
import torch
from torch import Tensor

from attn import GPT, generate

with measure.peers():
    import transformers

VOCAB, D_MODEL, HEADS, LAYERS = 256, 128, 4, 4


def gpt2(max_len: int) -> transformers.PreTrainedModel:
    config = transformers.GPT2Config(
        vocab_size=VOCAB,
        n_positions=max_len,
        n_embd=D_MODEL,
        n_layer=LAYERS,
        n_head=HEADS,
        bos_token_id=None,
        eos_token_id=None,
    )
    return transformers.GPT2LMHeadModel(config).eval()


def llama(max_len: int) -> transformers.PreTrainedModel:
    config = transformers.LlamaConfig(
        vocab_size=VOCAB,
        max_position_embeddings=max_len,
        hidden_size=D_MODEL,
        intermediate_size=4 * D_MODEL * 2 // 3,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        bos_token_id=None,
        eos_token_id=None,
    )
    return transformers.LlamaForCausalLM(config).eval()


def theirs(model: transformers.PreTrainedModel, tokens: Tensor, new: int, beam: int) -> Tensor:
    return model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=new,
        min_new_tokens=new,
        num_beams=beam,
        do_sample=False,
        pad_token_id=0,
    )


def rows(new: int, rounds: int) -> Iterator[measure.Row]:
    for positions, make in (("learned", gpt2), ("rotary", llama)):
        for batch, beam in ((1, 1), (8, 1), (1, 4)):
            torch.manual_seed(0)
            model = GPT(
                VOCAB,
                d_model=D_MODEL,
                num_heads=HEADS,
                num_layers=LAYERS,
                max_len=new + 1,
                positions=positions,
            ).eval()
            tokens = torch.ones(batch, 1, dtype=torch.int64)
            peer = f"transformers {make.__name__}"
            methods = {
                peer: partial(theirs, make(new + 1), tokens, new, beam),
                "ours": partial(
                    generate, model, tokens, max_new_tokens=new, temperature=0.0, beam=beam
                ),
            }
            assert {method().shape for method in methods.values()} == {(batch, new + 1)}
            for row in measure.compare(methods, against=[peer], rounds=rounds, memory=False):
                ratios = {name.replace(peer, "transformers"): x for name, x in row.items()}
                what = {"new tokens": new, "positions": positions, "batch": batch, "beam": beam}
                yield what | ratios | {"tokens a second": batch * new / row["ms"] * 1000}


if __name__ == "__main__":
    measure.run(__file__, rows, sizes=[128, 1000], quick_size=16)
