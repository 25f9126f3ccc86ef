"""Which of our own cells a hand-in needs: those that define something its answers use.

Most given cells draw or measure something, and nobody looks at that while answers are graded. So a
given cell that is as we wrote it runs only where a later cell uses a name that it defines or
changes. What a learner wrote or changed always runs.
"""

import ast
import re
import symtable
from collections.abc import Sequence

from course.calls import Unread, parse_cell

MOST_TEXT = 1_000_000  # characters that are looked through; a lesson has 50,000
# Names that reach other names by their spelling: where a hand-in has them, everything runs.
_BY_SPELLING = {"eval", "exec", "globals", "locals", "vars", "get_ipython", "__import__"}
# Magics that reach no name by its spelling: what they time is code, and the others are settings.
_MAGICS = (
    (re.compile(r"\A\s*%%(?:time|timeit|capture)\b.*\n"), ""),
    (re.compile(r"^([ \t]*)%(?:time|timeit)[ \t]", re.MULTILINE), r"\1"),
    (
        re.compile(r"^([ \t]*)(?:%(?:matplotlib|config|pip|conda|precision)\b|!).*", re.MULTILINE),
        r"\1pass",
    ),
)


def needed(cells: Sequence[tuple[str, bool]]) -> list[bool]:
    """Which cells to run, of pairs (source, whether it is a given cell as we wrote it)."""
    if sum(len(source) for source, _ in cells) > MOST_TEXT:
        return [True] * len(cells)
    try:
        trees = [_tree(source) for source, _ in cells]
    except Unread:
        return [True] * len(cells)
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import)]
    modules = {alias.asname or alias.name for node in imports for alias in node.names}
    used: set[str] = set()
    kept: list[bool] = []
    for tree, (_, given) in zip(reversed(trees), reversed(cells), strict=True):
        mentioned = _mentioned(tree)
        if not given and mentioned & _BY_SPELLING:
            return [True] * len(cells)
        kept.append(not given or bool(_defined(tree, modules) & used))
        if kept[-1]:
            used |= mentioned
    return kept[::-1]


def _tree(source: str) -> ast.Module:
    """The syntax tree of a cell; an empty one where it has none, since it will only fail."""
    for magic, meaning in _MAGICS:
        source = magic.sub(meaning, source)
    try:
        return parse_cell(source)
    except Unread:
        raise
    except SyntaxError:
        return ast.Module([], [])


def _mentioned(tree: ast.Module) -> set[str]:
    """The names that a cell reads from the notebook; none where it can't be compiled."""
    try:
        return _read_in(symtable.symtable(ast.unparse(tree), "cell", "exec"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _read_in(scope: symtable.SymbolTable) -> set[str]:
    """The names that a scope reads from outside: not a function's own variables."""
    names = {
        symbol.get_name()
        for symbol in scope.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or scope.get_type() == "module")
    }
    return names.union(*(_read_in(child) for child in scope.get_children()))


def _defined(tree: ast.Module, modules: set[str]) -> set[str]:
    """The names that a cell defines, or whose value it changes: `x = …`, `x.y = …`, `x.add(…)`.

    `plt.title(…)` looks like the last of them, so calls of functions in `modules` don't count.
    """
    names: set[str] = set()
    changed: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names |= {(a.asname or a.name).partition(".")[0] for a in node.names}
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                names |= _base(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                changed |= _base(method)
    return names | (changed - modules)


def _base(node: ast.expr) -> set[str]:
    """The name that `x.y[0].z` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
