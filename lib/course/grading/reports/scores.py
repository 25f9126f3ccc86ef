"""The spreadsheet: a row for each hand-in, a column for each exercise."""

import csv
import io
from pathlib import Path

from course.atomic import write_whole
from course.cells.verdicts import NO_CHECK
from course.grading.report import Report

BEFORE = ["name", "origin", "lesson"]
AFTER = ["total", "max", "percent", "notes", "error"]
# A spreadsheet takes a cell that begins like this for a formula, and runs it; some do that with the
# wide signs too.
FORMULA = tuple("=+-@＝＋－＠")


class Scores:
    """The rows so far."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        self._exercises: set[str] = set()

    def add(self, report: Report) -> None:
        """Add the row of a hand-in."""
        marks = {mark.exercise: number(mark.points) for mark in report.marks}
        self._exercises.update(marks)
        notes = worth_a_look(report)
        if report.sandbox == "none":
            notes.insert(0, "UNSANDBOXED: graded without walls around its code.")
        row = {
            "name": text(report.name),
            "origin": text(report.origin),
            "lesson": report.lesson or "",
            "notes": text(" | ".join(notes)),
            "error": text(report.error),
            **marks,
        }
        if report.marks:
            share = report.points / report.max_points if report.max_points else 0.0
            row["total"] = number(report.points)
            row["max"] = number(report.max_points)
            row["percent"] = number(100 * share, places=1)
        self._rows[report.name] = row

    def write(self, path: Path) -> None:
        """Write the spreadsheet, sorted by name.

        In UTF-8 with a byte order mark: without it Excel misreads names with accents.
        LibreOffice, Google Sheets and pandas know the mark.
        """
        lines = io.StringIO()
        columns = [*BEFORE, *sorted(self._exercises, key=by_number), *AFTER]
        table = csv.DictWriter(lines, columns, restval="")
        table.writeheader()
        table.writerows(self._rows[name] for name in sorted(self._rows, key=by_name))
        write_whole(path, lines.getvalue().encode("utf-8-sig", "replace"))


def worth_a_look(report: Report) -> list[str]:
    """What a person should look at in a hand-in that was graded."""
    return [
        *report.notes,
        *(m.message for m in report.marks if m.verdict == NO_CHECK and m.message),
    ]


def text(words: str) -> str:
    """`words` as a cell that is one line and that no spreadsheet takes for a formula."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return "'" + line if line.startswith(FORMULA) else line


def number(value: float, places: int = 2) -> str:
    """A number without needless zeros."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def by_name(name: str) -> tuple[str, str]:
    """For sorting: Zoë stands after ann."""
    return name.casefold(), name


def by_number(exercise: str) -> list[int]:
    """For sorting: 01.2 stands before 01.10."""
    return [int(part) for part in exercise.split(".") if part.isdecimal()]
