"""Words become numbers and come back; padding and marks do not."""

import pytest

from course.translation.vocabulary import END, PAD, START, Vocabulary

SENTENCES = [["b", "a", "c"], ["a"]]


def test_rows_are_filled_up_and_marked():
    vocabulary = Vocabulary(SENTENCES)
    a, b, c = (vocabulary.number[word] for word in "abc")
    assert (a, b, c, len(vocabulary)) == (3, 4, 5, 6)
    assert vocabulary.encode(SENTENCES).tolist() == [[b, a, c], [a, PAD, PAD]]
    marked = vocabulary.encode(SENTENCES, marks=True)
    assert marked.tolist() == [[START, b, a, c, END], [START, a, END, PAD, PAD]]


def test_what_was_encoded_is_decoded_up_to_its_first_end():
    vocabulary = Vocabulary(SENTENCES)
    rows = vocabulary.encode(SENTENCES, marks=True).tolist()
    assert [vocabulary.decode(row) for row in rows] == SENTENCES
    assert vocabulary.decode([vocabulary.number["b"], END, vocabulary.number["c"]]) == ["b"]


def test_an_unknown_word_is_an_error():
    with pytest.raises(KeyError, match="d"):
        Vocabulary(SENTENCES).encode([["d"]])
