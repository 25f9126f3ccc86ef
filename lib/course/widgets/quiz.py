"""The quiz of a lesson: questions that answer back, and that remember what was answered."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import traitlets

from course.quizzes import load_quiz
from course.quizzes.asking import Question
from course.quizzes.kept import kept_answers
from course.record import store
from course.widgets import pictures
from course.widgets.twin import TwinnedWidget

HERE = Path(__file__).parent


class Quiz(TwinnedWidget):
    """Questions with their feedback; see quiz and recall.

    title    above the questions, as HTML
    task     what is to be done before them, as HTML; "" where there is nothing
    asked    (lesson, question) pairs, as load_quiz gives the questions
    answers  {question id: {"answer": …, "right": bool}}, kept in the progress file. The answer to
             one choice is the option's text, to several a list of them, to a number what was typed
    """

    _esm, _css = HERE / "quiz.js", HERE / "quiz.css"

    title = traitlets.Unicode().tag(sync=True)
    task = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        title: str,
        asked: Sequence[tuple[str, Question]],
        *,
        answers: dict[str, Any] | None = None,
        task: str = "",
    ) -> None:
        self._lessons = {question["id"]: lesson for lesson, question in asked}
        self._tried: set[str] = set()
        super().__init__(
            title=title,
            task=task,
            questions=[pictures.drawn(question) for _, question in asked],
            answers=answers or {},
        )
        self.observe(self._record, names="answers")

    def _record(self, change: Any) -> None:
        for name, entry in change["new"].items():
            if entry != change["old"].get(name):
                first = name not in self._tried
                self._tried.add(name)
                lesson, answer, right = self._lessons[name], entry["answer"], entry["right"]
                store.record_answer(lesson, name, answer, right, first=first)

    def state(self) -> dict[str, Any]:
        """The twin's state: without the answers, which are one learner's own."""
        return {**super().state(), "answers": {}}

    def sentence(self) -> str:
        """The quiz's name and size."""
        count = len(self.questions)
        return f"{re.sub('<[^>]*>', '', self.title)}: {count} question{'' if count == 1 else 's'}"

    def fallback(self) -> str:
        """The questions as a list, each with its answers folded away."""
        return (
            f"<p><strong>{self.title}</strong></p>{self.task}"
            f"<ol>{''.join(map(_question, self.questions))}</ol>"
        )


def _question(question: Question) -> str:
    """One question as a list item with a fold. Texts are HTML already: load_quiz has checked."""
    shown = question.get("picture", "")
    if "define" in question:
        shown = f"<p>{question['define']}</p>"
    if question["kind"] == "number":
        unit = f" {question['unit']}" if "unit" in question else ""
        options, answer = "", f"<p>{question['answer']}{unit}. {question['feedback']}</p>"
    else:
        options = "".join(f"<li>{option['text']}</li>" for option in question["options"])
        options = f"<ul>{options}</ul>"
        verdicts = "".join(
            f"<li>{'✓ Right' if option['correct'] else '✗ Not so'}: "
            f"<strong>{option['text']}</strong> {option['feedback']}</li>"
            for option in question["options"]
        )
        answer = f"<ul>{verdicts}</ul>"
    return (
        f"<li>{question['text']}{shown}{options}"
        f"<details><summary>Answer</summary>{answer}</details></li>"
    )


def quiz(lesson: str) -> Quiz:
    """The quiz of a lesson, "01" for instance; write it as the last line of a cell.

    Answers are kept in the progress file and are there again after a reload. Raises CourseError
    where there is no such quiz, or where its file breaks a rule.
    """
    content = load_quiz(lesson)
    number = content["lesson"]
    asked = [(number, question) for question in content["questions"]]
    return Quiz(f"Quiz {number} · {content['title']}", asked, answers=kept_answers(number))
