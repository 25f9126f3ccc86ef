"""Show a learner how far they are: at the end of each lesson, and as `course progress`."""

import json

from rich.console import Console
from rich.table import Table

from course import paths
from course.record import store
from course.record.store import Record


def progress(lesson: str | None = None) -> None:
    """Show how far you are: in one lesson ("01"), exercise by exercise, or in all."""
    names = paths.lesson_names()
    if lesson is not None:
        names = [paths.find_lesson(lesson)]
    Console().print(_table(store.load(), names, detailed=lesson is not None))


def _table(so_far: Record, names: list[str], *, detailed: bool) -> Table:
    table = Table(title="Your progress", title_justify="left")
    for column in ("lesson", "exercises", "quiz"):
        table.add_column(column)
    for name in names:
        number = name[:2]
        done = so_far["checks"]
        numbers = paths.lesson_exercises(number)
        right = [n for n in numbers if done.get(n, {}).get("right")]
        cell = f"{_bar(len(right), len(numbers))} {len(right)} of {len(numbers)}"
        if detailed:
            cell += "".join(
                f"\n{'●' if n in right else '○'} {n}  {_tries(done.get(n))}" for n in numbers
            )
        answered = so_far["quizzes"].get(number, {})
        questions = _quiz_questions(number)
        well = sum(bool(answered.get(q, {}).get("right")) for q in questions)
        quiz = f"{_bar(well, len(questions))} {well} of {len(questions)}" if questions else "–"
        table.add_row(paths.lesson_title(name), cell, quiz)
    return table


def _bar(part: int, whole: int) -> str:
    return "●" * part + "○" * (whole - part)


def _tries(entry: Record | None) -> str:
    if entry is None:
        return "not tried yet"
    tries = "1 try" if entry["tries"] == 1 else f"{entry['tries']} tries"
    return f"right, {tries}" if entry["right"] else f"not yet, {tries}"


def _quiz_questions(lesson: str) -> list[str]:
    """The ids of a quiz's questions, unchecked: the schema's library takes a second to load."""
    for path in paths.QUIZZES.glob(f"{lesson}_*.json"):
        return [question["id"] for question in json.loads(path.read_bytes())["questions"]]
    return []
