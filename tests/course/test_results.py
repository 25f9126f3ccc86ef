"""Saved rows are found by lesson and experiment, and what is missing is said in one sentence."""

import json

import pytest

from course import paths
from course.errors import CourseError
from course.results import saved_rows


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    rows = {"race": [{"seed": 0, "loss": 1.5}]}
    (tmp_path / "results_07.json").write_text(json.dumps(rows), encoding="utf-8")


def test_an_experiment_has_its_rows(data):
    assert saved_rows("07", "race") == [{"seed": 0, "loss": 1.5}]


def test_an_experiment_that_is_not_there_is_named_with_those_that_are(data):
    with pytest.raises(CourseError, match=r"'walk'.*race"):
        saved_rows("07", "walk")


def test_a_file_that_is_missing_is_named_with_the_script_that_makes_it(data):
    with pytest.raises(CourseError, match=r"results_08\.json.*make_08\.py"):
        saved_rows("08", "race")
