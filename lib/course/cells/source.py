"""Which checks a piece of notebook code calls, read without running it."""

import ast
import re
import warnings

from IPython.core.inputtransformer2 import TransformerManager

EXERCISE = re.compile(r"\d\d\.\d+")
IN_TEXT = re.compile(
    r"""^[ \t]*check\(\s*["'](\d\d\.\d+)["'](?!.*\bpoints\s*=\s*0\s*\))""", re.MULTILINE
)
MAGICS = re.compile(r"^[ \t]*[%!?]|[?][ \t]*$|=[ \t]*[%!]", re.MULTILINE)
MOST_WORK = 200_000  # characters times magics: a second at the most


class Unread(SyntaxError):
    """A cell that takes too long to understand; it may run all the same."""


def parse_cell(source: str) -> ast.Module:
    """The syntax tree of a cell, magics understood. Raises SyntaxError, whatever is the matter."""
    if len(source) > MOST_WORK:
        raise Unread("a cell that is too long")
    with warnings.catch_warnings(action="ignore"):
        try:
            return ast.parse(source)
        except SyntaxError:
            pass  # perhaps it has magics
        except (ValueError, RecursionError, MemoryError) as error:  # a NUL byte; nested too deep
            raise SyntaxError(str(error)) from None
        # IPython reads the whole cell again for each magic in it.
        if len(source) * (1 + len(MAGICS.findall(source))) > MOST_WORK:
            raise Unread("a cell with too many magics")
        try:
            return ast.parse(TransformerManager().transform_cell(source))
        except (ValueError, RecursionError, MemoryError, RuntimeError) as error:
            raise SyntaxError(str(error)) from None


def points_of(source: str) -> float:
    """What the exercise is worth that a cell checks: 2 in `check("01.1", f, points=2)`, else 0."""
    for node in ast.walk(parse_cell(source)):
        match node:
            case ast.keyword(arg="points", value=ast.Constant(value=int() | float() as points)):
                return points
    return 0


def checks_called(source: str, *, practice: bool = False) -> list[str]:
    """The exercises that a cell checks: `check("01.1", f)` gives ["01.1"].

    What is asked for practice, with points=0, is left out unless `practice` is asked for. A cell
    with a syntax error is searched as text.
    """
    try:
        tree = parse_cell(source)
    except SyntaxError:
        return IN_TEXT.findall(source)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    found = []
    for call in calls:
        name, first = call.func, call.args[0]
        spelled = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if spelled != "check" or not isinstance(first, ast.Constant):
            continue
        if _is_practice(call) and not practice:
            continue
        if isinstance(first.value, str) and EXERCISE.fullmatch(first.value):
            found.append(first.value)
    return found


def _is_practice(call: ast.Call) -> bool:
    """Whether a check is worth nothing."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "points"]
    return any(isinstance(points, ast.Constant) and points.value == 0 for points in given)


def names_bound(source: str) -> list[str]:
    """The functions, classes and variables that a cell defines at its top level."""
    names: list[str] = []
    for statement in parse_cell(source).body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
            names += [n.id for n in stored if isinstance(n.ctx, ast.Store)]
    return names


def defines(source: str, name: str) -> bool:
    """Whether a cell means to define `name`, even if it is not Python."""
    try:
        return name in source and name in names_bound(source)
    except SyntaxError:
        return re.search(rf"^(def|class)\s+{name}\b|^{name}\s*=", source, re.MULTILINE) is not None
