"""Read a lesson's quiz from its JSON file, and say what is wrong with it in words.

quizzes/schema.json says what a quiz is made of; the rules that a schema cannot say stand here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import paths
from course.errors import CourseError
from course.quizzes.asking import Question, as_asked

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Quiz = dict[str, Any]

NO_TEXT = {"expression", "define", "mended"}  # arithmetic and code
TAGS = ("sup", "sub", "code", "em")  # the HTML that texts may use; everything else is plain text


def load_quiz(lesson: str, *, checked: bool = True) -> Quiz:
    """A lesson's quiz as it is asked: {"lesson": "01", "title": …, "questions": [{"id": …}, …]}.

    lesson   "1", "01" or the lesson's full name. Raises CourseError where there is no such quiz,
             or where its file breaks a rule, naming the file and the question
    checked  without it the rules are not looked at, which takes a second the first time
    """
    path = quiz_path(lesson)
    quiz = read_quiz(path) if checked else json.loads(path.read_bytes())
    return {**quiz, "questions": [as_asked(question) for question in quiz["questions"]]}


def quiz_path(lesson: str) -> Path:
    """The file of a lesson's quiz. Raises CourseError where there is none."""
    files = {path.name[:2]: path for path in sorted(paths.QUIZZES.glob("[0-9][0-9]_*.json"))}
    number = re.match(r"\d{1,2}(?!\d)", lesson)
    path = files.get(number[0].zfill(2)) if number else None
    if path is None:
        raise CourseError(f"There is no quiz {lesson!r}; there are: {', '.join(files) or 'none'}.")
    return path


def read_quiz(path: Path) -> Quiz:
    """The quiz as its file has it, checked. Raises CourseError naming the file and the question."""
    place = f"quizzes/{path.name}"
    try:
        quiz = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(f"{place} is no JSON: {error}.") from None
    from jsonschema.exceptions import best_match

    misfit = best_match(schema().iter_errors(quiz))
    if misfit is not None:
        raise CourseError(f"{place}{_where(quiz, list(misfit.absolute_path))}: {misfit.message}.")
    for fault in _faults(quiz, path.name[:2]):
        raise CourseError(f"{place}{fault}.")
    return quiz


def schema() -> "Draft202012Validator":
    """The validator made of quizzes/schema.json, which lies in the course's own folder."""
    # It takes a second to load, for which no lesson's first cell should wait.
    from jsonschema import Draft202012Validator

    text = (paths.ROOT / "quizzes" / "schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _where(quiz: Quiz, steps: list[str | int]) -> str:
    """Where in the quiz a fault stands: ', question scale, options 2, feedback'."""
    place = ""
    if len(steps) > 1 and steps[0] == "questions":
        question = quiz["questions"][steps[1]]
        name = question.get("id", steps[1]) if isinstance(question, dict) else steps[1]
        place, steps = f", question {name}", steps[2:]
    words = [f" {step}" if isinstance(step, int) else f", {step}" for step in steps]
    return place + "".join(words)


def _faults(quiz: Quiz, number: str) -> Iterator[str]:
    """The rules that the schema cannot say."""
    if quiz["lesson"] != number:
        yield f": lesson is {quiz['lesson']!r}, expected {number!r} as in the file's name"
    seen = set()
    for question in quiz["questions"]:
        place = f", question {question['id']}"
        if question["id"] in seen:
            yield f"{place}: the id is there twice"
        seen.add(question["id"])
        check = _number_faults if question["kind"] == "number" else _choice_faults
        for fault in (*check(question), *_markup_faults(question)):
            yield f"{place}: {fault}"


def _choice_faults(question: Question) -> Iterator[str]:
    correct = sum(option["correct"] for option in question["options"])
    if question["kind"] != "several" and correct != 1:
        yield f"{correct} options are correct, expected exactly 1"
    if correct == 0:
        yield "no option is correct, expected at least 1"
    texts = [option["text"] for option in question["options"]]  # answers are kept by them
    if len(set(texts)) < len(texts):
        yield "two options have the same text"


def _number_faults(question: Question) -> Iterator[str]:
    for misconception in question["misconceptions"]:
        if abs(misconception["answer"] - question["answer"]) <= question["tolerance"]:
            yield f"the misconception {misconception['answer']} would count as right"


def _markup_faults(question: Question) -> Iterator[str]:
    for text in _texts(question, code=question["kind"] == "fault"):
        open_tags: list[str] = []
        for slash, tag, end in re.findall(r"<(/?)(\w*)(>?)", text):
            if tag not in TAGS or not end:
                yield f"{text!r} has a < that begins none of the tags {', '.join(TAGS)}: write &lt;"
                return
            if not slash:
                open_tags.append(tag)
            elif not open_tags or open_tags.pop() != tag:
                yield f"</{tag}> closes nothing in {text!r}"
        if open_tags:
            yield f"<{open_tags[-1]}> is not closed in {text!r}"


def _texts(part: Any, *, code: bool) -> Iterator[str]:
    """Every text of a question, however deep; with `code` without the lines that are no text."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        is_line = code and "correct" in part
        for name, value in part.items():
            if name not in NO_TEXT and not (is_line and name == "text"):
                yield from _texts(value, code=code)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value, code=code)
