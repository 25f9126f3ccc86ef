"""Rows that were measured before a lesson are found, or it is said what makes them."""

import json

import pytest

from course import paths
from course.errors import CourseError
from course.results import saved_rows


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    rows = {"seeds": [{"seed": 1, "right": 0.5}], "rates": []}
    (tmp_path / "results_07.json").write_text(json.dumps(rows), encoding="utf-8")


@pytest.mark.usefixtures("data")
def test_the_rows_of_an_experiment_come_as_they_were_written():
    assert saved_rows("07", "seeds") == [{"seed": 1, "right": 0.5}]


@pytest.mark.usefixtures("data")
def test_a_missing_file_says_what_makes_it():
    with pytest.raises(CourseError, match=r"results_99\.json is missing: .*make_99\.py makes it"):
        saved_rows("99", "seeds")


@pytest.mark.usefixtures("data")
def test_a_missing_experiment_says_which_there_are():
    with pytest.raises(CourseError, match="no experiment 'seed'; there are: seeds, rates"):
        saved_rows("07", "seed")
