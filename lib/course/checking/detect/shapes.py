"""A shape that is not as expected: which axis, and whose length it has."""

from collections.abc import Iterator
from typing import NamedTuple

from course.checking.detect.pairs import Said
from course.checking.evidence import Evidence
from course.checking.questions import given
from course.checking.values import is_array


class Shapes(NamedTuple):
    """The shape of one part of an answer in one case: what came, and what was expected."""

    came: tuple[int, ...]
    expected: tuple[int, ...]
    case: str


def in_shapes(evidence: Evidence, name: str, shapes: list[Shapes]) -> Said:
    """What is wrong with the shapes of a part of an answer, where they are wrong."""
    if shapes[0].came == shapes[0].expected:
        return None  # the smallest case is wrong for another reason
    wrong = [one for one in shapes if one.came != one.expected]
    told = f"{wrong[0].came}, expected {wrong[0].expected}"
    if all(one.came == () for one in wrong):
        return (
            f"{name} is one number, and a table of shape {wrong[0].expected} is expected.",
            "Is a sum, a mean, any or all taken of everything? With dim=-1 (axis=-1 in NumPy) each "
            "row has its own. Or is it the number it began with, never filled?",
        )
    if all(0 in one.came and 0 not in one.expected for one in wrong):
        return (
            f"{name} is empty: its shape is {told}.",
            "Where does the slice or the range begin, and where does it end?",
        )
    more = {len(one.came) - len(one.expected) for one in wrong}
    if more == {0} and all(sorted(one.came) == sorted(one.expected) for one in wrong):
        return (
            f"The axes of {name} have the right lengths in another order: {told}.",
            "Is a transpose missing, or one too many?",
        )
    if more == {0}:
        return _length(evidence, name, wrong)
    if more == {-1} and _one_joined(wrong):
        return (
            f"Two axes of {name} are joined: its shape is {told}.",
            "cat and reshape join along an axis that is there; stack makes a new one.",
        )
    if more == {-1}:
        axis = _left_out([(one.expected, one.came) for one in wrong])
        return (
            f"{name} has one axis too few{axis}: its shape is {told}.",
            "A sum, a mean, a maximum or an index takes an axis away; keepdim=True (keepdims=True "
            "in NumPy), [None] or a slice keeps it. And is what was to make one kept, as in "
            "x = x.unflatten(…)?",
        )
    if more == {1} and _one_joined([Shapes(one.expected, one.came, one.case) for one in wrong]):
        return (
            f"Two axes of {name} are to be one: its shape is {told}.",
            "reshape or flatten joins two neighbours; cat puts tensors side by side along an axis "
            "that is there, where stack makes a new one.",
        )
    if more == {1}:
        axis = _left_out([(one.came, one.expected) for one in wrong])
        return (
            f"{name} has one axis too many{axis}: its shape is {told}.",
            "A sum, a mean, a join or one entry picked takes an axis away.",
        )
    return None


def _one_joined(wrong: list[Shapes]) -> bool:
    """Whether all shapes are the expected ones with the same two neighbours made one."""
    places = [
        place
        for place in range(min(len(one.expected) for one in wrong) - 1)
        if all(_joined(one.expected, place) == one.came for one in wrong)
    ]
    return bool(places) and all(min(one.expected[places[0] : places[0] + 2]) > 1 for one in wrong)


def _joined(shape: tuple[int, ...], place: int) -> tuple[int, ...]:
    return (*shape[:place], shape[place] * shape[place + 1], *shape[place + 2 :])


def _left_out(shapes: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> str:
    """ ", axis -1" where without it each longer shape is the shorter; "" if others do as well."""
    axes = [
        axis
        for axis in range(-min(len(longer) for longer, _ in shapes), 0)
        if all(
            longer[:axis] + longer[len(longer) + axis + 1 :] == shorter
            for longer, shorter in shapes
        )
    ]
    return f", axis {axes[0]}" if len(axes) == 1 else ""


def _length(evidence: Evidence, name: str, wrong: list[Shapes]) -> Said:
    """One axis has another length: whose, or how far off."""
    axes = {
        place - len(one.came)
        for one in wrong
        for place, length in enumerate(one.came)
        if length != one.expected[place]
    }
    if len(axes) != 1:
        return None
    axis = axes.pop()
    of = f"Axis {axis} of {name}"
    told = f"{wrong[0].came[axis]}, expected {wrong[0].expected[axis]}"
    if all(one.came[axis] == 1 for one in wrong):
        return (
            f"{of} has length 1, expected {wrong[0].expected[axis]}.",
            "keepdim=True, [:, None], a slice of one place, and one number where many are meant "
            "(n, and not arange(n)) leave such an axis.",
        )
    theirs = _as_long(evidence, wrong, [one.came[axis] for one in wrong])
    wanted = _as_long(evidence, wrong, [one.expected[axis] for one in wrong])
    if theirs and wanted:
        return f"{of} is as long as {theirs}, and should be as long as {wanted}: {told}.", ""
    steps = {one.came[axis] - one.expected[axis] for one in wrong}
    step = steps.pop()
    if steps or abs(step) > 2 or len(wrong) == 1:
        return None
    return (
        f"{of} is {abs(step)} too {'long' if step > 0 else 'short'}: {told}.",
        "Where does it begin, and where does it end?",
    )


def _as_long(evidence: Evidence, wrong: list[Shapes], lengths: list[int]) -> str:
    """The axes and whole numbers that go in and are as long in each of these cases; "" if none."""
    sizes = [dict(_sizes(evidence, one.case)) for one in wrong]
    names = [
        f"`{name}`"
        for name in sizes[0]
        if [one.get(name) for one in sizes] == lengths and max(lengths) > 1
    ]
    return " = ".join(names) if len(names) <= 2 else ""


def _sizes(evidence: Evidence, case: str) -> Iterator[tuple[str, int]]:
    arguments, options = given(evidence.questions[case])
    named = dict(zip(evidence.exercise.argument_names, arguments, strict=False)) | options
    for name, value in named.items():
        if type(value) is int:
            yield name, value
        elif is_array(value):
            for axis, length in enumerate(value.shape):
                yield f"{name}.shape[{axis - value.ndim}]", length
