"""The novel of lesson 17: whole paragraphs, and none of the test text in what is learnt."""

from course.writing.novel import FILE, novel


def test_it_begins_as_everybody_knows_and_is_about_as_long_as_the_lesson_says():
    train, test = novel()
    assert train.startswith("It is a truth universally acknowledged, that a single man in ")
    assert 299_000 < len(train) + len(test) < 302_000
    assert 0.9 <= len(train) / len(train + test) < 0.91


def test_no_paragraph_is_cut_and_no_long_one_is_in_both():
    train, test = novel()
    assert train + test == FILE.read_text(encoding="utf-8")
    assert train[-1] == test[-1] == "\n"
    paragraphs = {line for line in train.splitlines() if len(line) > 60}
    assert not paragraphs & set(test.splitlines())


def test_it_is_plain_text_a_paragraph_a_line():
    text = "".join(novel())
    assert text.isascii()
    assert "_" not in text  # the marks for words in italics
    assert "\n\n" not in text
    assert "  " not in text
    assert "Chapter" not in text
