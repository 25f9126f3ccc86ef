"""attn against Hugging Face transformers: small models built here, with random weights.

One file, with the imports in the tests: transformers takes seconds, and only the process that
runs these needs it.
"""

import math
from functools import partial

import pytest
import torch

from attn import (
    GPT,
    EncoderLayer,
    GatedFeedForward,
    MultiHeadAttention,
    RelativePositionBias,
    alibi_bias,
    apply_rotary,
    causal_mask,
    generate,
    padding_mask,
    scaled_dot_product_attention,
)
from attn.generation import rank
from attn.positions import alibi_slopes

# Their rotary tables and some of their softmaxes are float32 whatever the model is.
close = partial(torch.testing.assert_close, rtol=1e-5, atol=1e-5)


def minus_infinity_where_hidden(mask):
    return torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, -torch.inf)


def llama_config(**options):
    from transformers import LlamaConfig

    sizes = {"hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6}
    return LlamaConfig(**sizes, attn_implementation="sdpa", **options)


def test_rotary_with_split_halves_is_llamas():
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    x = torch.randn(2, 4, 7, 6, dtype=torch.float64)
    places = torch.arange(7)[None] + torch.tensor([[0], [1000]])  # (batch, n)
    cos, sin = LlamaRotaryEmbedding(llama_config())(x, places)
    expected, _ = apply_rotary_pos_emb(x, x, cos, sin)
    got = apply_rotary(x, places[:, None], interleaved=False)
    torch.testing.assert_close(got, expected, rtol=1e-3, atol=3e-4)  # float32 angles of 1000
    close(got[0], expected[0])


def test_rotary_with_neighbours_is_llama_4s():
    from transformers.models.llama4.configuration_llama4 import Llama4TextConfig
    from transformers.models.llama4.modeling_llama4 import (
        Llama4TextRotaryEmbedding,
        apply_rotary_emb,
    )

    config = Llama4TextConfig(hidden_size=24, num_attention_heads=4, head_dim=6)
    x = torch.randn(2, 7, 4, 6, dtype=torch.float64)  # theirs: (batch, n, heads, d_head)
    turns = Llama4TextRotaryEmbedding(config)(x, torch.arange(7)[None])
    base = config.rope_parameters["rope_theta"]
    expected, _ = apply_rotary_emb(x, x, turns)
    close(apply_rotary(x.transpose(1, 2), base=base).transpose(1, 2), expected)


@pytest.mark.parametrize(("kv_heads", "base"), [(1, 1e4), (2, 1e4), (4, 1e4), (2, 300.0)])
def test_grouped_rotary_attention_is_llamas_once_the_pairs_are_permuted(kv_heads, base):
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

    config = llama_config(attention_bias=True, rope_theta=base)
    config.num_key_value_heads = kv_heads
    theirs = LlamaAttention(config, layer_idx=0).double()
    options = {"num_kv_heads": kv_heads, "rotary": True, "rotary_base": base}
    ours = MultiHeadAttention(24, 4, **options).double()
    # Theirs pairs feature i with i + 3; ours pairs neighbours.
    neighbours = torch.tensor([0, 3, 1, 4, 2, 5])
    with torch.no_grad():
        for mine, hers, heads in (
            (ours.query_proj, theirs.q_proj, 4),
            (ours.key_proj, theirs.k_proj, kv_heads),
        ):
            mine.weight.copy_(hers.weight.view(heads, 6, 24)[:, neighbours].flatten(0, 1))
            mine.bias.copy_(hers.bias.view(heads, 6)[:, neighbours].flatten())
    ours.value_proj.load_state_dict(theirs.v_proj.state_dict())
    ours.out_proj.load_state_dict(theirs.o_proj.state_dict())
    x = torch.randn(2, 9, 24, dtype=torch.float64)
    tables = LlamaRotaryEmbedding(config)(x, torch.arange(9)[None])
    expected, _ = theirs(x, tables, minus_infinity_where_hidden(causal_mask(9)[None, None]))
    for need_weights in (True, False):
        close(ours(x, causal=True, need_weights=need_weights).output, expected)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["silu", "gelu", "relu"])
def test_a_gated_feed_forward_is_llamas(activation, bias):
    from transformers.models.llama.modeling_llama import LlamaMLP

    config = llama_config(intermediate_size=40, hidden_act=activation, mlp_bias=bias)
    theirs = LlamaMLP(config).double()
    ours = GatedFeedForward(24, 40, activation=activation, bias=bias).double()
    ours.load_state_dict(theirs.state_dict())  # the same names too
    x = torch.randn(2, 5, 24, dtype=torch.float64)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("heads", [1, 2, 3, 5, 6, 8, 12, 20])
