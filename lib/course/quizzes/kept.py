"""The answers that a learner has given to a quiz before."""

from typing import Any

from course.quizzes.loading import quiz_path, read_quiz
from course.record import store


def kept_answers(lesson: str) -> dict[str, dict[str, Any]]:
    """{question id: {"answer": …, "right": …}} of a lesson ("01"), for the quiz to begin with.

    Records of an earlier form name an option by its place in the file. They are rewritten once:
    an answer is kept by the option's text, wherever the option stands.
    """
    kept = store.answers(lesson)
    old = {name: entry["answer"] for name, entry in kept.items() if _is_place(entry["answer"])}
    if old:
        questions = read_quiz(quiz_path(lesson))["questions"]
        options = {q["id"]: [o["text"] for o in q.get("options", ())] for q in questions}
        texts = {name: _texts(answer, options.get(name, [])) for name, answer in old.items()}
        store.rename_answers(lesson, texts)
        kept = {**kept, **{name: {**kept[name], "answer": texts[name]} for name in texts}}
    return {name: {"answer": e["answer"], "right": e["right"]} for name, e in kept.items()}


def _is_place(answer: object) -> bool:
    """Whether an answer names options by place; a number that was typed is kept as text."""
    if isinstance(answer, list):
        return any(map(_is_place, answer))
    return isinstance(answer, int)


def _texts(answer: Any, options: list[str]) -> object:
    """The options' texts; what names none of them is no answer any more: ""."""
    if isinstance(answer, list):
        return [text for text in (_texts(place, options) for place in answer) if text]
    known = isinstance(answer, int) and 0 <= answer < len(options)
    return options[answer] if known else ""
