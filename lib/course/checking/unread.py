"""Names that an answer reads, and those that it sets, or is given, and never reads."""

import ast
import dis
import inspect
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType

MOST = 20  # names that are worth being told
_SEES_ALL = {"locals", "vars", "eval", "exec", "globals", "getattr", "children", "modules"}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def codes(answer: object) -> list[CodeType]:
    """The code of a function, or of a class's or an instance's own methods."""
    return [function.__code__ for function in _functions(answer)]


def _functions(answer: object) -> list[FunctionType]:
    if inspect.isroutine(answer):
        functions = [inspect.unwrap(answer)]
    else:
        owner = answer if isinstance(answer, type) else type(answer)
        functions = list(vars(owner).values())
    return [function for function in functions if inspect.isfunction(function)]


def beside(answer: object, reads: str, name: str) -> object | None:
    """What is called `name` where the answer was defined, if the answer reads the name `reads`."""
    for function in _functions(answer):
        if _reads(function.__code__, reads):
            return function.__globals__.get(name)
    return None


def _reads(code: CodeType, name: str) -> bool:
    """Whether code, or a function inside it, reads a global name; `attn.merge` reads no `merge`."""
    reads = any(
        step.opname == "LOAD_GLOBAL" and step.argval == name for step in dis.get_instructions(code)
    )
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return reads or any(_reads(one, name) for one in inner)


def unread(answer: object) -> tuple[str, ...]:
    """Arguments, names and `self.layers` of a function or class that it never reads, in order.

    Empty where its text is not to be had, or reads names by other ways than by writing them.
    """
    definition = _definition(answer)
    if definition is None:
        return ()
    nodes = list(ast.walk(definition))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and _is_read(node)}
    of_self = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    if (read | of_self) & _SEES_ALL:
        return ()
    # A parameter's default is read where it stands, and `nonlocal` makes one name of two.
    outside = {
        name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    }
    read_of_self = {
        node.attr for node in nodes if isinstance(node, ast.Attribute) and _is_read(node)
    }
    found = [name for name in _set(definition) if name not in read | outside]
    found += [
        f"self.{name}" for name in _set_on_self(definition) if name not in read_of_self | read
    ]
    return tuple(dict.fromkeys(found))[:MOST]


def _definition(answer: object) -> Definition | None:
    """The `def` or `class` of an answer, parsed; the one whose first line its code remembers."""
    found = codes(answer)
    name = getattr(answer, "__name__", type(answer).__name__)
    if not found:
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(found[0].co_filename)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    first = min(code.co_firstlineno for code in found)
    for node in ast.walk(tree):
        if isinstance(node, Definition) and node.name == name:
            begin = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if begin <= first <= (node.end_lineno or begin):
                return node
    return None


def _is_read(node: ast.Name | ast.Attribute) -> bool:
    return not isinstance(node.ctx, ast.Store)


def _set(definition: Definition) -> Iterator[str]:
    """What a function is given and sets; "_" and the counter of a loop need no reader."""
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef) and not _is_empty(node):
            arguments = node.args
            for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if one.arg not in ("self", "cls") and not one.arg.startswith("_"):
                    yield one.arg
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from _names(target, node.value)


def _names(target: ast.expr, value: ast.expr | None) -> Iterator[str]:
    """The names that an assignment sets. Of what a shape, or a function, hands out together, one
    may well be left lying: those count only where a name for each stands on the right as well."""
    if isinstance(target, ast.Name) and not target.id.startswith("_"):
        yield target.id
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one in target.elts:
            yield from _names(one, None)


def _set_on_self(definition: Definition) -> Iterator[str]:
    for node in ast.walk(definition):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        ):
            yield node.attr


def _is_empty(function: ast.FunctionDef) -> bool:
    """Whether a function has nothing but a docstring, `...` or `pass`: nothing is read there."""
    return all(
        isinstance(line, ast.Pass | ast.Raise)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in function.body
    )


def gone(answer: object, lines: tuple[str, ...]) -> tuple[int, ...]:
    """Which of these lines, each a statement or the head of one, stand nowhere in the answer."""
    definition = _definition(answer)
    if definition is None:
        return ()
    present = {_as_written(node) for node in ast.walk(definition) if isinstance(node, ast.stmt)}
    return tuple(
        place for place, line in enumerate(lines) if _as_written(_parsed(line)) not in present
    )


def _parsed(line: str) -> ast.stmt:
    return ast.parse(f"{line} pass" if line.endswith(":") else line).body[0]


def _as_written(statement: ast.stmt) -> str:
    """A statement in a form of its own, without what stands in its block."""
    text = ast.unparse(statement)
    return text.partition("\n")[0] if hasattr(statement, "body") else text
