"""Notice when an answer uses the very function that its exercise builds.

The Python interpreter tells a profile function of every call, whatever name the callee goes by, so
that an import under another name is noticed too. In grading the same functions are not there to
be imported at all; this watch is for the notebook, where a sentence is enough.
"""

import importlib
import inspect
from collections.abc import Sequence
from sys import getprofile as _getprofile  # an answer might replace them
from sys import setprofile as _setprofile
from types import FrameType, ModuleType
from typing import Any, Self

# The same thing by a way around: forbidden with it.
_WITH_IT = {
    "torch.nn.functional.scaled_dot_product_attention": (
        "torch.nn.attention.flex_attention",
        "torch._decomp.decompositions.scaled_dot_product_flash_attention_for_cpu",
    ),
    "torch.softmax": (
        "torch.log_softmax",  # one exp away
        "torch.nn.functional.log_softmax",
        "torch.Tensor.log_softmax",
        "torch._refs.softmax",
        "torch._refs.log_softmax",
        "torch._decomp.decompositions._softmax",
        "torch._decomp.decompositions._log_softmax",
    ),
    "torch.nn.MultiheadAttention": (
        "torch.nn.MultiheadAttention.forward",  # of an instance that was there before
        "torch.nn.functional.multi_head_attention_forward",
    ),
}
# Whoever calls one of these has loaded it. Nobody else should wait for that.
MODULES_AROUND = {"torch.nn.attention.flex_attention"}


class Forbidden(Exception):
    """The answer called something that this exercise builds."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Watch:
    """A context in which calling one of the named functions, or any of a named module, raises.

    names: dotted, as one would import them: "torch.nn.functional.softmax", "torch.Tensor.softmax",
    "attn.core", "torch.nn.MultiheadAttention"
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._functions: dict[object, str] = {}
        self._modules: list[str] = []
        for name in with_ways_around(names):
            if name in MODULES_AROUND:
                self._modules.append(name)
                continue
            thing = resolve(name)
            if isinstance(thing, ModuleType):
                self._modules.append(thing.__name__)
            elif isinstance(thing, type):
                made_by = next(m for m in (thing.__init__, thing.__new__) if hasattr(m, "__code__"))  # type: ignore[misc]
                self._functions[made_by.__code__] = name
            else:
                self._functions[getattr(thing, "__code__", thing)] = name
        self._used = ""

    def __enter__(self) -> Self:
        self._used = ""
        self._before = _getprofile()
        if self._functions or self._modules:
            _setprofile(self._notice)
        return self

    def __exit__(self, *_: object) -> None:
        _setprofile(self._before)
        if self._used:  # also where the answer caught the exception
            raise Forbidden(self._used)

    def _notice(self, frame: FrameType, event: str, callee: Any) -> None:
        name = None
        if event == "call":
            name = self._functions.get(frame.f_code)
            module = frame.f_globals.get("__name__", "")
            for forbidden in self._modules:
                if module == forbidden or module.startswith(forbidden + "."):
                    name = f"{module}.{frame.f_code.co_name}"
        elif event == "c_call":
            # x.softmax is a new object at each access: compare the method of its class.
            owner = type(getattr(callee, "__self__", None))
            method = getattr(owner, getattr(callee, "__name__", ""), None)
            for function in (callee, method):
                try:
                    name = name or self._functions.get(function)
                except TypeError:  # not hashable, so none of ours
                    continue
        if name:
            self._used = name
            raise Forbidden(name)


def with_ways_around(names: Sequence[str]) -> list[str]:
    """These names, and what does the same under another one."""
    return [*names, *(around for name in names for around in _WITH_IT.get(name, ()))]


def resolve(name: str) -> Any:
    """The thing with this dotted name: a module, its attribute, or that one's attribute."""
    path, *attributes = name.split(".")
    try:
        thing: Any = importlib.import_module(path)
        for attribute in attributes:
            path = f"{path}.{attribute}"
            if isinstance(thing, ModuleType) and not hasattr(thing, attribute):
                importlib.import_module(path)  # a module that nobody has loaded yet
            thing = getattr(thing, attribute)
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(
            f"forbids has {name!r}, expected the dotted name of something importable"
        ) from None
    return inspect.unwrap(thing) if callable(thing) else thing
