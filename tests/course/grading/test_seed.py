"""A folder of results has one seed, which nobody can guess, and keeps it."""

import pytest

from course.errors import CourseError
from course.grading.seed import MOST, draw_seed, seed_of


def test_the_first_seed_is_kept_and_a_given_one_takes_its_place(tmp_path):
    first = seed_of(tmp_path)
    assert seed_of(tmp_path) == first
    assert seed_of(tmp_path, 7) == 7
    assert seed_of(tmp_path) == 7
    assert (tmp_path / "seed.txt").read_text() == "7\n"


def test_two_folders_have_two_seeds_within_the_range():
    drawn = {draw_seed() for _ in range(100)}
    assert len(drawn) == 100
    assert all(0 <= seed < MOST for seed in drawn)


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "7 8", "٣", "\udcff"])
def test_a_file_that_holds_no_seed_is_said_and_left_alone(tmp_path, text):
    path = tmp_path / "seed.txt"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CourseError, match="--seed"):
        seed_of(tmp_path)
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")
