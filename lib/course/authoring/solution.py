"""What stands between the solution markers: found, cut out for learners, tidied for solutions."""

import re
from dataclasses import dataclass

from course.cells.placeholder import placeholder

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
MARKER = re.compile(r"^(\s*)#+\s*(BEGIN|END)\s+SOLUTION\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A solution: the numbers of its two marker lines, counted from 0, and its indentation."""

    begin: int
    end: int
    indent: str


def find_blocks(source: str) -> tuple[list[Block], list[tuple[int, str]]]:
    """The solution blocks of a cell, and its faults as (line counted from 0, what is wrong)."""
    blocks: list[Block] = []
    faults: list[tuple[int, str]] = []
    opened: tuple[int, str] | None = None
    for number, line in enumerate(source.splitlines()):
        marker = MARKER.match(line)
        if marker is None:
            continue
        if line.strip() not in {BEGIN, END}:
            faults.append((number, f"write the marker exactly as {BEGIN!r} or {END!r}"))
        if marker[2].upper() == "BEGIN":
            if opened is not None:
                faults.append((number, f"{BEGIN!r} inside a solution that is still open"))
            opened = (number, marker[1])
        elif opened is None:
            faults.append((number, f"{END!r} without {BEGIN!r} above it"))
        else:
            blocks.append(Block(opened[0], number, opened[1]))
            opened = None
    if opened is not None:
        faults.append((opened[0], f"{BEGIN!r} without {END!r} below it"))
    return blocks, faults


def cut_solutions(source: str, exercise: str) -> str:
    """The cell that a learner gets: each block is one line that says which exercise is missing."""
    lines = source.splitlines()
    for block in reversed(find_blocks(source)[0]):
        lines[block.begin : block.end + 1] = [block.indent + placeholder(exercise)]
    return "\n".join(lines)


def leave_out_solutions(source: str) -> str:
    """The cell that a learner fills from memory: what stands around the blocks, if anything."""
    lines = source.splitlines()
    for block in reversed(find_blocks(source)[0]):
        del lines[block.begin : block.end + 1]
    return "\n".join(lines).strip()


def drop_markers(source: str) -> str:
    """The cell with its solutions, without the markers around them."""
    return "\n".join(line for line in source.splitlines() if not MARKER.match(line))


def line_with_markers(source: str, line: int) -> int:
    """Where line `line` of `drop_markers(source)` stands in `source`; both counted from 1."""
    kept = [n for n, text in enumerate(source.splitlines(), 1) if not MARKER.match(text)]
    return kept[line - 1] if 0 < line <= len(kept) else 1
