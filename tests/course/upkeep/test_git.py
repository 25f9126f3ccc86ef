import pytest

from course import paths
from course.errors import CourseError
from course.upkeep import git


def test_a_folder_without_git_has_nothing_newer(course):
    assert not git.is_clone()
    assert git.newer_fetched() == 0


def test_a_refusal_of_git_is_said_in_its_own_words(course):
    with pytest.raises(CourseError, match=r"^git rev-parse does not go: "):
        git.git("rev-parse", "HEAD")


def test_where_git_is_missing_it_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CourseError, match="git is not installed"):
        git.git("status")
    assert paths.ROOT.exists()
