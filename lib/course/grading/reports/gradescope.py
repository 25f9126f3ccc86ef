"""Results in Gradescope's format.

The format is described at https://gradescope-autograders.readthedocs.io/en/latest/specs/; the same
as a schema lies beside the tests.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.atomic import write_whole
from course.cells.verdicts import RIGHT
from course.grading.report import Report
from course.grading.reports.titles import title


def results(reports: Sequence[Report]) -> dict[str, Any]:
    """`results.json` for one submission: the notebooks that one person handed in."""
    seen: set[str] = set()
    tests: list[dict[str, Any]] = []
    sentences = []
    for report in reports:
        for mark in report.marks:
            if mark.exercise in seen:
                sentences.append(f"{report.origin}: {mark.exercise} was graded already.")
                continue
            seen.add(mark.exercise)
            right = f"{mark.cases_right} of {mark.cases} cases right. " if mark.cases else ""
            tests.append(
                {
                    "number": mark.exercise,
                    "name": title(mark.exercise),
                    "name_format": "text",
                    "score": round(mark.points, 2),
                    "max_score": mark.max_points,
                    "status": "passed" if mark.verdict == RIGHT else "failed",
                    "output": right + "\n" + mark.message,
                    "output_format": "text",
                    "visibility": "visible",
                }
            )
        sentences += report.notes
        if report.error:
            sentences.append(f"{report.origin} could not be graded: {report.error}")
        if report.sandbox == "none":
            sentences.append("UNSANDBOXED: graded without walls around its code.")
    return {
        "score": round(sum(test["score"] for test in tests), 2),
        "execution_time": max(1, round(sum(report.seconds for report in reports))),
        "output": "\n".join(sentences) or "Every exercise has its own result below.",
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def write_results(path: Path, reports: Sequence[Report]) -> None:
    """Write `results.json`."""
    write_whole(path, json.dumps(results(reports)).encode())
