"""Reads a lesson: a percent-format Python file becomes cells that remember their lines."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jupytext

from course.errors import CourseError

# Left on, jupytext would turn a comment such as "# more keys than queries" into a shell command.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
CELL_LINE = re.compile(r"^# %%.*", re.MULTILINE)
TAGS = re.compile(r"""\btags=(?!\["[^"\]]+"(, ?"[^"\]]+")*\])""")
JUPYTEXT_KEYS = {"cell_marker", "lines_to_next_cell"}


@dataclass(frozen=True)
class Cell:
    """One cell. `line` is where its first line of text stands in the lesson, counted from 1."""

    kind: str
    source: str
    line: int
    settings: dict[str, Any]

    @property
    def tags(self) -> list[str]:
        return self.settings.get("tags", [])

    @property
    def exercise(self) -> str | None:
        return self.settings.get("exercise")


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author wrote it."""

    path: Path
    cells: list[Cell]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def number(self) -> str:
        return self.name[:2]

    def at(self, line: int) -> str:
        """Where a fault stands: "lessons/01_soft_lookup.py:120"."""
        return f"{short(self.path)}:{line}"

    def cells_tagged(self, tag: str) -> list[Cell]:
        return [cell for cell in self.cells if tag in cell.tags]


def short(path: Path) -> str:
    """A file as authors call it: "lessons/01_soft_lookup.py"."""
    return f"{path.parent.name}/{path.name}"


def read_lesson(path: Path) -> Lesson:
    """Read a lesson. What stands before the first "# %%" is a note among authors, and left out."""
    text = path.read_text(encoding="utf-8")
    file = short(path)
    starts = [match.start() for match in CELL_LINE.finditer(text)]
    if not starts:
        raise CourseError(f"{file}:1: there is no cell, no '# %%' line.")
    for number, row in enumerate(text[: starts[0]].splitlines(), start=1):
        if row.strip() and not row.startswith("#"):
            said = "only comments may stand before the first '# %%' line."
            raise CourseError(f"{file}:{number}: {said}")
    lines = [text.count("\n", 0, start) + 1 for start in starts]
    rows = text.splitlines()
    for line in lines:
        if TAGS.search(rows[line - 1]):
            said = 'tags are a list of words in double quotes: tags=["demo"].'
            raise CourseError(f"{file}:{line}: {said}")
    nodes = jupytext.reads(text[starts[0] :], fmt=PERCENT).cells
    if len(nodes) != len(lines):
        raise CourseError(
            f"{file}: {len(lines)} lines begin with '# %%', but there are "
            f"{len(nodes)} cells; a string that holds such a line, or is never closed, does that."
        )
    cells = [
        Cell(
            kind=node.cell_type,
            source=node.source,
            line=_first_line_of_text(rows, line, node.cell_type),
            settings={k: v for k, v in node.metadata.items() if k not in JUPYTEXT_KEYS},
        )
        for node, line in zip(nodes, lines, strict=True)
    ]
    return Lesson(path, _hints_with_their_exercise(cells))


def _first_line_of_text(rows: list[str], line: int, kind: str) -> int:
    """The first line below the cell line that is text, not the quote that opens Markdown."""
    for number, row in enumerate(rows[line:], start=line + 1):
        quote = kind == "markdown" and row.strip() in {'r"""', '"""'}
        if row.strip() and not quote:
            return number
    return line


def _hints_with_their_exercise(cells: list[Cell]) -> list[Cell]:
    """A hint that names no exercise belongs to the last one before it."""
    current = None
    given = []
    for cell in cells:
        if "exercise" in cell.tags:
            current = cell.exercise
        if "hint" in cell.tags and cell.exercise is None and current is not None:
            cell = replace(cell, settings={**cell.settings, "exercise": current})
        given.append(cell)
    return given
