"""The changes that make a mutant: small ones, of the kind that a hand makes that learns."""

import ast
import builtins
import copy
from collections.abc import Iterator, Sequence

# A function that does something else, under the name next to it.
NEIGHBOURS = {
    "sum": ("mean",), "mean": ("sum",), "max": ("min", "argmax"), "min": ("max",),
    "amax": ("amin",), "amin": ("amax",), "maximum": ("minimum",), "minimum": ("maximum",),
    "any": ("all",), "all": ("any",), "sin": ("cos",), "cos": ("sin",), "log": ("log2",),
    "exp": ("exp2",), "sqrt": ("square",), "ceil": ("floor",), "floor": ("ceil",),
    "tril": ("triu",), "triu": ("tril",), "zeros": ("ones",), "ones": ("zeros",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",), "cat": ("stack",),
    "stack": ("cat",), "softmax": ("log_softmax",), "cumsum": ("cumprod",), "outer": ("inner",),
    "repeat_interleave": ("repeat",), "elu": ("relu",),
}  # fmt: skip
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add),
    ast.MatMult: (ast.Mult,), ast.Div: (ast.Mult, ast.FloorDiv), ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq, ast.LtE), ast.NotEq: (ast.Eq,),
}  # fmt: skip
SIDES_MATTER = (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv, ast.Mod)
# Exchanged, they mean what they meant.
KEPT_IN_ORDER = {"max", "min", "maximum", "minimum", "dot", "zip"}
TURNS = {"mT", "T"}


def changed(node: ast.AST, arguments: Sequence[str]) -> Iterator[ast.expr]:
    """What may stand in the place of an expression; `arguments` are the function's own."""
    match node:
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()) | ast.UnaryOp(
            ast.USub(), ast.Constant(value=int() | float())
        ):
            yield from _numbers(ast.literal_eval(node))
        case ast.Constant(value=str(equation)) if "->" in equation:
            yield from _equations(equation)
        case ast.BinOp():
            yield from _operations(node)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            for other in COMPARISONS.get(type(operator), ()):
                yield ast.Compare(left, [other()], [right])
        case ast.BoolOp(operator, [first, second]):
            other_word = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield from (ast.BoolOp(other_word, [first, second]), first, second)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Call():
            yield from _calls(node)
        case ast.Attribute(value=value, attr=attribute) if attribute in TURNS:
            yield value
        case ast.Subscript(value=value, slice=ast.Tuple(elts=[first, second, *more])):
            yield ast.Subscript(value, _tuple([second, first, *more]), node.ctx)
        case ast.Tuple(elts=[first, second, *more]):
            yield _tuple([second, first, *more])
        case ast.Name(name) if name in arguments and len(arguments) > 1:
            place = arguments.index(name)
            yield ast.Name(arguments[(place + 1) % len(arguments)], ast.Load())


def without(node: ast.Slice) -> Iterator[ast.Slice]:
    """A slice with one of its ends left out, or moved by one."""
    for end in ("lower", "upper"):
        bound = getattr(node, end)
        if bound is None:
            continue
        others: list[ast.expr | None] = [None]
        if not isinstance(bound, ast.Constant | ast.UnaryOp):  # numbers are changed as numbers
            others += [_plus(bound, 1), _plus(bound, -1)]
        for other in others:
            new = copy.copy(node)
            setattr(new, end, other)
            yield new


def _numbers(number: int | float) -> Iterator[ast.expr]:
    others: list[int | float] = [number + 1, number - 1]
    if isinstance(number, float):
        others = [2 * number, number / 2, -number] if number else [1.0]
    for other in others:
        yield ast.parse(repr(other), mode="eval").body  # -2 is a sign and a number


def _equations(equation: str) -> Iterator[ast.expr]:
    """An einsum's equation with the last two letters of a part exchanged."""
    inputs, _, output = equation.partition("->")
    parts = [*inputs.split(","), output]
    for place, part in enumerate(parts):
        if len(part) > 1 and part[-2:].strip().isalpha():
            turned = [*parts[:place], part[:-2] + part[-1] + part[-2], *parts[place + 1 :]]
            yield ast.Constant(",".join(turned[:-1]) + "->" + turned[-1])


def _operations(node: ast.BinOp) -> Iterator[ast.expr]:
    left, operator, right = node.left, node.op, node.right
    for other in OPERATORS.get(type(operator), ()):
        yield ast.BinOp(left, other(), right)
    if isinstance(operator, SIDES_MATTER):
        yield ast.BinOp(right, operator, left)
    if isinstance(operator, ast.MatMult):
        for turned in (ast.Attribute(left, "mT", ast.Load()), left):
            turned_right = right if turned is not left else ast.Attribute(right, "mT", ast.Load())
            yield ast.BinOp(turned, operator, turned_right)
    yield left
    if not isinstance(operator, ast.Pow | ast.Mod | ast.FloorDiv):
        yield right


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for other in NEIGHBOURS.get(name, ()):
        if isinstance(node.func, ast.Name) and not hasattr(builtins, other):
            continue
        yield ast.Call(_renamed(node.func, other), node.args, node.keywords)
    equation = bool(node.args) and isinstance(node.args[0], ast.Constant)  # einsum's, or one number
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield node.func.value  # x.exp() becomes x
    elif node.args and not equation:
        yield node.args[0]  # torch.exp(x) becomes x
    if name == "range":
        yield from _ranges(node)
    for place in range(name == "einsum", len(node.args) - 1):
        if name not in KEPT_IN_ORDER:
            args = list(node.args)
            args[place : place + 2] = reversed(args[place : place + 2])
            yield ast.Call(node.func, args, node.keywords)
    if len(node.args) > 1:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    for place in range(len(node.keywords)):
        fewer = node.keywords[:place] + node.keywords[place + 1 :]
        yield ast.Call(node.func, node.args, fewer)


def _ranges(node: ast.Call) -> Iterator[ast.expr]:
    if len(node.args) == 1:
        (stop,) = node.args
        yield ast.Call(node.func, [ast.Constant(1), stop], [])
        yield ast.Call(node.func, [_plus(stop, 1)], [])
        yield ast.Call(node.func, [_plus(stop, -1)], [])


def _plus(node: ast.expr, step: int) -> ast.expr:
    return ast.BinOp(node, ast.Add() if step > 0 else ast.Sub(), ast.Constant(abs(step)))


def _tuple(parts: list[ast.expr]) -> ast.expr:
    return ast.Tuple(parts, ast.Load())


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def _is_module(node: ast.AST) -> bool:
    """np.…, torch.…, F.…, math.…, torch.linalg.…: what stands before the dot is no value."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in {"np", "torch", "F", "math", "nn", "super"}
