"""The names that a cell of a notebook reads, defines and changes, found without running it."""

import ast
import re
import symtable
from contextlib import suppress
from dataclasses import dataclass, field

from course.cells.source import Unread, parse_cell

# Magics that reach no name by its spelling: what they time is code, and the others are settings.
MAGICS = (
    (re.compile(r"\A\s*%%(?:time|timeit|capture)\b.*\n"), ""),
    (re.compile(r"^([ \t]*)%(?:time|timeit)[ \t]", re.MULTILINE), r"\1"),
    (
        re.compile(r"^([ \t]*)(?:%(?:matplotlib|config|pip|conda|precision)\b|!).*", re.MULTILINE),
        r"\1pass",
    ),
)


@dataclass(frozen=True)
class Names:
    """What a cell does with names.

    reads    from the notebook, not a function's own variables
    defines  `x = …`, `def x`, `import x`, and also `x.y = …`; inside of functions too
    binds    those that are there for other cells once it ran
    changes  perhaps: `x.add(…)`. `plt.title(…)` looks the same, and changes nothing here
    modules  that it imports
    """

    reads: set[str] = field(default_factory=set)
    defines: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)


def names_in(source: str) -> Names:
    """What a cell does with names; nothing where it is not Python, since it will only fail."""
    for magic, meaning in MAGICS:
        source = magic.sub(meaning, source)
    try:
        tree = parse_cell(source)
    except Unread:
        raise
    except SyntaxError:
        return Names()
    names = Names()
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):  # it can't be compiled
        scope = symtable.symtable(ast.unparse(tree), "cell", "exec")
        names.reads.update(_read_in(scope))
        bound = (s for s in scope.get_symbols() if s.is_assigned() or s.is_imported())
        names.binds.update(symbol.get_name() for symbol in bound)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.defines.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names.defines.update((a.asname or a.name).partition(".")[0] for a in node.names)
                if isinstance(node, ast.Import):
                    names.modules.update(a.asname or a.name for a in node.names)
            case ast.Name(ctx=ast.Store()):
                names.defines.add(node.id)
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                names.defines.update(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                names.changes.update(_base(method))
    return names


def _read_in(scope: symtable.SymbolTable) -> set[str]:
    """The names that a scope reads from outside: not a function's own variables.

    A class's body looks a name up in the notebook where it has none yet: `class A: x = x`.
    """
    own_come_first = scope.get_type() == "function"
    names = {
        symbol.get_name()
        for symbol in scope.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or not own_come_first)
    }
    return names.union(*(_read_in(child) for child in scope.get_children()))


def _base(node: ast.expr) -> set[str]:
    """The name that `x.y[0].z` begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
