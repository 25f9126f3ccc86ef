"""Every quiz keeps the rules, its keys are right, and what an option looks like tells nothing."""

import ast
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from course import paths
from course.checking import exercises
from course.checking.judge import judge
from course.checking.subject import LocalSubject
from course.quizzes import load_quiz
from course.quizzes.asking import Question
from course.quizzes.loading import read_quiz

PATHS = sorted(paths.QUIZZES.glob("[0-9][0-9]_*.json"))
LESSONS = [path.name[:2] for path in PATHS]
QUESTIONS = [question for lesson in LESSONS for question in load_quiz(lesson)["questions"]]
FAULTS = [q for path in PATHS for q in read_quiz(path)["questions"] if q["kind"] == "fault"]
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> float:
    """The value of arithmetic over numbers and Python's math; anything else is a ValueError."""

    def value(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return number
            case ast.BinOp(left, operation, right) if type(operation) in OPERATORS:
                return OPERATORS[type(operation)](value(left), value(right))
            case ast.UnaryOp(ast.USub(), operand):
                return -value(operand)
            case ast.Name(name) if isinstance(getattr(math, name, None), float):
                return getattr(math, name)
            case ast.Call(ast.Name(name), arguments, []) if not name.startswith("_"):
                return getattr(math, name)(*map(value, arguments))
        raise ValueError(f"{ast.unparse(node)!r} is no arithmetic")

    return value(ast.parse(expression, mode="eval").body)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_quiz_keeps_the_rules_and_its_numbers_are_right(path):
    for question in read_quiz(path)["questions"]:
        if question["kind"] != "number":
            continue
        for key in (question, *question["misconceptions"]):
            computed = evaluate(key["expression"])
            assert abs(computed - key["answer"]) <= question["tolerance"], (question["id"], key)


def test_expressions_are_arithmetic_over_math():
    assert evaluate("exp(1) / (1 + exp(1))") == pytest.approx(0.7310585786)
    assert evaluate("-2 ** 3 + 7 // 2 * sqrt(4)") == -2.0
    assert evaluate("log2(pi / pi)") == 0.0


@pytest.mark.parametrize(
    "expression", ["__import__('os')", "(1).real", "[1][0]", "'a' * 3", "exp(x=1)", "e if 1 else 2"]
)
def test_anything_else_is_refused(expression):
    with pytest.raises((ValueError, AttributeError)):
        evaluate(expression)


def length(option: dict) -> int:
    """How long an option looks."""
    return len(re.sub("<[^>]*>", "", option["text"]))


def one_of_several_texts() -> Iterator[tuple[int, list[int]]]:
    """For each question with one right option: its place, and the lengths of all."""
    for question in QUESTIONS:
        if question["kind"] in ("single", "picture"):
            right = [option["correct"] for option in question["options"]].index(True)
            yield right, list(map(length, question["options"]))


def test_right_options_stand_in_each_place_about_equally_often():
    places = [(right, len(lengths)) for right, lengths in one_of_several_texts()]
    assert {count for _, count in places} == {4}
    for place in range(4):
        share = sum(right == place for right, _ in places) / len(places)
        assert 0.15 <= share <= 0.35, place


@pytest.mark.parametrize("extreme", [max, min])
def test_neither_the_longest_nor_the_shortest_option_is_the_right_one_more_often_than_by_chance(
    extreme: Callable[[list[int]], int],
):
    found = [
        lengths[right] == extreme(lengths)
        for right, lengths in one_of_several_texts()
        if len(set(lengths)) > 1
    ]
    assert sum(found) / len(found) <= 0.3


def test_no_right_option_of_one_is_far_longer_than_the_wrong_ones():
    for right, lengths in one_of_several_texts():
        others = lengths[:right] + lengths[right + 1 :]
        assert lengths[right] <= 1.25 * sum(others) / 3


def test_a_question_has_an_id_of_its_own_among_all_quizzes():
    """So it keeps its order and its aim when it moves to another lesson."""
    assert [name for name, count in Counter(q["id"] for q in QUESTIONS).items() if count > 1] == []


@pytest.mark.parametrize("kind", ["picture", "fault"])
def test_at_least_every_second_lesson_asks_to_read_a_picture_and_to_find_a_fault(kind: str):
    has = [any(q["kind"] == kind for q in load_quiz(lesson)["questions"]) for lesson in LESSONS]
    assert [LESSONS[i] for i in range(len(has) - 1) if not has[i] and not has[i + 1]] == []


@pytest.mark.parametrize("question", FAULTS, ids=lambda question: question["id"])
def test_the_lines_make_the_mistake_of_the_bank_and_one_mended_line_makes_them_right(
    question: Question,
):
    exercise = exercises(question["exercise"][:2])[question["exercise"]]
    mistake = next(m for m in exercise.mistakes if m.name == question["mistake"])

    def verdict(lines: list[str]):
        names = dict(mistake.answer.__globals__)  # what the bank has imported
        exec("\n    ".join([question["define"], *lines]), names)
        answer = names[re.findall(r"^def (\w+)", question["define"])[0]]
        return judge(exercise, LocalSubject(answer, exercise.forbids))

    options = question["options"]
    assert 3 <= len(options) <= 4
    assert verdict([option["text"] for option in options]).mistake == mistake.name
    mended = [question["mended"] if option["correct"] else option["text"] for option in options]
    assert verdict(mended).verdict == "right"


@pytest.mark.parametrize("lesson", LESSONS)
def test_before_a_lesson_an_exercise_of_an_earlier_one_is_written_from_memory(lesson: str):
    content = read_quiz(PATHS[LESSONS.index(lesson)]).get("recall")
    if lesson == LESSONS[0]:
        assert content is None
    else:
        earlier = content["exercise"].partition(".")[0]
        assert earlier < lesson
        assert content["exercise"] in paths.lesson_exercises(earlier)
        assert "<code>from_memory(" in content["task"]
