"""Masks of True and False: where the wrong places lie, in terms of rows i and columns j."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from course.checking.detect.pairs import Said
from course.checking.detect.places import Places, counted, in_words, whole_numbers
from course.checking.detect.runs import moved_ends
from course.checking.evidence import Diagnosis, Evidence
from course.checking.values import arrays

STRICTLY = "Is it `<` or `<=`, and does a distance count the place itself?"


class Table(NamedTuple):
    """One table of a mask that is not as expected, and the whole numbers that went in."""

    came: np.ndarray
    expected: np.ndarray
    numbers: dict[str, int]

    @property
    def wrong(self) -> np.ndarray:
        wrong: np.ndarray = self.came != self.expected
        return wrong


def detect(evidence: Evidence) -> Diagnosis | None:
    tables: list[Table] = []
    name = ""
    for case in evidence.called:
        came, expected = arrays(evidence.outcomes[case]), arrays(evidence.expected[case])
        if not came or not expected or len(came) != 1 or len(expected) != 1:
            return None
        if came[0].shape != expected[0].shape or not came[0].dtype == expected[0].dtype == bool:
            return None
        name = evidence.names(case)[0]
        numbers = whole_numbers(evidence, case)
        tables += [Table(*pair, numbers) for pair in _cut(came[0], expected[0])]
    said = described(tables, name)
    return Diagnosis(*said, "fact", "masks") if said else None


def described(tables: list[Table], name: str) -> Said:
    """What is wrong in all these tables alike."""
    tables = [table for table in tables if table.wrong.any()]
    if sum(int(table.wrong.sum()) for table in tables) < 2:
        return None  # one wrong place lies on any line
    return (
        _as_a_whole(tables, name)
        or _edges(tables, name)
        or _diagonals(tables, name)
        or _lines(tables, name, few=True)
        or _halves(tables, name)
        or _lines(tables, name, few=False)
        or _counts(tables, name)
        or _too_often(tables, name)
    )


def _cut(came: np.ndarray, expected: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The tables that two masks of one shape hold, without the axes of length 1 between."""
    rows, columns = (1, 1, *came.shape)[-2:]
    if rows == 1:  # (batch, 1, 1, n_k): a row for each sentence
        rows = came.size // columns
    shape = (-1, rows, columns)
    yield from zip(came.reshape(shape), expected.reshape(shape), strict=True)


def _as_a_whole(tables: list[Table], name: str) -> Said:
    exchanged = "A column of numbers, [:, None], goes down the rows."
    kinds: list[tuple[Callable[[np.ndarray, np.ndarray], object], str, str]] = [
        (lambda came, _: came.all(), f"In {name} every place says yes.", ""),
        (lambda came, _: not came.any(), f"In {name} every place says no.", ""),
        (
            lambda came, expected: np.array_equal(came, ~expected),
            f"Yes and no are exchanged in {name}.",
            "`~mask` turns every place around.",
        ),
        (
            lambda came, expected: np.array_equal(came, expected.T),
            f"Rows and columns are exchanged in {name}.",
            exchanged,
        ),
        (
            lambda came, expected: np.array_equal(came, ~expected.T),
            f"Rows and columns are exchanged in {name}, and yes and no are, too.",
            exchanged,
        ),
        (
            lambda came, expected: _is_square(came) and np.array_equal(came, expected | expected.T),
            f"{name} has its mirror image as well: where row i says yes to j as it should, row j "
            "says yes to i, too.",
            "Only one of the two is asked for.",
        ),
        (
            lambda came, expected: _rows_alike(came) and not _rows_alike(expected),
            f"All rows of {name} are the same.",
            "They should differ: what in your line depends on i?",
        ),
        (
            lambda came, expected: _rows_alike(came.T) and not _rows_alike(expected.T),
            f"All columns of {name} are the same.",
            "They should differ: what in your line depends on j?",
        ),
        *(
            (
                lambda came, _, test=test: _is_square(came) and np.array_equal(came, test(came)),
                f"{name} says yes where {words}, and nowhere else.",
                "What else is to count?",
            )
            for words, test in PLAIN.items()
        ),
    ]
    for test, what, way_out in kinds:
        if all(test(table.came, table.expected) for table in tables):
            return what, way_out
    return None


PLAIN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "j <= i": lambda table: np.tri(len(table), dtype=bool),
    "j < i": lambda table: np.tri(len(table), k=-1, dtype=bool),
    "j >= i": lambda table: ~np.tri(len(table), k=-1, dtype=bool),
    "j > i": lambda table: ~np.tri(len(table), dtype=bool),
    "j == i": lambda table: np.eye(len(table), dtype=bool),
}


def _is_square(table: np.ndarray) -> bool:
    return len(table) == table.shape[1] > 2


def _rows_alike(table: np.ndarray) -> bool:
    return bool((table == table[:1]).all())


