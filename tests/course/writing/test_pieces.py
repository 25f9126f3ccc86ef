"""Learning byte-pair encoding: the pairs that Sennrich et al. would find, counted the slow way."""

import itertools
import random
from collections import Counter

import pytest

from course.models.bpe import byte_letters, words
from course.writing.novel import novel
from course.writing.pieces import joined, learn_merges, tokenizer_of


def merges_by_counting_anew(text: str, count: int) -> list[tuple[str, str]]:
    letters = byte_letters()
    cut = [[letters[byte] for byte in word.encode()] for word in words(text)]
    merges = []
    for _ in range(count):
        pairs = Counter(pair for pieces in cut for pair in itertools.pairwise(pieces))
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        cut = [joined(pieces, best) for pieces in cut]
    return merges


@pytest.mark.parametrize("seed", range(5))
def test_keeping_count_finds_what_counting_anew_finds(seed):
    draw = random.Random(seed)
    text = "".join(draw.choice("aab é\n") for _ in range(400))
    assert learn_merges(text, 40) == merges_by_counting_anew(text, 40)


def test_the_example_of_the_paper():
    """low, lower, newest, widest, as often as in section 3.2; here words have no end marks."""
    text = "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3
    merges = learn_merges(text, 3)
    assert merges[0] == ("s", "t")  # 9 times, as "e s"; of equals the larger comes first
    assert merges[1] == ("e", "st")
    assert merges == merges_by_counting_anew(text, 3)


def test_there_are_no_more_merges_than_pairs_to_merge():
    assert learn_merges("ab ab", 10) == [("a", "b"), ("Ġ", "ab")]
    assert learn_merges("", 10) == []


def test_pieces_are_joined_from_the_left_and_used_once():
    assert joined([*"aaa"], ("a", "a")) == ["aa", "a"]
    assert joined([*"abab"], ("a", "b")) == ["ab", "ab"]
    assert joined([*"ba"], ("a", "b")) == ["b", "a"]


def test_the_tokenizer_gives_the_novel_back_and_knows_all_its_pieces():
    train, _ = novel()
    text = train[:20_000]
    merges = learn_merges(text, 50)
    tokenizer = tokenizer_of(text, merges)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer.tokens) == len({*text.encode()}) + 50
    assert all("".join(pair) in tokenizer.ids for pair in merges)
    assert len(tokenizer.encode(text)) < 0.75 * len(text)
