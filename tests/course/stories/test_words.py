"""Every word can be written, in script and in Latin letters."""

import re

from fontTools.ttLib import TTFont

from course import paths
from course.stories.words import LATIN, LITTLE_WORDS, LOVED, NAMES, THINGS, VERBS, in_latin


def test_pictures_have_a_glyph_for_every_japanese_word():
    glyphs = TTFont(paths.DATA / "NotoSansJP-subset.otf").getBestCmap()
    assert [word for word in LATIN if not all(ord(sign) in glyphs for sign in word)] == []


def test_no_word_has_two_meanings():
    tables = (NAMES, LOVED, THINGS, VERBS)
    english = [word for table in tables for word in table]
    japanese = [script for table in tables for script, _ in table.values()]
    assert len(set(english)) == len(english)
    assert len({*japanese, *LITTLE_WORDS}) == len(japanese) + len(LITTLE_WORDS)


def test_latin_letters_are_latin_and_other_words_stay():
    assert all(re.fullmatch(r"[A-Za-zāīūēō.]+", latin) for latin in LATIN.values())
    assert in_latin(["東京", "が", "Ken"]) == ["Tōkyō", "ga", "Ken"]
