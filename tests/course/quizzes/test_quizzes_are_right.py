"""Every quiz keeps the rules, and every number in it is what its own expression gives."""

import ast
import math
import operator

import pytest

from course import paths
from course.quizzes.loading import read_quiz

PATHS = sorted(paths.QUIZZES.glob("[0-9][0-9]_*.json"))
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
