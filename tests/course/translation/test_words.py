"""Each word of the grammar can be read by those who can't read Japanese."""

from course.translation.grammar import corpus
from course.translation.words import LATIN, in_latin


def test_every_word_that_the_grammar_writes_has_latin_letters():
    japanese = {word for pair in corpus(train=500, test=100).train for word in pair.japanese}
    assert {word for word in japanese if not in_latin([word])[0].isascii()} <= {
        word for word in LATIN if set(LATIN[word]) & set("āīūēōĀĪŪĒŌ")
    }
    assert japanese <= LATIN.keys()


def test_words_stay_in_order_and_unknown_ones_as_they_are():
    assert in_latin(["東京", "が", "Kato"]) == ["Tōkyō", "ga", "Kato"]
