"""The grammar writes what a textbook would, and pairs that are held out never meet in training."""

import pytest

from course import paths
from course.translation.grammar import (
    ALL_PARTNERS,
    FEW_PARTNERS,
    MANY_PARTNERS,
    corpus,
    held_out,
    sentence,
)
from course.translation.words import OBJECTS, VERBS


@pytest.mark.parametrize(
    ("english", "japanese", "asked"),
    [
        ("I love Tokyo .", "私 は 東京 が 好き です 。", (("I", "love", "Tokyo"), {})),
        (
            "the child does not read old books at home today .",
            "今日 子ども は 家 で 古い 本 を 読み ません 。",
            (
                ("the child", "read", "books"),
                {"adjective": "old", "place": "at home", "time": "today", "negative": True},
            ),
        ),
        (
            "she went to the big station .",
            "彼女 は 大きい 駅 に 行き ました 。",
            (("she", "go to", "the station"), {"adjective": "big", "past": True}),
        ),
        (
            "they did not love music .",
            "彼ら は 音楽 が 好き では ありません でした 。",
            (("they", "love", "music"), {"past": True, "negative": True}),
        ),
    ],
)
def test_sentences_are_those_of_a_textbook(english, japanese, asked):
    words, options = asked
    made = sentence(*words, **options)
    assert (" ".join(made.english), " ".join(made.japanese)) == (english, japanese)


def test_the_three_grammars_have_63_118_and_220_pairs_each_within_the_next():
    assert [len(pairs) for pairs in (FEW_PARTNERS, MANY_PARTNERS, ALL_PARTNERS)] == [63, 118, 220]
    assert set(FEW_PARTNERS) < set(MANY_PARTNERS) < set(ALL_PARTNERS)


@pytest.mark.parametrize("pairs", [FEW_PARTNERS, MANY_PARTNERS, ALL_PARTNERS], ids=len)
@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_is_held_out_and_every_word_keeps_two_partners(pairs, seed):
    held = held_out(pairs, seed)
    assert held[0] == ("love", "Tokyo")
    assert len(held) == len(set(held)) == pytest.approx(0.2 * len(pairs), abs=1)
    left = [pair for pair in pairs if pair not in held]
    for k in (0, 1):
        for word in {pair[k] for pair in pairs}:
            assert sum(pair[k] == word for pair in left) >= 2, word


def test_held_out_pairs_never_meet_in_training_and_make_all_of_the_test():
    made = corpus(3, train=800, test=100)
    assert len({tuple(pair.english) for pair in made.train}) == 800
    stems = {VERBS[verb][3]: verb for verb in VERBS}
    things = {OBJECTS[thing][0]: thing for thing in OBJECTS}
    particles = ("を", "に", "が")

    def pair_of(words: list[str]) -> tuple[str, str]:
        (verb,) = [stems[word] for word in words if word in stems]
        place = max(words.index(mark) for mark in particles if mark in words) - 1
        return verb, things[words[place]]

    assert not {pair_of(each.japanese) for each in made.train} & set(made.held_out)
    assert {pair_of(each.japanese) for each in made.test} <= set(made.held_out)


def test_the_same_seed_draws_the_same_sentences():
    assert corpus(1, train=50, test=10) == corpus(1, train=50, test=10)
    assert corpus(1, train=50, test=10) != corpus(2, train=50, test=10)


def test_what_lesson_07_says_of_its_pairs_is_so():
    """*love* meets the station and tea, Tokyo is seen and forgotten, and nobody loves Tokyo."""
    lesson = (paths.LESSONS / "07_train_a_translator.py").read_text(encoding="utf-8")
    told = " ".join(lesson.split())
    assert "*love* meets the station and tea, *Tokyo* is seen and forgotten" in told
    assert "**eki** ga suki desu*: the station, which it has often seen loved" in told
    said = [" ".join(pair.japanese) for pair in corpus(1).train]
    for pair in ("駅 が 好き", "お茶 が 好き", "東京 を 見 ", "東京 を 忘れ "):
        assert sum(pair in words for words in said) > 50, pair
    assert not any("東京 が 好き" in words for words in said)
