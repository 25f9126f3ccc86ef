"""Which of our own cells a hand-in needs: those that define something its answers use.

Most given cells draw or measure something, and nobody looks at that while answers are graded. So a
given cell that is as we wrote it runs only where a later cell uses a name that it defines or
changes. What a learner wrote or changed always runs.
"""

from collections.abc import Sequence
from functools import cache

from course.cells.names import names_in
from course.cells.source import Unread

MOST_TEXT = 1_000_000  # characters that are looked through; a lesson has 50,000
# Names that reach other names by their spelling: where a hand-in has them, everything runs.
_BY_SPELLING = {"eval", "exec", "globals", "locals", "vars", "get_ipython", "__import__"}
_given_names = cache(names_in)  # they are few, and the same in every hand-in


def needed(cells: Sequence[tuple[str, bool]]) -> list[bool]:
    """Which cells to run, of pairs (source, whether it is a given cell as we wrote it)."""
    if sum(len(source) for source, _ in cells) > MOST_TEXT:
        return [True] * len(cells)
    try:
        names = [_given_names(source) if given else names_in(source) for source, given in cells]
    except Unread:
        return [True] * len(cells)
    modules = set[str]().union(*(cell.modules for cell in names))
    used: set[str] = set()
    kept: list[bool] = []
    for cell, (_, given) in zip(reversed(names), reversed(cells), strict=True):
        if not given and cell.reads & _BY_SPELLING:
            return [True] * len(cells)
        kept.append(not given or bool((cell.defines | cell.changes - modules) & used))
        if kept[-1]:
            used |= cell.reads
    return kept[::-1]
