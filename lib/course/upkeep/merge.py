"""A learner's notebook brought to another version of its lesson, with all that they wrote."""

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from course.upkeep.align import align, text_of

NEW_STUB = "**The course has changed this exercise's cell.** Yours is above; this is the new one:"


@dataclass
class Merged:
    """The notebook, and what was moved into it.

    answers   exercises whose answers went into the new cells
    changed   exercises among them whose empty cell is another one now; it stands beside the answer
    own       how many cells of the learner's own, or changed by them, were kept
    """

    notebook: NotebookNode
    answers: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    own: int = 0


def merge(base: NotebookNode, mine: NotebookNode, new: NotebookNode) -> Merged:
    """Put what a learner wrote since `base` into `new`.

    base  the notebook as it was handed out      mine  as it is now      new  the other version

    - An answer goes into its exercise's new cell. Where that was changed too, the new one stands
      below, as text.
    - Another cell that the learner changed keeps their text; where the course changed it too, the
      course's comes first, and the learner's below.
    - A cell of their own, or a copy, stays behind the cell that it stood behind.
    - A cell that they deleted stays away, unless it is an exercise's or the course changed it.
    - Outputs stay where the cell's text is what it was.
    """
    made = Merged(deepcopy(new))
    before = {cell.id: cell for cell in base.cells}
    after = {cell.id: cell for cell in made.notebook.cells}
    went_to = align(base.cells, new.cells)
    behind: dict[str, list[NotebookNode]] = {"": []}  # cells to be put in behind one, by its id
    here, seen = "", set()
    for cell in with_ids(mine.cells, base.cells):
        known = before.get(cell.id) if cell.id not in seen else None
        target = after.get(went_to.get(cell.id, "")) if known is not None else None
        if known is not None:
            seen.add(cell.id)
        if target is not None:
            here = target.id
        if known is None or target is None:
            if known is None or text_of(cell) != text_of(known):
                behind.setdefault(here, []).append(_own(cell))
                made.own += 1
        elif text_of(cell) != text_of(known):
            behind.setdefault(here, []).extend(_put(cell, known, target, made))
        elif text_of(known) == text_of(target) and cell.cell_type == "code":
            target.outputs = deepcopy(cell.get("outputs", []))
            target.execution_count = cell.get("execution_count")
    gone = {
        went_to[cell.id]
        for cell in base.cells
        if cell.id in went_to and cell.id not in seen and _may_go(cell, after[went_to[cell.id]])
    }
    taken = set(after)
    cells = [_free(cell, taken) for cell in behind[""]]
    for cell in made.notebook.cells:
        cells += [] if cell.id in gone else [cell]
        cells += [_free(one, taken) for one in behind.get(cell.id, [])]
    made.notebook.cells = cells
    nbformat.validate(made.notebook)
    return made


def _put(
    cell: NotebookNode, known: NotebookNode, target: NotebookNode, made: Merged
) -> list[NotebookNode]:
    """Put a cell that the learner changed into its target; gives what has to stand below it."""
    exercise = is_exercise(target)
    rewritten = text_of(known) != text_of(target)
    if rewritten and not exercise:
        made.own += 1
        return [] if text_of(cell) == text_of(target) else [_own(cell)]
    stub = text_of(target)
    target.source = cell.source
    if "attachments" in cell:
        target.attachments = deepcopy(cell.attachments)
    if target.cell_type == "code":
        target.outputs = deepcopy(cell.get("outputs", []))
        target.execution_count = cell.get("execution_count")
    if not exercise:
        made.own += 1
        return []
    number = target.metadata.exercise
    made.answers.append(number)
    if not rewritten or stub == text_of(cell):
        return []
    made.changed.append(number)
    return [new_markdown_cell(f"{NEW_STUB}\n\n```python\n{stub}\n```", id=f"{target.id}-new")]


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a learner's answer goes into this cell."""
    return "exercise" in cell.metadata.get("tags", []) and "exercise" in cell.metadata


def _may_go(known: NotebookNode, target: NotebookNode) -> bool:
    return "exercise" not in known.metadata and text_of(known) == text_of(target)


def _own(cell: NotebookNode) -> NotebookNode:
    """A copy of a cell as one of the learner's own: a copy of an exercise's counts no points."""
    own = deepcopy(cell)
    for name in ("nbgrader", "exercise"):
        own.metadata.pop(name, None)
    own.metadata["tags"] = [
        tag for tag in own.metadata.get("tags", []) if tag not in ("exercise", "check", "hint")
    ]
    if not own.metadata["tags"]:
        del own.metadata["tags"]
    return own


def _free(cell: NotebookNode, taken: set[str]) -> NotebookNode:
    """The cell, with another id where its own is taken: the same one each time."""
    while cell.id in taken:
        cell.id = hashlib.sha256(f"{cell.id}\n{cell.source}".encode()).hexdigest()[:12]
    taken.add(cell.id)
    return cell


def with_ids(mine: list[NotebookNode], base: list[NotebookNode]) -> list[NotebookNode]:
    """The learner's cells with ids: some programs, such as Colab, save a notebook without them.

    A cell without an id is the first of the handed-out ones with its text; an exercise's is told
    by its metadata.
    """
    if all("id" in cell for cell in mine):
        return mine
    free = {cell.id: cell for cell in base}
    found = []
    for place, cell in enumerate(mine):
        known = [one for one in free.values() if _alike(cell, one)]
        name = known[0].id if known else f"own-{place}"
        free.pop(name, None)
        found.append(NotebookNode({**cell, "id": cell.get("id", name)}))
    return found


def _alike(cell: NotebookNode, known: NotebookNode) -> bool:
    if is_exercise(known):
        return is_exercise(cell) and bool(cell.metadata.exercise == known.metadata.exercise)
    return bool(cell.cell_type == known.cell_type) and text_of(cell) == text_of(known)
