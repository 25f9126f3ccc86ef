"""What Gradescope's autograder runs for each submission."""

import argparse
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from course.atomic import write_whole
from course.errors import CourseError
from course.grading.hand_ins.find import find
from course.grading.report import Options
from course.grading.reports.gradescope import write_results
from course.grading.workers.unit import Grade, grade_here


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
    """`python -m course.grading.gradescope.submission ROOT`, as run_autograder calls it."""
    words = argparse.ArgumentParser()
    words.add_argument("root", type=Path)
    words.add_argument("--seed", type=int, required=True)
    words.add_argument("--cell-seconds", type=float, default=20.0)
    words.add_argument("--unsandboxed", action="store_true")
    given = words.parse_args()
    run(given.root, Options(given.seed, given.cell_seconds, sandboxed=not given.unsandboxed))


if __name__ == "__main__":
    main()
