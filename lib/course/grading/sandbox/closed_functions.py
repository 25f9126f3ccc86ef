"""What is not an answer is not there while answers are graded.

A lesson's exercises say what they forbid. In the notebook a learner who uses it is told so; in
grading the modules of `attn` that a lesson builds are empty shells, and PyTorch's own functions
are put out of order in the process that answers the check.
"""

import compileall
import ctypes
import re
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import torch

from course.checking.forbidden import MODULES_AROUND, resolve, with_ways_around

# Never an answer, and the given cells draw with it.
ALWAYS_OPEN = ("attn.plotting",)

# Each kind of what is forbidden, and its "operations", "modules" and the "names" in those.
KINDS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)

# The ways by which PyTorch comes to an operation: plain, with gradients, by its parts, under vmap;
# and those of other kinds of tensors, for operations that know them.
_KEYS = (
    *("CPU", "AutogradCPU", "CompositeImplicitAutograd"),
    *("FuncTorchBatchedDecomposition", "FuncTorchVmapMode"),
)
_OTHER_KEYS = ("CompositeExplicitAutograd", "SparseCPU", "MkldnnCPU", "NestedTensorCPU")

# Bound before any hand-in is there to replace them.
_library = torch._C._dispatch_library
_has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key
_SCRIPTS = (torch._C.ScriptFunction, torch._C.ScriptMethod)
_A_PLACE = re.compile(r"# (\S+\.py):(\d+):\d+")  # as a script's graph tells where it is from
_found: dict[tuple[str, str], list[Any]] = {}  # by module and names
_put_out: list[CodeType] = []  # the code of what is out of order

_SHELL = '''"""This lesson builds what stands here, so it is not here while answers are graded."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def closed(cls, *arguments, **options):
        raise ImportError(f"{__name__}.{name} is what this lesson builds, so it is not here")

    closed.__code__ = closed.__code__.replace(co_name=name)
    return type(name, (), {"__new__": closed})
'''
_SHELL_CODE = compile(_SHELL, "a closed module", "exec")


def write_open_library(library: Path, target: Path, forbidden: Iterable[str]) -> None:
    """Copy the package at `library` to the folder `target`, with shells for what is forbidden.

    A shell can be imported, so that a cell that only imports it works; using it raises.
    """
    closed = [name for name in forbidden if name.partition(".")[0] == library.name]
    for source in library.rglob("*.py"):
        place = source.relative_to(library.parent)
        module = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        copy = target / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        stays_open = source.name == "__init__.py" or module in ALWAYS_OPEN
        shut = not stays_open and any(_covers(name, module) for name in closed)
        copy.write_text(_SHELL if shut else source.read_text("utf-8"), "utf-8")
    compileall.compile_dir(target, quiet=2)  # once, and not in each process that imports it


def _covers(forbidden: str, module: str) -> bool:
    """Whether forbidding a package, a module or something in a module closes this module."""
    return f"{module}.".startswith(f"{forbidden}.") or forbidden.startswith(f"{module}.")


def prepare() -> None:
    """Find in the modules that are loaded what may be put out of order, and watch scripts.

    Scripts and traces are compiled, and so they would not notice that something is out of order.
    But they tell what lines they were made of.
    """
    for kind in KINDS.values():
        for name in kind.get("modules", ()):
            if name in sys.modules:
                _found[name, kind["names"]] = _search(sys.modules[name], kind["names"])
    for script in _SCRIPTS:
        script.__call__ = _watched(script.__call__)  # type: ignore[method-assign]


def _watched(call: Callable[..., Any]) -> Callable[..., Any]:
    def watched(script: Any, *arguments: Any, **options: Any) -> Any:
        if _put_out:
            lines = {(code.co_filename, line) for code in _put_out for *_, line in code.co_lines()}
            made_of = _A_PLACE.findall(str(script.inlined_graph))
            if any((file, int(line)) in lines for file, line in made_of):
                _refuse()
        return call(script, *arguments, **options)

    return watched


def put_out_of_order(names: Sequence[str]) -> None:
    """Make each of these raise, by whatever name it is called, for the rest of this process.

    That ends what can be done from in here: code that takes this process apart, or has copied what
    one of these functions consists of, gets by. Its answers are still judged like any other.
    """
    words = dict.fromkeys(name.rpartition(".")[2] for name in with_ways_around(names))
    kinds = [KINDS[word] for word in words if word in KINDS]
    for kind in kinds:
        for module in kind.get("modules", ()):
            _close_module(module, kind["names"])
    for name in with_ways_around(names):
        if name not in MODULES_AROUND:
            _close(resolve(name))
    _close_operations([one for kind in kinds for one in kind["operations"]])


def _close(thing: Any) -> None:
    """Put a function out of order, or all that a class does."""
    if isinstance(thing, type):
        for method in vars(thing).values():
            function = getattr(method, "__func__", method)
            if isinstance(function, FunctionType):
                _close(function)
    elif isinstance(thing, FunctionType) and thing.__code__.co_filename != __file__:
        _close(getattr(thing, "__wrapped__", None))
        _put_out.append(thing.__code__)
        # The function itself stays, so that it changes under every name that it was kept by.
        name, free = thing.__name__, thing.__code__.co_freevars
        thing.__code__ = _refuse.__code__.replace(co_freevars=free, co_name=name)


def _close_module(name: str, matching: str) -> None:
    """Close what a module defines by such names; where it is not loaded yet, let nobody load it."""
    module = sys.modules.get(name)
    if module is None:
        shell = ModuleType(name)
        exec(_SHELL_CODE, vars(shell))
        sys.modules[name] = shell
        return
    for thing in _found.get((name, matching)) or _search(module, matching):
        _close(thing)


def _search(module: ModuleType, matching: str) -> list[Any]:
    """What a module defines by names that match."""
    return [
        thing
        for name, thing in list(vars(module).items())
        if re.search(matching, name, re.IGNORECASE)
        and getattr(thing, "__module__", "") == module.__name__
    ]


def _close_operations(operations: Sequence[str]) -> None:
    libraries = {key: _library("IMPL", "aten", key, "", 0) for key in (*_KEYS, *_OTHER_KEYS)}
    for library in libraries.values():
        # What is put out of order is put back when this object goes. So it never does, and as it is
        # in no container, no search of the garbage collector's finds it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))
    warnings.simplefilter("ignore")  # that another kernel was there: it is for all that comes
    for operation in operations:
        main = not operation.startswith(("_sparse", "_nested", "special"))
        for key, library in libraries.items():
            if (main and key in _KEYS) or _has_kernel(f"aten::{operation}", key):
                library.impl(operation, key, _refuse)


def _refuse(*arguments: object, **options: object) -> None:
    raise ImportError("what an exercise builds is not there while its answer is graded")
