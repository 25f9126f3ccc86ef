"""Each tag means one thing to build, check and grade."""

from itertools import combinations

from course import paths
from course.authoring.lesson import read_lesson
from course.cells.tags import TAGS, Tag, meaning


def test_a_demo_is_checked_and_not_graded_and_what_answers_the_mouse_is_neither():
    assert meaning(["demo"]) == Tag(compared=True, checked=True, graded=False)
    for tag in ("explore", "quiz", "progress"):
        assert meaning([tag]) == Tag(compared=False, checked=False, graded=False)
    for tag in ("exercise", "check", "hint", "deep-dive"):
        assert meaning([tag]) == Tag()


def test_no_tag_and_unknown_ones_change_nothing():
    assert meaning([]) == meaning(["nbval-skip", "mine"]) == Tag()


def test_of_two_tags_the_one_that_leaves_out_counts():
    for one, other in combinations(TAGS, 2):
        both = meaning([one, other])
        for what in ("compared", "checked", "graded"):
            wanted = getattr(TAGS[one], what) and getattr(TAGS[other], what)
            assert getattr(both, what) is wanted
            assert getattr(meaning([other, one, "mine"]), what) is wanted


def test_each_tag_is_used_in_some_lesson():
    lessons = [read_lesson(paths.LESSONS / f"{name}.py") for name in paths.lesson_names()]
    assert {tag for lesson in lessons for cell in lesson.cells for tag in cell.tags} >= set(TAGS)
