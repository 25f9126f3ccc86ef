"""Make mutants of a right way: its source with one small change each, in a fixed order."""

import ast
import copy
import hashlib
import inspect
import itertools
import linecache
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from course.authoring.mutants.changes import changed, without
from course.checking.exercise import Answer, Exercise

ROUNDS = 10_000  # of one loop in one call; right ways need some hundreds


class Stopped(BaseException):
    """A loop did not end. No Exception, so that no check takes it for the answer's own."""


@dataclass(frozen=True)
class Mutant:
    """A right way with one small change.

    way    the right way's name
    key    the changed statement behind its line's number: no other mutant of the way has it
    was    what stood there
    now    what stands there
    source all of it
    """

    way: str
    key: str
    was: str
    now: str
    source: str
    module: ModuleType

    @property
    def order(self) -> bytes:
        """Where it stands in a drawn sample: by chance, but always the same."""
        return hashlib.sha256(f"{self.way} {self.key}".encode()).digest()

    def answer(self) -> Answer:
        """The function or class itself. Raises Stopped when it is called and does not end."""
        file = f"<{self.way}, line {self.key}>"
        # A message shows the line that raised; it is looked up here.
        linecache.cache[file] = (len(self.source), None, self.source.splitlines(True), file)
        tree = ast.fix_missing_locations(_Counted().visit(ast.parse(self.source)))
        space = dict(vars(self.module)) | {"__rounds__": _rounds}
        exec(compile(tree, file, "exec"), space)
        answer: Answer = space[self.way]
        return answer


def mutants(exercise: Exercise) -> Iterator[Mutant]:
    """Every mutant of every right way of an exercise, each source once."""
    known = set()
    for way in exercise.right_ways:
        for mutant in mutants_of(way):
            if mutant.source not in known:
                known.add(mutant.source)
                yield mutant


def mutants_of(way: Answer) -> Iterator[Mutant]:
    """Every mutant of one right way, in the order of its lines."""
    module = sys.modules[way.__module__]
    source = plain_source(way)
    tree = ast.parse(source)
    seen = {ast.dump(tree)}
    for was, now, line, statement in _changes(tree):
        text = ast.unparse(tree)
        if _compiles(text) and (program := ast.dump(ast.parse(text))) not in seen:
            seen.add(program)
            yield Mutant(way.__name__, f"{line}: {statement}", was, now, text, module)


def plain_source(way: Answer) -> str:
    """A function's source, or a class's behind those of its bases in the same module, without
    decorators, annotations and docstrings."""
    parts = [way]
    if isinstance(way, type):
        parts = [base for base in way.__mro__ if base.__module__ == way.__module__]
    trees: list[ast.Module] = []
    overridden: set[str] = set()
    for part in parts:
        tree = _Plain(overridden).visit(ast.parse(textwrap.dedent(inspect.getsource(part))))
        overridden |= {node.name for node in tree.body[0].body if isinstance(node, ast.FunctionDef)}
        trees.insert(0, tree)
    return "\n".join(map(ast.unparse, trees))


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


Change = tuple[str, str, int, str]  # what was there, what is, the line, the statement


