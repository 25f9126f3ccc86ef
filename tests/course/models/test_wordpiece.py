"""course.models.wordpiece against the library tokenizers, with a vocabulary that is made here."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from course.models.wordpiece import WordPiece

LETTERS = string.ascii_lowercase + string.digits + string.punctuation + "東京かσßıé"
WORDS = ["un", "##believ", "##able", "##ably", "love", "##s", "tokyo", "can", "##not"]
VOCAB = [*("[PAD]", "[UNK]", "[CLS]", "[SEP]"), *WORDS, *LETTERS, *(f"##{c}" for c in LETTERS[:30])]
TEXTS = [
    "",
    "I love Tokyo.",
    "unbelievably UNBELIEVABLE",
    "Café naïve, won't stop!",
    "O(n^2) costs $5 + 10% <b> `a_b` ~x~",
    "東京が好きです",
    "émigré ﬁne Straße İstanbul ΣΑΣ Ω",
    "a\tb\nc\r\nd \u2003 e\u200bf \x00g \ufffdh \x85i",
    "emoji 😀 한국어 がぎぐ x\u0301",
    "a" * 100,
    "a" * 101,
    "\U00020000 \U0002b920 \uf900",
]


@pytest.fixture(scope="module")
def theirs() -> Tokenizer:
    vocab = {token: i for i, token in enumerate(VOCAB)}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> WordPiece:
    file = tmp_path_factory.mktemp("vocab") / "vocab.txt"
    file.write_text("".join(f"{token}\n" for token in VOCAB), encoding="utf-8")
    return WordPiece(file)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_cut_as_by_the_library(ours, theirs, text):
    assert ours.pieces_of_text(text)[1:-1] == theirs.encode(text).tokens
    assert ours.encode(text)[1:-1] == theirs.encode(text).ids


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_text_is_cut_as_by_the_library(ours, theirs, any_text, data):
    text = data.draw(any_text | st.text("unbelivaby .É'東\u0301 "))
    assert ours.pieces_of_text(text)[1:-1] == theirs.encode(text).tokens


def test_the_longest_piece_comes_first_and_a_word_with_an_unknown_sign_is_unknown_whole(ours):
    assert ours.pieces("unbelievably") == ["un", "##believ", "##ably"]
    assert ours.pieces("x") == ["x"]
    assert ours.pieces("cannot") == ["can", "##not"]
    assert ours.pieces("can好not") == ["[UNK]"]


def test_a_text_stands_between_cls_and_sep_also_when_it_is_cut_short(ours):
    assert ours.pieces_of_text("love") == ["[CLS]", "love", "[SEP]"]
    whole = ours.encode("a b c d")
    assert ours.encode("a b c d", max_len=6) == whole
    assert ours.encode("a b c d", max_len=4) == [*whole[:3], whole[-1]]
