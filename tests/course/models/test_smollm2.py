"""SmolLM2 on attn's layers against transformers, which reads the same file in its own way."""

from pathlib import Path

import pytest
import torch

from attn import generate
from course.models import load_smollm2
from course.models.smollm2 import our_name
from course.paths import ROOT

TEXT = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife."
)


@pytest.fixture(scope="module")
def file(weights_or_skip) -> Path:
    return weights_or_skip("SmolLM2")


@pytest.fixture(scope="module")
def ours(file):
    return load_smollm2()


@pytest.fixture(scope="module")
def theirs(file):
    """Llama as the model's authors have set it, with the numbers that transformers unpacks."""
    import transformers
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    config = transformers.LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        rms_norm_eps=1e-5,
        rope_theta=100_000,
        tie_word_embeddings=True,
        attn_implementation="eager",
    )
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config)
    read = load_gguf_checkpoint(str(file), return_tensors=True, model_to_load=model)["tensors"]
    missing, unexpected = model.load_state_dict(read, strict=False, assign=True)
    assert (missing, unexpected) == (["lm_head.weight"], [])
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # off the device "meta"
    return model.eval()


def assert_as_near_as_float32_allows(got, expected, near=2e-5):
    """Sums in another order differ by about 1e-7 of the largest number, a layer."""
    assert got.shape == expected.shape
    assert (got - expected).abs().max() < near * expected.abs().max()


@pytest.mark.slow
def test_logits_hidden_states_and_weights_of_every_layer_are_transformers(ours, theirs):
    model, tokenizer = ours
    tokens = torch.tensor([tokenizer.encode(TEXT)])
    with torch.no_grad():
        expected = theirs(tokens, output_hidden_states=True, output_attentions=True)
    streams = []
    hooks = [
        layer.register_forward_hook(lambda layer, inputs, output: streams.append(output))
        for layer in model.body.layers
    ]
    maps = []
    logits = model(tokens, maps=maps)
    for hook in hooks:
        hook.remove()
    assert_as_near_as_float32_allows(logits, expected.logits)
    assert torch.equal(logits.argmax(-1), expected.logits.argmax(-1))
    # Theirs has the embedding before the layers', and the last one normed.
    assert len(streams) == len(expected.hidden_states) - 1 == 30
    for mine, hers in zip(streams, expected.hidden_states[1:-1], strict=False):
        assert_as_near_as_float32_allows(mine, hers)
    assert_as_near_as_float32_allows(model.body.norm(streams[-1]), expected.hidden_states[-1])
    assert len(maps) == len(expected.attentions) == 30
    for mine, hers in zip(maps, expected.attentions, strict=True):
        torch.testing.assert_close(mine, hers, rtol=0, atol=1e-5)


def test_it_is_whole_frozen_and_one_matrix_reads_and_guesses(ours):
    model, _ = ours
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    assert model.head.weight is model.body.embedding.weight
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.training
    assert model.max_len == 8192


def test_it_knows_the_capital_of_japan(ours):
    model, tokenizer = ours
    tokens = torch.tensor([tokenizer.encode("The capital of Japan is")])
    written = generate(model, tokens, max_new_tokens=2, temperature=0)[0]
    assert tokenizer.decode(written.tolist()) == "The capital of Japan is Tokyo."


@pytest.mark.slow
def test_the_course_is_cut_as_by_the_library_with_this_vocabulary(file, ours):
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    # Transformers reads no "tokenizer.ggml.pre"; of this model, it says that numerals stand alone.
    theirs.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    _, tokenizer = ours
    for page in sorted(ROOT.glob("lessons/*.py")):
        text = page.read_text(encoding="utf-8")
        assert tokenizer.encode(text) == theirs(text)["input_ids"], page.name
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_what_stands_for_more_than_its_letters_is_one_token(ours):
    _, tokenizer = ours
    assert tokenizer.encode("<|im_start|>user\n<|im_end|>") == [1, *tokenizer.encode("user\n"), 2]
    assert tokenizer.decode([1, 2]) == "<|im_start|><|im_end|>"
    assert len(tokenizer.special) == 17


def test_names_of_the_file_become_names_of_attn():
    assert our_name("token_embd.weight") == "body.embedding.weight"
    assert our_name("blk.12.attn_q.weight") == "body.layers.12.self_attention.query_proj.weight"
