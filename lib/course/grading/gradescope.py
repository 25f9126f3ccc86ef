"""Results in Gradescope's format, and what its autograder runs for each submission.

The format is described at https://gradescope-autograders.readthedocs.io/en/latest/specs/; the same
as a schema lies beside the tests.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.atomic import write_whole
from course.cells.verdicts import RIGHT
from course.errors import CourseError
from course.grading.hand_ins import find
from course.grading.pool import Grade, grade_here
from course.grading.report import Options, Report
from course.grading.titles import exercise_title

LONGEST_MESSAGE = 10_000


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
                    "name": exercise_title(mark.exercise),
                    "name_format": "text",
                    "score": round(mark.points, 2),
                    "max_score": mark.max_points,
                    "status": "passed" if mark.verdict == RIGHT else "failed",
                    "output": right + "\n" + shortened(mark.message),
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


def shortened(message: str) -> str:
    """A message of fair length."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    return message[:LONGEST_MESSAGE] + "\n…"


def write_results(path: Path, reports: Sequence[Report]) -> None:
    """Write `results.json`."""
    write_whole(path, json.dumps(results(reports)).encode())


def nothing_graded(reason: str) -> dict[str, Any]:
    """`results.json` where there is no result, and why, in words for the person who handed in."""
    return {"score": 0, "output": reason, "stdout_visibility": "hidden", "tests": []}


def run(root: Path, options: Options, grade: Grade = grade_here) -> None:
    """Grade what is in `root`/submission, and write `root`/results/results.json, whatever comes."""
    path = root / "results" / "results.json"
    try:
        hand_ins = [found.read() for found in find([root / "submission"])]
        write_results(path, [grade(hand_in, options) for hand_in in hand_ins])
    except CourseError as error:
        print(error)
        write_whole(path, json.dumps(nothing_graded(str(error))).encode())
    except Exception:
        traceback.print_exc(file=sys.stdout)  # the instructor sees it, the learner does not
        reason = "The autograder failed. Please tell your instructor; your file is not lost."
        write_whole(path, json.dumps(nothing_graded(reason)).encode())


def main() -> None:
    """`python -m course.grading.gradescope ROOT`, as run_autograder calls it."""
    words = argparse.ArgumentParser()
    words.add_argument("root", type=Path)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--cell-seconds", type=float, default=20.0)
    words.add_argument("--unsandboxed", action="store_true")
    given = words.parse_args()
    run(given.root, Options(given.seed, given.cell_seconds, sandboxed=not given.unsandboxed))


if __name__ == "__main__":
    main()
