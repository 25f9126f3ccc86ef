import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from course import paths
from course.record import store


@pytest.fixture(autouse=True)
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    return path


def test_what_was_right_once_stays_right_and_tries_are_counted() -> None:
    for right in (False, True, False):
        store.record_check("01.1", right)
    assert store.load()["checks"] == {"01.1": {"right": True, "tries": 3}}


def test_latest_quiz_answer_is_kept_and_of_each_time_the_first_as_a_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "now", lambda: datetime(2026, 3, 2, 18, tzinfo=UTC))
    store.record_answer("01", "rows", "a", False)
    store.record_answer("01", "rows", ["a", "b"], True, first=False)
    monkeypatch.setattr(store, "now", lambda: datetime(2026, 3, 9, 18, tzinfo=UTC))
    store.record_answer("01", "rows", "c", True)
    assert store.answers("01") == {
        "rows": {
            "answer": "c",
            "right": True,
            "tries": [["2026-03-02T18:00:00+00:00", False], ["2026-03-09T18:00:00+00:00", True]],
        }
    }
    assert store.answers("02") == {}


def test_a_record_from_before_the_lessons_were_cut_counts_under_todays_numbers(
    progress: Path,
) -> None:
    right = {"right": True, "tries": 2}
    before = dict.fromkeys(("01.1", "03.2", "03.3", "04.1", "09.4", "10.1", "10.4"), right)
    answer = {"answer": "a", "right": True}
    progress.parent.mkdir()
    quizzes = {"01": {"rows": answer}, "10": {"cache": answer}, "04": {"leak": answer}}
    progress.write_text(json.dumps({"version": 1, "checks": before, "quizzes": quizzes}))
    after = ["01.1", "03.2", "04.1", "05.1", "12.1", "13.1", "14.1"]
    assert sorted(store.load()["checks"]) == after
    assert store.answers("13") == store.answers("14") == {"cache": answer}
    assert (store.answers("05"), store.answers("10")) == ({"leak": answer}, {})
    store.record_check("04.1", False)  # from here on the file itself has the new numbers
    assert json.loads(progress.read_text())["version"] == 2
    assert sorted(store.load()["checks"]) == after
    assert store.load()["checks"]["04.1"] == {"right": True, "tries": 3}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1}', '{"checks": 3, "quizzes": 4}'])
def test_damaged_file_is_put_aside_and_a_new_one_begun(
    damage: str, progress: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.parent.mkdir()
    progress.write_text(damage)
    store.record_check("01.1", True)
    assert json.loads(progress.read_text())["checks"]["01.1"]["right"]
    assert progress.with_suffix(".damaged.json").read_text() == damage
    assert "damaged" in capsys.readouterr().out


def test_folder_that_cannot_be_written_is_said_and_stops_nobody(
    progress: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.parent.write_text("a file where a folder should be")
    store.record_check("01.1", True)
    assert "could not be saved" in capsys.readouterr().out


def test_running_a_solution_is_no_progress(progress: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(paths.SOLUTIONS)
    store.record_check("01.1", True)
    assert not progress.exists()


def note_many(number: int) -> None:
    for _ in range(20):
        store.record_check(f"01.{number}", True)


def test_writers_at_the_same_time_lose_nothing() -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=note_many, args=(number,)) for number in (1, 2, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert {key: noted["tries"] for key, noted in store.load()["checks"].items()} == {
        "01.1": 20, "01.2": 20, "01.3": 20,
    }  # fmt: skip
