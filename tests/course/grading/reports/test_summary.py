"""What the instructor is told."""

import io
from pathlib import Path

from rich.console import Console

from course.grading.report import Mark, Report
from course.grading.reports import summary
from course.grading.reports.summary import Summary


def marked(name: str, *marks: Mark, **more) -> Report:
    return Report(name, f"in/{name}.ipynb", "", "01", marks, **more)


EXCHANGED = "Rows and columns are exchanged: these are keys by queries."


def not_yet(points: float = 0.0, mistake: str = "", seconds: float = 0.1) -> Mark:
    return Mark("01.1", "not yet", points, 1.0, mistake=mistake, seconds=seconds)


def a_class() -> Summary:
    found = Summary()
    found.add(marked("a", Mark("01.1", "right", 1.0, 1.0, seconds=0.3)))
    found.add(marked("b", not_yet(0.5, EXCHANGED)))
    found.add(marked("c", not_yet(0.0, EXCHANGED), notes=("Cell 3 raised it.",)))
    found.add(marked("d", Mark("01.1", "to be written", 0.0, 1.0, seconds=0.1)))
    found.add(marked("e", Mark("01.1", "no check", 0.0, 1.0), sandbox="none"))
    found.add(Report("f", "in/f.pdf", "", None, (), error="It is <b>empty</b>."))
    return found


def test_each_exercise_is_counted_and_its_most_common_mistake_said():
    data = a_class().as_dict()
    (lesson,) = data["lessons"]
    (row,) = lesson["exercises"]
    assert (lesson["count"], lesson["mean"], lesson["most"]) == (5, 0.3, 1.0)
    assert [row[key] for key in ("right", "partly", "not_yet", "blank")] == [1, 1, 1, 2]
    assert row["mistake"] == EXCHANGED
    assert row["mistaken"] == 2
    assert row["seconds"] == 0.12
    assert (data["graded"], data["unsandboxed"]) == (5, 1)
    assert data["unreadable"] == [
        {"name": "f", "origin": "in/f.pdf", "error": "It is <b>empty</b>."}
    ]


def test_of_two_mistakes_as_common_it_is_always_the_same():
    found = Summary()
    for name, mistake in (("a", "zebra"), ("b", "apple")):
        found.add(marked(name, not_yet(0.0, mistake)))
    assert found.as_dict()["lessons"][0]["exercises"][0]["mistake"] == "apple"


def test_the_page_links_each_hand_in_and_escapes_everything(tmp_path: Path):
    found = a_class()
    found.add(Report("Zoë 1", "<script>", "", None, (), error="no"))
    found.write(tmp_path / "summary.html", found.as_dict())
    html = (tmp_path / "summary.html").read_text(encoding="utf-8")
    assert 'href="feedback/Zo%C3%AB%201.html"' in html
    assert "<script>" not in html
    assert "&lt;b&gt;empty" in html
    assert "UNSANDBOXED" in html
    assert "Cell 3 raised it." in html
    assert "5 graded, 2 could not be" in html


def test_a_run_of_nothing_has_a_page_too(tmp_path: Path):
    found = Summary()
    found.write(tmp_path / "summary.html", found.as_dict())
    assert (tmp_path / "summary.html").exists()


def test_the_table_is_printed():
    console = Console(record=True, width=100, file=io.StringIO())
    summary.show(a_class().as_dict(), console)
    said = console.export_text()
    assert "Rows and columns are exchanged" in said
    assert "in/f.pdf: It is <b>empty</b>." in said
