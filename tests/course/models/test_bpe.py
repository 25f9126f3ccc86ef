"""course.models.bpe against the library tokenizers, with a vocabulary that is made here."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from course.models.bpe import BPE, byte_letters
from course.paths import ROOT

SPECIAL = ["<|im_start|>", "<|im_end|>"]
TEXTS = [
    "",
    " ",
    "It's what they'll say, isn't it? I'd've; 'sup 'S we're I'm",
    "two  spaces, three   and\n\n a line \n",
    "tab\tand\r\n\x1c odd \x85 \u2003 spaces \u3000",
    "in 2017, 1,234.5 of x2 and ² ½ Ⅷ ٣ 三",
    "snake_case __init__ _ a_1",
    "東京が好きです。 Café naïve Straße 😀👍🏽 हिन्दी",
    "<|im_start|>user\nhello<|im_end|>\n<|im_start|>",
    "<|im_start|<|im_end|>>",
]


@pytest.fixture(scope="module")
def theirs() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    tokenizer.train_from_iterator([text, *TEXTS], trainer)
    return tokenizer


@pytest.fixture(scope="module")
def ours(theirs) -> BPE:
    model = json.loads(theirs.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    merges = [" ".join(pair) for pair in model["merges"]]
    assert len(merges) > 500
    return BPE(tokens, merges, SPECIAL)


def test_every_byte_has_a_letter_of_its_own_and_it_is_theirs():
    assert len(set(byte_letters())) == 256
    assert set(byte_letters()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert byte_letters()[ord("a")] == "a"
    assert byte_letters()[ord(" ")] == "Ġ"


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_cut_as_by_the_library(ours, theirs, text):
    assert ours.encode(text) == theirs.encode(text).ids
    assert ours.decode(ours.encode(text)) == text


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_text_is_cut_as_by_the_library(ours, theirs, any_text, data):
    text = data.draw(any_text | st.text("ab'sl _1²\n\t.!é東"))
    assert ours.encode(text) == theirs.encode(text).ids
    assert ours.decode(ours.encode(text)) == text


def test_a_word_that_was_met_before_is_cut_alike(ours):
    assert ours.encode("attention attention") == [
        *ours.encode("attention"),
        *ours.encode(" attention"),
    ]
    assert ours.encode(" attention") == ours.encode(" attention")


def test_half_a_sign_is_shown_as_such(ours):
    ids = ours.encode("東")
    assert len(ids) > 1
    assert "\ufffd" in ours.decode(ids[:1])


def test_a_byte_that_is_no_token_is_left_out():
    small = BPE(["a", "b", "ab"], ["a b"])
    assert small.encode("abz") == [2]
    assert small.encode("za") == [0]