def test_alibi_is_blooms_for_any_number_of_heads(heads):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    lengths = torch.tensor([7])
    theirs = build_alibi_tensor(padding_mask(lengths)[0, 0], heads, torch.float64)  # (heads, 1, n)
    torch.testing.assert_close(
        alibi_slopes(heads), theirs[:, 0, 1], rtol=1e-6, atol=0
    )  # position 1, slope times 1


def test_attention_with_alibi_is_blooms():
    from transformers import BloomConfig
    from transformers.models.bloom.modeling_bloom import BloomAttention, build_alibi_tensor

    heads, d_model, n = 6, 24, 7
    config = BloomConfig(hidden_size=d_model, n_head=heads)
    theirs = BloomAttention(config, layer_idx=0).double().eval()
    ours = MultiHeadAttention(d_model, heads).double()
    with torch.no_grad():
        for i, mine in enumerate((ours.query_proj, ours.key_proj, ours.value_proj)):
            fused = theirs.query_key_value
            mine.weight.copy_(fused.weight.view(heads, 3, -1, d_model)[:, i].flatten(0, 1))
            mine.bias.copy_(torch.randn(d_model))
            fused.bias.view(heads, 3, -1)[:, i] = mine.bias.view(heads, -1)
    ours.out_proj.load_state_dict(theirs.dense.state_dict())
    x = torch.randn(1, n, d_model, dtype=torch.float64)
    expected = theirs(
        x,
        torch.zeros_like(x),
        build_alibi_tensor(torch.ones(1, n), heads, torch.float64),
        minus_infinity_where_hidden(causal_mask(n)[None, None]),
    )[0]
    bias = alibi_bias(heads, n, dtype=torch.float64)
    close(ours(x, bias=bias, causal=True).output, expected)


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("num_buckets", "max_distance"), [(32, 128), (8, 20), (12, 50)])
def test_buckets_are_t5s(bidirectional, num_buckets, max_distance):
    from transformers.models.t5.modeling_t5 import T5Attention

    relative = torch.arange(-300, 301)
    ours = RelativePositionBias(
        1, num_buckets=num_buckets, max_distance=max_distance, bidirectional=bidirectional
    )
    theirs = T5Attention._relative_position_bucket(
        relative, bidirectional, num_buckets, max_distance
    )
    assert torch.equal(ours.bucket(relative), theirs)


@pytest.mark.parametrize("decoder", [True, False])
def test_attention_with_relative_bias_is_t5s(decoder):
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5Attention

    heads, d_model, n = 3, 12, 40
    config = T5Config(
        d_model=d_model, d_kv=4, num_heads=heads, is_decoder=decoder, attn_implementation="eager"
    )
    theirs = T5Attention(config, has_relative_attention_bias=True, layer_idx=0).double().eval()
    # T5 does not scale the scores: the initial weights do it.
    unscaled = partial(scaled_dot_product_attention, scale=1.0)
    ours = MultiHeadAttention(d_model, heads, bias=False, attention=unscaled).double()
    for mine, hers in (("query", "q"), ("key", "k"), ("value", "v"), ("out", "o")):
        getattr(ours, f"{mine}_proj").load_state_dict(getattr(theirs, hers).state_dict())
    bias = RelativePositionBias(heads, bidirectional=not decoder).double()
    torch.nn.init.normal_(theirs.relative_attention_bias.weight)
    bias.embedding.load_state_dict(theirs.relative_attention_bias.state_dict())
    x = torch.randn(2, n, d_model, dtype=torch.float64)
    mask = causal_mask(n) if decoder else padding_mask([n, 30])
    hidden = minus_infinity_where_hidden(mask.expand(2, 1, n, n))
    close(ours(x, mask=mask, bias=bias(n)).output, theirs(x, mask=hidden)[0])
    close(bias(3, n), theirs.compute_bias(3, n, past_seen_tokens=n - 3)[0])