def _edges(tables: list[Table], name: str) -> Said:
    """Each row is one run of True, and all runs begin or end equally much too early or late."""
    ends = moved_ends(
        [pair for table in tables for pair in zip(table.came, table.expected, strict=True)]
    )
    if not ends:
        return None
    begin, end = ends
    if begin == end:
        side = "right" if end > 0 else "left"
        return (
            f"In each row of {name}, what says yes stands {counted(abs(end))} too far to the "
            f"{side}.",
            "Do i and j count from the same place?",
        )
    if begin and end:
        return None
    step, edge = (end, "right") if end else (-begin, "left")
    verb = "says" if abs(step) == 1 else "say"
    much = f"{counted(abs(step))} too {'many' if step > 0 else 'few'} {verb} yes"
    return f"At the {edge} end of each row of {name}, {much}.", STRICTLY


def _diagonals(tables: list[Table], name: str) -> Said:
    """All that is wrong lies on one diagonal or two, which are wrong from end to end."""
    what = _kind(tables)
    found = [_distances(table.wrong) for table in tables]
    if not what or any(len(distances) > 2 for distances in found):
        return None
    if max(int(table.wrong.sum()) for table in tables) < 3:
        return None
    largest = max(tables, key=lambda table: table.came.size)
    on_them = [len(np.diagonal(largest.came, d)) for d in _distances(largest.wrong)]
    if 2 * int(largest.wrong.sum()) < sum(on_them):
        return None  # a few places lie on a line by chance
    if all(distances == {0} for distances in found):
        if what == "missing":
            return f"The diagonal of {name} says no, and nothing else is wrong.", "j = i counts."
        return f"The diagonal of {name} says yes, and nothing else is wrong.", "j = i is out."
    for words, distance in _names_of_distances(tables):
        for sign, signs in (("", (1,)), ("-", (-1,)), ("±", (1, -1))):
            wanted = [{one * distance(table) for one in signs} for table in tables]
            if found == wanted:
                where = f"where j - i is {sign}{words}"
                return f"All that is {what} in {name} lies {where}.", STRICTLY
    return None


def _distances(wrong: np.ndarray) -> set[int]:
    rows, columns = np.nonzero(wrong)
    return set((columns - rows).tolist())


def _names_of_distances(tables: list[Table]) -> Iterator[tuple[str, Callable[[Table], int]]]:
    """What a distance may be called: by a number that goes in, or by itself where it is fixed."""
    for name in tables[0].numbers:
        if len({table.numbers[name] for table in tables}) > 1:
            for step, words in ((0, name), (1, f"({name} + 1)"), (-1, f"({name} - 1)")):
                yield words, lambda table, name=name, step=step: table.numbers[name] + step  # type: ignore[misc]
    for fixed in range(1, 10):
        yield str(fixed), lambda table, fixed=fixed: fixed  # type: ignore[misc]


def _kind(tables: list[Table]) -> str:
    """Whether all that is wrong is too much, or all is missing; "" where there is both."""
    if all(not (table.expected & table.wrong).any() for table in tables):
        return "too much"
    if all(not (table.came & table.wrong).any() for table in tables):
        return "missing"
    return ""


def _lines(tables: list[Table], name: str, *, few: bool) -> Said:
    """All that is wrong lies in rows, or columns, that have a name."""
    if sum(int(table.wrong.sum()) for table in tables) < 3:
        return None
    for axis, one in ((0, "row"), (1, "column")):
        found = [
            Places(
                np.flatnonzero(table.wrong.any(axis=1 - axis)).tolist(),
                table.came.shape[axis],
                table.numbers,
            )
            for table in tables
        ]
        words = in_words(found, one, f"{one}s")
        if words and few == all(2 * len(places.found) <= places.length for places in found):
            return f"All that is {_kind(tables) or 'wrong'} in {name} lies in {words}.", ""
    return None


def _halves(tables: list[Table], name: str) -> Said:
    """All that is wrong lies on one side of the diagonal."""
    what = _kind(tables)
    if not what or not all(_is_square(table.came) for table in tables):
        return None
    if sum(int(table.wrong.sum()) for table in tables) < 6:
        return None
    distances = {distance for table in tables for distance in _distances(table.wrong)}
    if all(distance > 0 for distance in distances):
        return f"All that is {what} in {name} lies right of the diagonal: j > i.", ""
    if all(distance < 0 for distance in distances):
        return f"All that is {what} in {name} lies left of the diagonal: j < i.", ""
    return None


def _counts(tables: list[Table], name: str) -> Said:
    """Each row says yes equally often, but not as often as it should."""
    counts = []
    for table in tables:
        came, expected = set(table.came.sum(1).tolist()), set(table.expected.sum(1).tolist())
        if len(came) != 1 or len(expected) != 1 or len(table.came) < 2 or came == expected:
            return None
        counts.append((came.pop(), expected.pop()))
    for number in tables[0].numbers:
        if len(tables) > 1 and all(
            table.numbers[number] == came for table, (came, _) in zip(tables, counts, strict=True)
        ):
            return f"Each row of {name} says yes as often as `{number}` tells.", ""
    came, expected = counts[0]
    return f"Each row of {name} says yes to {counted(came)}, expected {expected}.", ""


def _too_often(tables: list[Table], name: str) -> Said:
    match _kind(tables):
        case "too much":
            return f"{name} says yes too often: no yes is missing, but some are too many.", ""
        case "missing":
            return f"{name} says no too often: no yes is too many, but some are missing.", ""
    return None
