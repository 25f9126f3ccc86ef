"""Spoken Japanese: the same words, in one of the ways in which they may be said."""

import random

from course.translation.grammar import sentence
from course.translation.spoken import spoken

BOUGHT = sentence("you", "buy", "books", place="at the station", time="yesterday", past=True)


def test_one_way_without_the_subject_and_six_with_it():
    generator = random.Random(0)
    ways = [tuple(spoken(BOUGHT, generator).japanese) for _ in range(2000)]
    short = "昨日 駅 で 本 を 買い ました 。"
    assert len(set(ways)) == 7
    assert {len(way) for way in set(ways)} == {8, 10}
    share = sum(" ".join(way) == short for way in ways) / len(ways)
    assert 0.3 < share < 0.4
    said = {way for way in ways if way[0] == "あなた"}
    assert len(said) == 6
    assert all(sorted(way) == sorted(BOUGHT.japanese) for way in said)


def test_others_than_i_you_and_we_are_always_said():
    generator = random.Random(0)
    cat = sentence("the cat", "eat", "fish")
    assert {tuple(spoken(cat, generator).japanese) for _ in range(50)} == {tuple(cat.japanese)}
