"""Rows that were measured before: found wherever one starts, and missed in plain words."""

import json

import pytest

from course import paths
from course.errors import CourseError
from course.results import saved_rows


def test_rows_are_read_from_the_lessons_data_whatever_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in paths.DATA.glob("results_*.json"):
        lesson = path.stem.removeprefix("results_")
        for experiment, rows in json.loads(path.read_text("utf-8")).items():
            assert saved_rows(lesson, experiment) == rows
            assert rows


def test_a_file_or_an_experiment_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    with pytest.raises(CourseError, match=r"results_42\.json is missing.*make_42\.py"):
        saved_rows("42", "heat")
    (tmp_path / "results_42.json").write_text('{"cold": [], "warm": []}', encoding="utf-8")
    with pytest.raises(CourseError, match="no experiment 'heat'; there are: cold, warm"):
        saved_rows("42", "heat")
