"""Rows in which what is True stands together: how far their ends are from where they should be."""

import numpy as np

MOVES = [(begin, end) for begin in range(-3, 4) for end in range(-3, 4) if begin or end]


def moved_ends(rows: list[tuple[np.ndarray, np.ndarray]]) -> tuple[int, int] | None:
    """How far all runs of True begin and end behind the expected ones; None if not equally far."""
    if any(not _is_run(row) for pair in rows for row in pair):
        return None
    moves = [move for move in MOVES if all(_is_moved(*pair, *move) for pair in rows)]
    least = min((abs(begin) + abs(end) for begin, end in moves), default=0)
    moves = [(begin, end) for begin, end in moves if abs(begin) + abs(end) == least]
    if len(moves) != 1 or sum(bool((came != expected).any()) for came, expected in rows) < 2:
        return None
    return moves[0]


def _is_run(row: np.ndarray) -> bool:
    """Whether what is True stands together."""
    places = np.flatnonzero(row)
    return len(places) == 0 or bool(places[-1] - places[0] == len(places) - 1)


def _is_moved(came: np.ndarray, expected: np.ndarray, begin: int, end: int) -> bool:
    """Whether a run is the expected one with its ends moved so far, as far as the table goes.

    A run that ends at the border may go on behind it: how far, nobody sees.
    """
    if not expected.any():
        return int(came.sum()) <= abs(begin) + abs(end)
    first, last = _ends(expected)
    border = len(expected) - 1
    firsts = {max(first + begin, 0), *(range(begin + 1) if first == 0 else ())}
    lasts = {min(last + end, border), *(range(border + end, border + 1) if last == border else ())}
    if not came.any():
        return any(one > other for one in firsts for other in lasts)
    found = _ends(came)
    return found[0] in firsts and found[1] in lasts


def _ends(run: np.ndarray) -> tuple[int, int]:
    places = np.flatnonzero(run)
    return int(places[0]), int(places[-1])
