"""The spreadsheet."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.grading.report import Mark, Report
from course.grading.reports.scores import FORMULA, Scores, number, text


def report(name: str, *marks: Mark, **more) -> Report:
    return Report(name, f"in/{name}", "", marks[0].exercise[:2] if marks else None, marks, **more)


def mark(exercise: str, points: float, most: float = 2.0) -> Mark:
    return Mark(exercise, "right" if points == most else "not yet", points, most)


def read(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_a_hand_in_and_a_column_an_exercise_over_all_lessons(tmp_path: Path):
    scores = Scores()
    scores.add(report("Zoë", mark("01.10", 2.0), mark("01.2", 1 / 3)))
    scores.add(report("ann", mark("02.1", 0.0), notes=("a cell\nfailed", "it | hung")))
    scores.add(report("bob", error="The file is empty."))
    scores.write(tmp_path / "scores.csv")
    ann, bob, zoe = read(tmp_path / "scores.csv")
    assert list(ann) == [
        "name", "origin", "lesson", "01.2", "01.10", "02.1",
        "total", "max", "percent", "notes", "error",
    ]  # fmt: skip
    assert list(zoe.values()) == [
        "Zoë", "in/Zoë", "01", "0.33", "2", "", "2.33", "4", "58.3", "", ""
    ]  # fmt: skip
    assert list(ann.values()) == [
        "ann", "in/ann", "02", "", "", "0", "0", "2", "0", "a cell failed | it | hung", ""
    ]  # fmt: skip
    assert (bob["lesson"], bob["total"], bob["percent"]) == ("", "", "")
    assert bob["error"] == "The file is empty."


def test_a_check_that_is_gone_is_worth_a_look(tmp_path: Path):
    scores = Scores()
    scores.add(report("ann", Mark("01.1", "no check", 0.0, 1.0, message="01.1 has no check.")))
    scores.write(tmp_path / "scores.csv")
    assert read(tmp_path / "scores.csv")[0]["notes"] == "01.1 has no check."


def test_excel_is_told_the_encoding(tmp_path: Path):
    Scores().write(tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_bytes().startswith(b"\xef\xbb\xbfname,")


def test_what_was_not_held_back_is_marked(tmp_path: Path):
    scores = Scores()
    scores.add(report("ann", mark("01.1", 2.0), sandbox="none"))
    scores.write(tmp_path / "scores.csv")
    assert read(tmp_path / "scores.csv")[0]["notes"].startswith("UNSANDBOXED")


@pytest.mark.parametrize("words", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"])
def test_formulas_are_defused(words: str):
    assert text(words).startswith("'")


@given(st.text())
def test_no_text_is_a_formula_or_breaks_its_row(words: str):
    cell = text(words)
    assert not cell.lstrip().startswith(FORMULA)
    assert cell.isprintable()


def test_numbers_are_short():
    assert [number(value) for value in (0.0, 2.0, 10.0, 2 / 3, 1.5)] == [
        "0", "2", "10", "0.67", "1.5"
    ]  # fmt: skip
