"""The quiz of a lesson: questions that answer back, and that remember what was answered."""

from pathlib import Path
from typing import Any

import traitlets

from course.quizzes import load_quiz
from course.record import store
from course.widgets.twin import TwinnedWidget

HERE = Path(__file__).parent


class Quiz(TwinnedWidget):
    """A lesson's quiz; see quiz.

    answers  {question id: {"answer": …, "right": bool}}, kept in the progress file. The answer to
             a single choice is the option's index, to several a list of them, to a number its text
    """

    _esm, _css = HERE / "quiz.js", HERE / "quiz.css"

    title = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)

    def __init__(self, lesson: str):
        content = load_quiz(lesson)
        self._lesson = content["lesson"]
        super().__init__(
            title=content["title"],
            questions=content["questions"],
            answers=store.answers(self._lesson),
        )
        self.observe(self._record, names="answers")

    def _record(self, change: Any) -> None:
        for question, entry in change["new"].items():
            if entry != change["old"].get(question):
                store.record_answer(self._lesson, question, entry["answer"], entry["right"])

    def state(self) -> dict[str, Any]:
        """The twin's state: without the answers, which are one learner's own."""
        return {**super().state(), "answers": {}}

    def sentence(self) -> str:
        """The quiz's name and size."""
        return f"Quiz {self._lesson}: {len(self.questions)} questions"

    def fallback(self) -> str:
        """The questions as a list, each with its answers folded away."""
        return (
            f"<p><strong>{self.title}</strong></p>"
            f"<ol>{''.join(map(_question, self.questions))}</ol>"
        )


def _question(question: dict[str, Any]) -> str:
    """One question as a list item with a fold. Texts are HTML already: load_quiz has checked."""
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
        f"<li>{question['text']}{options}<details><summary>Answer</summary>{answer}</details></li>"
    )


def quiz(lesson: str) -> Quiz:
    """The quiz of a lesson, "01" for instance; write it as the last line of a cell.

    Answers are kept in the progress file and are there again after a reload. Raises CourseError
    where there is no such quiz, or where its file breaks a rule.
    """
    return Quiz(lesson)
