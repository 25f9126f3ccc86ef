"""Search by words: BM25, held to numbers worked out by hand."""

import math

import pytest

from course.search.words import content_words, shared_words

TEXTS = ["a cat and a cat", "the cat sat down", "rain fell"]


def test_words_that_stand_in_any_question_are_left_out_and_case_does_not_count():
    assert content_words("What does the Softmax of d_k do?") == ["softmax", "d_k"]
    assert content_words("") == []


def test_the_scores_are_those_of_the_formula():
    """Lengths 2, 3 and 2 words; "cat" is in two of three texts, twice in the first."""
    mean = 7 / 3
    rare = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    first = rare * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 2 / mean))
    second = rare * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / mean))
    assert shared_words("Which cat?", TEXTS) == pytest.approx([first, second, 0])


def test_a_word_that_few_texts_hold_counts_more():
    cat, sat, both = (shared_words(words, TEXTS)[1] for words in ("cat", "sat", "cat sat"))
    assert cat < sat
    assert both == pytest.approx(cat + sat)


@pytest.mark.parametrize("question", ["", "why is it so", "?!", "東京"])
def test_a_question_that_shares_no_word_scores_nothing(question: str):
    assert shared_words(question, TEXTS) == [0, 0, 0]


@pytest.mark.parametrize("texts", [[], [""]])
def test_texts_without_words_are_no_fault(texts: list[str]):
    assert shared_words("cat", texts) == [0] * len(texts)
