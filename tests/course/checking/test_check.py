import json
from pathlib import Path

import numpy as np
import pytest

from course.checking import NotYet, check, find
from course.errors import CourseError


def right(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries @ keys.T


def wrong(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    print("I was here")
    return keys @ queries.T


@pytest.fixture(autouse=True)
def _own_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


def test_right_answer_prints_one_line_and_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check("01.1", right)
    assert capsys.readouterr().out == f"01.1 right · {find('01.1').right}\n"
    noted = json.loads((tmp_path / "progress.json").read_text())
    assert noted["checks"] == {"01.1": {"right": True, "tries": 1}}


def test_what_is_not_written_yet_is_no_try(tmp_path: Path) -> None:
    def unwritten(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Exercise 01.1: write your answer here and delete this line")

    with pytest.raises(NotYet, match="to be written"):
        check("01.1", unwritten)
    assert not (tmp_path / "progress.json").exists()


def test_to_wait_for_an_earlier_exercise_is_no_try(tmp_path: Path) -> None:
    def unwritten(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
        raise NotImplementedError("Exercise 01.1: write your answer here and delete this line")

    with pytest.raises(NotYet, match=r"01\.3 waits for 01\.1"):
        check("01.3", unwritten)
    assert not (tmp_path / "progress.json").exists()


def test_wrong_answer_raises_its_message_without_a_traceback_and_shows_what_it_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NotYet, match="Rows and columns are exchanged") as caught:
        check("01.1", wrong)
    assert capsys.readouterr().out == "(your code printed: I was here)\n"
    lines = caught.value._render_traceback_()
    assert lines == str(caught.value).splitlines()


def test_what_is_printed_when_more_is_asked_is_not_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[int] = []

    def talks(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
        asked.append(1)
        if len(asked) > len(find("01.1").cases):
            print("once more")
        return right(queries, keys) if len(asked) % 2 else np.sin(right(queries, keys))

    with pytest.raises(NotYet):
        check("01.1", talks)
    assert len(asked) > len(find("01.1").cases)
    assert capsys.readouterr().out == ""


def test_result_in_place_of_the_function_is_told_apart() -> None:
    with pytest.raises(NotYet, match="check wants the function itself, and got ndarray"):
        check("01.1", np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("number", "said"),
    [("01.99", "lesson 01 has 01.1, "), ("77.1", "no lesson '77' has exercises"), ("1", '"01.3"')],
)
def test_unknown_exercise_is_a_clear_sentence(number: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        check(number, right)


def test_verdicts_are_written_where_a_listener_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_VERDICTS", str(tmp_path / "verdicts"))
    check("01.1", right)
    with pytest.raises(NotYet) as caught:
        check("01.1", wrong)
    first, second = map(json.loads, (tmp_path / "verdicts").read_text("utf-8").splitlines())
    assert (first["exercise"], first["verdict"]) == ("01.1", "right")
    assert second == {"exercise": "01.1", "verdict": "not yet", "message": str(caught.value)}


def test_while_nbgrader_grades_a_check_returns_the_points_of_the_cases_that_are_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgets_all_but_one_query(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
        return queries[:1] @ keys.T

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("01.1", right, points=6) == 6.0
    assert check("01.1", forgets_all_but_one_query, points=6) == pytest.approx(
        1.2
    )  # the fixed case
    assert "01.1 not yet" in capsys.readouterr().out
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(NotYet):
        check("01.1", forgets_all_but_one_query, points=6)


def test_for_practice_without_points_a_check_says_the_same_and_notes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_VERDICTS", str(tmp_path / "verdicts"))
    check("01.1", right, points=0)
    assert capsys.readouterr().out == f"01.1 right · {find('01.1').right}\n"
    with pytest.raises(NotYet, match="Rows and columns are exchanged"):
        check("01.1", wrong, points=0)
    assert list(tmp_path.iterdir()) == []
