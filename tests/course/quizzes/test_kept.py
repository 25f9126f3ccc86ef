"""Answers are kept by the options' texts; records that name places are read, once."""

import json
from pathlib import Path

import pytest

from course import paths
from course.quizzes.kept import kept_answers
from course.record import store


@pytest.fixture(autouse=True)
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    options = [
        {"text": name, "correct": name in "bc", "feedback": f"{name}."} for name in ("a", "b", "c")
    ]
    one = {"id": "one", "kind": "single", "text": "Which?", "options": options}
    one["options"] = [options[0], options[1], {**options[2], "correct": False}]
    several = {**one, "id": "several", "kind": "several", "options": options}
    questions = [one, several, *({**one, "id": name} for name in ("gone", "x", "y"))]
    quiz = {"lesson": "01", "title": "Small", "questions": questions}
    (tmp_path / "01_small.json").write_text(json.dumps(quiz), encoding="utf-8")
    monkeypatch.setattr(paths, "QUIZZES", tmp_path)
    return path


def test_places_become_the_texts_that_stand_there_in_the_file_and_stay_so(progress: Path) -> None:
    old = {
        "one": {"answer": 2, "right": False},
        "several": {"answer": [1, 2], "right": True},
        "gone": {"answer": 7, "right": True},
        "unknown": {"answer": 0, "right": True},
        "number": {"answer": "64", "right": True},
    }
    record = {"version": 1, "checks": {}, "quizzes": {"01": old}}
    progress.write_text(json.dumps(record), encoding="utf-8")
    read = {
        "one": {"answer": "c", "right": False},
        "several": {"answer": ["b", "c"], "right": True},
        "gone": {"answer": "", "right": True},
        "unknown": {"answer": "", "right": True},
        "number": {"answer": "64", "right": True},
    }
    assert kept_answers("01") == read
    assert json.loads(progress.read_text(encoding="utf-8"))["quizzes"]["01"] == read


def test_an_answer_by_text_means_the_same_wherever_its_option_stands(progress: Path) -> None:
    store.record_answer("01", "one", "b", True)
    file = progress.parent / "01_small.json"
    quiz = json.loads(file.read_bytes())
    quiz["questions"][0]["options"].reverse()
    file.write_text(json.dumps(quiz), encoding="utf-8")
    assert kept_answers("01") == {"one": {"answer": "b", "right": True}}
