"""The record of what a learner has done so far: one small JSON file in their clone, ignored by git.

{"version": 1,
 "checks": {"01.1": {"right": true, "tries": 3}},
 "quizzes": {"01": {"scale": {"answer": 2, "right": true}}}}
"""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from course import paths
from course.atomic import write_whole

Record = dict[str, Any]


def progress_file() -> Path:
    """Where the progress stands: .course/progress.json, unless COURSE_PROGRESS says elsewhere."""
    return Path(os.environ.get("COURSE_PROGRESS") or paths.ROOT / ".course" / "progress.json")


def load() -> Record:
    """The whole record; a new one where there is none. A damaged file is put aside, not lost."""
    path = progress_file()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {"version": 1, "checks": dict(record["checks"]), "quizzes": dict(record["quizzes"])}
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        aside = path.with_suffix(".damaged.json")
        path.replace(aside)
        print(f"(Your progress file was damaged; it is kept as {aside.name}, and a new one begun.)")
    return {"version": 1, "checks": {}, "quizzes": {}}


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


def record_answer(lesson: str, question: str, answer: object, right: bool) -> None:
    """Note the latest answer to a quiz question."""
    said = {question: {"answer": answer, "right": right}}
    _entry("quizzes", lesson, lambda noted: noted.update(said))


def answers(lesson: str) -> dict[str, Record]:
    """The latest answers to a lesson's quiz, by question: {"answer": …, "right": …}."""
    return load()["quizzes"].get(lesson, {})
