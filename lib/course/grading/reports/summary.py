"""For the instructor: how each exercise went, and which mistake to talk about next."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from course.atomic import write_whole
from course.cells.verdicts import NO_CHECK, RIGHT, TO_BE_WRITTEN
from course.grading.report import Mark, Report
from course.grading.reports.feedback import template
from course.grading.reports.scores import by_name, by_number, number, worth_a_look
from course.grading.reports.titles import title

OUTCOMES = ("right", "partly", "not_yet", "blank")


@dataclass
class Tally:
    """How one exercise went: how often each of OUTCOMES, and which mistake."""

    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, mark: Mark) -> None:
        """Count a mark."""
        blank = mark.verdict in {TO_BE_WRITTEN, NO_CHECK}
        some = "partly" if mark.points > 0 else "not_yet"
        self.outcomes["right" if mark.verdict == RIGHT else "blank" if blank else some] += 1
        self.mistakes.update([mark.mistake] if mark.mistake else [])
        self.seconds += mark.seconds

    def as_row(self, exercise: str) -> dict[str, Any]:
        """Plain data, for a table."""
        # Of two that are as common, always the same one.
        common = min(self.mistakes.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
        return {
            "exercise": exercise,
            "title": title(exercise),
            **{outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "mistake": common[0],
            "mistaken": common[1],
            "seconds": round(self.seconds / self.outcomes.total(), 3),
        }


@dataclass(frozen=True)
class Line:
    """What a summary keeps of one hand-in."""

    name: str
    origin: str
    lesson: str | None
    points: float
    most: float
    said: tuple[str, ...]
    error: str


class Summary:
    """All that is told about a run as a whole."""

    def __init__(self) -> None:
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)
        self._lines: dict[str, Line] = {}
        self.unsandboxed = 0

    def add(self, report: Report) -> None:
        """Count a hand-in."""
        self._lines[report.name] = Line(
            report.name, report.origin, report.lesson, report.points, report.max_points,
            (report.error,) if report.error else tuple(worth_a_look(report)), report.error,
        )  # fmt: skip
        self.unsandboxed += report.sandbox == "none"
        for mark in report.marks:
            self._tallies[mark.exercise].add(mark)

    @property
    def unreadable(self) -> int:
        """How many hand-ins could not be graded."""
        return sum(bool(line.error) for line in self._lines.values())

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON and for the page."""
        lines = [self._lines[name] for name in sorted(self._lines, key=by_name)]
        lessons = []
        for lesson in sorted({line.lesson for line in lines if line.lesson}):
            of_it = [line for line in lines if line.lesson == lesson]
            numbers = sorted((n for n in self._tallies if n[:2] == lesson), key=by_number)
            lessons.append(
                {
                    "lesson": lesson,
                    "title": title(lesson),
                    "count": len(of_it),
                    "mean": round(sum(line.points for line in of_it) / len(of_it), 3),
                    "most": max(line.most for line in of_it),
                    "exercises": [self._tallies[n].as_row(n) for n in numbers],
                }
            )
        return {
            "graded": len(lines) - self.unreadable,
            "unreadable": [
                {"name": line.name, "origin": line.origin, "error": line.error}
                for line in lines
                if line.error
            ],
            "unsandboxed": self.unsandboxed,
            "lessons": lessons,
        }

    def write(self, path: Path, data: dict[str, Any]) -> None:
        """Write the page; `data` is what `as_dict` gave."""
        lines = [self._lines[name] for name in sorted(self._lines, key=by_name)]
        lists = [
            ("Could not be graded", [line for line in lines if line.error]),
            ("Worth a look", [line for line in lines if line.said and not line.error]),
        ]
        html = template("summary.html").render(**data, hand_ins=lines, lists=lists)
        write_whole(path, html.encode("utf-8", "replace"))


def show(data: dict[str, Any], console: Console) -> None:
    """Print what `as_dict` gave."""
    for lesson in data["lessons"]:
        count = f"{lesson['count']} hand-in{'' if lesson['count'] == 1 else 's'}"
        mean, most = number(lesson["mean"], 1), number(lesson["most"])
        title = f"{lesson['title']}: {count}, {mean} of {most} points on average"
        table = Table(title=escape(title), title_justify="left", title_style="bold")
        for heading in ("exercise", "right", "partly", "not yet", "blank"):
            table.add_column(heading, justify="left" if heading == "exercise" else "right")
        table.add_column("most common mistake", ratio=1)
        table.add_column("time", justify="right", no_wrap=True)
        for row in lesson["exercises"]:
            mistake = f"{row['mistake']} ({row['mistaken']})" if row["mistaken"] else "–"
            counts = (str(row[outcome]) for outcome in OUTCOMES)
            table.add_row(row["exercise"], *counts, escape(mistake), f"{number(row['seconds'])} s")
        console.print(table)
    if data["unreadable"]:
        console.print(f"\n[bold]{len(data['unreadable'])} could not be graded:[/]")
        for line in data["unreadable"]:
            words = f"  {line['origin']}: {line['error']}"
            console.print(escape(words), highlight=False, soft_wrap=True)