def test_encoder_layers_are_berts():
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=30,
        hidden_size=24,
        num_attention_heads=3,
        num_hidden_layers=2,
        intermediate_size=40,
        hidden_act="gelu",
    )
    theirs = BertModel(config).double().eval()
    tokens, mask = torch.randint(30, (2, 7)), padding_mask([7, 4])
    expected = theirs(tokens, mask[:, 0, 0].long(), output_hidden_states=True)
    x = expected.hidden_states[0]
    for hers in theirs.encoder.layer:
        mine = EncoderLayer(24, 3, 40, norm_first=False, norm_eps=config.layer_norm_eps).double()
        attention, residual = mine.self_attention, mine.self_attention_residual
        for part, source in (
            (attention.query_proj, hers.attention.self.query),
            (attention.key_proj, hers.attention.self.key),
            (attention.value_proj, hers.attention.self.value),
            (attention.out_proj, hers.attention.output.dense),
            (residual.norm, hers.attention.output.LayerNorm),
            (mine.feed_forward.up_proj, hers.intermediate.dense),
            (mine.feed_forward.down_proj, hers.output.dense),
            (mine.feed_forward_residual.norm, hers.output.LayerNorm),
        ):
            part.load_state_dict(source.state_dict())
        x = mine(x, mask)
    visible = mask[:, 0, 0]
    close(x[visible], expected.last_hidden_state[visible])


@pytest.fixture(scope="module")
def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    """GPT-2 by them and by us, with the same weights."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=19,
        n_embd=24,
        n_head=3,
        n_layer=2,
        n_positions=32,
        activation_function="gelu",
        initializer_range=0.3,  # far from uniform, so that choices are clear
    )
    theirs = GPT2LMHeadModel(config).double().eval()
    ours = GPT(19, d_model=24, num_heads=3, num_layers=2, max_len=32).double()
    body, hers = ours.body, theirs.transformer
    state = {
        "body.embedding.weight": hers.wte.weight / math.sqrt(24),  # ours scales by sqrt(d_model)
        "body.learned_positions.embedding.weight": hers.wpe.weight,
        "body.norm.weight": hers.ln_f.weight,
        "body.norm.bias": hers.ln_f.bias,
        "head.weight": theirs.lm_head.weight,
    }
    for i, block in enumerate(hers.h):
        fused = zip(
            block.attn.c_attn.weight.chunk(3, 1), block.attn.c_attn.bias.chunk(3), strict=True
        )
        for name, (weight, bias) in zip(("query", "key", "value"), fused, strict=True):
            prefix = f"body.layers.{i}.self_attention.{name}_proj"
            state |= {f"{prefix}.weight": weight.T, f"{prefix}.bias": bias}
        for name, linear in (
            ("self_attention.out_proj", block.attn.c_proj),
            ("feed_forward.up_proj", block.mlp.c_fc),
            ("feed_forward.down_proj", block.mlp.c_proj),
        ):
            prefix = f"body.layers.{i}.{name}"
            state |= {f"{prefix}.weight": linear.weight.T, f"{prefix}.bias": linear.bias}
        for name, norm in (
            ("self_attention_residual", block.ln_1),
            ("feed_forward_residual", block.ln_2),
        ):
            prefix = f"body.layers.{i}.{name}.norm"
            state |= {f"{prefix}.weight": norm.weight, f"{prefix}.bias": norm.bias}
    ours.load_state_dict(state)
    assert len(body.layers) == len(hers.h)
    return ours, theirs


def test_gpt_is_gpt2(gpt2):
    ours, theirs = gpt2
    tokens = torch.randint(19, (2, 11))
    expected = theirs(tokens, output_attentions=False).logits
    torch.testing.assert_close(ours(tokens), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("beam", [1, 2, 4])
def test_greedy_and_beam_search_are_theirs(gpt2, beam):
    ours, theirs = gpt2
    tokens = torch.randint(19, (3, 4), generator=torch.Generator().manual_seed(1))
    expected = theirs.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=10,
        do_sample=False,
        num_beams=beam,
        length_penalty=0.0,
        eos_token_id=None,
        pad_token_id=0,
    )
    for cache in (True, False):
        got = generate(ours, tokens, max_new_tokens=10, temperature=0, beam=beam, cache=cache)
        assert torch.equal(got, expected)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 1, 5, 99])
@pytest.mark.parametrize("top_p", [None, 1e-6, 0.3, 0.9, 0.999, 1.0])
def test_what_is_drawn_is_what_their_warpers_leave(temperature, top_k, top_p):
    import transformers

    logits = 3 * torch.randn(4, 19, generator=torch.Generator().manual_seed(0)).double()
    expected = transformers.TemperatureLogitsWarper(temperature)(None, logits)
    if top_k is not None:
        expected = transformers.TopKLogitsWarper(top_k)(None, expected)
    if top_p is not None:
        expected = transformers.TopPLogitsWarper(top_p)(None, expected)
    probs, ranked = rank(logits.log_softmax(-1), temperature, top_k, top_p)
    got = torch.zeros_like(logits).scatter(1, ranked, probs)
    torch.testing.assert_close(got, expected.softmax(-1), rtol=1e-9, atol=1e-12)
    assert (probs.diff(dim=-1) <= 0).all()  # the best first
