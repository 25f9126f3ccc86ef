"""What `course grade` says."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from course.errors import CourseError
from course.grading.gradescope.archive import write_archive
from course.grading.report import Options
from course.grading.reports import summary
from course.grading.run import GradingRun, Request
from course.grading.seed import draw_seed
from course.grading.workers.unit import Grade, grade_here

ALL_GRADED, NOT_ALL, INTERRUPTED = 0, 1, 130


def make_autograder(path: Path, options: Options, seed: int | None = None) -> None:
    """Write the archive for Gradescope, with a seed of its own, and say what to do with it."""
    options = replace(options, seed=draw_seed() if seed is None else seed)
    count = write_archive(path, options)
    Console().print(
        f"{path} holds {count} files, and grades with the seed {options.seed}. In Gradescope, "
        "upload it under Configure Autograder, and try a hand-in of your own before the class "
        "does.",
        highlight=False, soft_wrap=True, markup=False,
    )  # fmt: skip


def grade(
    hand_ins: list[Path],
    out: Path | None,
    options: Options,
    *,
    as_json: bool = False,
    seed: int | None = None,
    workers: int = 0,
    regrade: bool = False,
    scheduler: str = "",
    one: Grade = grade_here,
) -> int:
    """Grade all hand-ins, say what came of it, and return the exit code."""
    if not hand_ins or out is None:
        raise CourseError(
            "Name the hand-ins and the folder for the results, for example: "
            "course grade downloads --out marks"
        )
    if sys.platform == "win32" and not scheduler:
        raise CourseError("Grading does not run on Windows itself: install the course in WSL.")
    run = GradingRun(Request(hand_ins, out, options, seed, workers, regrade, scheduler), one)
    try:
        data = run.go(Console(stderr=True))
    except KeyboardInterrupt:  # before the first hand-in, or after the last
        return INTERRUPTED
    if as_json:
        print(json.dumps({**data, "interrupted": run.interrupted}, indent=1))
    else:
        _say(data, Console())
    if run.interrupted:
        said = (
            f"Stopped: {run.done} of {len(run.found)} are done and on disk. The same command goes "
            "on from there."
        )
        Console(stderr=True).print(said, highlight=False, soft_wrap=True, markup=False)
        return INTERRUPTED
    return NOT_ALL if data["unreadable"] else ALL_GRADED


def _say(data: dict[str, Any], console: Console) -> None:
    summary.show(data, console)
    out = data["out"]
    kept = f", {data['kept']} of them before and not changed since" if data["kept"] else ""
    lines = [
        f"{data['graded']} of {data['hand_ins']} hand-ins graded{kept}.",
        f"{out}/scores.csv    the spreadsheet",
        f"{out}/feedback/     a page for each hand-in, to send back",
        f"{out}/feedback.zip  the same pages for Moodle, at the paths of the hand-ins",
        f"{out}/summary.html  for you",
        f"{out}/gradescope/   the same for Gradescope",
        f"The seed {data['seed']} drew the inputs; {out}/seed.txt keeps it for the next run.",
    ]
    if data["unsandboxed"]:
        lines.append("UNSANDBOXED: nothing held the hand-ins' code back.")
    if data["others"]:
        lines.append(
            f"{out}/results also holds {data['others']} of hand-ins that you did not name now; "
            "they are not in scores.csv. Name all at once to have them in one spreadsheet."
        )
    console.print("\n" + escape("\n".join(lines)), highlight=False, soft_wrap=True)
