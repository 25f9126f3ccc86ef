"""Each picture of the quizzes is drawn by its function, equal on every run, with its words."""

import re

import pytest

from course import paths
from course.errors import CourseError
from course.quizzes import load_quiz
from course.widgets.picture import PICTURES
from course.widgets.pictures import drawn

NAMED = [
    question["figure"]
    for path in sorted(paths.QUIZZES.glob("[0-9][0-9]_*.json"))
    for question in load_quiz(path.name[:2])["questions"]
    if question["kind"] == "picture"
]


def test_every_picture_that_a_quiz_names_is_drawn_and_every_one_drawn_is_asked_about():
    assert set(NAMED) == set(PICTURES)


def test_a_question_without_a_picture_is_left_alone_and_an_unknown_one_is_named():
    assert drawn({"id": "x"}) == {"id": "x"}
    with pytest.raises(CourseError, match=r"question x: no picture 'cat'; there are caches, "):
        drawn({"id": "x", "figure": "cat"})


def figures(image: str) -> list[float]:
    """The numbers that an image's words name."""
    words = re.search(r'alt="([^"]+)"', image)
    assert words is not None
    return [
        float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", words[1])
    ]


def test_the_answers_to_the_pictures_are_in_them():
    rows = figures(PICTURES["two_tables"]())
    down, across = rows[:9], rows[9:]
    for place in range(3):
        assert sum(down[place::3]) == pytest.approx(1, abs=0.02)
        assert sum(across[3 * place :][:3]) == pytest.approx(1, abs=0.02)
    smallest, largest = figures(PICTURES["influences"]())[-2:]  # above the diagonal
    assert 0.01 <= smallest < 0.05 < largest
    assert 32 * 2 * 32768 * 8 * 128 * 2 / 2**30 == 4  # which-cache: GiB with 8 kv heads
