"""A story and its three targets fit together, as somebody would write them by hand."""

import random

import pytest

from course.stories.telling import TASKS, draw, stories, tell


@pytest.fixture(scope="module")
def drawn():
    return stories(300, seed=1)


def test_a_story_by_hand():
    story = tell([("Ken", "Tokyo"), ("Yuki", "tea")], ("Mary", "lost", "key"), [2, 0, 1], asked=1)
    assert " ".join(story.text) == (
        "suddenly Mary lost the key . Ken loves Tokyo . Yuki loves tea . what does Yuki love ?"
    )
    assert " ".join(story.wanted["translate"]) == (
        "とつぜん メアリー は カギ を なくし ました 。 ケン は 東京 が 好き です 。 "
        "ユキ は お茶 が 好き です 。"
    )
    assert " ".join(story.wanted["summarise"]) == "Mary lost the key ."
    assert " ".join(story.wanted["answer"]) == "Yuki loves tea ."


def test_answer_and_summary_stand_in_the_text(drawn):
    for story in drawn:
        text = " ".join(story.text)
        assert " ".join(story.wanted["answer"]) in text
        assert " ".join(story.wanted["summarise"]) in text
        assert story.wanted["answer"][0] == story.text[-3]  # what does … love ?


def test_two_things_are_loved_so_that_the_question_has_to_be_read(drawn):
    for story in drawn:
        loved = [story.text[k + 1] for k, word in enumerate(story.text) if word == "loves"]
        assert len(set(loved)) == 2


def test_the_length_tells_nothing(drawn):
    assert {len(story.text) for story in drawn} == {19}
    for task in TASKS:
        assert len({len(story.wanted[task]) for story in drawn}) == 1


def test_every_sentence_comes_at_every_place_and_both_lovers_are_asked(drawn):
    assert {story.text.index("suddenly") for story in drawn} == {0, 4, 8}
    firsts = {story.text.index(story.wanted["answer"][0]) for story in drawn}
    assert firsts >= {0, 4}


def test_the_same_seed_tells_the_same_stories():
    assert stories(5, seed=3) == stories(5, seed=3) != stories(5, seed=4)
    assert draw(random.Random(3)) == stories(1, seed=3)[0]
