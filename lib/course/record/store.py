"""The record of what a learner has done so far: one small JSON file in their clone, ignored by git.

{"version": 2,
 "checks": {"01.1": {"right": true, "tries": 3}},
 "quizzes": {"01": {"scale": {"answer": "3", "right": true,
                              "tries": [["2026-11-02T10:00:00+00:00", false]]}}}}

`answer` and `right` are the latest, `tries` the first of each time that the question was met: what
was remembered. A record of an earlier form has no tries, and for an answer its option's place.
In version 1 lessons 03, 04, 08, 09 and 10 had other numbers: it is read as if written today.
"""

import contextlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from course import paths
from course.atomic import write_whole

Record = dict[str, Any]
VERSION = 2
# Of version 1: the lessons that a lesson was cut into, and the exercises that got another number.
CUT_INTO = {
    "03": ("03", "04"),
    "04": ("05",),
    "08": ("09", "10"),
    "09": ("11", "12"),
    "10": ("13", "14"),
}
RENUMBERED = {
    "03.3": "04.1",
    "03.4": "04.2",
    "03.5": "04.3",
    **{f"04.{n}": f"05.{n}" for n in range(1, 6)},
    "08.1": "09.1",
    "08.2": "09.2",
    "08.3": "10.1",
    "08.4": "10.2",
    "08.5": "10.3",
    "09.1": "11.1",
    "09.2": "11.2",
    "09.3": "11.3",
    "09.4": "12.1",
    "09.5": "12.2",
    "10.1": "14.1",
    "10.2": "14.2",
    "10.3": "14.3",
    "10.4": "13.1",
    "10.5": "13.2",
}


def progress_file() -> Path:
    """Where the progress stands: .course/progress.json, unless COURSE_PROGRESS says elsewhere."""
    return Path(os.environ.get("COURSE_PROGRESS") or paths.home() / ".course" / "progress.json")


def load() -> Record:
    """The whole record; a new one where there is none. A damaged file is put aside, not lost."""
    path = progress_file()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        checks, quizzes = dict(record["checks"]), dict(record["quizzes"])
        if record["version"] < VERSION:
            checks = {RENUMBERED.get(number, number): noted for number, noted in checks.items()}
            # A question that is not in a lesson's quiz is passed over there.
            quizzes = {
                number: dict(noted)
                for before, noted in quizzes.items()
                for number in CUT_INTO.get(before, (before,))
            }
        return {"version": VERSION, "checks": checks, "quizzes": quizzes}
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        aside = path.with_suffix(".damaged.json")
        path.replace(aside)
        print(f"(Your progress file was damaged; it is kept as {aside.name}, and a new one begun.)")
    return {"version": VERSION, "checks": {}, "quizzes": {}}


def _entry(part: str, name: str, change: Callable[[Record], object]) -> None:
    """Change one entry: one writer at a time, and the file is whole at every moment."""
    with contextlib.suppress(FileNotFoundError):  # whose own folder is gone is not there either
        if Path.cwd() == paths.SOLUTIONS:  # who runs a solution has not solved anything yet
            return
    path = progress_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            record = load()
            change(record[part].setdefault(name, {}))
            write_whole(path, json.dumps(record, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        print(f"(Your progress could not be saved: {error.strerror}: {path})")


def record_check(exercise: str, right: bool) -> None:
    """Note a try at an exercise. What was right once stays right."""

    def change(noted: Record) -> None:
        noted["right"] = noted.get("right", False) or right
        noted["tries"] = noted.get("tries", 0) + 1

    _entry("checks", exercise, change)


def record_answer(
    lesson: str, question: str, answer: object, right: bool, *, first: bool = True
) -> None:
    """Note the latest answer to a quiz question.

    first  whether it shows what was remembered: no feedback on this question came just before it
    """

    def change(noted: Record) -> None:
        entry = noted.setdefault(question, {})
        entry |= {"answer": answer, "right": right}
        if first:
            entry.setdefault("tries", []).append([now().isoformat(timespec="seconds"), right])

    _entry("quizzes", lesson, change)


def now() -> datetime:
    """This moment, in one time zone for all."""
    return datetime.now(UTC)


def rename_answers(lesson: str, answers: dict[str, object]) -> None:
    """Write the answers to a lesson's questions in another form; right or not stays."""

    def change(noted: Record) -> None:
        for question, answer in answers.items():
            noted.get(question, {})["answer"] = answer

    _entry("quizzes", lesson, change)


def answers(lesson: str) -> dict[str, Record]:
    """What is noted of a lesson's quiz, by question: {"answer": …, "right": …, "tries": …}."""
    return load()["quizzes"].get(lesson, {})
