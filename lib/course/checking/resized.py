"""Inputs with other sizes: the same axis is made longer or shorter wherever it stands."""

import numpy as np
import torch
from torch import Tensor

from course.checking.subject import Plain
from course.checking.values import arrays, is_array, is_floats

Place = tuple[int, int | None]  # an argument, and its axis counted from the end; None for a number
Group = tuple[Place, ...]  # where one size stands


def groups(arguments: tuple[Plain, ...]) -> list[Group]:
    """Where each size above 1 stands: axes of equal length together, each whole number alone."""
    axes: dict[int, list[Place]] = {}
    numbers: list[Group] = []
    for place, value in enumerate(arguments):
        if is_array(value):
            for axis in range(-value.ndim, 0):
                axes.setdefault(value.shape[axis], []).append((place, axis))
        elif type(value) is int and value > 1:
            numbers.append(((place, None),))
    return [tuple(places) for entries, places in axes.items() if entries > 1] + numbers


def groups_of_places(arguments: tuple[Plain, ...], answer: Plain, most: int) -> list[Group]:
    """The sizes below `most` that may grow without a table of tables: axes behind the batch and the
    heads, and numbers that give the answer one of its sizes."""
    sizes = {size for array in arrays(answer) or () for size in array.shape}
    return [
        group
        for group in groups(arguments)
        if length(arguments, group) < most
        and (
            length(arguments, group) in sizes
            if group[0][1] is None
            else all(axis >= -2 for _, axis in group if axis is not None)
        )
    ]


def length(arguments: tuple[Plain, ...], group: Group) -> int:
    """How long a group's axes are, or what its number is."""
    place, axis = group[0]
    return int(arguments[place] if axis is None else arguments[place].shape[axis])


def resized(arguments: tuple[Plain, ...], group: Group, size: int) -> tuple[Plain, ...]:
    """The arguments with this size in a group's place: floats are cut or drawn, others repeated."""
    changed = list(arguments)
    for place, axis in group:
        changed[place] = size if axis is None else _cut_or_stretched(changed[place], axis, size)
    return tuple(changed)


def _cut_or_stretched(value: Tensor | np.ndarray, axis: int, size: int) -> Tensor | np.ndarray:
    missing = size - value.shape[axis]
    if missing <= 0 and _is_an_order(value):
        return value[value < size]
    if missing <= 0:
        return value.swapaxes(axis, 0)[:size].swapaxes(axis, 0)
    if not is_floats(value):
        longer = np.take(np.asarray(value), np.arange(size) % value.shape[axis], axis=axis)
        if _is_an_order(value):
            longer[-missing:] = np.arange(size - missing, size)
        return torch.from_numpy(longer) if isinstance(value, Tensor) else longer
    shape = list(value.shape)
    shape[axis] = missing
    more = np.random.default_rng(missing).standard_normal(shape)
    if isinstance(value, Tensor):
        return torch.cat([value, torch.from_numpy(more).to(value.dtype)], dim=axis)
    return np.concatenate([value, more.astype(value.dtype)], axis=axis)


def _is_an_order(value: Tensor | np.ndarray) -> bool:
    """Whether whole numbers name each place once, as a shuffle does: so they shall afterwards."""
    numbers = value.tolist() if value.ndim == 1 and value.dtype not in (bool, torch.bool) else [-1]
    return sorted(numbers) == list(range(len(numbers)))
