"""all-MiniLM-L6-v2 on attn's layers against transformers and tokenizers, from the same files."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from attn import padding_mask
from course.models import load_minilm, sentence_vectors
from course.models.minilm import our_name
from course.paths import ROOT

pytestmark = pytest.mark.slow  # `--fast` leaves it out

TEXTS = [
    "I love Tokyo.",
    "The animal didn't cross the street because it was too tired.",
    "Café naïve, won't stop!",
    "東京が好きです。私は hello",
    "transformers' self-attention (2017) is O(n^2)…",
    "antidisestablishmentarianism 12,345.67 $5 e-mail@x.org",
    "émigré ﬁne Straße İstanbul",
    "a\tb\nc",
    "",
]


@pytest.fixture(scope="module")
def folder(weights_or_skip) -> Path:
    return weights_or_skip("MiniLM").parent


@pytest.fixture(scope="module")
def ours(folder):
    return load_minilm()


@pytest.fixture(scope="module")
def their_tokenizer(folder):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


@pytest.fixture(scope="module")
def theirs(folder):
    from transformers import BertModel

    return BertModel.from_pretrained(folder, attn_implementation="eager").eval()


@pytest.fixture(scope="module")
def batch(ours):
    """tokens (batch, n), padded behind, and which of them are real (batch, n)"""
    ids = [torch.tensor(ours[1].encode(text)) for text in TEXTS]
    lengths = [len(row) for row in ids]
    assert len(set(lengths)) > 3
    return torch.nn.utils.rnn.pad_sequence(ids, batch_first=True), padding_mask(lengths)[:, 0, 0]


def test_hidden_states_and_weights_of_every_layer_are_transformers(ours, theirs, batch):
    tokens, real = batch
    maps = []
    with torch.no_grad():
        expected = theirs(tokens, real.long(), output_hidden_states=True, output_attentions=True)
    streams = []
    hooks = [
        layer.register_forward_hook(lambda layer, inputs, output: streams.append(output))
        for layer in ours[0].layers
    ]
    x = ours[0](tokens, real[:, None, None], maps=maps)
    for hook in hooks:
        hook.remove()
    assert len(streams) == len(maps) == len(expected.attentions) == 6
    for mine, hers in zip(streams, expected.hidden_states[1:], strict=True):
        torch.testing.assert_close(mine[real], hers[real], rtol=0, atol=1e-5)
    torch.testing.assert_close(x[real], expected.last_hidden_state[real], rtol=0, atol=1e-5)
    for mine, hers in zip(maps, expected.attentions, strict=True):
        mine, hers = (weights.transpose(1, 2)[real] for weights in (mine, hers))  # rows that count
        torch.testing.assert_close(mine, hers, rtol=0, atol=1e-5)


def test_sentence_vectors_are_the_mean_of_real_tokens_whatever_stands_beside(ours, theirs, batch):
    tokens, real = batch
    with torch.no_grad():
        x = theirs(tokens, real.long()).last_hidden_state
    means = torch.stack([row[kept].mean(0) for row, kept in zip(x, real, strict=True)])
    vectors = sentence_vectors(*ours, TEXTS)
    torch.testing.assert_close(vectors, F.normalize(means, dim=-1), rtol=0, atol=1e-6)
    torch.testing.assert_close(sentence_vectors(*ours, TEXTS[1:2])[0], vectors[1])
    many = sentence_vectors(*ours, [*TEXTS, *(4 * TEXTS)])  # more than are read together
    torch.testing.assert_close(many, vectors.repeat(5, 1))
    assert sentence_vectors(*ours, []).shape == (0, 384)


def test_of_a_long_text_256_tokens_are_read_the_last_of_them_sep(ours, their_tokenizer):
    text = "attention " * 400
    their_tokenizer.enable_truncation(256)
    ids = their_tokenizer.encode(text).ids
    their_tokenizer.no_truncation()
    assert ours[1].encode(text, 256) == ids
    (vector,) = sentence_vectors(*ours, [text])
    mean = F.normalize(ours[0](torch.tensor([ids]))[0].mean(0), dim=-1)
    torch.testing.assert_close(vector, mean, rtol=0, atol=1e-6)


def test_the_course_is_cut_as_by_the_library_with_this_vocabulary(ours, their_tokenizer):
    pages = sorted(ROOT.glob("lessons/*.py"))
    lines = {line for page in pages for line in page.read_text(encoding="utf-8").splitlines()}
    assert len(lines) > 1000
    for line in [*TEXTS, *lines]:
        if not any(special in line for special in ("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")):
            assert ours[1].pieces_of_text(line) == their_tokenizer.encode(line).tokens


def test_what_means_the_same_is_near(ours):
    tokyo, dear, soup = sentence_vectors(
        *ours, ["I love Tokyo.", "Tokyo is dear to me.", "The soup is too salty."]
    )
    assert tokyo @ dear > 0.7
    assert tokyo @ soup < 0.3


def test_it_is_whole_and_frozen(ours):
    model, _ = ours
    assert sum(p.numel() for p in model.parameters()) == 22_565_376
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.training


@pytest.mark.usefixtures("folder")
def test_loading_draws_no_random_number():
    before = torch.get_rng_state()
    load_minilm()
    assert torch.equal(torch.get_rng_state(), before)


def test_names_of_the_file_become_names_of_attn():
    assert our_name("encoder.layer.3.output.dense.bias") == "layers.3.feed_forward.down_proj.bias"
    assert our_name("embeddings.LayerNorm.weight") == "norm.weight"
    assert our_name("pooler.dense.weight") is None
