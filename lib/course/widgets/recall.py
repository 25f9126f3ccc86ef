"""Recall: at the start of a lesson, what earlier ones taught is fetched from memory."""

import json

from course import paths
from course.quizzes.loading import quiz_path
from course.quizzes.memory import to_recall
from course.record import store
from course.widgets.quiz import Quiz


def recall(lesson: str | None = None) -> Quiz:
    """What to recall before a lesson ("03"): something to write, and one to three questions.

    The questions are those of earlier lessons that were missed, or are likely to be forgotten by
    now; else one of the last lesson. Answers are kept in the progress file.

    lesson  unless given, questions of all lessons in which the learner has done something

    Raises CourseError where there is no such lesson.
    """
    names = paths.lesson_names()
    if lesson is None:
        last = max(_begun(), default=names[0][:2])
        earlier, task, title = [n for n in names if n[:2] <= last], "", "Recall"
    else:
        name = paths.find_lesson(lesson)
        earlier, task = [n for n in names if n < name], _task(name[:2])
        title = f"Recall before {name[:2]}"
    numbers = [name[:2] for name in earlier if [*paths.QUIZZES.glob(f"{name[:2]}_*.json")]]
    return Quiz(title, to_recall(numbers), task=task)


def _begun() -> set[str]:
    """The lessons of which something is on record."""
    record = store.load()
    return {*record["quizzes"], *(exercise.partition(".")[0] for exercise in record["checks"])}


def _task(number: str) -> str:
    """What is to be written from memory before a lesson, as HTML; "" where nothing is."""
    content = json.loads(quiz_path(number).read_bytes()).get("recall")
    if content is None:
        return ""
    return (
        f"<p><strong>From memory, in the empty cell below:</strong> {content['task']} "
        f"Call your function <code>from_memory</code>, and ask "
        f'<code>check("{content["exercise"]}", from_memory, points=0)</code>. '
        "It counts for nothing but your memory.</p>"
    )
