"""What is not an answer is not there while answers are graded.

A lesson's exercises say what they forbid. In the notebook a learner who uses it is told so; in
grading the modules of `attn` that a lesson builds are empty shells, and PyTorch's own functions
are put out of order in the process that answers the check.
"""

import compileall
import ctypes
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FunctionType, ModuleType

import torch

from course.checking.forbidden import MODULES_AROUND, resolve, with_ways_around

# Never an answer, and the given cells draw with it.
ALWAYS_OPEN = ("attn.plotting",)

# The operations behind PyTorch's functions, by which they could be called past their names.
_OPERATIONS = {
    "softmax": ("softmax.int", "_softmax", "_softmax.out", "_safe_softmax", "_masked_softmax"),
    "log_softmax": ("log_softmax.int", "_log_softmax", "_log_softmax.out"),
    "scaled_dot_product_attention": (
        "scaled_dot_product_attention",
        "_scaled_dot_product_attention_math",
        "_scaled_dot_product_flash_attention_for_cpu",
    ),
    "MultiheadAttention": ("_native_multi_head_attention", "_transformer_encoder_layer_fwd"),
}

# The ways by which PyTorch comes to an operation: plain, with gradients, by its parts, under vmap.
_KEYS = (
    "CPU",
    "AutogradCPU",
    "CompositeImplicitAutograd",
    "FuncTorchBatchedDecomposition",
    "FuncTorchVmapMode",
)

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
        if source.name == "__init__.py" or module in ALWAYS_OPEN:
            shut = False
        else:
            shut = any(_covers(name, module) for name in closed)
        copy.write_text(_SHELL if shut else source.read_text("utf-8"), "utf-8")
    compileall.compile_dir(target, quiet=2)  # once, and not in each process that imports it


def _covers(forbidden: str, module: str) -> bool:
    """Whether forbidding a package, a module or something in a module closes this module."""
    return f"{module}.".startswith(f"{forbidden}.") or forbidden.startswith(f"{module}.")


def put_out_of_order(names: Sequence[str]) -> None:
    """Make each of these raise, by whatever name it is called, for the rest of this process.

    That ends what can be done from in here: code that takes this process apart, or has copied what
    one of these functions consists of, gets by. Its answers are still judged like any other.
    """
    libraries = [torch._C._dispatch_library("IMPL", "aten", key, "", 0) for key in _KEYS]
    for library in libraries:
        # What is put out of order is put back when this object goes. So it never does, and as it is
        # in no container, no search of the garbage collector's finds it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))
    for name in with_ways_around(names):
        if name in MODULES_AROUND:
            _close_module(name)
            continue
        thing = resolve(name)
        if isinstance(thing, type):
            thing = thing.__init__  # type: ignore[misc]
        if isinstance(thing, FunctionType):
            # The function itself stays, so that it changes under every name that it was kept by.
            free = thing.__code__.co_freevars
            thing.__code__ = _refuse.__code__.replace(co_freevars=free, co_name=name)
        for operation in _OPERATIONS.get(name.rpartition(".")[2], ()):
            for key, library in zip(_KEYS, libraries, strict=True):
                library.impl(operation, key, _refuse)


def _close_module(name: str) -> None:
    """Put what a module defines out of order; where it is not loaded yet, let nobody load it."""
    for thing in vars(sys.modules.get(name, object)).values():
        if isinstance(thing, FunctionType) and thing.__module__ == name:
            free = thing.__code__.co_freevars
            thing.__code__ = _refuse.__code__.replace(co_freevars=free, co_name=thing.__name__)
    shell = ModuleType(name)
    exec(_SHELL_CODE, vars(shell))
    sys.modules.setdefault(name, shell)


def _refuse(*arguments: object, **options: object) -> None:
    raise ImportError("what an exercise builds is not there while its answer is graded")
