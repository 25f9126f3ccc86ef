"""A hand-in's notebook as cells, whatever its bytes are."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from course.grading.report import LARGEST_NOTEBOOK

MOST_CELLS = 2000
MOST_CODE = 4_000_000  # characters in all code cells; a lesson has 50,000


class CannotRead(Exception):
    """This is no hand-in that can be graded; the text says why, as a sentence."""


def read_cells(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A notebook's cells, and its metadata. Raises CannotRead."""
    if len(data) > LARGEST_NOTEBOOK:
        raise CannotRead(f"It is larger than {LARGEST_NOTEBOOK // 2**20} MB.")
    if not data.strip():
        raise CannotRead("The file is empty.")
    try:
        with _bounded_memory():
            notebook = json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        raise CannotRead("It is not a notebook: its JSON can't be read.") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if isinstance(notebook, dict) and "worksheets" in notebook:
        raise CannotRead("It is in the notebook format of 2014: open and save it in JupyterLab.")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise CannotRead("It is not a notebook: it has no list of cells.")
    if len(cells) > MOST_CELLS:
        raise CannotRead(f"It has {len(cells)} cells, expected at most {MOST_CELLS}.")
    code = sum(
        len(text_of(cell.get("source")))
        for cell in cells
        if cell.get("cell_type") == "code" or grade_id(cell)
    )
    if code > MOST_CODE:
        raise CannotRead(f"It holds {code} characters of code, expected at most {MOST_CODE}.")
    metadata = notebook.get("metadata")
    return cells, metadata if isinstance(metadata, dict) else {}


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """A hundred megabytes of brackets are gigabytes of lists: let that fail, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if resource.RLIM_INFINITY not in (soft, hard):
        yield
        return
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def grade_id(cell: dict[str, Any]) -> str:
    """What nbgrader's metadata call a cell, such as "check-01-2"; "" where they don't."""
    found: Any = cell
    for key in ("metadata", "nbgrader", "grade_id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def text_of(source: object) -> str:
    """A cell's text, which may be a list of lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
