"""Which cell of one version of a lesson became which cell of the next.

An exercise's cells have names for ids, and keep them. The ids of the others are their places
("01-017"), which move as soon as a cell is put in before them: those are found again by their text.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from nbformat import NotebookNode

_PLACE = re.compile(r"\d\d-\d+")


def text_of(cell: NotebookNode) -> str:
    """A cell's text as far as it says something: line ends and spaces at line ends do not."""
    lines = cell.source.splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def align(old: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> dict[str, str]:
    """For each id of the old cells that goes on in the new ones, the id it has there."""
    found = dict(_pairs(old, new))
    named = {cell.id for cell in new if not _PLACE.fullmatch(cell.id)}
    return found | {cell.id: cell.id for cell in old if cell.id in named}


def _pairs(old: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> Iterator[tuple[str, str]]:
    before, after = ([_key(cell) for cell in cells] for cells in (old, new))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        # As many cells stand where those stood: they were rewritten, each in its place.
        if kind == "equal" or (kind == "replace" and i_end - i == j_end - j):
            for one, other in zip(old[i:i_end], new[j:j_end], strict=True):
                if one.cell_type == other.cell_type and _is_place(one) == _is_place(other):
                    yield one.id, other.id


def _key(cell: NotebookNode) -> tuple[str, str]:
    return (cell.cell_type, text_of(cell)) if _is_place(cell) else ("named", cell.id)


def _is_place(cell: NotebookNode) -> bool:
    return _PLACE.fullmatch(cell.id) is not None