def _changes(tree: ast.Module) -> Iterator[Change]:
    """Change the tree in one place, yield, change it back, and so on."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            arguments = [one.arg for one in function.args.args if one.arg != "self"]
            yield from _in_statements(function.body, arguments, set(arguments))


def _in_statements(body: list[ast.stmt], arguments: list[str], bound: set[str]) -> Iterator[Change]:
    for place, statement in enumerate(list(body)):
        if isinstance(statement, ast.FunctionDef):  # it comes by itself
            continue
        yield from _in_statement(statement, arguments)
        line, old = statement.lineno, _head(statement)
        for new, words in _other_statements(statement, bound):
            body[place : place + 1] = new
            yield old, words, line, words
            body[place : place + len(new)] = [statement]
        bound |= _stored(statement)
        for inner in ("body", "orelse"):
            if statements := getattr(statement, inner, None):
                yield from _in_statements(statements, arguments, bound)
        if isinstance(statement, ast.For | ast.While):
            statement.body.append(ast.Break())
            words = f"break at the end of `{old}`"
            yield old, words, line, words
            statement.body.pop()


def _other_statements(statement: ast.stmt, bound: set[str]) -> Iterator[tuple[list[ast.stmt], str]]:
    """What may stand in the place of a whole statement, and the words for it."""
    match statement:
        case ast.AugAssign(target, operator, value):
            plain = copy.deepcopy(target)
            other = ast.Sub() if isinstance(operator, ast.Add) else ast.Add()
            yield [new := ast.Assign([plain], value, lineno=0)], _head(new)
            yield [back := ast.AugAssign(target, other, value)], _head(back)
            yield [ast.Pass()], f"without `{_head(statement)}`"
        case ast.Assign() if not _stored(statement) <= bound:
            pass  # without it there would only be a NameError
        case ast.Assign() | ast.Expr():
            yield [ast.Pass()], f"without `{_head(statement)}`"
        case ast.If(body=body):
            yield list(body), f"always `{_head(statement)}`"
            yield list(statement.orelse) or [ast.Pass()], f"never `{_head(statement)}`"
        case ast.Return(ast.Tuple(elts=[first, *_])):
            alone = ast.Return(first)
            yield [alone], _head(alone)


def _stored(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value."""
    names = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _in_statement(statement: ast.stmt, arguments: list[str]) -> Iterator[Change]:
    """Every change of an expression that stands in this statement, not in those within it."""
    for holder, name, place in list(_places(statement)):
        node = _get(holder, name, place)
        others = without(node) if isinstance(node, ast.Slice) else changed(node, arguments)
        for other in others:
            _put(holder, name, place, other)
            yield ast.unparse(node), ast.unparse(other), statement.lineno, _head(statement)
        _put(holder, name, place, node)


Place = tuple[Any, str, int | None]


def _places(node: ast.AST) -> Iterator[Place]:
    """Where expressions stand under a node, the outer before the inner."""
    for name, value in ast.iter_fields(node):
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.expr | ast.keyword | ast.comprehension):
                continue
            if isinstance(child, ast.expr) and not isinstance(
                getattr(child, "ctx", None), ast.Store
            ):
                yield node, name, place
            number = isinstance(child, ast.UnaryOp) and isinstance(child.operand, ast.Constant)
            if not number:  # -1 is one number
                yield from _places(child)


def _get(holder: Any, name: str, place: int | None) -> Any:
    return getattr(holder, name) if place is None else getattr(holder, name)[place]


def _put(holder: Any, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(holder, name, node)
    else:
        getattr(holder, name)[place] = node


def _head(statement: ast.stmt) -> str:
    """A statement, or the first line of one that holds others."""
    return ast.unparse(ast.fix_missing_locations(statement)).split("\n")[0]


def _rounds() -> Callable[[], None]:
    """Counts the rounds of one call's loops: the same on a busy machine."""
    left = itertools.repeat(None, ROUNDS)

    def count() -> None:
        try:
            next(left)
        except StopIteration:
            raise Stopped from None

    return count


class _Counted(ast.NodeTransformer):
    """Count the rounds of every loop."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, _line("__round__ = __rounds__()", node.body[0]))
        return node

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, _line("__round__()", node.body[0]))
        return node

    visit_For = visit_While = _loop


def _line(text: str, place: ast.stmt) -> ast.stmt:
    (statement,) = ast.parse(text).body
    for node in ast.walk(statement):
        ast.copy_location(node, place)
    return statement


class _Plain(ast.NodeTransformer):
    """Leave out what no learner's answer needs, and the methods of a base that are overridden."""

    def __init__(self, overridden: Collection[str]) -> None:
        self._overridden = overridden

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list, node.returns = [], None
        for argument in [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]:
            if argument is not None:
                argument.annotation = None
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [
            part for part in node.body if getattr(part, "name", "") not in self._overridden
        ]
        self.generic_visit(node)
        node.decorator_list = []
        return self._without_docstring(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.keywords = [one for one in node.keywords if one.arg != "strict"]  # of zip
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    @staticmethod
    def _without_docstring(node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node
