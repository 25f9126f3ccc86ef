"""The settings under which a check asks: those that Python, NumPy and PyTorch begin with.

A cell can change them for all that comes after it: `warnings.simplefilter("error")`, a default
dtype, no gradients, a function of `json` or `torch` that is replaced. A check asks about an answer,
which is right or not whatever its notebook has set. So it is called, compared and sent under the
standard settings, and afterwards the notebook's own are back.
"""

import builtins
import contextlib
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from functools import partial
from operator import itemgetter
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

# How to read a setting and to write it, and its standard.
Setting = tuple[Callable[[], Any], Callable[[Any], Any], Any]

RECURSION = 3000  # at least; more is left as it is
_NUMPY_ERRORS: dict[str, Any] = {
    "divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn",
}  # fmt: skip
_NUMPY_PRINTS: dict[str, Any] = {
    "precision": 8, "threshold": 1000, "edgeitems": 3, "linewidth": 75, "suppress": False,
    "nanstr": "nan", "infstr": "inf", "sign": "-", "formatter": None, "floatmode": "maxprec",
    "legacy": False,
}  # fmt: skip
_show_warning = warnings.showwarning


def _default_device() -> torch.device | None:
    # torch.get_default_device looks through modules: a forked process would copy their memory.
    device = torch.empty(0).device
    return None if device == torch.device("cpu") else device


def _set_recursion_limit(limit: int) -> None:
    with contextlib.suppress(RecursionError):  # lower than where we are
        sys.setrecursionlimit(limit)


_SETTINGS: tuple[Setting, ...] = (
    (torch.get_default_dtype, torch.set_default_dtype, torch.float32),
    (_default_device, torch.set_default_device, None),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled, False),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, 0),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest"),
    (
        partial(torch.is_autocast_enabled, "cpu"),
        partial(torch.set_autocast_enabled, "cpu"),
        False,
    ),
)
# An operation on several threads waits for ever in a process that was forked without them.
_ONE_THREAD: Setting = (torch.get_num_threads, torch.set_num_threads, 1)

# Our own names are ours to change, and what `sys` has is what it is now.
_NOT_KEPT = {"course", "sys"}
_MISSING = object()
_setattr, _delattr = setattr, delattr  # they may be what was replaced
_kept: dict[int, "Kept"] = {}


@contextlib.contextmanager
def standard_settings(*, forked: bool = False) -> Iterator[None]:
    """A context under the standard settings; at its end, those of before are back.

    forked  this process is one that was forked: it computes on one thread
    """
    replaced = _put_back_names()
    settings = (*_SETTINGS, _ONE_THREAD) if forked else _SETTINGS
    before = [_exchange(setting) for setting in settings]
    limit = sys.getrecursionlimit()
    _set_recursion_limit(max(limit, RECURSION))
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(**_NUMPY_ERRORS),
            torch.inference_mode(False),
            torch.enable_grad(),
        ):
            warnings.showwarning = _show_warning
            warnings.filters[:] = [one for one in warnings.filters if one[0] != "error"]  # type: ignore[index]
            yield
    finally:
        _set_recursion_limit(limit)
        for (_, write, _), value in zip(settings, before, strict=True):
            write(value)
        for space, name, theirs in replaced:
            _set_name(space, name, theirs)


def standard_printing() -> contextlib.AbstractContextManager[Any]:
    """A context in which NumPy prints arrays as it does at its start."""
    return np.printoptions(**_NUMPY_PRINTS)


def _exchange(setting: Setting) -> Any:
    """Write a setting's standard; what it was before."""
    read, write, standard = setting
    value = read()
    if value != standard:
        write(standard)
    return value


def keep_names(ours: Collection[ModuleType]) -> None:
    """Note what the names stand for that these modules of ours call, to put them back if replaced.

    They are looked up where the modules do: in the modules that they import, among the built-in
    functions, in torch's Tensor.
    """
    mentioned = {name for module in ours for code in _codes(module) for name in code.co_names}
    imported = {
        id(thing): thing
        for module in ours
        for thing in vars(module).values()
        if isinstance(thing, ModuleType) and thing.__name__.partition(".")[0] not in _NOT_KEPT
    }
    for space in (builtins, torch.autograd, torch.Tensor, *imported.values()):
        # A class may also be given a name that its base has.
        there = mentioned.intersection(dir(space) if isinstance(space, type) else vars(space))
        if there:
            kept = _kept.setdefault(id(space), Kept(space))
            kept.add({name: vars(space).get(name, _MISSING) for name in there})


class Kept:
    """A module or class, and what some names in it stand for."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.names: dict[str, Any] = {}

    def add(self, names: dict[str, Any]) -> None:
        self.names |= names
        present = [name for name, value in self.names.items() if value is not _MISSING]
        # All at once, since it is asked for every cell. One twice: of several it makes a tuple.
        self._look_up = itemgetter(present[0], *present)
        self._found = self._look_up(vars(self.space))
        self._size = len(vars(self.space)) if isinstance(self.space, type) else None

    def is_as_it_was(self) -> bool:
        there = self.space.__dict__
        try:
            same: bool = self._look_up(there) == self._found
        except Exception:  # a name is gone, or stands for what can't be compared
            return False
        return same and self._size in (None, there.__len__())


def _put_back_names() -> list[tuple[Any, str, Any]]:
    """Put the names back that somebody has replaced: each one's place and what stood there."""
    replaced = []
    for kept in _kept.values():
        if kept.is_as_it_was():
            continue
        for name, ours in kept.names.items():
            theirs = kept.space.__dict__.get(name, _MISSING)
            if theirs is not ours:
                replaced.append((kept.space, name, theirs))
                _set_name(kept.space, name, ours)
    return replaced


def _set_name(space: Any, name: str, value: Any) -> None:
    if value is _MISSING:
        _delattr(space, name)
    else:
        _setattr(space, name, value)


def _codes(module: ModuleType) -> Iterator[CodeType]:
    """The code of what a module defines: functions, methods, and what is defined in them."""
    things = [thing for thing in vars(module).values() if _module_of(thing) == module.__name__]
    things += [one for thing in things if isinstance(thing, type) for one in vars(thing).values()]
    waiting = [thing.__code__ for thing in things if isinstance(thing, FunctionType)]
    while waiting:
        yield (code := waiting.pop())
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _module_of(thing: Any) -> str:
    return getattr(thing, "__module__", "") or ""
